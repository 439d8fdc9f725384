package lodge.interpreter;

/**
 * Registers of the x87 and MXCSR (SDM vol. 1, 8.1 and 10.2.3); the stack's contents are in the
 * struct.
 */
final class X87State {
    private final Cpu c;

    int fcw = 0x37f;

    /** Status word; TOP included. */
    int fsw;

    /** Tag word as FSTENV stores it: 2 bits for each physical register, 3 is empty. */
    int ftw = 0xffff;

    /** Last opcode, 11 bits. */
    int fop;

    long fip;
    int fcs;
    long fdp;
    int fds;

    int mxcsr = 0x1f80;

    X87State(Cpu c) {
        this.c = c;
    }

    /** What FNINIT does. */
    void init() {
        fcw = 0x37f;
        fsw = 0;
        ftw = 0xffff;
        fop = 0;
        fip = 0;
        fcs = 0;
        fdp = 0;
        fds = 0;
    }
}
