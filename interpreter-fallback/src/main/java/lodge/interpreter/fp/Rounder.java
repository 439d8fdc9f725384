package lodge.interpreter.fp;

/**
 * The state that every operation shares: how to round, which exceptions are masked, which were
 * raised; and a number of 128 bits as the place to work in, the workspace.
 */
abstract class Rounder extends Wide {
    /** Rounding control, {@link Fp#NEAREST} to {@link Fp#ZERO}. */
    public int rounding;

    /** Exceptions masked, bit by bit as in {@link Fp}; a set bit masks. */
    public int masked = Fp.ALL;

    /** Exceptions raised, bit by bit as in {@link Fp}. */
    public int flags;

    /** Whether the last result was rounded away from zero: what C1 shows (SDM vol. 1, 8.1.3.3). */
    public boolean roundedUp;

    /** Raises an exception and says whether its handler must run. */
    final boolean raise(int exception) {
        flags |= exception;
        return (exception & ~masked) != 0;
    }

    /**
     * Rounds the number in the workspace, which must not be zero, to a format of IEEE 754 and
     * raises what that raises. After an unmasked overflow or underflow the value returned means
     * nothing: neither SSE nor an x87 store writes it (SDM vol. 1, 4.9.1.4, 4.9.1.5).
     *
     * @param precision bits of the significand, the implied one included: 11, 24 or 53
     * @param bias exponent bias, also the largest exponent: 15, 127 or 1023
     * @param flush whether tiny results become zero (MXCSR.FZ)
     * @return the encoding in the lowest bits
     */
    final long pack(int precision, int bias, boolean flush) {
        long rest = high << precision | (low == 0 ? 0 : 1);
        long kept = high >>> 64 - precision;
        int biased = exponent + bias;
        long sign = negative ? (long) (bias + 1) << precision : 0;
        boolean up = Fp.increments(rounding, negative, (kept & 1) != 0, rest);
        if (biased <= 0) {
            boolean tiny = biased < 0 || !up || kept + 1 != 1L << precision;
            if (tiny && (masked & Fp.UE) == 0) {
                flags |= rest == 0 ? Fp.UE : Fp.UE | Fp.PE;
                roundedUp = up;
                return sign;
            }
            if (tiny && flush) {
                flags |= Fp.UE | Fp.PE;
                return sign;
            }
            int shift = 1 - biased;
            if (shift >= 64) {
                rest = 1;
                kept = 0;
            } else {
                rest = rest >>> shift | kept << -shift | (rest << -shift == 0 ? 0 : 1);
                kept >>>= shift;
            }
            if (rest != 0) {
                flags |= tiny ? Fp.UE | Fp.PE : Fp.PE;
                up = Fp.increments(rounding, negative, (kept & 1) != 0, rest);
            }
            biased = 0;
        } else {
            // The leading bit of what is kept adds one to the exponent.
            biased--;
            if (rest != 0) {
                flags |= Fp.PE;
            }
        }
        roundedUp = up;
        long magnitude = ((long) biased << precision - 1) + kept + (up ? 1 : 0);
        if (biased >= 2 * bias || magnitude >>> precision - 1 > 2L * bias) {
            flags |= Fp.OE;
            if ((masked & Fp.OE) == 0) {
                return sign;
            }
            flags |= Fp.PE;
            roundedUp = Fp.increments(rounding, negative, true, -1);
            magnitude = ((2L * bias + 1) << precision - 1) - (roundedUp ? 0 : 1);
        }
        return sign | magnitude;
    }
}
