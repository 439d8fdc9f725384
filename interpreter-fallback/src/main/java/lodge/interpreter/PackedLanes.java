package lodge.interpreter;

/**
 * Packed integer arithmetic on 64 bits at a time. Where it can, all elements are computed at once
 * inside one long: carries are kept from crossing elements by treating their sign bits apart.
 */
final class PackedLanes {
    /** Sign bits of bytes, words and doublewords. */
    private static final long B = 0x8080_8080_8080_8080L;

    private static final long W = 0x8000_8000_8000_8000L;
    private static final long D = 0x8000_0000_8000_0000L;

    private static final long WORDS = 0x0001_0001_0001_0001L;
    private static final long DWORDS = 0x0000_0001_0000_0001L;
    private static final long INT = 0xffff_ffffL;

    private PackedLanes() {}

    /** Makes 64 bits of a result from 64 bits of both sources. */
    static long apply(SimdIntegerUnit.Op op, long a, long b) {
        return switch (op) {
            case PXOR -> a ^ b;
            case POR -> a | b;
            case PAND -> a & b;
            case PANDN -> ~a & b;
            case PADDB -> add(a, b, B);
            case PADDW -> add(a, b, W);
            case PADDD -> addDoublewords(a, b);
            case PADDQ -> a + b;
            case PSUBB -> subtract(a, b, B);
            case PSUBW -> subtract(a, b, W);
            case PSUBD -> subtract(a, b, D);
            case PSUBQ -> a - b;
            case PCMPEQB -> equalBytes(a, b);
            case PCMPEQW -> spread(equal(a, b, W), 16);
            case PCMPEQD -> spread(equal(a, b, D), 32);
            case PCMPEQQ -> a == b ? -1 : 0;
            case PCMPGTB -> spread(greater(a, b, B), 8);
            case PCMPGTW -> spread(greater(a, b, W), 16);
            case PCMPGTD -> spread(greater(a, b, D), 32);
            case PCMPGTQ -> a > b ? -1 : 0;
            case PADDSB -> addSigned(a, b, B, 8);
            case PADDSW -> addSigned(a, b, W, 16);
            case PADDUSB -> addUnsigned(a, b, B, 8);
            case PADDUSW -> addUnsigned(a, b, W, 16);
            case PSUBSB -> subtractSigned(a, b, B, 8);
            case PSUBSW -> subtractSigned(a, b, W, 16);
            case PSUBUSB -> subtractUnsigned(a, b, B, 8);
            case PSUBUSW -> subtractUnsigned(a, b, W, 16);
            case PMINUB -> minimumBytes(a, b);
            case PMINUW -> choose(a, b, spread(above(a, b, W), 16));
            case PMINUD -> choose(a, b, spread(above(a, b, D), 32));
            case PMINSB -> choose(a, b, spread(greater(a, b, B), 8));
            case PMINSW -> choose(a, b, spread(greater(a, b, W), 16));
            case PMINSD -> choose(a, b, spread(greater(a, b, D), 32));
            case PMAXUB -> choose(b, a, spread(above(a, b, B), 8));
            case PMAXUW -> choose(b, a, spread(above(a, b, W), 16));
            case PMAXUD -> choose(b, a, spread(above(a, b, D), 32));
            case PMAXSB -> choose(b, a, spread(greater(a, b, B), 8));
            case PMAXSW -> choose(b, a, spread(greater(a, b, W), 16));
            case PMAXSD -> choose(b, a, spread(greater(a, b, D), 32));
            case PAVGB -> (a | b) - ((a ^ b) >>> 1 & ~B);
            case PAVGW -> (a | b) - ((a ^ b) >>> 1 & ~W);
            case PABSB -> negate(b, spread(b & B, 8), B);
            case PABSW -> negate(b, spread(b & W, 16), W);
            case PABSD -> negate(b, spread(b & D, 32), D);
            case PSIGNB -> sign(a, b, B, 8);
            case PSIGNW -> sign(a, b, W, 16);
            case PSIGND -> sign(a, b, D, 32);
            default -> applyEach(op, a, b);
        };
    }

    /** The operations that look at one element after the other. */
    private static long applyEach(SimdIntegerUnit.Op op, long a, long b) {
        return switch (op) {
            case PMULLW -> multiplyWords(a, b, 0);
            case PMULHW -> multiplyWords(a, b, 16);
            case PMULHUW -> multiplyUnsignedWords(a, b);
            case PMULHRSW -> multiplyRounded(a, b);
            case PMULUDQ -> (a & INT) * (b & INT);
            case PMULDQ -> (long) (int) a * (int) b;
            case PMULLD ->
                    (int) a * (int) b & INT | (long) ((int) (a >> 32) * (int) (b >> 32)) << 32;
            case PMADDWD -> multiplyAdd(a, b) & INT | (long) multiplyAdd(a >> 32, b >> 32) << 32;
            case PMADDUBSW -> multiplyAddBytes(a, b);
            case PSADBW -> sumOfDifferences(a, b);
            case VPSLLVD -> left(a & INT, b & INT) & INT | left(a >>> 32, b >>> 32) << 32;
            case VPSRLVD -> right(a & INT, b & INT) | right(a >>> 32, b >>> 32) << 32;
            case VPSRAVD ->
                    rightSigned((int) a, (int) b) & INT
                            | rightSigned((int) (a >> 32), (int) (b >> 32)) << 32;
            case VPSLLVQ -> Long.compareUnsigned(b, 64) < 0 ? a << b : 0;
            case VPSRLVQ -> Long.compareUnsigned(b, 64) < 0 ? a >>> b : 0;
            default -> throw new IllegalStateException(op.name());
        };
    }

    /** Shifts the elements of 64 bits by an unsigned number of bits. */
    static long shift(SimdIntegerUnit.Op op, long a, long count) {
        int n = Long.compareUnsigned(count, 64) < 0 ? (int) count : 64;
        return switch (op) {
            case PSLLW, PSLLWI -> n > 15 ? 0 : a << n & (0xffffL << n & 0xffff) * WORDS;
            case PSLLD, PSLLDI -> n > 31 ? 0 : a << n & (INT << n & INT) * DWORDS;
            case PSLLQ, PSLLQI -> n > 63 ? 0 : a << n;
            case PSRLW, PSRLWI -> n > 15 ? 0 : a >>> n & (0xffffL >>> n) * WORDS;
            case PSRLD, PSRLDI -> n > 31 ? 0 : a >>> n & (INT >>> n) * DWORDS;
            case PSRLQ, PSRLQI -> n > 63 ? 0 : a >>> n;
            case PSRAW, PSRAWI -> rightSignedWords(a, Math.min(n, 15));
            case PSRAD, PSRADI -> {
                int m = Math.min(n, 31);
                yield (int) a >> m & INT | a >> 32 >> m << 32;
            }
            default -> throw new IllegalStateException(op.name());
        };
    }

    private static long rightSignedWords(long a, int n) {
        long kept = (0xffffL >>> n) * WORDS;
        return a >>> n & kept | spread(a & W, 16) & ~kept;
    }

    /** All ones where the elements' sign bits are set. */
    static long signs(SimdIntegerUnit.Op op, long m) {
        return switch (op) {
            case PBLENDVB -> spread(m & B, 8);
            case BLENDVPS -> spread(m & D, 32);
            default -> m >> 63;
        };
    }

    /** Fills elements whose sign bit is set; no other bits may be. */
    static long spread(long signs, int bits) {
        return (signs >>> bits - 1) * ((1L << bits) - 1);
    }

    static long addDoublewords(long a, long b) {
        return add(a, b, D);
    }

    static long equalBytes(long a, long b) {
        return spread(equal(a, b, B), 8);
    }

    static long minimumBytes(long a, long b) {
        return choose(a, b, spread(above(a, b, B), 8));
    }

    private static long add(long a, long b, long h) {
        return (a & ~h) + (b & ~h) ^ (a ^ b) & h;
    }

    private static long subtract(long a, long b, long h) {
        return (a | h) - (b & ~h) ^ (a ^ ~b) & h;
    }

    /** Sign bits of the elements that are equal. */
    private static long equal(long a, long b, long h) {
        long x = a ^ b;
        return ~((x & ~h) + ~h | x) & h;
    }

    /** Sign bits of the elements where a is greater, signed. */
    private static long greater(long a, long b, long h) {
        long x = subtract(b, a, h);
        return (x ^ (a ^ b) & (x ^ b)) & h;
    }

    /** Sign bits of the elements where a is greater, unsigned. */
    private static long above(long a, long b, long h) {
        return (~b & a | (~b | a) & subtract(b, a, h)) & h;
    }

    /** b where the mask is set, otherwise a. */
    private static long choose(long a, long b, long mask) {
        return a & ~mask | b & mask;
    }

    private static long addUnsigned(long a, long b, long h, int bits) {
        long sum = add(a, b, h);
        return sum | spread((a & b | (a | b) & ~sum) & h, bits);
    }

    private static long subtractUnsigned(long a, long b, long h, int bits) {
        return subtract(a, b, h) & ~spread(above(b, a, h), bits);
    }

    private static long addSigned(long a, long b, long h, int bits) {
        long sum = add(a, b, h);
        return choose(sum, limit(a, h, bits), spread(~(a ^ b) & (a ^ sum) & h, bits));
    }

    private static long subtractSigned(long a, long b, long h, int bits) {
        long difference = subtract(a, b, h);
        return choose(difference, limit(a, h, bits), spread((a ^ b) & (a ^ difference) & h, bits));
    }

    /** The largest number where a is positive, the smallest where it is negative. */
    private static long limit(long a, long h, int bits) {
        return ~h + ((a & h) >>> bits - 1);
    }

    /** Negates the elements whose mask is set. */
    private static long negate(long a, long mask, long h) {
        return subtract(a ^ mask, mask, h);
    }

    private static long sign(long a, long b, long h, int bits) {
        return negate(a, spread(b & h, bits), h) & ~spread(equal(b, 0, h), bits);
    }

    private static long multiplyWords(long a, long b, int shift) {
        long r = 0;
        for (int k = 0; k < 64; k += 16) {
            r |= ((short) (a >> k) * (short) (b >> k) >> shift & 0xffffL) << k;
        }
        return r;
    }

    private static long multiplyUnsignedWords(long a, long b) {
        long r = 0;
        for (int k = 0; k < 64; k += 16) {
            r |= ((a >>> k & 0xffff) * (b >>> k & 0xffff) >>> 16) << k;
        }
        return r;
    }

    private static long multiplyRounded(long a, long b) {
        long r = 0;
        for (int k = 0; k < 64; k += 16) {
            int product = (short) (a >> k) * (short) (b >> k);
            r |= ((product >> 14) + 1 >> 1 & 0xffffL) << k;
        }
        return r;
    }

    private static int multiplyAdd(long a, long b) {
        return (short) a * (short) b + (short) (a >> 16) * (short) (b >> 16);
    }

    private static long multiplyAddBytes(long a, long b) {
        long r = 0;
        for (int k = 0; k < 64; k += 16) {
            int sum =
                    (int) (a >> k & 0xff) * (byte) (b >> k)
                            + (int) (a >> k + 8 & 0xff) * (byte) (b >> k + 8);
            r |= (saturate16(sum) & 0xffffL) << k;
        }
        return r;
    }

    private static long sumOfDifferences(long a, long b) {
        long r = 0;
        for (int k = 0; k < 64; k += 8) {
            r += Math.abs((a >>> k & 0xff) - (b >>> k & 0xff));
        }
        return r;
    }

    static int saturate16(int v) {
        return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, v));
    }

    private static long left(long a, long count) {
        return Long.compareUnsigned(count & INT, 32) < 0 ? a << count & INT : 0;
    }

    private static long right(long a, long count) {
        return Long.compareUnsigned(count & INT, 32) < 0 ? (a & INT) >>> count : 0;
    }

    private static long rightSigned(int a, int count) {
        return a >> (Integer.compareUnsigned(count, 32) < 0 ? count : 31);
    }
}
