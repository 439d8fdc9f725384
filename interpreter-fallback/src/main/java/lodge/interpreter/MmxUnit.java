package lodge.interpreter;

/** Moves and elements of MMX registers, EMMS (SDM vol. 1, 5.4.1, 5.4.8, 5.5.3, 5.6.3). */
final class MmxUnit extends Unit {
    enum Op {
        FROMGENERAL,
        TOGENERAL,
        MOVQ,
        MOVQR,
        MOVQ2DQ,
        MOVDQ2Q,
        MASKMOVQ,
        PMOVMSKB,
        PEXTRW,
        PINSRW,
        EMMS
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        Op op = (Op) i.op;
        if (op == Op.MOVQ2DQ || op == Op.MOVDQ2Q) {
            Vectors.requireSse(c);
        }
        Vectors.requireMmx(c);
        if (op == Op.EMMS) {
            Vectors.enterMmx(c);
            c.x87.ftw = 0xffff;
            return;
        }
        long r = Vectors.mmx(c, i.reg);
        long m = Vectors.mmx(c, i.rm);
        switch (op) {
            case FROMGENERAL -> Vectors.setMmx(c, i.reg, c.readE(i, c.code64 && i.w ? 8 : 4));
            case TOGENERAL -> {
                int size = c.code64 && i.w ? 8 : 4;
                c.writeE(i, size, CpuRegisters.unsigned(RawMemory.getLong(r), size));
            }
            case MOVQ ->
                    Vectors.setMmx(c, i.reg, i.mem ? c.loadOperand(i, 8) : RawMemory.getLong(m));
            case MOVQR -> {
                if (i.mem) {
                    c.storeOperand(i, 8, RawMemory.getLong(r));
                } else {
                    Vectors.setMmx(c, i.rm, RawMemory.getLong(r));
                }
            }
            case MOVQ2DQ -> {
                c.setVector(i.reg, 0, RawMemory.getLong(m));
                c.setVector(i.reg, 1, 0);
            }
            case MOVDQ2Q -> Vectors.setMmx(c, i.reg, c.vector(i.rm, 0));
            case MASKMOVQ -> {
                // AMD's processors do this even if the store then faults.
                Vectors.enterMmx(c);
                SimdTransferUnit.storeMasked(c, i, r, m, 8);
            }
            case PMOVMSKB -> c.setReg32(8 * i.reg, (int) SimdElements.byteSigns(m, 8));
            case PEXTRW -> c.setReg32(8 * i.reg, RawMemory.getChar(m + 2 * (i.imm & 3)));
            case PINSRW -> {
                long v = i.mem ? c.loadOperand(i, 2) : c.reg64(8 * i.rm);
                RawMemory.putShort(r + 2 * (i.imm & 3), (short) v);
                RawMemory.putShort(r + 8, (short) -1);
            }
            case EMMS -> throw new IllegalStateException("EMMS was done above");
        }
        Vectors.enterMmx(c);
    }
}
