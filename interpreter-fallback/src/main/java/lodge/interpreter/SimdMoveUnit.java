package lodge.interpreter;

/** Moves between vector registers, memory and general registers (SDM vol. 1, 5.5.1.1, 5.6.1.1). */
final class SimdMoveUnit extends Unit {
    enum Op {
        /** Whole registers from aligned memory. */
        LOADA,
        LOADU,
        STOREA,
        STOREU,
        /** A scalar from memory; the rest becomes 0. */
        LOAD4,
        LOAD8,
        /** A scalar from a register; the rest is the first source's. */
        MERGE4,
        MERGE8,
        /** The same where the destination is ModRM.rm. */
        MERGE4R,
        MERGE8R,
        STORE4,
        STORE8,
        /** Halves of 128 bits. */
        LOADLOW,
        LOADHIGH,
        STOREHIGH,
        MOVHLPS,
        MOVLHPS,
        MOVDDUP,
        MOVSLDUP,
        MOVSHDUP,
        /** MOVD and MOVQ. */
        FROMGENERAL,
        TOGENERAL,
        MOVQ,
        MOVQR
    }

    private static final long INT = 0xffff_ffffL;

    private final boolean vex;

    SimdMoveUnit(boolean vex) {
        this.vex = vex;
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    private static long get(long at) {
        return RawMemory.getLong(at);
    }

    /** Writes 128 bits of a register; under VEX the rest becomes 0. */
    private void put(long d, long low, long high) {
        RawMemory.putLong(d, low);
        RawMemory.putLong(d + 8, high);
        if (vex) {
            Vectors.clearUpper(d);
        }
    }

    @Override
    void exec(Cpu c, Insn i) {
        if (vex) {
            Vectors.requireAvx(c);
        } else {
            Vectors.requireSse(c);
        }
        long r = Vectors.register(c, i.reg);
        long a = vex ? Vectors.register(c, i.vvvv) : r;
        long m = Vectors.register(c, i.rm);
        int n = vex && i.l ? 32 : 16;
        switch ((Op) i.op) {
            case LOADA -> copy(r, Vectors.source(c, i, n, true), n);
            case LOADU -> copy(r, Vectors.source(c, i, n, false), n);
            case STOREA -> {
                if (i.mem) {
                    Vectors.store(c, i, r, n, true);
                } else {
                    copy(m, r, n);
                }
            }
            case STOREU -> {
                if (i.mem) {
                    Vectors.store(c, i, r, n, false);
                } else {
                    copy(m, r, n);
                }
            }
            case LOAD4 -> put(r, c.loadOperand(i, 4), 0);
            case LOAD8 -> put(r, c.loadOperand(i, 8), 0);
            case MERGE4 -> put(r, get(a) & ~INT | get(m) & INT, get(a + 8));
            case MERGE8 -> put(r, get(m), get(a + 8));
            case MERGE4R -> {
                long first = vex ? a : m;
                put(m, get(first) & ~INT | get(r) & INT, get(first + 8));
            }
            case MERGE8R -> put(m, get(r), get((vex ? a : m) + 8));
            case STORE4 -> c.storeOperand(i, 4, get(r) & INT);
            case STORE8 -> c.storeOperand(i, 8, get(r));
            case LOADLOW -> put(r, c.loadOperand(i, 8), get(a + 8));
            case LOADHIGH -> {
                long high = c.loadOperand(i, 8);
                put(r, get(a), high);
            }
            case STOREHIGH -> c.storeOperand(i, 8, get(r + 8));
            case MOVHLPS -> put(r, get(m + 8), get(a + 8));
            case MOVLHPS -> put(r, get(a), get(m));
            case MOVDDUP -> duplicate(c, i, r, n);
            case MOVSLDUP -> duplicateSingles(r, Vectors.source(c, i, n, !vex), n, 0);
            case MOVSHDUP -> duplicateSingles(r, Vectors.source(c, i, n, !vex), n, 32);
            case FROMGENERAL -> put(r, c.readE(i, c.code64 && i.w ? 8 : 4), 0);
            case TOGENERAL -> {
                int size = c.code64 && i.w ? 8 : 4;
                c.writeE(i, size, CpuRegisters.unsigned(get(r), size));
            }
            case MOVQ -> put(r, i.mem ? c.loadOperand(i, 8) : get(m), 0);
            case MOVQR -> {
                if (i.mem) {
                    c.storeOperand(i, 8, get(r));
                } else {
                    put(m, get(r), 0);
                }
            }
        }
    }

    private void copy(long to, long from, int n) {
        if (n == 16) {
            put(to, get(from), get(from + 8));
            return;
        }
        for (int k = 0; k < 32; k += 8) {
            RawMemory.putLong(to + k, get(from + k));
        }
    }

    private void duplicate(Cpu c, Insn i, long r, int n) {
        // The form of 128 bits reads only 64 of them.
        long b = Vectors.source(c, i, n == 16 ? 8 : 32, false);
        long high = n == 32 ? get(b + 16) : 0;
        put(r, get(b), get(b));
        if (n == 32) {
            RawMemory.putLong(r + 16, high);
            RawMemory.putLong(r + 24, high);
        }
    }

    private void duplicateSingles(long r, long b, int n, int shift) {
        for (int k = 0; k < n; k += 8) {
            long v = get(b + k) >>> shift & INT;
            RawMemory.putLong(r + k, v | v << 32);
        }
        if (vex && n == 16) {
            Vectors.clearUpper(r);
        }
    }
}
