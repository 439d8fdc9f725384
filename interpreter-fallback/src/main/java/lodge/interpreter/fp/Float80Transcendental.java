package lodge.interpreter.fp;

/**
 * The transcendental instructions of the x87 FPU (SDM vol. 1, 8.3.6 to 8.3.10, and vol. 2 by
 * instruction): results within one unit in the last place, in fact nearly always rounded right.
 * Precision control does not apply, rounding control does.
 */
public final class Float80Transcendental {
    private Float80Transcendental() {}

    /** F2XM1: 2^a - 1; a from -1 to 1. */
    public static void twoToXMinusOne(FpContext c, int se, long m) {
        throw new UnsupportedOperationException("F2XM1 is being written");
    }

    /** FYL2X: b * log2(a); a is ST(0), b is ST(1). */
    public static void yLogX(FpContext c, int ase, long am, int bse, long bm) {
        throw new UnsupportedOperationException("FYL2X is being written");
    }

    /** FYL2XP1: b * log2(a + 1); a is ST(0), b is ST(1). */
    public static void yLogXPlusOne(FpContext c, int ase, long am, int bse, long bm) {
        throw new UnsupportedOperationException("FYL2XP1 is being written");
    }

    /** FPATAN: the angle of the point with abscissa a, ST(0), and ordinate b, ST(1), in radians. */
    public static void arctangent(FpContext c, int ase, long am, int bse, long bm) {
        throw new UnsupportedOperationException("FPATAN is being written");
    }

    /**
     * FSIN. Like all of the following: magnitudes of 2^63 and more set C2 in {@link
     * FpContext#conditions} and leave the operand as it is; C2 is clear otherwise.
     */
    public static void sine(FpContext c, int se, long m) {
        throw new UnsupportedOperationException("FSIN is being written");
    }

    /** FCOS. */
    public static void cosine(FpContext c, int se, long m) {
        throw new UnsupportedOperationException("FCOS is being written");
    }

    /** FSINCOS: the sine as the first result, the cosine as the second, which is pushed above. */
    public static void sineCosine(FpContext c, int se, long m) {
        throw new UnsupportedOperationException("FSINCOS is being written");
    }

    /**
     * FPTAN: the tangent as the first result, 1 as the second, which is pushed above; when the
     * operand is a NaN both are the NaN.
     */
    public static void tangent(FpContext c, int se, long m) {
        throw new UnsupportedOperationException("FPTAN is being written");
    }
}
