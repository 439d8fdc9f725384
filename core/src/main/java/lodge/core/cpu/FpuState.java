package lodge.core.cpu;

import java.util.Arrays;

/**
 * x87, SSE and AVX state as the standard (not compacted) XSAVE area lays it out (SDM vol. 1, 13.4):
 * bytes 0-511 the FXSAVE image, 512-575 the XSAVE header, then one component after the other at the
 * offsets CPUID leaf 0xd gives; AVX is at 576.
 *
 * @param xsave the area, at least 576 bytes; not to be changed after construction
 */
public record FpuState(byte[] xsave) {
    /** Size of the legacy area and the header. */
    public static final int MINIMUM_SIZE = 576;

    private static final int FCW = 0;
    private static final int MXCSR = 24;
    private static final int MXCSR_MASK = 28;

    /**
     * Returns the state after reset: FCW 0x0040 (SDM vol. 3A, table 10-1), MXCSR 0x1f80, all
     * components initial.
     */
    public static FpuState reset() {
        byte[] area = new byte[MINIMUM_SIZE];
        area[FCW] = 0x40;
        area[MXCSR] = (byte) 0x80;
        area[MXCSR + 1] = 0x1f;
        area[MXCSR_MASK] = (byte) 0xff;
        area[MXCSR_MASK + 1] = (byte) 0xff;
        area[512] = 3;
        return new FpuState(area);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FpuState state && Arrays.equals(xsave, state.xsave);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(xsave);
    }

    @Override
    public String toString() {
        return "FpuState[" + xsave.length + " bytes]";
    }
}
