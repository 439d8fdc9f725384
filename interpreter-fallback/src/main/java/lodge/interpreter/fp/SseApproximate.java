package lodge.interpreter.fp;

/**
 * RCPSS and RSQRTSS, whose results the SDM bounds by a relative error of 1.5 * 2^-12 and leaves to
 * the processor otherwise (SDM vol. 2, RCPPS, RSQRTPS). No exception is raised, rounding control
 * has no effect; denormal operands count as zero of their sign and tiny results become zero.
 */
public final class SseApproximate {
    private static final int INFINITY = 0x7f80_0000;
    private static final int QUIET = 0x40_0000;
    private static final int INDEFINITE = 0xffc0_0000;

    /** Bits of the result's fraction that are computed; the rest are zero. */
    private static final int BITS = 0xffff_f000;

    private SseApproximate() {}

    /** RCPSS: about 1 / a. */
    public static int reciprocal(int a) {
        int sign = a & Integer.MIN_VALUE;
        int magnitude = a & Integer.MAX_VALUE;
        if (magnitude > INFINITY) {
            return a | QUIET;
        }
        if (magnitude >>> 23 == 0) {
            return sign | INFINITY;
        }
        int result = truncated(1 / Float.intBitsToFloat(magnitude));
        // For 2^126 too, where processors answer from slightly below.
        return magnitude >= 0x7e80_0000 ? sign : sign | result;
    }

    /** RSQRTSS: about 1 / sqrt(a); the default NaN below zero. */
    public static int reciprocalRoot(int a) {
        int magnitude = a & Integer.MAX_VALUE;
        if (magnitude > INFINITY) {
            return a | QUIET;
        }
        if (magnitude >>> 23 == 0) {
            return a & Integer.MIN_VALUE | INFINITY;
        }
        return a < 0
                ? INDEFINITE
                : truncated((float) (1 / Math.sqrt(Float.intBitsToFloat(magnitude))));
    }

    /** Rounds to the bits computed. */
    private static int truncated(float value) {
        return Float.floatToRawIntBits(value) + (~BITS + 1 >> 1) & BITS;
    }
}
