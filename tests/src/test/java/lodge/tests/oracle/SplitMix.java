package lodge.tests.oracle;

/**
 * The generator of G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators"
 * (OOPSLA 2014): one addition and a mix per number, so that the n-th test starts from any n.
 */
final class SplitMix {
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;
    private long state;

    SplitMix(long seed) {
        state = seed;
    }

    /** Starts again: the sequence depends on nothing but these two numbers. */
    void seed(long seed, long index) {
        state = mix(seed + GOLDEN) ^ mix(index * GOLDEN + 0x2545_f491_4f6c_dd1dL);
    }

    long next() {
        state += GOLDEN;
        return mix(state);
    }

    /** Returns a number from 0 to {@code bound} - 1. */
    int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** Returns true once in {@code n} times. */
    boolean oneIn(int n) {
        return below(n) == 0;
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return z ^ (z >>> 31);
    }
}
