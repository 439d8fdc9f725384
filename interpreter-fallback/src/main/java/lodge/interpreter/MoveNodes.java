package lodge.interpreter;

/** Moves, address computation, stack and other simple instructions with specialised operands. */
final class MoveNodes {
    private MoveNodes() {}

    /** MOV r64, r64. */
    static final class Move64 extends RegisterNode {
        Move64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(d, c.reg64(r));
            return done(c);
        }
    }

    /** MOV r32, r32. */
    static final class Move32 extends RegisterNode {
        Move32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(d, c.reg32(r));
            return done(c);
        }
    }

    /** MOV r, imm, 32 and 64 bits: the whole register is written. */
    static final class Constant extends RegisterNode {
        private final long value;

        Constant(Insn i) {
            super(i);
            value = i.size == 8 ? i.imm : i.imm & 0xffff_ffffL;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(d, value);
            return done(c);
        }
    }

    /** XOR r, r with itself. */
    static final class Clear extends RegisterNode {
        Clear(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(d, 0);
            c.flagsLogic(0);
            return done(c);
        }
    }

    /** MOV r64, m64. */
    static final class Load64 extends MemoryNode {
        Load64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.load64(address(c)));
            return done(c);
        }
    }

    /** MOV r32, m32. */
    static final class Load32 extends MemoryNode {
        Load32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(r, c.load32(address(c)));
            return done(c);
        }
    }

    /** MOV r8, m8. */
    static final class Load8 extends MemoryNode {
        Load8(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg8(r, c.load8(address(c)));
            return done(c);
        }
    }

    /** MOV m64, r64. */
    static final class Store64 extends MemoryNode {
        Store64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.store64(address(c), c.reg64(r));
            return done(c);
        }
    }

    /** MOV m32, r32. */
    static final class Store32 extends MemoryNode {
        Store32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.store32(address(c), c.reg32(r));
            return done(c);
        }
    }

    /** MOV m16, r16. */
    static final class Store16 extends MemoryNode {
        Store16(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.store16(address(c), c.reg16(r));
            return done(c);
        }
    }

    /** MOV m8, r8. */
    static final class Store8 extends MemoryNode {
        Store8(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.store8(address(c), c.reg8(r));
            return done(c);
        }
    }

    /** MOV m, imm. */
    static final class StoreConstant extends MemoryNode {
        private final byte size;

        StoreConstant(Insn i) {
            super(i);
            size = i.size;
        }

        @Override
        Node exec(Cpu c) {
            c.store(address(c), size, imm);
            return done(c);
        }
    }

    /** MOVZX r, m8: the upper half is cleared whatever the operand size. */
    static final class ZeroExtendLoad8 extends MemoryNode {
        ZeroExtendLoad8(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.load8(address(c)));
            return done(c);
        }
    }

    /** MOVZX r, m16. */
    static final class ZeroExtendLoad16 extends MemoryNode {
        ZeroExtendLoad16(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.load16(address(c)));
            return done(c);
        }
    }

    /** MOVZX r, r8. */
    static final class ZeroExtend8 extends RegisterNode {
        ZeroExtend8(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.reg8(d));
            return done(c);
        }
    }

    /** MOVZX r, r16. */
    static final class ZeroExtend16 extends RegisterNode {
        ZeroExtend16(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.reg16(d));
            return done(c);
        }
    }

    /** MOVSXD r64, r32. */
    static final class SignExtend32 extends RegisterNode {
        SignExtend32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.reg32(d));
            return done(c);
        }
    }

    /** MOVSXD r64, m32. */
    static final class SignExtendLoad32 extends MemoryNode {
        SignExtendLoad32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, c.load32(address(c)));
            return done(c);
        }
    }

    /** MOVSX r, m8; 32 or 64 bits. */
    static final class SignExtendLoad8 extends MemoryNode {
        private final long mask;

        SignExtendLoad8(Insn i) {
            super(i);
            mask = i.size == 8 ? -1L : 0xffff_ffffL;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, (byte) c.load8(address(c)) & mask);
            return done(c);
        }
    }

    /** MOVSX r, r8; 32 or 64 bits. */
    static final class SignExtend8 extends RegisterNode {
        private final long mask;

        SignExtend8(Insn i) {
            super(i);
            mask = i.size == 8 ? -1L : 0xffff_ffffL;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, (byte) c.reg8(d) & mask);
            return done(c);
        }
    }

    /** LEA r64, without segment. */
    static final class Address64 extends MemoryNode {
        Address64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg64(r, address(c));
            return done(c);
        }
    }

    /** LEA r32, without segment. */
    static final class Address32 extends MemoryNode {
        Address32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(r, (int) address(c));
            return done(c);
        }
    }

    /** PUSH r64. */
    static final class Push64 extends RegisterNode {
        Push64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg64(CpuRegisters.RSP) - 8;
            c.store64(sp, c.reg64(d));
            c.setReg64(CpuRegisters.RSP, sp);
            return done(c);
        }

        @Override
        boolean usesStack() {
            return true;
        }
    }

    /** POP r64. */
    static final class Pop64 extends RegisterNode {
        Pop64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg64(CpuRegisters.RSP);
            long v = c.load64(sp);
            c.setReg64(CpuRegisters.RSP, sp + 8);
            c.setReg64(d, v);
            return done(c);
        }

        @Override
        boolean usesStack() {
            return true;
        }
    }

    /** PUSH imm in 64-bit mode. */
    static final class PushConstant64 extends RegisterNode {
        PushConstant64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg64(CpuRegisters.RSP) - 8;
            c.store64(sp, imm);
            c.setReg64(CpuRegisters.RSP, sp);
            return done(c);
        }

        @Override
        boolean usesStack() {
            return true;
        }
    }

    /** PUSH r32 with a flat 32-bit stack. */
    static final class Push32 extends RegisterNode {
        Push32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg32(CpuRegisters.RSP) - 4 & 0xffff_ffffL;
            c.store32(sp, c.reg32(d));
            c.setReg64(CpuRegisters.RSP, sp);
            return done(c);
        }
    }

    /** POP r32 with a flat 32-bit stack. */
    static final class Pop32 extends RegisterNode {
        Pop32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long sp = c.reg32(CpuRegisters.RSP) & 0xffff_ffffL;
            int v = c.load32(sp);
            c.setReg32(CpuRegisters.RSP, (int) sp + 4);
            c.setReg32(d, v);
            return done(c);
        }
    }

    /** NOP, any form that touches nothing. */
    static final class Nothing extends RegisterNode {
        Nothing(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            return done(c);
        }
    }

    /** CMOVcc r64, r64. */
    static final class ConditionalMove64 extends RegisterNode {
        private final int condition;

        ConditionalMove64(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            if (c.condition(condition)) {
                c.setReg64(r, c.reg64(d));
            }
            return done(c);
        }
    }

    /** CMOVcc r64, m64: the load is made in any case. */
    static final class ConditionalLoad64 extends MemoryNode {
        private final int condition;

        ConditionalLoad64(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            long v = c.load64(address(c));
            if (c.condition(condition)) {
                c.setReg64(r, v);
            }
            return done(c);
        }
    }

    /** CMOVcc r32, m32. */
    static final class ConditionalLoad32 extends MemoryNode {
        private final int condition;

        ConditionalLoad32(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            int v = c.load32(address(c));
            c.setReg32(r, c.condition(condition) ? v : c.reg32(r));
            return done(c);
        }
    }

    /** CMOVcc r32, r32: clears the upper half in any case. */
    static final class ConditionalMove32 extends RegisterNode {
        private final int condition;

        ConditionalMove32(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(r, c.condition(condition) ? c.reg32(d) : c.reg32(r));
            return done(c);
        }
    }

    /** SETcc r8. */
    static final class SetCondition extends RegisterNode {
        private final int condition;

        SetCondition(Insn i) {
            super(i);
            condition = i.opcode & 15;
        }

        @Override
        Node exec(Cpu c) {
            c.setReg8(d, c.condition(condition) ? 1 : 0);
            return done(c);
        }
    }
}
