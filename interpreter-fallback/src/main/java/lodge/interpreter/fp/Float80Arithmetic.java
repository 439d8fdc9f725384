package lodge.interpreter.fp;

/**
 * The arithmetic instructions of the x87 FPU (SDM vol. 1, 8.3.5, and vol. 2 by instruction). Every
 * operation takes values as {@link Float80} describes and leaves its result and exceptions in the
 * context, see {@link FpContext}.
 */
public final class Float80Arithmetic {
    /** How far FSCALE looks: beyond, every number overflows or vanishes. */
    private static final int FARTHEST = 0x10000;

    private Float80Arithmetic() {}

    /** FADD: a + b. */
    public static void add(FpContext c, int ase, long am, int bse, long bm) {
        if (c.begin() && Float80.ordinary(ase, am) && Float80.ordinary(bse, bm)) {
            sum(c, ase, am, bse, bm);
        } else if (!Float80.decides(c, ase, am, bse, bm)) {
            addSpecial(c, ase, am, bse, bm);
        }
    }

    /** FSUB, and FSUBR with the operands exchanged: a - b. */
    public static void subtract(FpContext c, int ase, long am, int bse, long bm) {
        if (c.begin() && Float80.ordinary(ase, am) && Float80.ordinary(bse, bm)) {
            sum(c, ase, am, bse ^ 0x8000, bm);
        } else if (!Float80.decides(c, ase, am, bse, bm)) {
            addSpecial(c, ase, am, bse ^ 0x8000, bm);
        }
    }

    private static void addSpecial(FpContext c, int ase, long am, int bse, long bm) {
        boolean aInfinite = Float80.isInfinite(ase, am);
        boolean bInfinite = Float80.isInfinite(bse, bm);
        if (aInfinite && bInfinite && ase != bse) {
            c.invalid();
        } else if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        } else if (aInfinite) {
            c.result(ase, am);
        } else if (bInfinite) {
            c.result(bse, bm);
        } else if (am == 0 && bm == 0) {
            int sign = ase == bse ? ase : c.rounding == Fp.DOWN ? 0x8000 : 0;
            c.result(sign, 0);
        } else if (am == 0) {
            single(c, bse, bm);
        } else if (bm == 0) {
            single(c, ase, am);
        } else {
            sum(c, ase, am, bse, bm);
        }
    }

    /** Rounds one operand as if computed. */
    private static void single(FpContext c, int se, long m) {
        c.round(
                se & 0x8000,
                Float80.exponent(se, m) + Float80.BIAS,
                Float80.normalised(m),
                0,
                c.precision);
    }

    private static void sum(FpContext c, int ase, long am, int bse, long bm) {
        c.number((ase & 0x8000) != 0, Float80.exponent(ase, am), Float80.normalised(am), 0);
        c.add((bse & 0x8000) != 0, Float80.exponent(bse, bm), Float80.normalised(bm), 0);
        if (c.high == 0) {
            c.result(c.rounding == Fp.DOWN ? 0x8000 : 0, 0);
        } else {
            c.roundResult(c.precision);
        }
    }

    /** FMUL: a * b. */
    public static void multiply(FpContext c, int ase, long am, int bse, long bm) {
        if (c.begin() && Float80.ordinary(ase, am) && Float80.ordinary(bse, bm)) {
            product(c, ase, am, bse, bm);
            return;
        }
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        boolean infinite = Float80.isInfinite(ase, am) || Float80.isInfinite(bse, bm);
        boolean zero = Float80.isZero(ase, am) || Float80.isZero(bse, bm);
        int sign = (ase ^ bse) & 0x8000;
        if (infinite && zero) {
            c.invalid();
        } else if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        } else if (infinite) {
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else if (zero) {
            c.result(sign, 0);
        } else {
            product(c, ase, am, bse, bm);
        }
    }

    private static void product(FpContext c, int ase, long am, int bse, long bm) {
        int exponent = Float80.exponent(ase, am) + Float80.exponent(bse, bm) + Float80.BIAS;
        long a = Float80.normalised(am);
        long b = Float80.normalised(bm);
        long high = Math.unsignedMultiplyHigh(a, b);
        long low = a * b;
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
        } else {
            exponent++;
        }
        c.round((ase ^ bse) & 0x8000, exponent, high, low, c.precision);
    }

    /** FDIV, and FDIVR with the operands exchanged: a / b. */
    public static void divide(FpContext c, int ase, long am, int bse, long bm) {
        if (c.begin() && Float80.ordinary(ase, am) && Float80.ordinary(bse, bm)) {
            quotient(c, ase, am, bse, bm);
            return;
        }
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        boolean aInfinite = Float80.isInfinite(ase, am);
        boolean bInfinite = Float80.isInfinite(bse, bm);
        boolean aZero = Float80.isZero(ase, am);
        boolean bZero = Float80.isZero(bse, bm);
        int sign = (ase ^ bse) & 0x8000;
        if (aInfinite && bInfinite || aZero && bZero) {
            c.invalid();
        } else if (bZero && !aInfinite) {
            // A denormal dividend is not reported as well.
            c.flags |= Fp.ZE;
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        } else if (aInfinite) {
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else if (aZero || bInfinite) {
            c.result(sign, 0);
        } else {
            quotient(c, ase, am, bse, bm);
        }
    }

    private static void quotient(FpContext c, int ase, long am, int bse, long bm) {
        int exponent = Float80.exponent(ase, am) - Float80.exponent(bse, bm) + Float80.BIAS;
        long a = Float80.normalised(am);
        long b = Float80.normalised(bm);
        long high = a;
        long low = 0;
        if (Long.compareUnsigned(a, b) >= 0) {
            high = a >>> 1;
            low = a << 63;
        } else {
            exponent--;
        }
        long quotient = Fp.divide(high, low, b);
        long rest = Fp.rest(low - quotient * b, b);
        c.round((ase ^ bse) & 0x8000, exponent, quotient, rest, c.precision);
    }

    /** FSQRT: the square root. */
    public static void squareRoot(FpContext c, int se, long m) {
        c.begin();
        if (Float80.decides(c, se, m)) {
            return;
        }
        if (Float80.isZero(se, m)) {
            c.result(se, m);
        } else if ((se & 0x8000) != 0) {
            c.invalid();
        } else if (Float80.stops(c, se, m)) {
            return;
        } else if (Float80.isInfinite(se, m)) {
            c.result(se, m);
        } else {
            int exponent = Float80.exponent(se, m);
            long a = Float80.normalised(m);
            long high = (exponent & 1) == 0 ? a >>> 1 : a;
            long low = (exponent & 1) == 0 ? a << 63 : 0;
            long root = Fp.squareRoot(high, low);
            long remainder = low - root * root;
            boolean large =
                    high
                                    != Math.unsignedMultiplyHigh(root, root)
                                            + (Long.compareUnsigned(low, root * root) < 0 ? 1 : 0)
                            || Long.compareUnsigned(remainder, root) > 0;
            long rest = large ? 3L << 62 : remainder == 0 ? 0 : 1L << 62;
            c.round(0, (exponent >> 1) + Float80.BIAS, root, rest, c.precision);
        }
    }

    /**
     * FPREM ({@code nearest} false) and FPREM1 (true): the remainder of a / b, exactly. When the
     * exponents differ by less than 64 the remainder is complete, C2 is clear and C0, C3 and C1
     * hold bits 2, 1 and 0 of the quotient; else C2 is set, the other codes are clear and the
     * result is a with its exponent reduced by 32 to 63 (SDM vol. 2, FPREM, FPREM1).
     */
    public static void remainder(FpContext c, int ase, long am, int bse, long bm, boolean nearest) {
        c.begin();
        c.defined = FpContext.C1 | FpContext.C2;
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        if (Float80.isInfinite(ase, am) || Float80.isZero(bse, bm)) {
            c.invalid();
            return;
        }
        if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        }
        c.defined = FpContext.C0 | FpContext.C1 | FpContext.C2 | FpContext.C3;
        int sign = ase & 0x8000;
        if (Float80.isZero(ase, am)) {
            c.result(ase, am);
            return;
        }
        int exponent = Float80.exponent(ase, am);
        long a = Float80.normalised(am);
        if (Float80.isInfinite(bse, bm)) {
            c.round(sign, exponent + Float80.BIAS, a, 0, 64);
            return;
        }
        int divisorExponent = Float80.exponent(bse, bm);
        long b = Float80.normalised(bm);
        int distance = exponent - divisorExponent;
        if (distance < -1 || distance == -1 && !nearest) {
            c.round(sign, exponent + Float80.BIAS, a, 0, 64);
            return;
        }
        if (distance >= 64) {
            // Reduce in steps whose total brings the distance down to a multiple of 32.
            int step = distance & 31 | 32;
            long quotient = Fp.divide(a >>> -step, a << step, b);
            long rest = (a << step) - quotient * b;
            c.conditions = FpContext.C2;
            exact(c, sign, exponent - step, rest);
            return;
        }
        long quotient;
        long rest;
        if (distance <= 0) {
            quotient = distance == 0 && Long.compareUnsigned(a, b) >= 0 ? 1 : 0;
            rest = quotient == 0 ? a : a - b;
        } else {
            quotient = Fp.divide(a >>> -distance, a << distance, b);
            rest = (a << distance) - quotient * b;
        }
        int scale = distance < 0 ? exponent : divisorExponent;
        if (nearest && rest != 0) {
            // At distance -1 the remainder is in units of half the divisor's.
            int order =
                    distance < 0
                            ? Long.compareUnsigned(rest, b)
                            : Long.compareUnsigned(rest, b - rest);
            if (order > 0 || order == 0 && (quotient & 1) != 0) {
                quotient++;
                // 2b - rest fits 64 bits since rest exceeds b.
                rest = distance < 0 ? 2 * b - rest : b - rest;
                sign ^= 0x8000;
            }
        }
        c.conditions =
                ((quotient & 4) != 0 ? FpContext.C0 : 0)
                        | ((quotient & 2) != 0 ? FpContext.C3 : 0)
                        | ((quotient & 1) != 0 ? FpContext.C1 : 0);
        exact(c, rest == 0 ? ase & 0x8000 : sign, scale, rest);
    }

    /** Delivers an integer multiple of the last place at the exponent given. */
    private static void exact(FpContext c, int sign, int exponent, long m) {
        if (m == 0) {
            c.result(sign, 0);
            return;
        }
        int zeros = Long.numberOfLeadingZeros(m);
        c.round(sign, exponent - zeros + Float80.BIAS, m << zeros, 0, 64);
    }

    /** FRNDINT: rounds to an integer as RC says. */
    public static void roundToInteger(FpContext c, int se, long m) {
        c.begin();
        if (Float80.decides(c, se, m) || Float80.stops(c, se, m)) {
            return;
        }
        int exponent = (se & 0x7fff) - Float80.BIAS;
        int sign = se & 0x8000;
        if (exponent >= 63 || m == 0) {
            c.result(se, m);
            return;
        }
        boolean odd;
        long rest;
        long kept;
        if (exponent < 0) {
            odd = false;
            kept = 0;
            rest = exponent == -1 ? m : 1;
        } else {
            int shift = 63 - exponent;
            kept = m >>> shift;
            rest = m << -shift;
            odd = (kept & 1) != 0;
        }
        if (rest != 0) {
            c.flags |= Fp.PE;
            if (Fp.increments(c.rounding, sign != 0, odd, rest)) {
                c.roundedUp = true;
                kept++;
            }
        }
        if (kept == 0) {
            c.result(sign, 0);
        } else {
            int zeros = Long.numberOfLeadingZeros(kept);
            c.result(sign | Float80.BIAS + 63 - zeros, kept << zeros);
        }
    }

    /** FSCALE: a * 2^b with b rounded towards zero; a is ST(0), b is ST(1). */
    public static void scale(FpContext c, int ase, long am, int bse, long bm) {
        c.begin();
        if (Float80.decides(c, ase, am, bse, bm)) {
            return;
        }
        boolean negative = (bse & 0x8000) != 0;
        int sign = ase & 0x8000;
        if (Float80.isInfinite(bse, bm)) {
            if (negative ? Float80.isInfinite(ase, am) : Float80.isZero(ase, am)) {
                c.invalid();
            } else if (Float80.stops(c, ase, am)) {
                return;
            } else if (negative) {
                c.result(sign, 0);
            } else {
                c.result(sign | 0x7fff, Long.MIN_VALUE);
            }
            return;
        }
        if (Float80.stops(c, ase, am, bse, bm)) {
            return;
        }
        if (Float80.isInfinite(ase, am) || am == 0) {
            c.result(ase, am);
            return;
        }
        int exponent = (bse & 0x7fff) - Float80.BIAS;
        int power;
        if (bm == 0 || exponent < 0) {
            power = 0;
        } else {
            power = exponent > 15 ? FARTHEST : (int) (bm >>> 63 - exponent);
        }
        int biased = Float80.exponent(ase, am) + (negative ? -power : power) + Float80.BIAS;
        if (biased - Float80.WRAP >= 0x7fff && (c.masked & Fp.OE) == 0) {
            c.flags |= Fp.OE | Fp.PE;
            c.roundedUp = true;
            c.result(sign | 0x7fff, Long.MIN_VALUE);
        } else if (biased + Float80.WRAP <= 0 && (c.masked & Fp.UE) == 0) {
            c.flags |= Fp.UE | Fp.PE;
            c.result(sign, 0);
        } else {
            c.round(sign, biased, Float80.normalised(am), 0, 64);
        }
    }

    /**
     * FXTRACT: the exponent as the first result, the significand with exponent 0 as the second,
     * which is pushed above it.
     */
    public static void extract(FpContext c, int se, long m) {
        c.begin();
        if (Float80.decides(c, se, m)) {
            c.se2 = c.se;
            c.mantissa2 = c.mantissa;
            return;
        }
        c.se2 = se;
        c.mantissa2 = m;
        if (Float80.isZero(se, m)) {
            c.flags |= Fp.ZE;
            c.result(0xffff, Long.MIN_VALUE);
            return;
        }
        if (Float80.isInfinite(se, m)) {
            c.result(0x7fff, Long.MIN_VALUE);
            return;
        }
        if (Float80.stops(c, se, m)) {
            return;
        }
        c.se2 = se & 0x8000 | Float80.BIAS;
        c.mantissa2 = Float80.normalised(m);
        Float80Convert.integer(c, Float80.exponent(se, m));
    }
}
