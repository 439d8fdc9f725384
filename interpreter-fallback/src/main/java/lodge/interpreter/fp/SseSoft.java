package lodge.interpreter.fp;

/**
 * The operations of SSE in integer arithmetic, for every rounding mode and every operand, on a
 * format given by the bits of its significand and its exponent bias: (24, 127), (53, 1023) or (11,
 * 15). Encodings are in the lowest bits of a long.
 */
final class SseSoft {
    private SseSoft() {}

    static long sign(int p, int bias) {
        return (long) (bias + 1) << p;
    }

    static long infinity(int p, int bias) {
        return (2L * bias + 1) << p - 1;
    }

    static long quiet(int p) {
        return 1L << p - 2;
    }

    static long magnitude(long bits, int p, int bias) {
        return bits & sign(p, bias) - 1;
    }

    static boolean isNaN(long bits, int p, int bias) {
        return magnitude(bits, p, bias) > infinity(p, bias);
    }

    static boolean isSignalling(long bits, int p, int bias) {
        return isNaN(bits, p, bias) && (bits & quiet(p)) == 0;
    }

    static boolean isInfinite(long bits, int p, int bias) {
        return magnitude(bits, p, bias) == infinity(p, bias);
    }

    static boolean isZero(long bits, int p, int bias) {
        return magnitude(bits, p, bias) == 0;
    }

    static boolean isDenormal(long bits, int p, int bias) {
        long magnitude = magnitude(bits, p, bias);
        return magnitude != 0 && magnitude >>> p - 1 == 0;
    }

    static boolean isNegative(long bits, int p, int bias) {
        return (bits & sign(p, bias)) != 0;
    }

    /** Applies DAZ to an operand. */
    static long operand(SseContext c, long bits, int p, int bias) {
        return c.denormalsAreZero && isDenormal(bits, p, bias) ? bits & sign(p, bias) : bits;
    }

    /** Raises DE for a denormal operand that DAZ left. */
    static void denormal(SseContext c, long bits, int p, int bias) {
        if (isDenormal(bits, p, bias)) {
            c.flags |= Fp.DE;
        }
    }

    /** Unbiased exponent of a finite number that is not zero. */
    static int exponent(long bits, int p, int bias) {
        long magnitude = magnitude(bits, p, bias);
        int biased = (int) (magnitude >>> p - 1);
        return biased != 0
                ? biased - bias
                : 1 - bias - (Long.numberOfLeadingZeros(magnitude) - (64 - p));
    }

    /** Significand of a finite number that is not zero, bit 63 set. */
    static long significand(long bits, int p, int bias) {
        long magnitude = magnitude(bits, p, bias);
        return magnitude >>> p - 1 == 0
                ? magnitude << Long.numberOfLeadingZeros(magnitude)
                : magnitude << 64 - p | Long.MIN_VALUE;
    }

    /** The default NaN: negative and quiet (SDM vol. 1, table 4-3). */
    static long invalid(SseContext c, int p, int bias) {
        c.flags |= Fp.IE;
        return sign(p, bias) | infinity(p, bias) | quiet(p);
    }

    /** The result when a or b is a NaN: the first that is (SDM vol. 1, table 4-7). */
    static long propagate(SseContext c, long a, long b, int p, int bias) {
        if (isSignalling(a, p, bias) || isSignalling(b, p, bias)) {
            c.flags |= Fp.IE;
        }
        return (isNaN(a, p, bias) ? a : b) | quiet(p);
    }

    static long add(SseContext c, long x, long y, boolean subtract, int p, int bias) {
        if (isNaN(x, p, bias) || isNaN(y, p, bias)) {
            return propagate(c, x, y, p, bias);
        }
        long a = operand(c, x, p, bias);
        long b = operand(c, y, p, bias) ^ (subtract ? sign(p, bias) : 0);
        if (isInfinite(a, p, bias) && isInfinite(b, p, bias) && a != b) {
            return invalid(c, p, bias);
        }
        denormal(c, a, p, bias);
        denormal(c, b, p, bias);
        if (isInfinite(a, p, bias)) {
            return a;
        }
        if (isInfinite(b, p, bias)) {
            return b;
        }
        boolean aZero = isZero(a, p, bias);
        boolean bZero = isZero(b, p, bias);
        if (aZero && bZero) {
            return a == b ? a : cancelled(c, p, bias);
        }
        if (aZero) {
            load(c, b, p, bias);
        } else {
            load(c, a, p, bias);
            if (!bZero) {
                c.add(isNegative(b, p, bias), exponent(b, p, bias), significand(b, p, bias), 0);
            }
        }
        return c.high == 0 ? cancelled(c, p, bias) : c.pack(p, bias, c.flushToZero);
    }

    /** The zero that a sum of opposite numbers is. */
    private static long cancelled(SseContext c, int p, int bias) {
        return c.rounding == Fp.DOWN ? sign(p, bias) : 0;
    }

    private static void load(SseContext c, long bits, int p, int bias) {
        c.number(isNegative(bits, p, bias), exponent(bits, p, bias), significand(bits, p, bias), 0);
    }

    static long multiply(SseContext c, long x, long y, int p, int bias) {
        if (isNaN(x, p, bias) || isNaN(y, p, bias)) {
            return propagate(c, x, y, p, bias);
        }
        long a = operand(c, x, p, bias);
        long b = operand(c, y, p, bias);
        boolean infinite = isInfinite(a, p, bias) || isInfinite(b, p, bias);
        boolean zero = isZero(a, p, bias) || isZero(b, p, bias);
        if (infinite && zero) {
            return invalid(c, p, bias);
        }
        denormal(c, a, p, bias);
        denormal(c, b, p, bias);
        long sign = (a ^ b) & sign(p, bias);
        if (infinite) {
            return sign | infinity(p, bias);
        }
        if (zero) {
            return sign;
        }
        product(c, a, b, p, bias);
        return c.pack(p, bias, c.flushToZero);
    }

    private static void product(SseContext c, long a, long b, int p, int bias) {
        long m = significand(a, p, bias);
        long n = significand(b, p, bias);
        long high = Math.unsignedMultiplyHigh(m, n);
        long low = m * n;
        int exponent = exponent(a, p, bias) + exponent(b, p, bias);
        if (high < 0) {
            exponent++;
        } else {
            high = high << 1 | low >>> 63;
            low <<= 1;
        }
        c.number(((a ^ b) & sign(p, bias)) != 0, exponent, high, low);
    }

    static long divide(SseContext c, long x, long y, int p, int bias) {
        if (isNaN(x, p, bias) || isNaN(y, p, bias)) {
            return propagate(c, x, y, p, bias);
        }
        long a = operand(c, x, p, bias);
        long b = operand(c, y, p, bias);
        boolean aInfinite = isInfinite(a, p, bias);
        boolean bInfinite = isInfinite(b, p, bias);
        boolean aZero = isZero(a, p, bias);
        boolean bZero = isZero(b, p, bias);
        if (aInfinite && bInfinite || aZero && bZero) {
            return invalid(c, p, bias);
        }
        long sign = (a ^ b) & sign(p, bias);
        if (bZero && !aInfinite) {
            // A denormal dividend is not reported as well.
            c.flags |= Fp.ZE;
            return sign | infinity(p, bias);
        }
        denormal(c, a, p, bias);
        denormal(c, b, p, bias);
        if (aInfinite) {
            return sign | infinity(p, bias);
        }
        if (aZero || bInfinite) {
            return sign;
        }
        long m = significand(a, p, bias);
        long n = significand(b, p, bias);
        boolean below = Long.compareUnsigned(m, n) < 0;
        long high = below ? m : m >>> 1;
        long low = below ? 0 : m << 63;
        long quotient = Fp.divide(high, low, n);
        c.number(
                sign != 0,
                exponent(a, p, bias) - exponent(b, p, bias) - (below ? 1 : 0),
                quotient,
                low - quotient * n);
        return c.pack(p, bias, c.flushToZero);
    }

    static long squareRoot(SseContext c, long x, int p, int bias) {
        if (isNaN(x, p, bias)) {
            return propagate(c, x, x, p, bias);
        }
        long a = operand(c, x, p, bias);
        if (isZero(a, p, bias)) {
            return a;
        }
        if (isNegative(a, p, bias)) {
            return invalid(c, p, bias);
        }
        if (isInfinite(a, p, bias)) {
            return a;
        }
        denormal(c, a, p, bias);
        int exponent = exponent(a, p, bias);
        long m = significand(a, p, bias);
        boolean even = (exponent & 1) == 0;
        long low = even ? m << 63 : 0;
        long root = Fp.squareRoot(even ? m >>> 1 : m, low);
        // The remainder is below 2^65 and not 2^64 for an operand of at most 53 bits: 0 is exact.
        c.number(false, exponent >> 1, root, low - root * root);
        return c.pack(p, bias, c.flushToZero);
    }

    /**
     * x * y + z rounded once. When several operands are NaNs the first of x, y and z is the result.
     */
    static long fma(SseContext c, long x, long y, long z, int p, int bias) {
        if (isNaN(x, p, bias) || isNaN(y, p, bias) || isNaN(z, p, bias)) {
            if (isSignalling(z, p, bias)) {
                c.flags |= Fp.IE;
            }
            long product = isNaN(x, p, bias) || isNaN(y, p, bias) ? propagate(c, x, y, p, bias) : z;
            return product | quiet(p);
        }
        long a = operand(c, x, p, bias);
        long b = operand(c, y, p, bias);
        long d = operand(c, z, p, bias);
        boolean infinite = isInfinite(a, p, bias) || isInfinite(b, p, bias);
        boolean zero = isZero(a, p, bias) || isZero(b, p, bias);
        long sign = (a ^ b) & sign(p, bias);
        boolean opposite = ((a ^ b ^ d) & sign(p, bias)) != 0;
        if (infinite && (zero || opposite && isInfinite(d, p, bias))) {
            return invalid(c, p, bias);
        }
        denormal(c, a, p, bias);
        denormal(c, b, p, bias);
        denormal(c, d, p, bias);
        if (infinite) {
            return sign | infinity(p, bias);
        }
        if (isInfinite(d, p, bias)) {
            return d;
        }
        if (zero) {
            if (isZero(d, p, bias)) {
                return opposite ? cancelled(c, p, bias) : d;
            }
            load(c, d, p, bias);
        } else {
            product(c, a, b, p, bias);
            if (!isZero(d, p, bias)) {
                c.add(isNegative(d, p, bias), exponent(d, p, bias), significand(d, p, bias), 0);
            }
        }
        return c.high == 0 ? cancelled(c, p, bias) : c.pack(p, bias, c.flushToZero);
    }

    /**
     * From one format to another; NaNs keep the upper bits of their payload.
     *
     * @param p bits of the significand of the operand
     * @param q bits of the significand of the result
     */
    static long convert(
            SseContext c, long a, int p, int bias, int q, int resultBias, boolean flush) {
        boolean negative = isNegative(a, p, bias);
        long sign = negative ? sign(q, resultBias) : 0;
        if (isNaN(a, p, bias)) {
            long payload = propagate(c, a, a, p, bias) & (1L << p - 1) - 1;
            return sign | infinity(q, resultBias) | (p > q ? payload >>> p - q : payload << q - p);
        }
        if (isInfinite(a, p, bias)) {
            return sign | infinity(q, resultBias);
        }
        if (isZero(a, p, bias)) {
            return sign;
        }
        load(c, a, p, bias);
        return c.pack(q, resultBias, flush);
    }

    /**
     * To a signed integer.
     *
     * @param size 32 or 64
     * @return the integer, or the integer indefinite with IE when it is out of range
     */
    static long toInteger(SseContext c, long x, int rounding, int size, int p, int bias) {
        long a = operand(c, x, p, bias);
        if (isZero(a, p, bias)) {
            return 0;
        }
        long limit = 1L << size - 1;
        boolean negative = isNegative(a, p, bias);
        int exponent = exponent(a, p, bias);
        if (exponent < size && magnitude(a, p, bias) < infinity(p, bias)) {
            long m = significand(a, p, bias);
            long kept = exponent < 0 ? 0 : m >>> 63 - exponent;
            long rest = rest(m, exponent);
            if (Fp.increments(rounding, negative, (kept & 1) != 0, rest)) {
                kept++;
            }
            if (Long.compareUnsigned(kept, limit) < 0 || negative && kept == limit) {
                if (rest != 0) {
                    c.flags |= Fp.PE;
                }
                return negative ? -kept : kept;
            }
        }
        c.flags |= Fp.IE;
        return -limit;
    }

    /** The fraction of a number, as bits dropped in rounding to an integer. */
    private static long rest(long significand, int exponent) {
        if (exponent >= 0) {
            return exponent >= 63 ? 0 : significand << exponent + 1;
        }
        return exponent == -1 ? significand : 1;
    }

    static long fromInteger(SseContext c, long value, int p, int bias) {
        if (value == 0) {
            return 0;
        }
        long magnitude = Math.abs(value);
        int zeros = Long.numberOfLeadingZeros(magnitude);
        c.number(value < 0, 63 - zeros, magnitude << zeros, 0);
        return c.pack(p, bias, false);
    }

    /** To an integer in the same format; PE unless {@code silent}. */
    static long roundToInteger(
            SseContext c, long x, int rounding, boolean silent, int p, int bias) {
        if (isNaN(x, p, bias)) {
            return propagate(c, x, x, p, bias);
        }
        long a = operand(c, x, p, bias);
        if (isZero(a, p, bias) || isInfinite(a, p, bias)) {
            return a;
        }
        int exponent = exponent(a, p, bias);
        if (exponent >= p - 1) {
            return a;
        }
        long rest = rest(significand(a, p, bias), exponent);
        if (rest == 0) {
            return a;
        }
        if (!silent) {
            c.flags |= Fp.PE;
        }
        boolean negative = isNegative(a, p, bias);
        long sign = a & sign(p, bias);
        if (exponent < 0) {
            boolean up = Fp.increments(rounding, negative, false, rest);
            return up ? sign | (long) bias << p - 1 : sign;
        }
        long unit = 1L << p - 1 - exponent;
        long kept = a & -unit;
        // The implied bit is odd when the integer part is that bit alone.
        boolean odd = exponent == 0 || (a & unit) != 0;
        return Fp.increments(rounding, negative, odd, rest) ? kept + unit : kept;
    }
}
