package lodge.interpreter.fp;

/**
 * Conversions between the x87 registers and memory: FLD, FST, FILD, FIST, FISTTP, FBLD and FBSTP
 * (SDM vol. 2). Stores return what goes to memory, unless {@link FpContext#stores()} is false.
 */
public final class Float80Convert {
    /** What FIST stores when the value does not fit 64 bits (SDM vol. 1, table 4-1). */
    private static final long INTEGER_INDEFINITE = Long.MIN_VALUE;

    /** Sign byte and digits 17 and 16 of the packed BCD indefinite (SDM vol. 1, table 4-4). */
    private static final int BCD_INDEFINITE = 0xffff;

    private static final long BCD_INDEFINITE_LOW = 0xc000_0000_0000_0000L;
    private static final long BCD_LIMIT = 1_000_000_000_000_000_000L;
    private static final long TWO_DIGITS = 100;
    private static final long SIXTEEN_DIGITS = 10_000_000_000_000_000L;

    private Float80Convert() {}

    /**
     * FLD m32fp. Raises IE for a signalling NaN and DE; an unmasked DE does not hold the load back
     * ({@link FpContext#loads()}).
     */
    public static void fromSingle(FpContext c, int bits) {
        widenSingle(c, bits);
        finish(c);
    }

    /** FLD m64fp; see {@link #fromSingle}. */
    public static void fromDouble(FpContext c, long bits) {
        widenDouble(c, bits);
        finish(c);
    }

    private static void finish(FpContext c) {
        c.begin();
        if (c.denormalOperand) {
            c.flags = Fp.DE;
        } else {
            Float80.decides(c, c.se, c.mantissa);
        }
    }

    /**
     * The memory operand of FADD m32fp, FCOM m32fp and the like: puts it into {@link FpContext#se}
     * and {@link FpContext#mantissa} as it is, signalling NaNs included, and raises nothing. That
     * the operand was denormal, which the wider format does not show, is remembered for the
     * operation that follows, which raises DE; so an operation must follow (the caller looks at its
     * stack first).
     */
    public static void widenSingle(FpContext c, int bits) {
        widen(c, bits >>> 16 & 0x8000, bits >>> 23 & 0xff, (bits & 0x7f_ffffL) << 40, 0xff, 127);
    }

    /** The memory operand of FADD m64fp, FCOM m64fp and the like; see {@link #widenSingle}. */
    public static void widenDouble(FpContext c, long bits) {
        widen(
                c,
                (int) (bits >>> 48) & 0x8000,
                (int) (bits >>> 52) & 0x7ff,
                bits << 11 & Long.MAX_VALUE,
                0x7ff,
                1023);
    }

    private static void widen(
            FpContext c, int sign, int biased, long fraction, int largest, int bias) {
        c.denormalNext = false;
        if (biased == largest) {
            c.result(sign | 0x7fff, fraction | Long.MIN_VALUE);
        } else if (biased != 0) {
            c.result(sign | biased - bias + Float80.BIAS, fraction | Long.MIN_VALUE);
        } else if (fraction == 0) {
            c.result(sign, 0);
        } else {
            c.denormalNext = true;
            int zeros = Long.numberOfLeadingZeros(fraction);
            c.result(sign | Float80.BIAS - bias + 1 - zeros, fraction << zeros);
        }
    }

    /** FILD of any size: exact, raises nothing. */
    public static void fromInteger(FpContext c, long value) {
        c.begin();
        integer(c, value);
    }

    static void integer(FpContext c, long value) {
        if (value == 0) {
            c.result(0, 0);
            return;
        }
        long magnitude = Math.abs(value);
        int zeros = Long.numberOfLeadingZeros(magnitude);
        c.result((value < 0 ? 0x8000 : 0) | Float80.BIAS + 63 - zeros, magnitude << zeros);
    }

    /** FST m32fp: the bits of a single, rounded as RC says. A denormal operand is not reported. */
    public static int toSingle(FpContext c, int se, long m) {
        return (int) narrow(c, se, m, 24, 127);
    }

    /** FST m64fp: the bits of a double. */
    public static long toDouble(FpContext c, int se, long m) {
        return narrow(c, se, m, 53, 1023);
    }

    private static long narrow(FpContext c, int se, long m, int precision, int bias) {
        c.begin();
        boolean negative = (se & 0x8000) != 0;
        if (!Float80.ordinary(se, m)) {
            long sign = negative ? (long) (bias + 1) << precision : 0;
            if (Float80.isZero(se, m)) {
                return sign;
            }
            if (Float80.isInfinite(se, m)) {
                return sign | (2L * bias + 1) << precision - 1;
            }
            if (Float80.decides(c, se, m)) {
                sign = (c.se & 0x8000) == 0 ? 0 : (long) (bias + 1) << precision;
                return sign | (2L * bias + 1) << precision - 1 | c.mantissa << 1 >>> 65 - precision;
            }
        }
        c.number(negative, Float80.exponent(se, m), Float80.normalised(m), 0);
        long bits = c.pack(precision, bias, false);
        if (!c.stores()) {
            // An unmasked overflow or underflow is all that is reported of a store not done.
            c.flags &= ~Fp.PE;
            c.roundedUp = false;
        }
        return bits;
    }

    /** FIST m16int and FISTP: out of range is 8000h with IE. */
    public static short toShort(FpContext c, int se, long m) {
        return (short) whole(c, se, m, c.rounding, 16);
    }

    /** FIST m32int and FISTP: out of range is 80000000h with IE. */
    public static int toInt(FpContext c, int se, long m) {
        return (int) whole(c, se, m, c.rounding, 32);
    }

    /** FISTP m64int: out of range is 8000000000000000h with IE. */
    public static long toLong(FpContext c, int se, long m) {
        return whole(c, se, m, c.rounding, 64);
    }

    /** FISTTP m16int: towards zero whatever RC says. */
    public static short truncateToShort(FpContext c, int se, long m) {
        return (short) whole(c, se, m, Fp.ZERO, 16);
    }

    /** FISTTP m32int. */
    public static int truncateToInt(FpContext c, int se, long m) {
        return (int) whole(c, se, m, Fp.ZERO, 32);
    }

    /** FISTTP m64int. */
    public static long truncateToLong(FpContext c, int se, long m) {
        return whole(c, se, m, Fp.ZERO, 64);
    }

    private static long whole(FpContext c, int se, long m, int rounding, int bits) {
        c.begin();
        boolean negative = (se & 0x8000) != 0;
        long limit = (1L << bits - 1) - (negative ? 0 : 1);
        long magnitude = magnitude(c, se, m, rounding);
        if ((c.flags & Fp.IE) != 0 || Long.compareUnsigned(magnitude, limit) > 0) {
            c.begin();
            c.flags = Fp.IE;
            return INTEGER_INDEFINITE >> 64 - bits;
        }
        return negative ? -magnitude : magnitude;
    }

    /** Rounds to an integer below 2^64, or raises IE. */
    private static long magnitude(FpContext c, int se, long m, int rounding) {
        int exponent = (se & 0x7fff) - Float80.BIAS;
        if (exponent > 63 || Float80.isUnsupported(se, m)) {
            c.flags |= Fp.IE;
            return 0;
        }
        if (m == 0) {
            return 0;
        }
        long kept;
        long rest;
        if (exponent < 0) {
            kept = 0;
            rest = exponent == -1 ? m : 1;
        } else {
            kept = m >>> 63 - exponent;
            rest = exponent == 63 ? 0 : m << exponent + 1;
        }
        if (rest != 0) {
            c.flags |= Fp.PE;
            if (Fp.increments(rounding, (se & 0x8000) != 0, (kept & 1) != 0, rest)) {
                c.roundedUp = true;
                kept++;
            }
        }
        return kept;
    }

    /**
     * FBLD: packed BCD, 18 digits. Digits above 9 are undefined (SDM vol. 2, FBLD); each counts for
     * its value of 0 to 15 here.
     *
     * @param low the eight lower bytes
     * @param top the two upper bytes: digits 17 and 16, and the sign in bit 15
     */
    public static void fromPackedBcd(FpContext c, long low, int top) {
        c.begin();
        long value = (top >> 4 & 15) * 10L + (top & 15);
        for (int shift = 60; shift >= 0; shift -= 4) {
            value = value * 10 + (low >>> shift & 15);
        }
        integer(c, value);
        c.se |= top & 0x8000;
    }

    /**
     * FBSTP: packed BCD, rounded as RC says; values of 10^18 and more store the BCD indefinite with
     * IE.
     *
     * @return the eight lower bytes; the two upper ones are in {@link FpContext#se2}
     */
    public static long toPackedBcd(FpContext c, int se, long m) {
        c.begin();
        long value = magnitude(c, se, m, c.rounding);
        if ((c.flags & Fp.IE) != 0 || Long.compareUnsigned(value, BCD_LIMIT) >= 0) {
            c.begin();
            c.flags = Fp.IE;
            c.se2 = BCD_INDEFINITE;
            return BCD_INDEFINITE_LOW;
        }
        int topDigits = (int) (value / SIXTEEN_DIGITS);
        c.se2 = se & 0x8000 | topDigits / 10 << 4 | topDigits % 10;
        long digits = value % SIXTEEN_DIGITS;
        long packed = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            int two = (int) (digits % TWO_DIGITS);
            digits /= TWO_DIGITS;
            packed |= (long) (two / 10 << 4 | two % 10) << shift;
        }
        return packed;
    }
}
