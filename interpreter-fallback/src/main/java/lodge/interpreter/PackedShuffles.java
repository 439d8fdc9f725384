package lodge.interpreter;

/**
 * Packed instructions whose elements change places or widths: results of 64 bits (MMX) or of 128
 * bits, to which AVX2's halves are alike. Sources are read before the destination is written, which
 * may be one of them.
 */
final class PackedShuffles {
    private static final long INT = 0xffff_ffffL;

    private PackedShuffles() {}

    private static long get(long at) {
        return RawMemory.getLong(at);
    }

    private static void put(long at, long low, long high) {
        RawMemory.putLong(at, low);
        RawMemory.putLong(at + 8, high);
    }

    // ---- 64 bits make 32 ----

    /** PACK..., PHADD..., PHSUB...: the first source makes the lower half. */
    static void narrow(SimdIntegerUnit.Op op, long d, long a, long b, int n) {
        if (n == 8) {
            RawMemory.putLong(d, narrow(op, get(a)) | narrow(op, get(b)) << 32);
            return;
        }
        for (int k = 0; k < n; k += 16) {
            long low = narrow(op, get(a + k)) | narrow(op, get(a + k + 8)) << 32;
            long high = narrow(op, get(b + k)) | narrow(op, get(b + k + 8)) << 32;
            put(d + k, low, high);
        }
    }

    /** Makes 32 bits, zero-extended, of 64. */
    private static long narrow(SimdIntegerUnit.Op op, long v) {
        return switch (op) {
            case PACKSSWB, PACKUSWB -> {
                int low = op == SimdIntegerUnit.Op.PACKSSWB ? -128 : 0;
                int high = op == SimdIntegerUnit.Op.PACKSSWB ? 127 : 255;
                long r = 0;
                for (int k = 0; k < 4; k++) {
                    int word = (short) (v >> 16 * k);
                    r |= (Math.max(low, Math.min(high, word)) & 0xffL) << 8 * k;
                }
                yield r;
            }
            case PACKSSDW -> words(signed((int) v), signed((int) (v >> 32)));
            case PACKUSDW -> words(unsigned((int) v), unsigned((int) (v >> 32)));
            case PHADDW -> words(word(v, 0) + word(v, 1), word(v, 2) + word(v, 3));
            case PHSUBW -> words(word(v, 0) - word(v, 1), word(v, 2) - word(v, 3));
            case PHADDSW -> words(signed(word(v, 0) + word(v, 1)), signed(word(v, 2) + word(v, 3)));
            case PHSUBSW -> words(signed(word(v, 0) - word(v, 1)), signed(word(v, 2) - word(v, 3)));
            case PHADDD -> v + (v >> 32) & INT;
            case PHSUBD -> v - (v >> 32) & INT;
            default -> throw new IllegalStateException(op.name());
        };
    }

    private static int word(long v, int k) {
        return (short) (v >> 16 * k);
    }

    private static long words(int low, int high) {
        return low & 0xffff | (high & 0xffffL) << 16;
    }

    private static int signed(int v) {
        return PackedLanes.saturate16(v);
    }

    private static int unsigned(int v) {
        return Math.max(0, Math.min(0xffff, v));
    }

    // ---- interleaving ----

    static void low(SimdIntegerUnit.Op op, long d, long a, long b, int n) {
        if (n == 8) {
            RawMemory.putLong(d, interleave(op, get(a), get(b)));
            return;
        }
        for (int k = 0; k < n; k += 16) {
            long x = get(a + k);
            long y = get(b + k);
            put(d + k, interleave(op, x, y), interleave(op, x >>> 32, y >>> 32));
        }
    }

    static void high(SimdIntegerUnit.Op op, long d, long a, long b, int n) {
        if (n == 8) {
            RawMemory.putLong(d, interleave(op, get(a) >>> 32, get(b) >>> 32));
            return;
        }
        for (int k = 0; k < n; k += 16) {
            long x = get(a + k + 8);
            long y = get(b + k + 8);
            put(d + k, interleave(op, x, y), interleave(op, x >>> 32, y >>> 32));
        }
    }

    /** Interleaves the elements of the lower 32 bits. */
    private static long interleave(SimdIntegerUnit.Op op, long x, long y) {
        return switch (op) {
            case PUNPCKLBW, PUNPCKHBW -> bytes(x) | bytes(y) << 8;
            case PUNPCKLWD, PUNPCKHWD ->
                    (x & 0xffff | (x & 0xffff_0000L) << 16)
                            | (y & 0xffff | (y & 0xffff_0000L) << 16) << 16;
            default -> x & INT | y << 32;
        };
    }

    /** Zero-extends the lower four bytes to words. */
    private static long bytes(long x) {
        long v = x & 0xffff | (x & 0xffff_0000L) << 16;
        return (v | v << 8) & 0x00ff_00ff_00ff_00ffL;
    }

    // ---- 128 bits make 128 ----

    static void apply(SimdIntegerUnit.Op op, long d, long a, long b, int imm) {
        switch (op) {
            case PSHUFD -> shuffle(d, b, b, imm);
            case SHUFPS -> shuffle(d, a, b, imm);
            case PUNPCKLQDQ -> put(d, get(a), get(b));
            case PUNPCKHQDQ -> put(d, get(a + 8), get(b + 8));
            case PSHUFB -> put(d, bytes(a, get(b), 15), bytes(a, get(b + 8), 15));
            case PSHUFLW -> put(d, words(get(b), imm), get(b + 8));
            case PSHUFHW -> put(d, get(b), words(get(b + 8), imm));
            case PALIGNR ->
                    put(
                            d,
                            bytesFrom(get(b), get(b + 8), get(a), get(a + 8), imm),
                            bytesFrom(get(b), get(b + 8), get(a), get(a + 8), imm + 8));
            case PBLENDW -> {
                long low = mask(imm, 4, 16);
                long high = mask(imm >> 4, 4, 16);
                put(d, choose(get(a), get(b), low), choose(get(a + 8), get(b + 8), high));
            }
            case BLENDPS -> {
                long low = mask(imm, 2, 32);
                long high = mask(imm >> 2, 2, 32);
                put(d, choose(get(a), get(b), low), choose(get(a + 8), get(b + 8), high));
            }
            case BLENDPD ->
                    put(
                            d,
                            (imm & 1) != 0 ? get(b) : get(a),
                            (imm & 2) != 0 ? get(b + 8) : get(a + 8));
            case SHUFPD -> put(d, get(a + 8 * (imm & 1)), get(b + 4 * (imm & 2)));
            case VPERMILPDI -> put(d, get(b + 8 * (imm & 1)), get(b + 4 * (imm & 2)));
            case VPERMILPDV -> put(d, get(a + 4 * (get(b) & 2)), get(a + 4 * (get(b + 8) & 2)));
            case VPERMILPSV ->
                    put(
                            d,
                            dword(a, get(b)) | dword(a, get(b) >> 32) << 32,
                            dword(a, get(b + 8)) | dword(a, get(b + 8) >> 32) << 32);
            case MPSADBW -> sums(d, a, b, imm);
            default -> throw new IllegalStateException(op.name());
        }
    }

    /** The shuffles of MMX registers. */
    static void half(SimdIntegerUnit.Op op, long d, long a, long b, int imm) {
        long r =
                switch (op) {
                    case PSHUFW -> words(get(b), imm);
                    case PSHUFB -> bytes(a, get(b), 7);
                    case PALIGNR ->
                            imm < 8
                                    ? bytesFrom(get(b), get(a), 0, 0, imm)
                                    : bytesFrom(get(a), 0, 0, 0, imm - 8);
                    default -> throw new IllegalStateException(op.name());
                };
        RawMemory.putLong(d, r);
    }

    /** Chooses two doublewords of either source by two bits each. */
    static void shuffle(long d, long a, long b, int imm) {
        put(
                d,
                dword(a, imm) | dword(a, imm >> 2) << 32,
                dword(b, imm >> 4) | dword(b, imm >> 6) << 32);
    }

    private static long dword(long at, long n) {
        return RawMemory.getInt(at + 4 * (n & 3)) & INT;
    }

    /** Chooses words of 64 bits by two bits each. */
    private static long words(long v, int imm) {
        return (v >>> 16 * (imm & 3) & 0xffff)
                | (v >>> 16 * (imm >> 2 & 3) & 0xffff) << 16
                | (v >>> 16 * (imm >> 4 & 3) & 0xffff) << 32
                | v >>> 16 * (imm >> 6 & 3) << 48;
    }

    /** Chooses bytes at an address by the bytes of a long; bit 7 gives 0. */
    private static long bytes(long at, long which, int mask) {
        long r = 0;
        for (int k = 0; k < 64; k += 8) {
            int n = (int) (which >>> k);
            if ((n & 0x80) == 0) {
                r |= (RawMemory.getByte(at + (n & mask)) & 0xffL) << k;
            }
        }
        return r;
    }

    /** Eight bytes of 32, from a byte on; 0 beyond the end. */
    private static long bytesFrom(long v0, long v1, long v2, long v3, int from) {
        long low = pick(v0, v1, v2, v3, from >> 3);
        int bits = 8 * (from & 7);
        return bits == 0 ? low : low >>> bits | pick(v0, v1, v2, v3, (from >> 3) + 1) << 64 - bits;
    }

    private static long pick(long v0, long v1, long v2, long v3, int n) {
        return switch (n) {
            case 0 -> v0;
            case 1 -> v1;
            case 2 -> v2;
            case 3 -> v3;
            default -> 0;
        };
    }

    /** PSLLDQ and PSRLDQ. */
    static void shiftBytes(SimdIntegerUnit.Op op, long d, long a, int n, int imm) {
        int count = Math.min(imm, 16);
        for (int k = 0; k < n; k += 16) {
            long low = get(a + k);
            long high = get(a + k + 8);
            if (op == SimdIntegerUnit.Op.PSRLDQ) {
                put(
                        d + k,
                        bytesFrom(low, high, 0, 0, count),
                        bytesFrom(low, high, 0, 0, count + 8));
            } else {
                put(
                        d + k,
                        bytesFrom(0, 0, low, high, 16 - count),
                        bytesFrom(0, 0, low, high, 24 - count));
            }
        }
    }

    /** Fills elements of a number of bits for the set bits of an immediate. */
    static long mask(int imm, int elements, int bits) {
        long r = 0;
        for (int k = 0; k < elements; k++) {
            if ((imm >> k & 1) != 0) {
                r |= (1L << bits) - 1 << k * bits;
            }
        }
        return r;
    }

    private static long choose(long a, long b, long mask) {
        return a & ~mask | b & mask;
    }

    /** MPSADBW: eight sums of four differences. */
    private static void sums(long d, long a, long b, int imm) {
        long from = a + (imm & 4);
        long block = RawMemory.getInt(b + 4 * (imm & 3)) & INT;
        long low = 0;
        long high = 0;
        for (int k = 0; k < 8; k++) {
            long sum = 0;
            for (int j = 0; j < 4; j++) {
                int x = RawMemory.getByte(from + k + j) & 0xff;
                sum += Math.abs(x - (int) (block >>> 8 * j & 0xff));
            }
            if (k < 4) {
                low |= sum << 16 * k;
            } else {
                high |= sum << 16 * (k - 4);
            }
        }
        put(d, low, high);
    }
}
