package lodge.interpreter.fp;

/**
 * MXCSR and the exceptions of the SSE instruction under way. Kept by the caller and used again and
 * again by one thread. An instruction calls {@link #begin()}, any number of operations of {@code
 * Sse*}, one for each element, and {@link #end()}; where that says that an unmasked exception
 * occurred, the caller writes no result and raises #XM, or #UD if CR4.OSXMMEXCPT is clear (SDM vol.
 * 1, 11.5).
 */
public final class SseContext extends Rounder {
    private static final int DAZ = 1 << 6;
    private static final int FZ = 1 << 15;
    private static final int POWER_ON = 0x1f80;

    /** DAZ: denormal operands count as zero (SDM vol. 1, 10.2.3.4). */
    boolean denormalsAreZero;

    /** FZ: tiny results become zero while underflow is masked (SDM vol. 1, 10.2.3.3). */
    boolean flushToZero;

    private int mxcsr = POWER_ON;

    /** A context with MXCSR as after reset, 1F80h. */
    public SseContext() {}

    /** MXCSR, with the flags of every instruction that ended. */
    public int mxcsr() {
        return mxcsr;
    }

    /** Loads MXCSR; the caller has checked the reserved bits 31 to 16. */
    public void mxcsr(int value) {
        mxcsr = value;
        masked = value >> 7 & Fp.ALL;
        rounding = value >> 13 & 3;
        denormalsAreZero = (value & DAZ) != 0;
        flushToZero = (value & FZ) != 0;
    }

    /** Begins an instruction: no exception is raised yet. */
    public void begin() {
        flags = 0;
    }

    /**
     * Ends an instruction: its exceptions go into MXCSR. An unmasked exception before the operation
     * hides those after it in all elements (SDM vol. 1, 11.5.3).
     *
     * @return whether an exception occurred that is not masked: no result is to be written
     */
    public boolean end() {
        int unmasked = flags & ~masked;
        if (unmasked == 0) {
            mxcsr |= flags;
            return false;
        }
        if ((unmasked & Fp.BEFORE) != 0) {
            flags &= Fp.BEFORE;
        }
        mxcsr |= flags;
        return true;
    }

    /** Whether PE needs to be found out: it is not there yet, or would raise #XM. */
    boolean wantsInexact() {
        return ((mxcsr | flags) & masked & Fp.PE) == 0;
    }
}
