package lodge.interpreter.fp;

/** Sine, cosine and tangent of numbers below 2^63 in the workspace of a context. */
final class Trigonometric {
    /** pi/4 with pi of 66 bits, its upper 64 bits, from bit -1 on. */
    private static final long QUARTER = 0xc90f_daa2_2168_c234L;

    /** pi/2 of 66 bits in units of 2^-65: 3.243F6A88... hexadecimal. */
    private static final long HALF_HIGH = 3;

    private static final long HALF_LOW = 0x243f_6a88_85a3_08d3L;

    /** The lower half of pi/4 in units of 2^-65; the upper is 1. */
    private static final long HALF_HALF = HALF_LOW >>> 1 | HALF_HIGH << 63;

    /** Exponent below which the fourth power of a number is below 2^-128. */
    private static final int SMALL = -32;

    private static final long THIRD = 0x5555_5555_5555_5555L;

    private Trigonometric() {}

    /**
     * Begins an operation: handles NaNs, infinities, zeros (whose result is the operand), numbers
     * out of range and unmasked DE.
     *
     * @return whether that was all
     */
    static boolean ends(FpContext c, int se, long m) {
        c.begin();
        c.defined = FpContext.C1 | FpContext.C2;
        if (Float80.decides(c, se, m)) {
            return true;
        }
        if (Float80.isInfinite(se, m)) {
            c.invalid();
            return true;
        }
        if (Float80.isZero(se, m)) {
            c.result(se, m);
            return true;
        }
        if ((se & 0x7fff) >= Float80.BIAS + 63) {
            c.conditions = FpContext.C2;
            c.result(se, m);
            return true;
        }
        return Float80.stops(c, se, m);
    }

    /**
     * Leaves in the workspace what remains after subtraction of a multiple of pi/2, at most pi/4 in
     * magnitude and exact for the pi of 66 bits.
     *
     * @return the multiple, of which the lowest two bits count
     */
    static int reduce(FpContext c, int se, long m) {
        boolean negative = (se & 0x8000) != 0;
        int exponent = Float80.exponent(se, m);
        if (exponent < -1 || exponent == -1 && Long.compareUnsigned(m, QUARTER) <= 0) {
            c.number(negative, exponent, Float80.normalised(m), 0);
            return 0;
        }
        // The argument in units of 2^-65, of at most 128 bits.
        int shift = exponent + 2;
        long high = shift == 64 ? m : m >>> -shift;
        long low = shift == 64 ? 0 : m << shift;
        long multiple = Fp.divide(high >>> 2, low >>> 2 | high << 62, QUARTER);
        long productLow = multiple * HALF_LOW;
        long productHigh = Math.unsignedMultiplyHigh(multiple, HALF_LOW) + multiple * HALF_HIGH;
        high = high - productHigh - (Long.compareUnsigned(low, productLow) < 0 ? 1 : 0);
        low -= productLow;
        // The quotient was too large, if anything, for the divisor lost its lowest bits.
        while (high < 0) {
            multiple--;
            low += HALF_LOW;
            high += HALF_HIGH + (Long.compareUnsigned(low, HALF_LOW) < 0 ? 1 : 0);
        }
        boolean above = high > 1 || high == 1 && Long.compareUnsigned(low, HALF_HALF) > 0;
        if (above) {
            multiple++;
            long rest = HALF_LOW - low;
            high = HALF_HIGH - high - (Long.compareUnsigned(HALF_LOW, low) < 0 ? 1 : 0);
            low = rest;
        }
        c.number(negative ^ above, 127 - 65, high, low);
        c.normalise();
        return (int) (negative ? -multiple : multiple);
    }

    /**
     * Replaces the number in the workspace by the sine of it plus a multiple of pi/2, and uses the
     * places left and right.
     */
    static void sine(FpContext c, int quadrant) {
        square(c, c.left);
        if ((quadrant & 1) == 0) {
            sineSeries(c.left, c.right);
            c.multiply(c.right);
        } else {
            cosineSeries(c.left, c.right);
            c.number(c.right);
        }
        c.negative ^= (quadrant & 2) != 0;
    }

    /** Replaces it by the tangent, and uses the places left, right and third. */
    static void tangent(FpContext c, int quadrant) {
        square(c, c.left);
        if ((quadrant & 1) == 0 && c.exponent < SMALL) {
            // x + x^3 / 3, so that the result is above x.
            c.left.scale(THIRD, THIRD);
            c.left.onePlus();
            c.multiply(c.left);
            return;
        }
        sineSeries(c.left, c.third);
        c.third.multiply(c);
        cosineSeries(c.left, c.right);
        if ((quadrant & 1) == 0) {
            c.number(c.third);
            c.divide(c.right);
        } else {
            c.number(c.right);
            c.divide(c.third);
            c.negative ^= true;
        }
    }

    private static void square(Wide x, Wide to) {
        to.number(x);
        to.multiply(x);
        to.toFraction();
    }

    /** sin(x) / x from the square of x. */
    private static void sineSeries(Wide square, Wide to) {
        Series.SINE.evaluate(to, square.high, square.low, true);
        to.scale(square.high, square.low);
        to.oneMinus();
    }

    private static void cosineSeries(Wide square, Wide to) {
        Series.COSINE.evaluate(to, square.high, square.low, true);
        to.scale(square.high, square.low);
        to.oneMinus();
    }
}
