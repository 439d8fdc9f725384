package lodge.interpreter;

/** Work on single elements of vectors: widening, minima, sign bits, tests of all bits. */
final class SimdElements {
    private SimdElements() {}

    private static long get(long at) {
        return RawMemory.getLong(at);
    }

    /**
     * PMOVSX and PMOVZX; the source may be the destination.
     *
     * @param n bytes of the result
     * @param from bytes of a source element
     * @param to bytes of a result element
     */
    static void widen(long d, long b, int n, int from, int to, boolean signed) {
        int elements = n / to;
        // From the last element on, so that no source element is overwritten before it is read.
        for (int k = elements - 1; k >= 0; k--) {
            long at = b + (long) k * from;
            long v =
                    switch (from) {
                        case 1 -> signed ? RawMemory.getByte(at) : RawMemory.getByte(at) & 0xffL;
                        case 2 -> signed ? RawMemory.getShort(at) : RawMemory.getChar(at);
                        default ->
                                signed ? RawMemory.getInt(at) : RawMemory.getInt(at) & 0xffff_ffffL;
                    };
            put(d + (long) k * to, to, v);
        }
    }

    /** Writes 1, 2, 4 or 8 bytes of a vector. */
    static void put(long at, int size, long v) {
        switch (size) {
            case 1 -> RawMemory.putByte(at, (byte) v);
            case 2 -> RawMemory.putShort(at, (short) v);
            case 4 -> RawMemory.putInt(at, (int) v);
            default -> RawMemory.putLong(at, v);
        }
    }

    /** Reads 1, 2, 4 or 8 bytes of a vector, zero-extended. */
    static long get(long at, int size) {
        return switch (size) {
            case 1 -> RawMemory.getByte(at) & 0xffL;
            case 2 -> RawMemory.getChar(at);
            case 4 -> RawMemory.getInt(at) & 0xffff_ffffL;
            default -> RawMemory.getLong(at);
        };
    }

    /** Collects the sign bits of bytes (PMOVMSKB). */
    static long byteSigns(long at, int n) {
        long r = 0;
        for (int k = 0; k < n; k += 8) {
            // Each sign bit lands in the top byte at the place of its byte, without carries.
            long signs = (get(at + k) & 0x8080_8080_8080_8080L) >>> 7;
            r |= (signs * 0x0102_0408_1020_4080L >>> 56) << k;
        }
        return r;
    }

    /** Collects the sign bits of elements of 4 or 8 bytes (MOVMSKPS, MOVMSKPD). */
    static long signs(long at, int n, int size) {
        long r = 0;
        for (int k = 0; k < n / size; k++) {
            r |= (RawMemory.getByte(at + (long) k * size + size - 1) >> 7 & 1L) << k;
        }
        return r;
    }

    /** PTEST and VTESTPS, VTESTPD: ZF and CF, of the bits that the mask selects. */
    static int test(long a, long b, int n, long mask) {
        long and = 0;
        long andNot = 0;
        for (int k = 0; k < n; k += 8) {
            and |= get(a + k) & get(b + k) & mask;
            andNot |= ~get(a + k) & get(b + k) & mask;
        }
        return (and == 0 ? CpuRegisters.ZF : 0) | (andNot == 0 ? CpuRegisters.CF : 0);
    }

    /** PHMINPOSUW: the smallest word and where it is. */
    static long smallestWord(long b) {
        long best = 0xffff;
        int where = 0;
        for (int k = 7; k >= 0; k--) {
            long v = RawMemory.getChar(b + 2L * k);
            if (v <= best) {
                best = v;
                where = k;
            }
        }
        return best | (long) where << 16;
    }

    /**
     * INSERTPS: imm8 says which element of a register source, which destination, and which elements
     * become 0.
     *
     * @param value the element
     */
    static void insertSingle(long d, long a, int value, int imm) {
        long low = get(a);
        long high = get(a + 8);
        RawMemory.putLong(d, low);
        RawMemory.putLong(d + 8, high);
        RawMemory.putInt(d + 4 * (imm >> 4 & 3), value);
        for (int k = 0; k < 4; k++) {
            if ((imm >> k & 1) != 0) {
                RawMemory.putInt(d + 4L * k, 0);
            }
        }
    }
}
