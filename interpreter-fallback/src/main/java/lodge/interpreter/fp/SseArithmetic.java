package lodge.interpreter.fp;

/**
 * The arithmetic of SSE on single elements: f32 as the bits of an int, f64 as the bits of a long
 * (SDM vol. 1, 11.4 and 11.5, and vol. 2 by instruction). Exceptions go into {@link
 * SseContext#flags}; NaNs, DAZ, FZ and masks are MXCSR's. The first operand is the destination of
 * the legacy encoding and the first source of the VEX encoding.
 *
 * <p>With rounding to nearest and an ordinary result the processor's own arithmetic does the work
 * and only PE remains to be found, once: it is sticky. Everything else goes through {@link
 * SseSoft}. The fused operations rely on the host having FMA: where it lacks it, Java computes them
 * slowly, and allocates.
 */
public final class SseArithmetic {
    private static final int P32 = 24;
    private static final int B32 = 127;
    private static final int P64 = 53;
    private static final int B64 = 1023;
    private static final long INT = 0xffff_ffffL;

    private SseArithmetic() {}

    /** Not denormal; whether it is an infinity or a NaN is seen from the result. */
    static boolean plain(long a) {
        return (a & 0x7ff0_0000_0000_0000L) != 0 || a << 1 == 0;
    }

    static boolean plain(int a) {
        return (a & 0x7f80_0000) != 0 || a << 1 == 0;
    }

    /** Above the smallest normal number, where tininess is decided, and finite. */
    private static boolean sound(long result) {
        return (result >>> 52 & 0x7ff) - 2 < 0x7fd && (result & 0x7fe0_0000_0000_0000L) != 0;
    }

    static boolean sound(int result) {
        return (result & 0x7f80_0000) != 0x7f80_0000 && (result & 0x7f00_0000) != 0;
    }

    private static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static float f(int bits) {
        return Float.intBitsToFloat(bits);
    }

    /** ADDSD: a + b. */
    public static long addDouble(SseContext c, long a, long b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            double sum = d(a) + d(b);
            long bits = Double.doubleToRawLongBits(sum);
            if (sound(bits) || bits == 0) {
                if (c.wantsInexact()) {
                    inexactSum(c, d(a), d(b), sum);
                }
                return bits;
            }
        }
        return SseSoft.add(c, a, b, false, P64, B64);
    }

    /** SUBSD: a - b. */
    public static long subtractDouble(SseContext c, long a, long b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            double sum = d(a) - d(b);
            long bits = Double.doubleToRawLongBits(sum);
            if (sound(bits) || bits == 0) {
                if (c.wantsInexact()) {
                    inexactSum(c, d(a), -d(b), sum);
                }
                return bits;
            }
        }
        return SseSoft.add(c, a, b, true, P64, B64);
    }

    /** The error of a rounded sum is a number of the same format; PE if it is not zero. */
    private static void inexactSum(SseContext c, double a, double b, double sum) {
        double other = sum - a;
        if (a - (sum - other) + (b - other) != 0) {
            c.flags |= Fp.PE;
        }
    }

    /** ADDSS: a + b. */
    public static int addSingle(SseContext c, int a, int b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            float sum = f(a) + f(b);
            int bits = Float.floatToRawIntBits(sum);
            if (sound(bits) || bits == 0) {
                if (c.wantsInexact()) {
                    inexactSum(c, f(a), f(b), sum);
                }
                return bits;
            }
        }
        return (int) SseSoft.add(c, a & INT, b & INT, false, P32, B32);
    }

    /** SUBSS: a - b. */
    public static int subtractSingle(SseContext c, int a, int b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            float sum = f(a) - f(b);
            int bits = Float.floatToRawIntBits(sum);
            if (sound(bits) || bits == 0) {
                if (c.wantsInexact()) {
                    inexactSum(c, f(a), -f(b), sum);
                }
                return bits;
            }
        }
        return (int) SseSoft.add(c, a & INT, b & INT, true, P32, B32);
    }

    private static void inexactSum(SseContext c, float a, float b, float sum) {
        float other = sum - a;
        if (a - (sum - other) + (b - other) != 0) {
            c.flags |= Fp.PE;
        }
    }

    /** MULSD: a * b. */
    public static long multiplyDouble(SseContext c, long a, long b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            long bits = Double.doubleToRawLongBits(d(a) * d(b));
            if (sound(bits)) {
                if (c.wantsInexact()) {
                    inexactProduct(c, a, b, bits);
                }
                return bits;
            }
        }
        return SseSoft.multiply(c, a, b, P64, B64);
    }

    /** MULSS: a * b. */
    public static int multiplySingle(SseContext c, int a, int b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            float product = f(a) * f(b);
            int bits = Float.floatToRawIntBits(product);
            if (sound(bits)) {
                if (c.wantsInexact() && (double) f(a) * f(b) != product) {
                    c.flags |= Fp.PE;
                }
                return bits;
            }
        }
        return (int) SseSoft.multiply(c, a & INT, b & INT, P32, B32);
    }

    /** DIVSD: a / b. */
    public static long divideDouble(SseContext c, long a, long b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            long bits = Double.doubleToRawLongBits(d(a) / d(b));
            if (sound(bits)) {
                if (c.wantsInexact()) {
                    inexactProduct(c, bits, b, a);
                }
                return bits;
            }
        }
        return SseSoft.divide(c, a, b, P64, B64);
    }

    /** DIVSS: a / b. */
    public static int divideSingle(SseContext c, int a, int b) {
        if (c.rounding == Fp.NEAREST && plain(a) && plain(b)) {
            float quotient = f(a) / f(b);
            int bits = Float.floatToRawIntBits(quotient);
            if (sound(bits)) {
                if (c.wantsInexact() && (double) quotient * f(b) != f(a)) {
                    c.flags |= Fp.PE;
                }
                return bits;
            }
        }
        return (int) SseSoft.divide(c, a & INT, b & INT, P32, B32);
    }

    /** SQRTSD: the square root. */
    public static long squareRootDouble(SseContext c, long a) {
        if (c.rounding == Fp.NEAREST && plain(a)) {
            long bits = Double.doubleToRawLongBits(Math.sqrt(d(a)));
            if (sound(bits)) {
                if (c.wantsInexact()) {
                    inexactProduct(c, bits, bits, a);
                }
                return bits;
            }
        }
        return SseSoft.squareRoot(c, a, P64, B64);
    }

    /** SQRTSS: the square root. */
    public static int squareRootSingle(SseContext c, int a) {
        if (c.rounding == Fp.NEAREST && plain(a)) {
            // A square root rounded to 53 bits and then to 24 is rounded right.
            float root = (float) Math.sqrt(f(a));
            int bits = Float.floatToRawIntBits(root);
            if (sound(bits)) {
                if (c.wantsInexact() && (double) root * root != f(a)) {
                    c.flags |= Fp.PE;
                }
                return bits;
            }
        }
        return (int) SseSoft.squareRoot(c, a & INT, P32, B32);
    }

    /**
     * PE unless a * b is exactly the product given, which differs by less than one unit in its last
     * place: then the lowest 64 bits of the exact product tell. All are normal numbers.
     */
    private static void inexactProduct(SseContext c, long a, long b, long product) {
        int shift = 52 + exponent(product) + B64 - exponent(a) - exponent(b);
        if (significand(a) * significand(b) != significand(product) << shift) {
            c.flags |= Fp.PE;
        }
    }

    private static int exponent(long bits) {
        return (int) (bits >>> 52) & 0x7ff;
    }

    private static long significand(long bits) {
        return bits & 0xf_ffff_ffff_ffffL | 0x10_0000_0000_0000L;
    }

    /**
     * VFMADD...SD: a * b + d, rounded once. Of several NaNs the result is the first of a, b and d,
     * where a and b are the factors in the order of the digits in the name: for 132 the first and
     * third operand, for 213 the second and first, for 231 the second and third.
     */
    public static long fmaDouble(SseContext c, long a, long b, long d) {
        if (c.rounding == Fp.NEAREST && !c.wantsInexact() && plain(a) && plain(b) && plain(d)) {
            long bits = Double.doubleToRawLongBits(Math.fma(d(a), d(b), d(d)));
            if (sound(bits)) {
                return bits;
            }
        }
        return SseSoft.fma(c, a, b, d, P64, B64);
    }

    /**
     * VFMADD...SS: a * b + d, rounded once; see {@link #fmaDouble(SseContext, long, long, long)}.
     */
    public static int fmaSingle(SseContext c, int a, int b, int d) {
        if (c.rounding == Fp.NEAREST && !c.wantsInexact() && plain(a) && plain(b) && plain(d)) {
            int bits = Float.floatToRawIntBits(Math.fma(f(a), f(b), f(d)));
            if (sound(bits)) {
                return bits;
            }
        }
        return (int) SseSoft.fma(c, a & INT, b & INT, d & INT, P32, B32);
    }

    /**
     * VFMADD, VFMSUB, VFNMADD and VFNMSUB of doubles: a * b + d with the product, the last operand
     * or both negated, which does not touch the sign of a NaN; see {@link #fmaDouble(SseContext,
     * long, long, long)}.
     */
    public static long fmaDouble(
            SseContext c, long a, long b, long d, boolean negateProduct, boolean negateAddend) {
        long sign = Long.MIN_VALUE;
        return fmaDouble(
                c,
                a,
                negateProduct && !SseSoft.isNaN(b, P64, B64) ? b ^ sign : b,
                negateAddend && !SseSoft.isNaN(d, P64, B64) ? d ^ sign : d);
    }

    /** The same of singles. */
    public static int fmaSingle(
            SseContext c, int a, int b, int d, boolean negateProduct, boolean negateAddend) {
        int sign = Integer.MIN_VALUE;
        return fmaSingle(
                c,
                a,
                negateProduct && !SseSoft.isNaN(b & INT, P32, B32) ? b ^ sign : b,
                negateAddend && !SseSoft.isNaN(d & INT, P32, B32) ? d ^ sign : d);
    }

    /**
     * MINSD: the smaller; b when either is a NaN, which raises IE, or both are zero (SDM vol. 2,
     * MINSD).
     */
    public static long minimumDouble(SseContext c, long a, long b) {
        return SseCompare.smaller(c, a, b, false, P64, B64);
    }

    /** MAXSD: the larger; b when either is a NaN, which raises IE, or both are zero. */
    public static long maximumDouble(SseContext c, long a, long b) {
        return SseCompare.smaller(c, a, b, true, P64, B64);
    }

    /** MINSS; see {@link #minimumDouble}. */
    public static int minimumSingle(SseContext c, int a, int b) {
        return (int) SseCompare.smaller(c, a & INT, b & INT, false, P32, B32);
    }

    /** MAXSS; see {@link #maximumDouble}. */
    public static int maximumSingle(SseContext c, int a, int b) {
        return (int) SseCompare.smaller(c, a & INT, b & INT, true, P32, B32);
    }
}
