package lodge.interpreter;

/** Near branches, calls and returns in flat code segments. */
final class BranchNodes {
    private BranchNodes() {}

    /** JMP rel. */
    static final class Jump extends BranchNode {
        Jump(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            return take(c);
        }
    }

    /** Jcc, any condition. */
    static final class Conditional extends BranchNode {
        private final int condition;

        Conditional(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            return c.condition(condition) ? take(c) : done(c);
        }
    }

    /** JE: ZF needs no case. */
    static final class Equal extends BranchNode {
        Equal(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            return c.zero() ? take(c) : done(c);
        }
    }

    /** JNE. */
    static final class NotEqual extends BranchNode {
        NotEqual(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            return c.zero() ? done(c) : take(c);
        }
    }

    /** CALL rel in 64-bit mode. */
    static final class Call64 extends BranchNode {
        Call64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg64(CpuRegisters.RSP) - 8;
            c.store64(sp, c.ripBase() + offset + length);
            c.setReg64(CpuRegisters.RSP, sp);
            return take(c);
        }

        @Override
        boolean usesStack() {
            return true;
        }
    }

    /** CALL rel in flat 32-bit mode. */
    static final class Call32 extends BranchNode {
        Call32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg32(CpuRegisters.RSP) - 4 & 0xffff_ffffL;
            c.store32(sp, (int) (c.ripBase() + offset + length));
            c.setReg64(CpuRegisters.RSP, sp);
            return take(c);
        }
    }

    /** RET, with or without an operand, in 64-bit mode. */
    static final class Return64 extends RegisterNode {
        Return64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg64(CpuRegisters.RSP);
            long r = c.load64(sp);
            c.checkTarget(r);
            c.setReg64(CpuRegisters.RSP, sp + 8 + imm);
            return c.jump(r);
        }

        @Override
        boolean usesStack() {
            return true;
        }
    }

    /** RET in flat 32-bit mode. */
    static final class Return32 extends RegisterNode {
        Return32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int sp = c.reg32(CpuRegisters.RSP);
            long r = c.load32(sp & 0xffff_ffffL) & 0xffff_ffffL;
            c.setReg32(CpuRegisters.RSP, sp + 4 + (int) imm);
            return c.jump(r);
        }
    }

    /** JMP r64. */
    static final class JumpRegister64 extends RegisterNode {
        JumpRegister64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long r = c.reg64(d);
            c.checkTarget(r);
            return c.jump(r);
        }
    }

    /** JMP m64. */
    static final class JumpMemory64 extends MemoryNode {
        JumpMemory64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long r = c.load64(address(c));
            c.checkTarget(r);
            return c.jump(r);
        }
    }

    /** CALL r64. */
    static final class CallRegister64 extends RegisterNode {
        CallRegister64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long r = c.reg64(d);
            c.checkTarget(r);
            long sp = c.reg64(CpuRegisters.RSP) - 8;
            c.store64(sp, c.ripBase() + offset + length);
            c.setReg64(CpuRegisters.RSP, sp);
            return c.jump(r);
        }
    }

    /** CALL m64. */
    static final class CallMemory64 extends MemoryNode {
        CallMemory64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long r = c.load64(address(c));
            c.checkTarget(r);
            long sp = c.reg64(CpuRegisters.RSP) - 8;
            c.store64(sp, c.ripBase() + offset + length);
            c.setReg64(CpuRegisters.RSP, sp);
            return c.jump(r);
        }
    }
}
