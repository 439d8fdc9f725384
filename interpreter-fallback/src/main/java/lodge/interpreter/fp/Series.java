package lodge.interpreter.fp;

/**
 * Power series in fixed point: every number is a fraction of 128 bits below 1. The coefficients are
 * computed when the class is loaded; {@link #evaluate} takes the argument and leaves its result in
 * the fields of a {@link Wide}.
 */
final class Series {
    /** 1/3!, 1/5!, ... for the sine. */
    static final Series SINE = new Series(13, k -> 2 * k * (2 * k + 1), true);

    /** 1/2!, 1/4!, ... for the cosine. */
    static final Series COSINE = new Series(13, k -> (2 * k - 1) * 2 * k, true);

    /** 1/2!, 1/3!, 1/4!, ... for the exponential. */
    static final Series EXPONENTIAL = new Series(23, k -> k + 1, true);

    /** 1/3, 1/5, 1/7, ... for logarithm and arctangent. */
    static final Series ODD = new Series(16, k -> 2 * k + 1, false);

    private interface Divisor {
        int of(int k);
    }

    private final long[] high;
    private final long[] low;

    /**
     * @param count terms, which suffice for the largest argument
     * @param divisor what the k-th coefficient, from 1, is divided by
     * @param factorial whether it starts from the coefficient before it, or from 1
     */
    private Series(int count, Divisor divisor, boolean factorial) {
        high = new long[count];
        low = new long[count];
        long h = -1;
        long l = -1;
        for (int k = 1; k <= count; k++) {
            int d = divisor.of(k);
            if (!factorial) {
                h = -1;
                l = -1;
            }
            // Schoolbook division by digits of 64, 32 and 32 bits.
            long middle = Long.remainderUnsigned(h, d) << 32 | l >>> 32;
            long lowest = middle % d << 32 | l & 0xffff_ffffL;
            h = Long.divideUnsigned(h, d);
            l = (middle / d << 32) + lowest / d;
            high[k - 1] = h;
            low[k - 1] = l;
        }
    }

    /**
     * c1 - z * (c2 - z * (c3 - ...)), or with plus signs.
     *
     * @param to receives the fraction in its high and low
     * @param zh upper half of z
     * @param zl lower half of z
     * @param minus whether the signs alternate
     */
    void evaluate(Wide to, long zh, long zl, boolean minus) {
        // A small argument needs fewer terms: every one adds as many bits as z has zeros in front.
        int bits = Long.numberOfLeadingZeros(zh);
        int k = Math.min(high.length, bits == 0 ? high.length : 2 + 90 / bits) - 1;
        to.high = high[k];
        to.low = low[k];
        while (--k >= 0) {
            to.scale(zh, zl);
            long l;
            if (minus) {
                l = low[k] - to.low;
                to.high = high[k] - to.high - (Long.compareUnsigned(low[k], to.low) < 0 ? 1 : 0);
            } else {
                l = low[k] + to.low;
                to.high = high[k] + to.high + (Long.compareUnsigned(l, to.low) < 0 ? 1 : 0);
            }
            to.low = l;
        }
    }
}
