package lodge.interpreter.fp;

/** What x87 and SSE have in common: exception bits, rounding control and wide integer division. */
public final class Fp {
    /** Invalid operation: bit 0 of the x87 status word and of MXCSR (SDM vol. 1, 8.1.3, 10.2.3). */
    public static final int IE = 1;

    /** Denormal operand: bit 1. */
    public static final int DE = 2;

    /** Division by zero: bit 2. */
    public static final int ZE = 4;

    /** Overflow: bit 3. */
    public static final int OE = 8;

    /** Underflow: bit 4. */
    public static final int UE = 16;

    /** Inexact result: bit 5. */
    public static final int PE = 32;

    /** The exceptions found before the operation; unmasked, they leave the destination alone. */
    public static final int BEFORE = IE | DE | ZE;

    /** All six exceptions. */
    public static final int ALL = 63;

    /** RC: to nearest, ties to even (SDM vol. 1, 4.8.4). */
    public static final int NEAREST = 0;

    /** RC: towards minus infinity. */
    public static final int DOWN = 1;

    /** RC: towards plus infinity. */
    public static final int UP = 2;

    /** RC: towards zero. */
    public static final int ZERO = 3;

    private static final long LOW = 0xffff_ffffL;

    private Fp() {}

    /**
     * Whether the magnitude grows when {@code rest} is dropped.
     *
     * @param rounding RC
     * @param negative sign of the number
     * @param odd whether the last bit kept is 1
     * @param rest the bits dropped, the first of them in bit 63; bit 0 may stand for any number of
     *     further bits
     */
    static boolean increments(int rounding, boolean negative, boolean odd, long rest) {
        return switch (rounding) {
            case NEAREST -> rest < 0 && (odd || rest != Long.MIN_VALUE);
            case DOWN -> negative && rest != 0;
            case UP -> !negative && rest != 0;
            default -> false;
        };
    }

    /**
     * The quotient of a number of 128 bits and one of 64; the remainder is {@code low - quotient *
     * divisor}.
     *
     * @param high upper half, unsigned, below the divisor
     * @param low lower half
     * @param divisor with bit 63 set
     */
    static long divide(long high, long low, long divisor) {
        long d1 = divisor >>> 32;
        long d0 = divisor & LOW;
        long first = digit(high, low >>> 32, d1, d0);
        long middle = (high << 32 | low >>> 32) - first * divisor;
        return first << 32 | digit(middle, low & LOW, d1, d0);
    }

    /** One digit of 32 bits in schoolbook division: (high.next) / (d1.d0). */
    private static long digit(long high, long next, long d1, long d0) {
        long quotient = Long.divideUnsigned(high, d1);
        long remainder = high - quotient * d1;
        while (quotient > LOW || Long.compareUnsigned(quotient * d0, remainder << 32 | next) > 0) {
            quotient--;
            remainder += d1;
            if (remainder > LOW) {
                break;
            }
        }
        return quotient;
    }

    /** Whether a/b is below, at or above half, as bits dropped in rounding ({@code a < b}). */
    static long rest(long remainder, long divisor) {
        if (remainder == 0) {
            return 0;
        }
        int order = Long.compareUnsigned(remainder, divisor - remainder);
        return order < 0 ? 1L << 62 : order == 0 ? Long.MIN_VALUE : 3L << 62;
    }

    /**
     * The integer square root of a number of 128 bits, rounded down.
     *
     * @param high upper half, at least 2^62, unsigned
     */
    static long squareRoot(long high, long low) {
        double estimate = Math.sqrt((double) (high >>> 1) * 2);
        long root = estimate >= 0x1p32 ? -1 : (long) (estimate * 0x1p31) << 1;
        long square = root * root;
        long error = low - square;
        long errorHigh =
                high
                        - Math.unsignedMultiplyHigh(root, root)
                        - (Long.compareUnsigned(low, square) < 0 ? 1 : 0);
        // One Newton step: the estimate has 52 bits, its error fits a double.
        double residue = errorHigh * 0x1p64 + (error >>> 1) * 2.0;
        long step = (long) (residue / (2 * unsigned(root)));
        long better = root + step;
        if (step > 0 && Long.compareUnsigned(better, root) < 0) {
            better = -1;
        }
        while (exceeds(better, high, low)) {
            better--;
        }
        while (better != -1 && !exceeds(better + 1, high, low)) {
            better++;
        }
        return better;
    }

    private static boolean exceeds(long root, long high, long low) {
        int order = Long.compareUnsigned(Math.unsignedMultiplyHigh(root, root), high);
        return order > 0 || order == 0 && Long.compareUnsigned(root * root, low) > 0;
    }

    private static double unsigned(long value) {
        return (value >>> 1) * 2.0;
    }
}
