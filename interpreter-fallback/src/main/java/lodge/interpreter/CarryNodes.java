package lodge.interpreter;

/**
 * ADC, SBB and IMUL of 32 and 64 bits into a register: what long arithmetic is made of. One small
 * class for each form, as in {@link AluNodes64}.
 */
final class CarryNodes {
    private CarryNodes() {}

    /** ADC or SBB with a register or an immediate, or null. */
    static Node register(IntegerUnit.Op op, Insn i, boolean immediate) {
        boolean wide = i.size == 8;
        boolean add = op == IntegerUnit.Op.ADC;
        if (immediate) {
            return wide ? new Immediate64(i, add) : new Immediate32(i, add);
        }
        return wide ? new Registers64(i, add) : new Registers32(i, add);
    }

    /** ADC or SBB from memory. */
    static Node load(IntegerUnit.Op op, Insn i) {
        boolean add = op == IntegerUnit.Op.ADC;
        return i.size == 8 ? new Load64(i, add) : new Load32(i, add);
    }

    private static long compute64(Cpu c, boolean add, long a, long b) {
        long carry = c.carry() ? 1 : 0;
        long r = add ? a + b + carry : a - b - carry;
        c.flagsResult(
                r, add ? IntegerArithmetic.addFlags(r, a, b) : IntegerArithmetic.subFlags(r, a, b));
        return r;
    }

    private static int compute32(Cpu c, boolean add, int a, int b) {
        int carry = c.carry() ? 1 : 0;
        int r = add ? a + b + carry : a - b - carry;
        c.flagsResult(
                r, add ? IntegerArithmetic.addFlags(r, a, b) : IntegerArithmetic.subFlags(r, a, b));
        return r;
    }

    private static final class Registers64 extends RegisterNode {
        private final boolean add;

        Registers64(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(d, compute64(c, add, c.reg64(d), c.reg64(r)));
            return done(c);
        }
    }

    private static final class Registers32 extends RegisterNode {
        private final boolean add;

        Registers32(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(d, compute32(c, add, c.reg32(d), c.reg32(r)));
            return done(c);
        }
    }

    private static final class Immediate64 extends RegisterNode {
        private final boolean add;

        Immediate64(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(d, compute64(c, add, c.reg64(d), imm));
            return done(c);
        }
    }

    private static final class Immediate32 extends RegisterNode {
        private final boolean add;

        Immediate32(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(d, compute32(c, add, c.reg32(d), (int) imm));
            return done(c);
        }
    }

    private static final class Load64 extends MemoryNode {
        private final boolean add;

        Load64(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            long b = c.load64(address(c));
            c.setReg64(r, compute64(c, add, c.reg64(r), b));
            return done(c);
        }
    }

    private static final class Load32 extends MemoryNode {
        private final boolean add;

        Load32(Insn i, boolean add) {
            super(i);
            this.add = add;
        }

        @Override
        Node exec(Cpu c) {
            int b = c.load32(address(c));
            c.setReg32(r, compute32(c, add, c.reg32(r), b));
            return done(c);
        }
    }

    // ---- IMUL ----

    /** IMUL with two or three operands. */
    static Node multiply(Insn i) {
        boolean three = i.opcode != 0xaf;
        boolean wide = i.size == 8;
        if (i.mem) {
            return wide ? new MultiplyLoad64(i, three) : new MultiplyLoad32(i, three);
        }
        return wide ? new Multiply64(i, three) : new Multiply32(i, three);
    }

    private static long product64(Cpu c, long a, long b) {
        long low = a * b;
        IntegerMultiply.flags(c, Math.multiplyHigh(a, b) != low >> 63);
        return low;
    }

    private static int product32(Cpu c, int a, int b) {
        long product = (long) a * b;
        IntegerMultiply.flags(c, product != (int) product);
        return (int) product;
    }

    private static final class Multiply64 extends RegisterNode {
        private final boolean three;

        Multiply64(Insn i, boolean three) {
            super(i);
            this.three = three;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, product64(c, three ? imm : c.reg64(r), c.reg64(d)));
            return done(c);
        }
    }

    private static final class Multiply32 extends RegisterNode {
        private final boolean three;

        Multiply32(Insn i, boolean three) {
            super(i);
            this.three = three;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(r, product32(c, three ? (int) imm : c.reg32(r), c.reg32(d)));
            return done(c);
        }
    }

    private static final class MultiplyLoad64 extends MemoryNode {
        private final boolean three;

        MultiplyLoad64(Insn i, boolean three) {
            super(i);
            this.three = three;
        }

        @Override
        Node exec(Cpu c) {
            long b = c.load64(address(c));
            c.setReg64(r, product64(c, three ? imm : c.reg64(r), b));
            return done(c);
        }
    }

    private static final class MultiplyLoad32 extends MemoryNode {
        private final boolean three;

        MultiplyLoad32(Insn i, boolean three) {
            super(i);
            this.three = three;
        }

        @Override
        Node exec(Cpu c) {
            int b = c.load32(address(c));
            c.setReg32(r, product32(c, three ? (int) imm : c.reg32(r), b));
            return done(c);
        }
    }

    // ---- MUL ----

    /** MUL with one operand. */
    static Node multiplyUnsigned(Insn i) {
        if (i.mem) {
            return i.size == 8 ? new UnsignedLoad64(i) : new UnsignedLoad32(i);
        }
        return i.size == 8 ? new Unsigned64(i) : new Unsigned32(i);
    }

    private static void unsigned64(Cpu c, long b) {
        long a = c.reg64(CpuRegisters.RAX);
        long high = Math.unsignedMultiplyHigh(a, b);
        c.setReg64(CpuRegisters.RAX, a * b);
        c.setReg64(CpuRegisters.RDX, high);
        IntegerMultiply.flags(c, high != 0);
    }

    private static void unsigned32(Cpu c, int b) {
        long product = (c.reg32(CpuRegisters.RAX) & 0xffff_ffffL) * (b & 0xffff_ffffL);
        c.setReg32(CpuRegisters.RAX, (int) product);
        c.setReg64(CpuRegisters.RDX, product >>> 32);
        IntegerMultiply.flags(c, product >>> 32 != 0);
    }

    private static final class Unsigned64 extends RegisterNode {
        Unsigned64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            unsigned64(c, c.reg64(d));
            return done(c);
        }
    }

    private static final class Unsigned32 extends RegisterNode {
        Unsigned32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            unsigned32(c, c.reg32(d));
            return done(c);
        }
    }

    private static final class UnsignedLoad64 extends MemoryNode {
        UnsignedLoad64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            unsigned64(c, c.load64(address(c)));
            return done(c);
        }
    }

    private static final class UnsignedLoad32 extends MemoryNode {
        UnsignedLoad32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            unsigned32(c, c.load32(address(c)));
            return done(c);
        }
    }
}
