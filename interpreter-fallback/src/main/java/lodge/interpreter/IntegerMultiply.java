package lodge.interpreter;

/** MUL, IMUL and MULX (SDM vol. 2). */
final class IntegerMultiply {
    private IntegerMultiply() {}

    /**
     * CF and OF tell whether the upper half counts; SF, ZF, AF and PF are undefined, and stay as
     * they are on AMD Zen.
     */
    static void flags(Cpu c, boolean large) {
        c.changeCarryAndOverflow(large, large);
    }

    static void unsigned(Cpu c, Insn i) {
        int size = i.size;
        long b = c.readE(i);
        long a = c.reg(CpuRegisters.RAX, size);
        if (size == 8) {
            long high = Math.unsignedMultiplyHigh(a, b);
            store(c, 8, a * b, high);
            flags(c, high != 0);
            return;
        }
        long r = a * b;
        long high = r >>> 8 * size;
        store(c, size, r, high);
        flags(c, high != 0);
    }

    private static void store(Cpu c, int size, long low, long high) {
        if (size == 1) {
            c.setReg16(CpuRegisters.RAX, (int) low);
        } else {
            c.setReg(CpuRegisters.RAX, size, low);
            c.setReg(CpuRegisters.RDX, size, high);
        }
    }

    /** IMUL with one, two or three operands. */
    static void signed(Cpu c, Insn i) {
        int size = i.size;
        long b = CpuRegisters.signed(c.readE(i), size);
        boolean wide = i.opcode >= 0xf6;
        long a =
                switch (i.opcode) {
                    case 0xaf -> c.reg(i.regOff, size);
                    case 0x69, 0x6b -> i.imm;
                    default -> c.reg(CpuRegisters.RAX, size);
                };
        a = CpuRegisters.signed(a, size);
        long r = a * b;
        long low = CpuRegisters.signed(r, size);
        long high = size == 8 ? Math.multiplyHigh(a, b) : r >> 8 * size;
        if (wide) {
            store(c, size, r, high);
        } else {
            c.setReg(i.regOff, size, r);
        }
        flags(c, high != low >> 63);
    }

    static void withoutFlags(Cpu c, Insn i) {
        IntegerBits.checkVex(c);
        int size = i.size;
        long b = c.readE(i, size);
        long a = c.reg(CpuRegisters.RDX, size);
        long low = a * b;
        // The upper half is written last: it stays when both operands are one register.
        c.setReg(8 * i.vvvv, size, low);
        c.setReg(i.regOff, size, size == 8 ? Math.unsignedMultiplyHigh(a, b) : low >>> 32);
    }
}
