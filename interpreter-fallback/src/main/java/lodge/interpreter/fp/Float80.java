package lodge.interpreter.fp;

/**
 * The double extended format of the x87 FPU (SDM vol. 1, 4.2.2 and 8.2): encodings, their classes,
 * compares and the built-in constants. A value is a pair of {@code int se}, sign in bit 15 and
 * biased exponent below, and {@code long mantissa}, the significand with its integer bit in bit 63.
 */
public final class Float80 {
    /** Exponent bias. */
    public static final int BIAS = 16383;

    /** Sign and exponent of the default NaN, "real indefinite" (SDM vol. 1, table 4-3). */
    public static final int INDEFINITE = 0xffff;

    /** Significand of the default NaN. */
    public static final long INDEFINITE_MANTISSA = 0xc000_0000_0000_0000L;

    /** By how much the exponent is off after unmasked overflow or underflow: 3 * 2^13. */
    static final int WRAP = 24576;

    /** The bit that makes a NaN quiet. */
    static final long QUIET = 1L << 62;

    private Float80() {}

    /** Whether both are normal numbers, which needs no further look. */
    static boolean ordinary(int se, long mantissa) {
        return (se + 1 & 0x7fff) > 1 && mantissa < 0;
    }

    /** Whether the encoding is unsupported: pseudo-NaN, pseudo-infinity, unnormal (table 8-3). */
    public static boolean isUnsupported(int se, long mantissa) {
        return (se & 0x7fff) != 0 && mantissa >= 0;
    }

    /** Whether the value is a NaN, quiet or signalling. */
    public static boolean isNaN(int se, long mantissa) {
        return (se & 0x7fff) == 0x7fff && mantissa < 0 && mantissa << 1 != 0;
    }

    static boolean isSignalling(int se, long mantissa) {
        return isNaN(se, mantissa) && (mantissa & QUIET) == 0;
    }

    static boolean isInfinite(int se, long mantissa) {
        return (se & 0x7fff) == 0x7fff && mantissa == Long.MIN_VALUE;
    }

    /** Whether the value is a denormal or pseudo-denormal number, which DE reports. */
    public static boolean isDenormal(int se, long mantissa) {
        return (se & 0x7fff) == 0 && mantissa != 0;
    }

    static boolean isZero(int se, long mantissa) {
        return (se & 0x7fff) == 0 && mantissa == 0;
    }

    /**
     * Unbiased exponent of a finite number that is not zero, once its significand is normalised.
     */
    static int exponent(int se, long mantissa) {
        int biased = se & 0x7fff;
        return biased == 0 ? 1 - BIAS - Long.numberOfLeadingZeros(mantissa) : biased - BIAS;
    }

    /** Significand with bit 63 set. */
    static long normalised(long mantissa) {
        return mantissa << Long.numberOfLeadingZeros(mantissa);
    }

    /**
     * Handles operands that decide a result alone: unsupported encodings and NaNs (SDM vol. 1,
     * tables 4-7 and 8-10).
     *
     * @return whether the result is in the context
     */
    static boolean decides(FpContext c, int ase, long am, int bse, long bm) {
        if (isUnsupported(ase, am) || isUnsupported(bse, bm)) {
            c.invalid();
            return true;
        }
        boolean a = isNaN(ase, am);
        boolean b = isNaN(bse, bm);
        if (!a && !b) {
            return false;
        }
        boolean aSignals = a && (am & QUIET) == 0;
        boolean bSignals = b && (bm & QUIET) == 0;
        if (aSignals || bSignals) {
            c.flags |= Fp.IE;
        }
        boolean first;
        if (!b) {
            first = true;
        } else if (!a) {
            first = false;
        } else if (aSignals != bSignals) {
            first = bSignals;
        } else {
            int order = Long.compareUnsigned(am, bm);
            first = order > 0 || order == 0 && ase < bse;
        }
        c.result(first ? ase : bse, (first ? am : bm) | QUIET);
        return true;
    }

    /** The same for one operand. */
    static boolean decides(FpContext c, int se, long m) {
        if (isUnsupported(se, m)) {
            c.invalid();
            return true;
        }
        if (!isNaN(se, m)) {
            return false;
        }
        if ((m & QUIET) == 0) {
            c.flags |= Fp.IE;
        }
        c.result(se, m | QUIET);
        return true;
    }

    /** Raises DE for a denormal operand and says whether that ends the operation. */
    static boolean stops(FpContext c, int se, long m) {
        return (isDenormal(se, m) || c.denormalOperand) && c.raise(Fp.DE);
    }

    /** Raises DE when either is denormal and says whether that ends the operation. */
    static boolean stops(FpContext c, int ase, long am, int bse, long bm) {
        return (isDenormal(ase, am) || isDenormal(bse, bm) || c.denormalOperand) && c.raise(Fp.DE);
    }

    /**
     * FXAM (SDM vol. 2, FXAM): C3, C2 and C0 for the class, C1 for the sign, in status word
     * positions. The class "empty" is the caller's.
     */
    public static int classify(int se, long mantissa) {
        int sign = (se & 0x8000) == 0 ? 0 : FpContext.C1;
        int biased = se & 0x7fff;
        if (biased == 0) {
            return sign | (mantissa == 0 ? FpContext.C3 : FpContext.C3 | FpContext.C2);
        }
        if (mantissa >= 0) {
            return sign;
        }
        if (biased != 0x7fff) {
            return sign | FpContext.C2;
        }
        return sign | (mantissa == Long.MIN_VALUE ? FpContext.C2 | FpContext.C0 : FpContext.C0);
    }

    /**
     * FCOM, FCOMI, FICOM, FTST ({@code quiet} false) and FUCOM, FUCOMI (true): a compared with b.
     * Leaves C3, C2 and C0 in {@link FpContext#conditions}: none for a &gt; b, C0 for a &lt; b, C3
     * when equal, all when unordered. FCOMI puts C3 into ZF, C2 into PF and C0 into CF (SDM vol. 2,
     * FCOM, FUCOM, FCOMI). Raises IE for unsupported encodings and signalling NaNs, unless quiet
     * also for quiet ones, and DE. The codes, and EFLAGS, are set even if that is not masked.
     */
    public static void compare(FpContext c, int ase, long am, int bse, long bm, boolean quiet) {
        boolean plain = c.begin() && ordinary(ase, am) && ordinary(bse, bm);
        c.defined = FpContext.C0 | FpContext.C1 | FpContext.C2 | FpContext.C3;
        if (!plain) {
            boolean bad = isUnsupported(ase, am) || isUnsupported(bse, bm);
            if (bad || isNaN(ase, am) || isNaN(bse, bm)) {
                if (bad || !quiet || isSignalling(ase, am) || isSignalling(bse, bm)) {
                    c.flags |= Fp.IE;
                }
                c.conditions = FpContext.C0 | FpContext.C2 | FpContext.C3;
                return;
            }
            stops(c, ase, am, bse, bm);
        }
        c.conditions = order(ase, am, bse, bm);
    }

    private static int order(int ase, long am, int bse, long bm) {
        if (isZero(ase, am) && isZero(bse, bm)) {
            return FpContext.C3;
        }
        boolean negative = (ase & 0x8000) != 0;
        if (negative != ((bse & 0x8000) != 0)) {
            return negative ? FpContext.C0 : 0;
        }
        // A pseudo-denormal has the value of the normal number with exponent 1.
        int a = (ase & 0x7fff) == 0 && am < 0 ? 1 : ase & 0x7fff;
        int b = (bse & 0x7fff) == 0 && bm < 0 ? 1 : bse & 0x7fff;
        int order = a != b ? Integer.compare(a, b) : Long.compareUnsigned(am, bm);
        if (order == 0) {
            return FpContext.C3;
        }
        return order < 0 != negative ? FpContext.C0 : 0;
    }

    /** The constants in the order of their opcodes D9 E8 to D9 EE (SDM vol. 2, FLD1...). */
    public enum Constant {
        /** FLD1: 1. */
        ONE(BIAS, Long.MIN_VALUE, 0),
        /** FLDL2T: the logarithm of 10 to base 2. */
        L2T(BIAS + 1, 0xd49a_784b_cd1b_8afeL, 0x492b_f6ff_4daf_db4cL),
        /** FLDL2E: the logarithm of e to base 2. */
        L2E(BIAS, 0xb8aa_3b29_5c17_f0bbL, 0xbe87_fed0_691d_3e88L),
        /** FLDPI. */
        PI(BIAS + 1, 0xc90f_daa2_2168_c234L, 0xc4c6_628b_80dc_1cd1L),
        /** FLDLG2: the logarithm of 2 to base 10. */
        LG2(BIAS - 2, 0x9a20_9a84_fbcf_f798L, 0x8f89_59ac_0b7c_9178L),
        /** FLDLN2: the natural logarithm of 2. */
        LN2(BIAS - 1, 0xb172_17f7_d1cf_79abL, 0xc9e3_b398_03f2_f6afL),
        /** FLDZ. */
        ZERO(0, 0, 0);

        private final int se;
        private final long high;
        private final long low;

        Constant(int se, long high, long low) {
            this.se = se;
            this.high = high;
            this.low = low;
        }

        /** Loads the constant rounded as RC says; no exception is raised, not even PE. */
        public void load(FpContext c) {
            c.begin();
            c.result(se, high + (Fp.increments(c.rounding, false, (high & 1) != 0, low) ? 1 : 0));
        }
    }
}
