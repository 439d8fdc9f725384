package lodge.interpreter;

import lodge.interpreter.fp.FpContext;
import lodge.interpreter.fp.SseContext;

/**
 * Registers of the x87 and MXCSR (SDM vol. 1, 8.1 and 10.2.3), and the register stack, whose
 * contents are in the struct by physical number.
 */
final class X87State {
    /** Status word: invalid operation, stack fault, exception summary, busy. */
    static final int IE = 1;

    static final int SF = 1 << 6;
    static final int ES = 1 << 7;
    static final int BUSY = 1 << 15;
    private static final int EMPTY = 3;
    private static final int CODES = FpContext.C0 | FpContext.C1 | FpContext.C2 | FpContext.C3;

    private final Cpu c;

    int fcw = 0x37f;

    /** Status word; TOP included. */
    int fsw;

    /**
     * Tag word, 2 bits for each physical register: 3 is empty, anything else is not. What FSTENV
     * stores is computed from the contents by {@link #tagWord}.
     */
    int ftw = 0xffff;

    /** Last opcode, 11 bits. */
    int fop;

    long fip;
    int fcs;
    long fdp;
    int fds;

    int mxcsr = 0x1f80;

    /** What arithmetic works with. */
    final FpContext context = new FpContext();

    /** What SSE arithmetic works with; takes {@link #mxcsr} at the beginning of an instruction. */
    final SseContext sse = new SseContext();

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

    // ---- the stack ----

    int top() {
        return fsw >> 11 & 7;
    }

    void setTop(int top) {
        fsw = fsw & ~0x3800 | (top & 7) << 11;
    }

    private long cell(int i) {
        return c.s + CpuRegisters.FPR + 16L * (top() + i & 7);
    }

    boolean empty(int i) {
        return (ftw >> 2 * (top() + i & 7) & 3) == EMPTY;
    }

    void free(int i) {
        ftw |= EMPTY << 2 * (top() + i & 7);
    }

    /** Sign and exponent of ST(i). */
    int se(int i) {
        return RawMemory.getChar(cell(i) + 8);
    }

    /** Significand of ST(i). */
    long mantissa(int i) {
        return RawMemory.getLong(cell(i));
    }

    /** Writes ST(i) and marks it valid. */
    void set(int i, int se, long mantissa) {
        long at = cell(i);
        RawMemory.putLong(at, mantissa);
        RawMemory.putShort(at + 8, (short) se);
        ftw &= ~(EMPTY << 2 * (top() + i & 7));
    }

    void push(int se, long mantissa) {
        setTop(top() - 1);
        set(0, se, mantissa);
    }

    void pop() {
        free(0);
        setTop(top() + 1);
    }

    // ---- status ----

    /** Adds exceptions of the context to the status word, and the condition codes it defines. */
    void report(FpContext x) {
        fsw = x.status(fsw);
        summarise();
    }

    /** Sets the condition codes given by a mask. */
    void codes(int mask, int codes) {
        fsw = fsw & ~(mask & CODES) | codes & mask;
    }

    /** Sets ES and B if an exception that is flagged is not masked, otherwise clears them. */
    void summarise() {
        if ((fsw & ~fcw & 0x3f) != 0) {
            fsw |= ES | BUSY;
        } else {
            fsw &= ~(ES | BUSY);
        }
    }

    /**
     * Reports a stack fault.
     *
     * @param overflow C1: a push onto a register in use; otherwise an empty register was read
     * @return whether it is masked, so that the indefinite value is the result
     */
    boolean stackFault(boolean overflow) {
        fsw = fsw & ~FpContext.C1 | IE | SF | (overflow ? FpContext.C1 : 0);
        summarise();
        return (fcw & IE) != 0;
    }

    // ---- tags ----

    /** The tag word as FSTENV stores it (SDM vol. 1, 8.1.7). */
    int tagWord() {
        int word = 0;
        for (int n = 0; n < 8; n++) {
            int tag = ftw >> 2 * n & 3;
            if (tag != EMPTY) {
                long at = c.s + CpuRegisters.FPR + 16L * n;
                long m = RawMemory.getLong(at);
                int exponent = RawMemory.getChar(at + 8) & 0x7fff;
                if (exponent == 0) {
                    tag = m == 0 ? 1 : 2;
                } else {
                    tag = exponent == 0x7fff || m >= 0 ? 2 : 0;
                }
            }
            word |= tag << 2 * n;
        }
        return word;
    }

    /** The tags as FXSAVE stores them: one bit for each physical register, set when it is valid. */
    int abridgedTags() {
        int tags = 0;
        for (int n = 0; n < 8; n++) {
            tags |= (ftw >> 2 * n & 3) == EMPTY ? 0 : 1 << n;
        }
        return tags;
    }

    void setAbridgedTags(int tags) {
        ftw = 0;
        for (int n = 0; n < 8; n++) {
            ftw |= (tags >> n & 1) != 0 ? 0 : EMPTY << 2 * n;
        }
    }
}
