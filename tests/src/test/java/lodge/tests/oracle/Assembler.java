package lodge.tests.oracle;

/** The bytes of one instruction as they are chosen, and what later choices need to know of them. */
final class Assembler {
    private final byte[] bytes = new byte[64];
    private int length;

    /** REX, or the same bits of a VEX prefix. */
    int rex;

    int vvvv;
    boolean vexL;
    boolean addressSize;

    /** ES, CS, SS, DS, FS, GS as 0 to 5, or -1. */
    int segment;

    /** Where a displacement relative to RIP stands, or -1. */
    int ripRelative;

    void start() {
        length = rex = vvvv = 0;
        vexL = addressSize = false;
        segment = ripRelative = -1;
    }

    void add(int value) {
        bytes[length++] = (byte) value;
    }

    void add32(int value) {
        length += 4;
        patch32(length - 4, value);
    }

    void patch(int position, int value) {
        bytes[position] = (byte) value;
    }

    /** Forgets what is behind the first {@code n} bytes. */
    void cut(int n) {
        length = n;
    }

    void patch32(int position, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[position + i] = (byte) (value >> 8 * i);
        }
    }

    int length() {
        return length;
    }

    int at(int index) {
        return bytes[index] & 0xff;
    }

    /** Returns the base of the segment that the instruction names; the others have base 0. */
    long segmentBase() {
        return switch (segment) {
            case 4 -> OracleLayout.FS_BASE;
            case 5 -> OracleLayout.GS_BASE;
            default -> 0;
        };
    }
}
