package lodge.interpreter.fp;

/**
 * The transcendental instructions of the x87 FPU (SDM vol. 1, 8.3.6 to 8.3.10, and vol. 2 by
 * instruction). Everything is computed to more than 90 bits and rounded once, so a result is the
 * right one but for a chance of about 2^-26. Precision control does not apply, rounding control
 * does. Wherever a table of the SDM has a finite number from a finite number that is not zero, PE
 * is raised, be the result exact or not, as AMD processors do.
 */
public final class Float80Transcendental {
    /** ln 2, from bit -1 on. */
    private static final long LN2 = 0xb172_17f7_d1cf_79abL;

    private static final long LN2_LOW = 0xc9e3_b398_03f2_f6afL;

    /** log2 e, from bit 0 on. */
    private static final long LOG2E = 0xb8aa_3b29_5c17_f0bbL;

    private static final long LOG2E_LOW = 0xbe87_fed0_691d_3e88L;

    /** pi, from bit 1 on. */
    private static final long PI = 0xc90f_daa2_2168_c234L;

    private static final long PI_LOW = 0xc4c6_628b_80dc_1cd1L;

    /** The square root of 2, from bit 0 on, rounded down. */
    private static final long SQRT2 = 0xb504_f333_f9de_6484L;

    private Float80Transcendental() {}

    /**
     * F2XM1: 2^a - 1; a from -1 to 1. Outside, where the SDM leaves the result undefined, it is a
     * with PE.
     */
    public static void twoToXMinusOne(FpContext c, int se, long m) {
        c.begin();
        if (Float80.decides(c, se, m)) {
            return;
        }
        boolean negative = (se & 0x8000) != 0;
        if (Float80.isInfinite(se, m)) {
            c.result(negative ? 0x8000 | Float80.BIAS : se, m);
            return;
        }
        if (Float80.isZero(se, m)) {
            c.result(se, m);
            return;
        }
        if (Float80.stops(c, se, m)) {
            return;
        }
        int exponent = Float80.exponent(se, m);
        if (exponent >= 0) {
            c.flags |= Fp.PE;
            if (exponent > 0 || m != Long.MIN_VALUE) {
                c.result(se, m);
            } else if (negative) {
                c.result(0x8000 | Float80.BIAS - 1, m);
            } else {
                c.roundedUp = true;
                c.result(se, m);
            }
            return;
        }
        c.number(negative, exponent, Float80.normalised(m), 0);
        c.multiply(false, -1, LN2, LN2_LOW);
        c.left.number(c);
        c.left.toFraction();
        Series.EXPONENTIAL.evaluate(c.right, c.left.high, c.left.low, negative);
        c.right.scale(c.left.high, c.left.low);
        if (negative) {
            c.right.oneMinus();
        } else {
            c.right.onePlus();
        }
        c.multiply(c.right);
        inexact(c);
    }

    /** Rounds the workspace to the result, which is not exact. */
    private static void inexact(FpContext c) {
        c.low |= 1;
        c.roundResult(64);
    }

    /** FYL2X: b * log2(a); a is ST(0), b is ST(1). */
    public static void yLogX(FpContext c, int ase, long am, int bse, long bm) {
        c.begin();
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        boolean aZero = Float80.isZero(ase, am);
        boolean bZero = Float80.isZero(bse, bm);
        boolean bInfinite = Float80.isInfinite(bse, bm);
        int sign = bse & 0x8000;
        boolean one = ase == Float80.BIAS && am == Long.MIN_VALUE;
        if ((ase & 0x8000) != 0 && !aZero
                || bZero && (aZero || Float80.isInfinite(ase, am))
                || bInfinite && one) {
            c.invalid();
        } else if (aZero) {
            // The logarithm is minus infinity; from a finite factor that is a division by zero.
            if (!bInfinite) {
                c.flags |= Fp.ZE;
            }
            c.result(sign ^ 0xffff, Long.MIN_VALUE);
        } else if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        } else if (Float80.isInfinite(ase, am)) {
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else {
            int below = (ase & 0x7fff) < Float80.BIAS ? 0x8000 : 0;
            if (bInfinite) {
                c.result(sign ^ below | 0x7fff, Long.MIN_VALUE);
            } else if (bZero || one) {
                c.result(one ? sign : sign ^ below, 0);
            } else {
                c.number(false, Float80.exponent(ase, am), Float80.normalised(am), 0);
                boolean exact = logarithm(c);
                times(c, bse, bm, exact);
            }
        }
    }

    /** Multiplies the logarithm in the workspace and rounds. */
    private static void times(FpContext c, int bse, long bm, boolean exact) {
        c.multiply((bse & 0x8000) != 0, Float80.exponent(bse, bm), Float80.normalised(bm), 0);
        if (!exact) {
            inexact(c);
            return;
        }
        c.roundResult(64);
        c.flags |= (c.se & 0x7fff) == 0 ? Fp.UE | Fp.PE : Fp.PE;
    }

    /**
     * Replaces the positive number in the workspace, which is not 1, by its logarithm to base 2,
     * and says whether that is exact.
     */
    private static boolean logarithm(FpContext c) {
        int power = c.exponent;
        Wide f = c.left;
        if (Long.compareUnsigned(c.high, SQRT2) > 0) {
            // u from sqrt(1/2) to 1, f = u - 1.
            power++;
            c.exponent = -1;
            f.number(true, -1, c.low == 0 ? -c.high : ~c.high, -c.low);
            f.normalise();
        } else {
            c.exponent = 0;
            if (c.high << 1 == 0 && c.low == 0) {
                c.integer(power);
                return true;
            }
            f.number(false, -1, c.high << 1 | c.low >>> 63, c.low << 1);
            f.normalise();
        }
        logarithmOfOnePlus(c, f);
        if (power != 0) {
            f.integer(power);
            c.add(f);
        }
        return false;
    }

    /**
     * log2(1 + f) by the series of the inverse hyperbolic tangent of s = f / (2 + f).
     *
     * @param c receives the result; {@link FpContext#right} and {@code third} are used
     * @param f at most sqrt(2) - 1, at least sqrt(1/2) - 1, not zero
     */
    private static void logarithmOfOnePlus(FpContext c, Wide f) {
        c.right.number(false, 1, Long.MIN_VALUE, 0);
        c.right.add(f);
        c.number(f);
        c.divide(c.right);
        c.third.number(c);
        c.third.multiply(c);
        c.third.toFraction();
        Series.ODD.evaluate(c.right, c.third.high, c.third.low, false);
        c.right.scale(c.third.high, c.third.low);
        c.right.onePlus();
        c.multiply(c.right);
        c.multiply(false, 1, LOG2E, LOG2E_LOW);
    }

    /**
     * FYL2XP1: b * log2(a + 1); a is ST(0), b is ST(1). Where a is outside the range that the SDM
     * gives, the result is the same for a &gt; -1, and is a with PE from -1 down.
     */
    public static void yLogXPlusOne(FpContext c, int ase, long am, int bse, long bm) {
        c.begin();
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        boolean aZero = Float80.isZero(ase, am);
        boolean bZero = Float80.isZero(bse, bm);
        boolean aInfinite = Float80.isInfinite(ase, am);
        boolean bInfinite = Float80.isInfinite(bse, bm);
        int sign = (ase ^ bse) & 0x8000;
        if (aInfinite && (bZero || ase == 0xffff) || bInfinite && aZero) {
            c.invalid();
        } else if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        } else if (aInfinite || bInfinite) {
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else if (aZero || bZero) {
            c.result(sign, 0);
        } else if (ase >= (0x8000 | Float80.BIAS)) {
            c.flags |= Fp.PE;
            c.result(ase, am);
        } else {
            boolean negative = (ase & 0x8000) != 0;
            int exponent = Float80.exponent(ase, am);
            long m = Float80.normalised(am);
            boolean exact = false;
            if (exponent < -2) {
                c.left.number(negative, exponent, m, 0);
                logarithmOfOnePlus(c, c.left);
            } else {
                c.number(false, 0, Long.MIN_VALUE, 0);
                c.add(negative, exponent, m, 0);
                exact = logarithm(c);
            }
            times(c, bse, bm, exact);
        }
    }

    /**
     * FPATAN: the angle of the point with abscissa a, ST(0), and ordinate b, ST(1), in radians,
     * with the sign of b.
     */
    public static void arctangent(FpContext c, int ase, long am, int bse, long bm) {
        c.begin();
        if (Float80.decides(c, ase, am, bse, bm) || Float80.stops(c, ase, am, bse, bm)) {
            return;
        }
        boolean aZero = Float80.isZero(ase, am);
        boolean bZero = Float80.isZero(bse, bm);
        boolean aInfinite = Float80.isInfinite(ase, am);
        boolean bInfinite = Float80.isInfinite(bse, bm);
        boolean left = (ase & 0x8000) != 0;
        boolean negative = (bse & 0x8000) != 0;
        if (bZero || aInfinite && !bInfinite) {
            if (left) {
                angle(c, negative, 1, 0);
            } else {
                c.result(bse & 0x8000, 0);
            }
        } else if (bInfinite && aInfinite) {
            angle(c, negative, left ? 3 : 1, -2);
        } else if (aZero || bInfinite) {
            angle(c, negative, 1, -1);
        } else {
            int aExponent = Float80.exponent(ase, am);
            int bExponent = Float80.exponent(bse, bm);
            long a = Float80.normalised(am);
            long b = Float80.normalised(bm);
            boolean steep =
                    aExponent != bExponent ? aExponent < bExponent : Long.compareUnsigned(a, b) < 0;
            if (steep) {
                Arctangent.ofRatio(c, aExponent, a, bExponent, b);
                c.negative = !left;
                c.add(false, 0, PI, PI_LOW);
            } else {
                Arctangent.ofRatio(c, bExponent, b, aExponent, a);
                if (left) {
                    c.negative = true;
                    c.add(false, 1, PI, PI_LOW);
                }
            }
            c.negative = negative;
            inexact(c);
        }
    }

    /** A multiple of pi: times * pi * 2^power. */
    private static void angle(FpContext c, boolean negative, int times, int power) {
        c.number(negative, power + 1, PI, PI_LOW);
        if (times == 3) {
            c.add(negative, power + 2, PI, PI_LOW);
        }
        inexact(c);
    }

    /**
     * FSIN. Like all of the following: magnitudes of 2^63 and more set C2 in {@link
     * FpContext#conditions} and leave the operand as it is; C2 is clear otherwise. The argument is
     * reduced with pi of 66 bits (SDM vol. 1, 8.3.8), as AMD processors do.
     */
    public static void sine(FpContext c, int se, long m) {
        if (!Trigonometric.ends(c, se, m)) {
            Trigonometric.sine(c, Trigonometric.reduce(c, se, m));
            inexact(c);
        }
    }

    /** FCOS. */
    public static void cosine(FpContext c, int se, long m) {
        boolean ends = Trigonometric.ends(c, se, m);
        if (Float80.isZero(se, m)) {
            c.result(Float80.BIAS, Long.MIN_VALUE);
        } else if (!ends) {
            Trigonometric.sine(c, Trigonometric.reduce(c, se & 0x7fff, m) + 1);
            inexact(c);
        }
    }

    /** FSINCOS: the sine as the first result, the cosine as the second, which is pushed above. */
    public static void sineCosine(FpContext c, int se, long m) {
        if (Trigonometric.ends(c, se, m)) {
            boolean zero = Float80.isZero(se, m);
            c.se2 = zero ? Float80.BIAS : c.se;
            c.mantissa2 = zero ? Long.MIN_VALUE : c.mantissa;
            return;
        }
        int quadrant = Trigonometric.reduce(c, se & 0x7fff, m);
        c.third.number(c);
        Trigonometric.sine(c, quadrant + 1);
        inexact(c);
        c.se2 = c.se;
        c.mantissa2 = c.mantissa;
        c.number(c.third);
        c.roundedUp = false;
        Trigonometric.sine(c, quadrant);
        c.negative ^= (se & 0x8000) != 0;
        inexact(c);
    }

    /**
     * FPTAN: the tangent as the first result, 1 as the second, which is pushed above; when the
     * operand is a NaN both are the NaN.
     */
    public static void tangent(FpContext c, int se, long m) {
        if (Trigonometric.ends(c, se, m)) {
            boolean zero = Float80.isZero(se, m);
            c.se2 = zero ? Float80.BIAS : c.se;
            c.mantissa2 = zero ? Long.MIN_VALUE : c.mantissa;
            return;
        }
        Trigonometric.tangent(c, Trigonometric.reduce(c, se, m));
        inexact(c);
        c.se2 = Float80.BIAS;
        c.mantissa2 = Long.MIN_VALUE;
    }
}
