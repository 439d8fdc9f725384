package lodge.interpreter.fp;

/**
 * Control, result and exceptions of x87 operations. Kept by the caller and used again and again by
 * one thread; every operation of {@code Float80*} begins by clearing {@link #flags}, {@link
 * #roundedUp} and {@link #conditions}, so that afterwards they show that operation alone:
 *
 * <ul>
 *   <li>{@link #status(int)} puts all of it into a status word, whether an exception is masked or
 *       not; only FCOMI and its kin set EFLAGS instead of the codes and leave C1 alone;
 *   <li>when {@link #completes()} is false the destination and the stack pointer stay as they were
 *       (SDM vol. 1, 8.5), but the codes and, for FCOMI, EFLAGS do not;
 *   <li>an unmasked overflow or underflow leaves a result whose exponent is off by 24576 in a
 *       register; a store to memory is not done ({@link #stores()}).
 * </ul>
 */
public final class FpContext extends Rounder {
    /** Condition code C0 in the status word. */
    public static final int C0 = 1 << 8;

    /** Condition code C1 in the status word. */
    public static final int C1 = 1 << 9;

    /** Condition code C2 in the status word. */
    public static final int C2 = 1 << 10;

    /** Condition code C3 in the status word. */
    public static final int C3 = 1 << 14;

    /** ES and B. */
    private static final int SUMMARY = 0x8080;

    /** Bits of the significand that FADD, FSUB, FMUL, FDIV and FSQRT round to: 24, 53 or 64. */
    public int precision = 64;

    /** Sign (bit 15) and biased exponent (bits 14 to 0) of the result. */
    public int se;

    /** Significand of the result, integer bit in bit 63. */
    public long mantissa;

    /** Sign and exponent of the second result: what is pushed above the first. */
    public int se2;

    /** Significand of the second result. */
    public long mantissa2;

    /** Condition codes in status word positions, but for the C1 of {@link #roundedUp}. */
    public int conditions;

    /** The condition codes that the operation replaces; the SDM calls the others undefined. */
    public int defined;

    /** Whether the operand widened last from memory was denormal there. */
    boolean denormalNext;

    /** The same, for the operation under way. */
    boolean denormalOperand;

    /** Places that the transcendental operations work in. */
    final Wide left = new Wide();

    final Wide right = new Wide();
    final Wide third = new Wide();

    /** A context with the control word after FNINIT: nearest, 64 bits, all masked. */
    public FpContext() {}

    /**
     * Takes rounding, precision and masks from an x87 control word (SDM vol. 1, 8.1.5). Precision
     * control 1, which is reserved, acts as 64 bits, as it does on AMD processors.
     */
    public void control(int controlWord) {
        masked = controlWord & Fp.ALL;
        rounding = controlWord >> 10 & 3;
        precision =
                switch (controlWord >> 8 & 3) {
                    case 0 -> 24;
                    case 2 -> 53;
                    default -> 64;
                };
    }

    /** Whether the operation went through: no invalid, denormal or zero exception is unmasked. */
    public boolean completes() {
        return (flags & ~masked & Fp.BEFORE) == 0;
    }

    /** Whether a store to memory takes place: what {@link #completes()} says, and O and U too. */
    public boolean stores() {
        return (flags & ~masked & (Fp.BEFORE | Fp.OE | Fp.UE)) == 0;
    }

    /**
     * The status word after the operation: exceptions added, condition codes replaced as far as the
     * operation defines them, ES and B set if an exception of it is not masked.
     *
     * @param before the status word so far
     */
    public int status(int before) {
        int summary = (flags & ~masked) == 0 ? 0 : SUMMARY;
        return before & ~defined | status() | summary;
    }

    /** Whether FLD pushes what it loaded: even an unmasked DE does not hold it back. */
    public boolean loads() {
        return (flags & ~masked & Fp.IE) == 0;
    }

    /** The flags and condition codes of the last operation in status word positions. */
    public int status() {
        return flags | conditions | (roundedUp ? C1 : 0);
    }

    /** Begins an operation and says whether its operands need no look at their history. */
    boolean begin() {
        flags = 0;
        roundedUp = false;
        conditions = 0;
        defined = C1;
        denormalOperand = denormalNext;
        denormalNext = false;
        return !denormalOperand;
    }

    void result(int se, long mantissa) {
        this.se = se;
        this.mantissa = mantissa;
    }

    /** Raises invalid operation; the masked response is the default NaN. */
    void invalid() {
        flags |= Fp.IE;
        result(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
    }

    /** Puts the number in the workspace, rounded, into the result; exponent unbiased. */
    void roundResult(int bits) {
        round(negative ? 0x8000 : 0, exponent + Float80.BIAS, high, low, bits);
    }

    /**
     * Rounds (high.low) with biased exponent to a result.
     *
     * @param sign 0 or 0x8000
     * @param biased exponent, any value
     * @param h bit 63 set
     * @param l further bits
     * @param bits precision: 24, 53 or 64
     */
    void round(int sign, int biased, long h, long l, int bits) {
        long unit = 1;
        if (bits != 64) {
            l = h << bits | (l == 0 ? 0 : 1);
            unit = 1L << -bits;
            h &= -unit;
        }
        if (biased <= 0) {
            roundTiny(sign, biased, h, l, unit);
            return;
        }
        if (l != 0) {
            flags |= Fp.PE;
            if (Fp.increments(rounding, sign != 0, (h & unit) != 0, l)) {
                roundedUp = true;
                h += unit;
                if (h == 0) {
                    h = Long.MIN_VALUE;
                    biased++;
                }
            }
        }
        if (biased >= 0x7fff) {
            overflow(sign, biased, h, -unit);
            return;
        }
        result(sign | biased, h);
    }

    private void overflow(int sign, int biased, long h, long largest) {
        flags |= Fp.OE;
        if ((masked & Fp.OE) == 0) {
            result(sign | biased - Float80.WRAP & 0x7fff, h);
            return;
        }
        flags |= Fp.PE;
        roundedUp = Fp.increments(rounding, sign != 0, true, -1);
        if (roundedUp) {
            result(sign | 0x7fff, Long.MIN_VALUE);
        } else {
            result(sign | 0x7ffe, largest);
        }
    }

    private void roundTiny(int sign, int biased, long h, long l, long unit) {
        boolean up = Fp.increments(rounding, sign != 0, (h & unit) != 0, l);
        boolean tiny = biased < 0 || !up || h + unit != 0;
        if (tiny && (masked & Fp.UE) == 0) {
            flags |= l == 0 ? Fp.UE : Fp.UE | Fp.PE;
            roundedUp = up;
            if (up) {
                h += unit;
                if (h == 0) {
                    h = Long.MIN_VALUE;
                    biased++;
                }
            }
            result(sign | biased + Float80.WRAP & 0x7fff, h);
            return;
        }
        // Shift to the exponent of denormals; the precision counts from the same bit as before.
        int shift = 1 - biased;
        int dropped = Long.numberOfTrailingZeros(unit);
        long rest;
        if (shift >= 64) {
            rest = shift == 64 && dropped == 0 ? h | (l == 0 ? 0 : 1) : 1;
            h = 0;
        } else {
            long below = h << -shift;
            h >>>= shift;
            boolean sticky = l != 0;
            if (dropped == 0) {
                rest = l >>> shift | below | (sticky ? 1 : 0);
            } else {
                rest = h << -dropped | ((below != 0 || sticky) ? 1 : 0);
                h &= -unit;
            }
        }
        if (rest != 0) {
            flags |= tiny ? Fp.UE | Fp.PE : Fp.PE;
            if (Fp.increments(rounding, sign != 0, (h & unit) != 0, rest)) {
                roundedUp = true;
                h += unit;
            }
        }
        result(sign | (h < 0 ? 1 : 0), h);
    }
}
