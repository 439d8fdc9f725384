package lodge.interpreter;

/** Moves and conversions (SDM vol. 1, 5.1.1). */
final class IntegerMove {
    private IntegerMove() {}

    /** All forms of MOV between general registers, memory and immediates. */
    static void move(Cpu c, Insn i) {
        int size = i.size;
        switch (i.opcode) {
            case 0x88, 0x89 -> c.writeE(i, size, c.reg(i.regOff, size));
            case 0x8a, 0x8b -> c.setReg(i.regOff, size, c.readE(i));
            case 0xa0, 0xa1 -> c.setReg(CpuRegisters.RAX, size, c.loadOperand(i, size));
            case 0xa2, 0xa3 -> c.storeOperand(i, size, c.reg(CpuRegisters.RAX, size));
            case 0xc6, 0xc7 -> c.writeE(i, size, i.imm);
            default -> c.setReg(i.rmOff, size, i.imm);
        }
    }

    /** Bytes of the source of MOVZX and MOVSX. */
    static int sourceSize(Insn i) {
        return (i.opcode & 1) + 1;
    }

    /** Sign-extends an E operand into a register. */
    static void extend(Cpu c, Insn i, int from) {
        c.setReg(i.regOff, i.size, CpuRegisters.signed(c.readE(i, from), from));
    }

    private static long swap(long v, int size) {
        return Long.reverseBytes(v) >>> 64 - 8 * size;
    }

    static void moveSwapped(Cpu c, Insn i) {
        int size = i.size;
        if (i.opcode == 0xf0) {
            c.setReg(i.regOff, size, swap(c.loadOperand(i, size), size));
        } else {
            c.storeOperand(i, size, swap(c.reg(i.regOff, size), size));
        }
    }

    /** CMOVcc: reads its source, and clears the upper half of a 32-bit destination, always. */
    static void conditional(Cpu c, Insn i) {
        long v = c.readE(i);
        int size = i.size;
        c.setReg(i.regOff, size, c.condition(i.opcode & 15) ? v : c.reg(i.regOff, size));
    }

    /** CBW, CWDE and CDQE. */
    static void extendAccumulator(Cpu c, int size) {
        int half = size >> 1;
        c.setReg(CpuRegisters.RAX, size, CpuRegisters.signed(c.reg(CpuRegisters.RAX, half), half));
    }

    /** CWD, CDQ and CQO. */
    static void spreadSign(Cpu c, int size) {
        c.setReg(
                CpuRegisters.RDX,
                size,
                CpuRegisters.signed(c.reg(CpuRegisters.RAX, size), size) >> 63);
    }

    static void translate(Cpu c, Insn i) {
        long at =
                CpuRegisters.unsigned(
                        c.reg64(CpuRegisters.RBX) + c.reg8(CpuRegisters.RAX), i.addrSize);
        c.setReg8(CpuRegisters.RAX, c.load8(c.linear(i.segment, at, 1, false)));
    }
}
