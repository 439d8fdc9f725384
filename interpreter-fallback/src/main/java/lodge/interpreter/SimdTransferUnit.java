package lodge.interpreter;

/**
 * Elements to and from vector registers, widening, sign bits and tests, and MXCSR (SDM vol. 1,
 * 5.5.1.6, 5.5.3, 5.6.4, 5.10.4 to 5.10.13).
 */
final class SimdTransferUnit extends Unit {
    enum Op {
        MOVMSKPS,
        MOVMSKPD,
        PMOVMSKB,
        PEXTRB,
        PEXTRW,
        /** The older encoding, whose destination is ModRM.reg. */
        PEXTRWG,
        PEXTRD,
        EXTRACTPS,
        PINSRB,
        PINSRW,
        PINSRD,
        INSERTPS,
        PMOVSXBW,
        PMOVSXBD,
        PMOVSXBQ,
        PMOVSXWD,
        PMOVSXWQ,
        PMOVSXDQ,
        PMOVZXBW,
        PMOVZXBD,
        PMOVZXBQ,
        PMOVZXWD,
        PMOVZXWQ,
        PMOVZXDQ,
        PTEST,
        VTESTPS,
        VTESTPD,
        PHMINPOSUW,
        MASKMOVDQU,
        LDMXCSR,
        STMXCSR
    }

    /** MXCSR_MASK: bits that may be set (SDM vol. 1, 11.6.6). */
    private static final int MXCSR_MASK = 0xffff;

    private final SimdEncoding encoding;
    private final boolean vex;

    SimdTransferUnit(SimdEncoding encoding) {
        this.encoding = encoding;
        vex = encoding == SimdEncoding.VEX;
    }

    @Override
    Enum<?> operation(String name) {
        return encoding.operation(Op.class, name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        if (vex) {
            Vectors.requireAvx(c);
        } else {
            Vectors.requireSse(c);
        }
        Op op = (Op) i.op;
        long r = Vectors.register(c, i.reg);
        long m = Vectors.register(c, i.rm);
        int n = vex && i.l ? 32 : 16;
        switch (op) {
            case MOVMSKPS -> general(c, i, SimdElements.signs(m, n, 4));
            case MOVMSKPD -> general(c, i, SimdElements.signs(m, n, 8));
            case PMOVMSKB -> general(c, i, SimdElements.byteSigns(m, n));
            case PEXTRWG -> general(c, i, SimdElements.get(m + 2 * (i.imm & 7), 2));
            case PEXTRB -> extract(c, i, 1, SimdElements.get(r + (i.imm & 15), 1));
            case PEXTRW -> extract(c, i, 2, SimdElements.get(r + 2 * (i.imm & 7), 2));
            case EXTRACTPS -> extract(c, i, 4, SimdElements.get(r + 4 * (i.imm & 3), 4));
            case PEXTRD -> {
                int size = c.code64 && i.w ? 8 : 4;
                extract(c, i, size, SimdElements.get(r + (size * i.imm & 15), size));
            }
            case PINSRB -> insert(c, i, 1);
            case PINSRW -> insert(c, i, 2);
            case PINSRD -> insert(c, i, c.code64 && i.w ? 8 : 4);
            case INSERTPS -> {
                int value =
                        i.mem
                                ? (int) c.loadOperand(i, 4)
                                : RawMemory.getInt(m + 4 * (i.imm >> 6 & 3));
                long a = vex ? Vectors.register(c, i.vvvv) : r;
                SimdElements.insertSingle(r, a, value, (int) i.imm);
                finish(r, 16);
            }
            case PMOVSXBW -> widen(c, i, r, n, 1, 2, true);
            case PMOVSXBD -> widen(c, i, r, n, 1, 4, true);
            case PMOVSXBQ -> widen(c, i, r, n, 1, 8, true);
            case PMOVSXWD -> widen(c, i, r, n, 2, 4, true);
            case PMOVSXWQ -> widen(c, i, r, n, 2, 8, true);
            case PMOVSXDQ -> widen(c, i, r, n, 4, 8, true);
            case PMOVZXBW -> widen(c, i, r, n, 1, 2, false);
            case PMOVZXBD -> widen(c, i, r, n, 1, 4, false);
            case PMOVZXBQ -> widen(c, i, r, n, 1, 8, false);
            case PMOVZXWD -> widen(c, i, r, n, 2, 4, false);
            case PMOVZXWQ -> widen(c, i, r, n, 2, 8, false);
            case PMOVZXDQ -> widen(c, i, r, n, 4, 8, false);
            case PTEST -> test(c, i, r, n, -1L);
            case VTESTPS -> test(c, i, r, n, 0x8000_0000_8000_0000L);
            case VTESTPD -> test(c, i, r, n, Long.MIN_VALUE);
            case PHMINPOSUW -> {
                long v = SimdElements.smallestWord(Vectors.source(c, i, 16, !vex));
                RawMemory.putLong(r, v);
                RawMemory.putLong(r + 8, 0);
                finish(r, 16);
            }
            case MASKMOVDQU -> storeMasked(c, i, r, m, 16);
            case LDMXCSR -> {
                int v = (int) c.loadOperand(i, 4);
                if ((v & ~MXCSR_MASK) != 0) {
                    throw c.gp(0);
                }
                c.x87.mxcsr = v;
            }
            case STMXCSR -> c.storeOperand(i, 4, c.x87.mxcsr);
        }
    }

    private void finish(long d, int n) {
        if (vex && n == 16) {
            Vectors.clearUpper(d);
        }
    }

    /** Writes ModRM.reg as a general register; all results fit 32 bits. */
    private static void general(Cpu c, Insn i, long v) {
        c.setReg32(8 * i.reg, (int) v);
    }

    /** Writes an element to memory, or zero-extended to a general register. */
    private static void extract(Cpu c, Insn i, int size, long v) {
        if (i.mem) {
            c.storeOperand(i, size, v);
        } else {
            c.setReg64(8 * i.rm, v);
        }
    }

    private void insert(Cpu c, Insn i, int size) {
        long v = i.mem ? c.loadOperand(i, size) : c.reg64(8 * i.rm);
        long d = Vectors.register(c, i.reg);
        if (vex) {
            long a = Vectors.register(c, i.vvvv);
            long high = RawMemory.getLong(a + 8);
            RawMemory.putLong(d, RawMemory.getLong(a));
            RawMemory.putLong(d + 8, high);
            Vectors.clearUpper(d);
        }
        SimdElements.put(d + (size * i.imm & 15), size, v);
    }

    private void widen(Cpu c, Insn i, long r, int n, int from, int to, boolean signed) {
        long b = Vectors.source(c, i, n * from / to, false);
        SimdElements.widen(r, b, n, from, to, signed);
        finish(r, n);
    }

    private void test(Cpu c, Insn i, long r, int n, long mask) {
        c.setArithmetic(SimdElements.test(r, Vectors.source(c, i, n, !vex), n, mask));
    }

    /**
     * MASKMOVDQU and MASKMOVQ: stores the bytes whose mask has the sign bit set to DS:rDI. What is
     * not chosen can fault, too; SDM vol. 2 leaves that to the processor, and this is what AMD's
     * do.
     */
    static void storeMasked(Cpu c, Insn i, long from, long mask, int n) {
        long offset = CpuRegisters.unsigned(c.reg64(CpuRegisters.RDI), i.addrSize);
        long va = c.linear(i.segment, offset, n, true);
        Vectors.checkAlignment(c, va, n);
        c.probeWrite(va, n);
        long chosen = SimdElements.byteSigns(mask, n);
        for (int k = 0; k < n; k++) {
            if ((chosen >> k & 1) != 0) {
                c.store8(Vectors.at(c, va, k), RawMemory.getByte(from + k));
            }
        }
    }
}
