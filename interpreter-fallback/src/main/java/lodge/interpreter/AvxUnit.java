package lodge.interpreter;

/**
 * What exists under VEX only: broadcasts, permutations across 128 bits, parts of 128 bits, masked
 * and gathering access to memory, VZEROUPPER (SDM vol. 1, 5.13 and 5.15).
 */
final class AvxUnit extends Unit {
    enum Op {
        VZERO,
        /** Broadcasts by bytes of an element. */
        BROADCAST1,
        BROADCAST2,
        BROADCAST4,
        BROADCAST8,
        BROADCAST16,
        VINSERT128,
        VEXTRACT128,
        VPERM2128,
        /** VPERMD and VPERMPS. */
        VPERMD,
        /** VPERMQ and VPERMPD. */
        VPERMQ,
        /** Masked loads and stores by bytes of an element. */
        MASKLOAD4,
        MASKLOAD8,
        MASKSTORE4,
        MASKSTORE8,
        /** Gathers by bytes of an index and of an element. */
        GATHER44,
        GATHER48,
        GATHER84,
        GATHER88
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    private static long get(long at) {
        return RawMemory.getLong(at);
    }

    private static void put(long at, long low, long high) {
        RawMemory.putLong(at, low);
        RawMemory.putLong(at + 8, high);
    }

    @Override
    void exec(Cpu c, Insn i) {
        Vectors.requireAvx(c);
        long d = Vectors.register(c, i.reg);
        long a = Vectors.register(c, i.vvvv);
        int n = i.l ? 32 : 16;
        switch ((Op) i.op) {
            case VZERO -> zero(c, i.l);
            case BROADCAST1 -> broadcast(c, i, d, n, 1, 0x0101_0101_0101_0101L);
            case BROADCAST2 -> broadcast(c, i, d, n, 2, 0x0001_0001_0001_0001L);
            case BROADCAST4 -> broadcast(c, i, d, n, 4, 0x0000_0001_0000_0001L);
            case BROADCAST8 -> broadcast(c, i, d, n, 8, 1);
            case BROADCAST16 -> {
                long b = Vectors.memory(c, i, 16, false);
                put(d, get(b), get(b + 8));
                put(d + 16, get(b), get(b + 8));
            }
            case VINSERT128 -> {
                long b = Vectors.source(c, i, 16, false);
                boolean upper = (i.imm & 1) != 0;
                set(d, upper ? a : b, upper ? b : a + 16);
            }
            case VEXTRACT128 -> {
                long from = d + 16 * (i.imm & 1);
                if (i.mem) {
                    Vectors.store(c, i, from, 16, false);
                } else {
                    long to = Vectors.register(c, i.rm);
                    put(to, get(from), get(from + 8));
                    Vectors.clearUpper(to);
                }
            }
            case VPERM2128 -> permute128(c, i, d, a);
            case VPERMD -> permuteDoublewords(c, d, a, Vectors.source(c, i, 32, false));
            case VPERMQ -> {
                long b = Vectors.source(c, i, 32, false);
                int imm = (int) i.imm;
                long v0 = get(b + 8 * (imm & 3));
                long v1 = get(b + 8 * (imm >> 2 & 3));
                long v2 = get(b + 8 * (imm >> 4 & 3));
                put(d + 16, v2, get(b + 8 * (imm >> 6 & 3)));
                put(d, v0, v1);
            }
            case MASKLOAD4 -> AvxMemory.load(c, i, d, a, n, 4);
            case MASKLOAD8 -> AvxMemory.load(c, i, d, a, n, 8);
            case MASKSTORE4 -> AvxMemory.store(c, i, d, a, n, 4);
            case MASKSTORE8 -> AvxMemory.store(c, i, d, a, n, 8);
            case GATHER44 -> AvxMemory.gather(c, i, n, 4, 4);
            case GATHER48 -> AvxMemory.gather(c, i, n, 4, 8);
            case GATHER84 -> AvxMemory.gather(c, i, n, 8, 4);
            case GATHER88 -> AvxMemory.gather(c, i, n, 8, 8);
        }
    }

    /** VZEROALL with VEX.L, otherwise VZEROUPPER; outside 64-bit mode of YMM0 to 7. */
    private static void zero(Cpu c, boolean all) {
        int registers = c.code64 ? 16 : 8;
        for (int k = 0; k < registers; k++) {
            long r = Vectors.register(c, k);
            Vectors.clearUpper(r);
            if (all) {
                put(r, 0, 0);
            }
        }
    }

    private static void broadcast(Cpu c, Insn i, long d, int n, int size, long factor) {
        long element = SimdElements.get(Vectors.source(c, i, size, false), size);
        for (int k = 0; k < 32; k += 8) {
            RawMemory.putLong(d + k, k < n ? element * factor : 0);
        }
    }

    /** Writes 256 bits from two places of 128, either of which may be part of the destination. */
    private static void set(long d, long low, long high) {
        long v0 = get(low);
        long v1 = get(low + 8);
        long v2 = get(high);
        long v3 = get(high + 8);
        put(d, v0, v1);
        put(d + 16, v2, v3);
    }

    /** VPERM2F128 and VPERM2I128: each half is one of the four source halves, or 0. */
    private static void permute128(Cpu c, Insn i, long d, long a) {
        long b = Vectors.source(c, i, 32, false);
        int imm = (int) i.imm;
        set(d, half(a, b, imm), half(a, b, imm >> 4));
        if ((imm & 0x08) != 0) {
            put(d, 0, 0);
        }
        if ((imm & 0x80) != 0) {
            put(d + 16, 0, 0);
        }
    }

    private static long half(long a, long b, int select) {
        return ((select & 2) != 0 ? b : a) + 16 * (select & 1);
    }

    private static void permuteDoublewords(Cpu c, long d, long which, long b) {
        // The result is made apart: the sources may be the destination.
        long to = c.s + CpuRegisters.SCRATCH + 32;
        for (int k = 0; k < 32; k += 4) {
            RawMemory.putInt(to + k, RawMemory.getInt(b + 4 * (RawMemory.getInt(which + k) & 7)));
        }
        set(d, to, to + 16);
    }
}
