package lodge.interpreter.fp;

/**
 * A binary floating-point number with a significand of 128 bits, in place: (high.low) / 2^127 *
 * 2^exponent, with bit 63 of high set unless the number is zero. Sums are exact or have their
 * lowest bit set; products and quotients are within four units of the last place.
 */
class Wide {
    boolean negative;
    int exponent;
    long high;
    long low;

    Wide() {}

    final boolean isZero() {
        return high == 0;
    }

    final void number(Wide other) {
        number(other.negative, other.exponent, other.high, other.low);
    }

    final void number(boolean negative, int exponent, long high, long low) {
        this.negative = negative;
        this.exponent = exponent;
        this.high = high;
        this.low = low;
    }

    /**
     * Adds a number. What falls out at the lower end is kept as a set lowest bit, so that rounding
     * to 64 bits or fewer remains exact.
     */
    final void add(boolean otherNegative, int otherExponent, long otherHigh, long otherLow) {
        int distance = exponent - otherExponent;
        if (distance < 0
                || distance == 0
                        && (Long.compareUnsigned(high, otherHigh) < 0
                                || high == otherHigh && Long.compareUnsigned(low, otherLow) < 0)) {
            boolean n = negative;
            long h = high;
            long l = low;
            number(otherNegative, otherExponent, otherHigh, otherLow);
            addSmaller(n != otherNegative, -distance, h, l);
        } else {
            addSmaller(negative != otherNegative, distance, otherHigh, otherLow);
        }
    }

    private void addSmaller(boolean subtract, int distance, long h, long l) {
        if (distance != 0) {
            if (distance < 64) {
                long lost = l << -distance;
                l = l >>> distance | h << -distance;
                h >>>= distance;
                if (lost != 0) {
                    l |= 1;
                }
            } else if (distance < 128) {
                // A shift by 64 loses the whole lower half; Java's shifts count modulo 64.
                long lost = distance == 64 ? l : l | h << -distance;
                l = h >>> distance - 64;
                h = 0;
                if (lost != 0) {
                    l |= 1;
                }
            } else {
                l = (h | l) == 0 ? 0 : 1;
                h = 0;
            }
        }
        if (subtract) {
            long borrow = Long.compareUnsigned(low, l) < 0 ? 1 : 0;
            low -= l;
            high = high - h - borrow;
            normalise();
        } else {
            long sum = low + l;
            long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
            low = sum;
            sum = high + h + carry;
            boolean overflows =
                    carry == 0
                            ? Long.compareUnsigned(sum, high) < 0
                            : Long.compareUnsigned(sum, high) <= 0;
            high = sum;
            if (overflows) {
                low = low >>> 1 | low & 1 | high << 63;
                high = high >>> 1 | Long.MIN_VALUE;
                exponent++;
            }
        }
    }

    final void normalise() {
        if (high < 0) {
            return;
        }
        if (high == 0) {
            high = low;
            low = 0;
            exponent -= 64;
            if (high == 0) {
                return;
            }
        }
        int zeros = Long.numberOfLeadingZeros(high);
        if (zeros != 0) {
            high = high << zeros | low >>> -zeros;
            low <<= zeros;
            exponent -= zeros;
        }
    }

    final void add(Wide other) {
        if (other.isZero()) {
            return;
        }
        if (isZero()) {
            number(other);
        } else {
            add(other.negative, other.exponent, other.high, other.low);
        }
    }

    /** Takes an integer that is not zero. */
    final void integer(long value) {
        long magnitude = Math.abs(value);
        int zeros = Long.numberOfLeadingZeros(magnitude);
        number(value < 0, 63 - zeros, magnitude << zeros, 0);
    }

    /** Multiplies by a number; neither is zero. */
    final void multiply(Wide other) {
        multiply(other.negative, other.exponent, other.high, other.low);
    }

    final void multiply(boolean otherNegative, int otherExponent, long h, long l) {
        negative ^= otherNegative;
        exponent += otherExponent + 1;
        scale(h, l);
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
            exponent--;
        }
    }

    /** Multiplies the significand alone by (h.l) / 2^128 and rounds down. */
    final void scale(long h, long l) {
        long first = Math.unsignedMultiplyHigh(high, l);
        long second = Math.unsignedMultiplyHigh(low, h);
        long top = Math.unsignedMultiplyHigh(high, h);
        long middle = high * h;
        long sum = middle + first;
        if (Long.compareUnsigned(sum, middle) < 0) {
            top++;
        }
        low = sum + second;
        if (Long.compareUnsigned(low, sum) < 0) {
            top++;
        }
        high = top;
    }

    /** Divides by a number; neither is zero. */
    final void divide(Wide other) {
        long h = other.high;
        long l = other.low;
        negative ^= other.negative;
        exponent -= other.exponent;
        int order = Long.compareUnsigned(high, h);
        if (order > 0 || order == 0 && Long.compareUnsigned(low, l) >= 0) {
            low = low >>> 1 | high << 63;
            high >>>= 1;
        } else {
            exponent--;
        }
        // The first digit of 64 bits, and the remainder in (upper.lower).
        long first;
        long upper;
        boolean carry = false;
        if (high == h) {
            first = -1;
            upper = low + h;
            carry = Long.compareUnsigned(upper, h) < 0;
        } else {
            first = Fp.divide(high, low, h);
            upper = low - first * h;
        }
        long product = Math.unsignedMultiplyHigh(first, l);
        long lower = first * l;
        boolean borrow = Long.compareUnsigned(upper, product) < 0;
        upper -= product;
        if (lower != 0) {
            borrow |= upper == 0;
            upper--;
            lower = -lower;
        }
        borrow &= !carry;
        while (borrow) {
            first--;
            lower += l;
            long sum = upper + h;
            boolean over = Long.compareUnsigned(sum, h) < 0;
            if (Long.compareUnsigned(lower, l) < 0) {
                sum++;
                over |= sum == 0;
            }
            upper = sum;
            borrow = !over;
        }
        high = first;
        low = Long.compareUnsigned(upper, h) >= 0 ? -1 : Fp.divide(upper, lower, h);
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
            exponent--;
        }
    }

    /** Turns a number below 1 into the fraction (high.low) / 2^128. */
    final void toFraction() {
        int shift = -1 - exponent;
        if (shift >= 128) {
            high = 0;
            low = 0;
        } else if (shift >= 64) {
            low = high >>> shift - 64;
            high = 0;
        } else if (shift > 0) {
            low = low >>> shift | high << -shift;
            high >>>= shift;
        }
        exponent = -1;
    }

    /** Takes the fraction (h.l) / 2^128, which is not zero. */
    final void fraction(long h, long l) {
        number(false, -1, h, l);
        normalise();
    }

    /** Turns the fraction (high.low) / 2^128 into 1 less that, which is never left at 1. */
    final void oneMinus() {
        if ((high | low) == 0) {
            low = 1;
        }
        fraction(low == 0 ? -high : ~high, -low);
    }

    /** Turns the fraction (high.low) / 2^128 into 1 and that, which is never left at 1. */
    final void onePlus() {
        number(false, 0, Long.MIN_VALUE | high >>> 1, high << 63 | low >>> 1 | 1);
    }
}
