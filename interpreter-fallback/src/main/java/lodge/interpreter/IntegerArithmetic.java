package lodge.interpreter;

/** Binary arithmetic and logic (SDM vol. 1, 5.1.2 and 5.1.4), and how memory is modified. */
final class IntegerArithmetic {
    static final int ADD = 0;
    static final int OR = 1;
    static final int ADC = 2;
    static final int SBB = 3;
    static final int AND = 4;
    static final int SUB = 5;
    static final int XOR = 6;
    static final int CMP = 7;
    static final int NOT = 8;
    static final int NEG = 9;

    /** Replaces the value by the second operand. */
    static final int REPLACE = 10;

    /** Clears the bits of the second operand. */
    static final int CLEAR = 11;

    /** How often a locked instruction tries before it takes the lock of the machine. */
    private static final int ATTEMPTS = 1 << 16;

    private IntegerArithmetic() {}

    /** The result of an operation, sign-extended from the operand size if the operands are. */
    static long result(Cpu c, int operation, long a, long b) {
        return switch (operation) {
            case ADD -> a + b;
            case OR -> a | b;
            case ADC -> a + b + (c.carry() ? 1 : 0);
            case SBB -> a - b - (c.carry() ? 1 : 0);
            case AND -> a & b;
            case SUB, CMP -> a - b;
            case XOR -> a ^ b;
            case NOT -> ~a;
            case NEG -> -a;
            case REPLACE -> b;
            case CLEAR -> a & ~b;
            default -> throw new IllegalArgumentException("operation " + operation);
        };
    }

    /**
     * Modifies memory: checks that it can be written, loads, computes and stores, in one step for
     * all processors if it must be.
     *
     * @param va the linear address, checked
     * @param locked whether LOCK was there or is implied
     * @param b the second operand
     * @return what was there, zero-extended
     */
    static long modify(Cpu c, long va, int size, boolean locked, int operation, long b) {
        c.probeWrite(va, size);
        if (!locked || !c.shared) {
            long a = c.load(va, size);
            c.store(va, size, result(c, operation, a, b));
            return a;
        }
        for (int n = 0; n < ATTEMPTS; n++) {
            long a = c.load(va, size);
            if (c.compareAndStore(va, size, a, result(c, operation, a, b))) {
                return a;
            }
        }
        // Device registers may never read the same twice; they are not locked on real buses either.
        synchronized (c.physical) {
            long a = c.load(va, size);
            c.store(va, size, result(c, operation, a, b));
            return a;
        }
    }

    /** Replaces an E operand by the result of an operation on it. Returns what was there. */
    static long modifyE(Cpu c, Insn i, int operation, long b) {
        int size = i.size;
        if (i.mem) {
            return modify(c, c.linear(i.segment, i.ea(c), size, true), size, i.lock, operation, b);
        }
        long a = c.reg(i.rmOff, size);
        c.setReg(i.rmOff, size, result(c, operation, a, b));
        return a;
    }

    /** Sets the flags of an operation; all values are sign-extended from the operand size. */
    private static void flags(Cpu c, int operation, long r, long a, long b) {
        switch (operation) {
            case ADD -> c.flagsAdd(r, a, b);
            case ADC -> c.flagsResult(r, addFlags(r, a, b));
            case SBB -> c.flagsResult(r, subFlags(r, a, b));
            case SUB, CMP -> c.flagsSub(r, a, b);
            default -> c.flagsLogic(r);
        }
    }

    /** CF, AF and OF of an addition with or without carry. */
    static int addFlags(long r, long a, long b) {
        return (((a & b) | ((a | b) & ~r)) < 0 ? CpuRegisters.CF : 0)
                | (int) (a ^ b ^ r) & CpuRegisters.AF
                | (((a ^ r) & (b ^ r)) < 0 ? CpuRegisters.OF : 0);
    }

    /** CF, AF and OF of a subtraction with or without borrow. */
    static int subFlags(long r, long a, long b) {
        return (((~a & b) | ((~a | b) & r)) < 0 ? CpuRegisters.CF : 0)
                | (int) (a ^ b ^ r) & CpuRegisters.AF
                | (((a ^ b) & (a ^ r)) < 0 ? CpuRegisters.OF : 0);
    }

    /** ADD, OR, ADC, SBB, AND, SUB, XOR and CMP: the opcode or ModRM.reg tells which. */
    static void binary(Cpu c, Insn i) {
        int size = i.size;
        if (i.opcode >= 0x80) {
            toE(c, i, i.modrm >> 3 & 7, CpuRegisters.signed(i.imm, size));
            return;
        }
        int operation = i.opcode >> 3;
        switch (i.opcode >> 1 & 3) {
            case 0 -> toE(c, i, operation, CpuRegisters.signed(c.reg(i.regOff, size), size));
            case 1 -> toG(c, i.regOff, size, operation, CpuRegisters.signed(c.readE(i), size));
            default -> toG(c, CpuRegisters.RAX, size, operation, CpuRegisters.signed(i.imm, size));
        }
    }

    private static void toG(Cpu c, int register, int size, int operation, long b) {
        long a = CpuRegisters.signed(c.reg(register, size), size);
        long r = CpuRegisters.signed(result(c, operation, a, b), size);
        if (operation != CMP) {
            c.setReg(register, size, r);
        }
        flags(c, operation, r, a, b);
    }

    private static void toE(Cpu c, Insn i, int operation, long b) {
        if (!i.mem) {
            toG(c, i.rmOff, i.size, operation, b);
            return;
        }
        int size = i.size;
        long a =
                CpuRegisters.signed(
                        operation == CMP ? c.readE(i) : modifyE(c, i, operation, b), size);
        flags(c, operation, CpuRegisters.signed(result(c, operation, a, b), size), a, b);
    }

    static void test(Cpu c, Insn i) {
        int size = i.size;
        long a =
                switch (i.opcode) {
                    case 0x84, 0x85 -> c.readE(i) & c.reg(i.regOff, size);
                    case 0xa8, 0xa9 -> c.reg(CpuRegisters.RAX, size) & i.imm;
                    default -> c.readE(i) & i.imm;
                };
        c.flagsLogic(CpuRegisters.signed(a, size));
    }

    /** INC and DEC: as ADD and SUB of 1, but CF stays. */
    static void step(Cpu c, Insn i) {
        boolean down = (IntegerUnit.Op) i.op == IntegerUnit.Op.DEC;
        int size = i.size;
        long a = CpuRegisters.signed(modifyE(c, i, down ? SUB : ADD, 1), size);
        long r = CpuRegisters.signed(down ? a - 1 : a + 1, size);
        int flags = down ? subFlags(r, a, 1) : addFlags(r, a, 1);
        c.flagsResult(r, flags & ~CpuRegisters.CF | (c.carry() ? CpuRegisters.CF : 0));
    }

    /** NOT, which changes no flags, and NEG. */
    static void unary(Cpu c, Insn i) {
        if ((IntegerUnit.Op) i.op == IntegerUnit.Op.NOT) {
            modifyE(c, i, NOT, 0);
            return;
        }
        long a = CpuRegisters.signed(modifyE(c, i, NEG, 0), i.size);
        c.flagsSub(CpuRegisters.signed(-a, i.size), 0, a);
    }

    /** ADCX and ADOX: unsigned additions whose carry is CF alone, or OF alone. */
    static void addWithOneFlag(Cpu c, Insn i) {
        boolean overflow = (IntegerUnit.Op) i.op == IntegerUnit.Op.ADOX;
        int size = i.size;
        long b = CpuRegisters.signed(c.readE(i), size);
        long a = CpuRegisters.signed(c.reg(i.regOff, size), size);
        boolean in = overflow ? c.overflow() : c.carry();
        long r = CpuRegisters.signed(a + b + (in ? 1 : 0), size);
        c.setReg(i.regOff, size, r);
        boolean out = ((a & b) | ((a | b) & ~r)) < 0;
        int flag = overflow ? CpuRegisters.OF : CpuRegisters.CF;
        c.changeArithmetic(flag, out ? flag : 0);
    }
}
