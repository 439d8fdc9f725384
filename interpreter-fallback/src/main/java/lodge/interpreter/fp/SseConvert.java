package lodge.interpreter.fp;

/**
 * Conversions and rounding of SSE, SSE4.1 and F16C on single elements (SDM vol. 2, CVT..., ROUNDSD,
 * VCVTPH2PS, VCVTPS2PH). Encodings and exceptions as in {@link SseArithmetic}.
 */
public final class SseConvert {
    private static final int P16 = 11;
    private static final int B16 = 15;
    private static final int P32 = 24;
    private static final int B32 = 127;
    private static final int P64 = 53;
    private static final int B64 = 1023;
    private static final long INT = 0xffff_ffffL;

    /** Bit 2 of a rounding immediate: use MXCSR.RC instead of bits 1 and 0. */
    private static final int USE_MXCSR = 4;

    /** Bit 3 of ROUNDSD's immediate: leave PE alone. */
    private static final int SILENT = 8;

    private SseConvert() {}

    /** CVTSD2SS: f64 to f32. */
    public static int doubleToSingle(SseContext c, long a) {
        if (c.rounding == Fp.NEAREST) {
            float result = (float) Double.longBitsToDouble(a);
            int bits = Float.floatToRawIntBits(result);
            if (SseArithmetic.sound(bits)) {
                if (c.wantsInexact() && result != Double.longBitsToDouble(a)) {
                    c.flags |= Fp.PE;
                }
                return bits;
            }
        }
        long x = SseSoft.operand(c, a, P64, B64);
        SseSoft.denormal(c, x, P64, B64);
        return (int) SseSoft.convert(c, x, P64, B64, P32, B32, c.flushToZero);
    }

    /** CVTSS2SD: f32 to f64, exact. */
    public static long singleToDouble(SseContext c, int a) {
        if (SseArithmetic.sound(a)) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(a));
        }
        long x = SseSoft.operand(c, a & INT, P32, B32);
        SseSoft.denormal(c, x, P32, B32);
        return SseSoft.convert(c, x, P32, B32, P64, B64, false);
    }

    /** CVTSD2SI r32, CVTPD2DQ: out of range is 80000000h with IE. */
    public static int doubleToInt(SseContext c, long a) {
        return (int) SseSoft.toInteger(c, a, c.rounding, 32, P64, B64);
    }

    /** CVTSD2SI r64: out of range is 8000000000000000h with IE. */
    public static long doubleToLong(SseContext c, long a) {
        return SseSoft.toInteger(c, a, c.rounding, 64, P64, B64);
    }

    /** CVTTSD2SI r32, CVTTPD2DQ: towards zero. */
    public static int truncateDoubleToInt(SseContext c, long a) {
        return (int) SseSoft.toInteger(c, a, Fp.ZERO, 32, P64, B64);
    }

    /** CVTTSD2SI r64: towards zero. */
    public static long truncateDoubleToLong(SseContext c, long a) {
        return SseSoft.toInteger(c, a, Fp.ZERO, 64, P64, B64);
    }

    /** CVTSS2SI r32, CVTPS2DQ, CVTPS2PI. */
    public static int singleToInt(SseContext c, int a) {
        return (int) SseSoft.toInteger(c, a & INT, c.rounding, 32, P32, B32);
    }

    /** CVTSS2SI r64. */
    public static long singleToLong(SseContext c, int a) {
        return SseSoft.toInteger(c, a & INT, c.rounding, 64, P32, B32);
    }

    /** CVTTSS2SI r32, CVTTPS2DQ, CVTTPS2PI: towards zero. */
    public static int truncateSingleToInt(SseContext c, int a) {
        return (int) SseSoft.toInteger(c, a & INT, Fp.ZERO, 32, P32, B32);
    }

    /** CVTTSS2SI r64: towards zero. */
    public static long truncateSingleToLong(SseContext c, int a) {
        return SseSoft.toInteger(c, a & INT, Fp.ZERO, 64, P32, B32);
    }

    /** CVTSI2SD r32 and r64, CVTDQ2PD, CVTPI2PD. */
    public static long integerToDouble(SseContext c, long a) {
        if ((int) a == a) {
            return Double.doubleToRawLongBits((double) a);
        }
        return SseSoft.fromInteger(c, a, P64, B64);
    }

    /** CVTSI2SS r32 and r64, CVTDQ2PS, CVTPI2PS. */
    public static int integerToSingle(SseContext c, long a) {
        return (int) SseSoft.fromInteger(c, a, P32, B32);
    }

    /**
     * ROUNDSD, ROUNDPD: to an integer in the same format.
     *
     * @param immediate bits 1 and 0 the rounding control unless bit 2 asks for MXCSR's; bit 3
     *     suppresses PE
     */
    public static long roundDouble(SseContext c, long a, int immediate) {
        return SseSoft.roundToInteger(
                c, a, rounding(c, immediate), (immediate & SILENT) != 0, P64, B64);
    }

    /** ROUNDSS, ROUNDPS; see {@link #roundDouble}. */
    public static int roundSingle(SseContext c, int a, int immediate) {
        return (int)
                SseSoft.roundToInteger(
                        c, a & INT, rounding(c, immediate), (immediate & SILENT) != 0, P32, B32);
    }

    private static int rounding(SseContext c, int immediate) {
        return (immediate & USE_MXCSR) != 0 ? c.rounding : immediate & 3;
    }

    /** VCVTPH2PS: f16 in the lowest bits to f32, exact; DAZ does not apply and DE is not raised. */
    public static int halfToSingle(SseContext c, int a) {
        return (int) SseSoft.convert(c, a & 0xffff, P16, B16, P32, B32, false);
    }

    /**
     * VCVTPS2PH: f32 to f16, which FZ does not flush.
     *
     * @param immediate bits 1 and 0 the rounding control unless bit 2 asks for MXCSR's
     * @return the bits of the f16, zero-extended
     */
    public static int singleToHalf(SseContext c, int a, int immediate) {
        long x = SseSoft.operand(c, a & INT, P32, B32);
        SseSoft.denormal(c, x, P32, B32);
        int rounding = c.rounding;
        c.rounding = rounding(c, immediate);
        long half = SseSoft.convert(c, x, P32, B32, P16, B16, false);
        c.rounding = rounding;
        return (int) half;
    }
}
