package lodge.interpreter.fp;

import java.util.SplittableRandom;

/**
 * Operands from a seed, to which the property {@code lodge.fp.seed} is added: half of them
 * ordinary, half where arithmetic has its corners.
 */
final class Operands {
    private static final int[] X87_EXPONENTS = {
        0, 1, 2, 63, 64, 65, 0x7ffe, 0x7ffd, 0x7fff, 0x3fff, 0x3ffe, 0x4000, 0x403e, 0x403d, 0x403f,
        0x3fbe, 0x3f80, 0x3fc0, 0x43fe, 0x407e, 0x3bcd, 0x3f6a, 0x3f81, 0x3c01, 0x7fbf
    };

    private final SplittableRandom random;

    Operands(long seed) {
        random = new SplittableRandom(seed + Long.getLong("lodge.fp.seed", 0));
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    long any() {
        return random.nextLong();
    }

    /**
     * A control word, of any rounding and precision with some exceptions unmasked now and then, and
     * in the upper half condition codes of a status word to begin with.
     */
    int controlWord() {
        int masks = below(4) != 0 ? 63 : below(64);
        int codes = below(8) << 24 | below(2) << 30;
        return codes | 0x40 | masks | below(4) << 10 | below(4) << 8;
    }

    /** MXCSR: any rounding, DAZ and FZ now and then, PE set now and then. */
    int mxcsr(boolean unmasked) {
        int masks = unmasked ? below(64) : 63;
        int bits = below(4) == 0 ? below(4) : 0;
        return masks << 7
                | below(4) << 13
                | (bits & 1) << 6
                | (bits & 2) << 14
                | (below(2) == 0 ? Fp.PE : 0);
    }

    /** A significand: random, few bits, ones, near a power of two or near a rounding boundary. */
    long significand() {
        long top = Long.MIN_VALUE;
        return switch (below(12)) {
            case 0 -> top;
            case 1 -> top + below(3) + 1;
            case 2 -> -1L - below(3);
            case 3 -> top | 1L << below(63);
            case 4 -> top | any() << below(63);
            case 5 -> -1L << below(64);
            case 6 -> top | 1L << 39 | (any() & 0x3L << 40) | below(2);
            case 7 -> top | 1L << 10 | (any() & 0x3L << 11) | below(2);
            case 8 -> top | any() & 0xff << below(55);
            default -> top | any();
        };
    }

    /** Sign and exponent of an x87 number. */
    int signExponent() {
        int sign = below(2) << 15;
        return switch (below(8)) {
            case 0 -> sign | X87_EXPONENTS[below(X87_EXPONENTS.length)];
            case 1 -> sign | below(0x8000);
            case 2 -> sign | below(80);
            case 3 -> sign | 0x7fff - below(70);
            case 4 -> sign | 0x3fff + below(80) - 10;
            default -> sign | 0x3fff + below(16) - 8;
        };
    }

    /** A significand that suits the exponent more often than not. */
    long mantissaFor(int se) {
        int biased = se & 0x7fff;
        long m = significand();
        if (biased == 0) {
            return switch (below(4)) {
                case 0 -> 0;
                case 1 -> m;
                default -> m >>> 1 + below(63);
            };
        }
        if (biased == 0x7fff) {
            return switch (below(4)) {
                case 0 -> Long.MIN_VALUE;
                case 1 -> m & ~(1L << 62);
                case 2 -> m | 1L << 62;
                default -> m;
            };
        }
        // Unsupported encodings.
        return below(32) == 0 ? m & Long.MAX_VALUE : m;
    }

    /** The bits of an f64, or with 24 and 127 of an f32, as the low bits of a long. */
    long ieee(int p, int bias) {
        long sign = below(2) == 0 ? 0 : SseSoft.sign(p, bias);
        long fraction = significand() << 1 >>> 65 - p;
        int largest = 2 * bias + 1;
        int biased =
                switch (below(10)) {
                    case 0 -> 0;
                    case 1 -> largest;
                    case 2 -> 1 + below(3);
                    case 3 -> largest - 1 - below(3);
                    case 4 -> below(largest + 1);
                    case 5 -> bias + below(p + 12) - 2;
                    default -> bias + below(10) - 5;
                };
        if ((biased == 0 || biased == largest) && below(3) == 0) {
            fraction = 0;
        } else if (biased == 0) {
            fraction >>>= below(p - 1);
        }
        return sign | (long) biased << p - 1 | fraction;
    }
}
