package lodge.interpreter;

/**
 * CMP or TEST with the conditional branch behind it, in one node: one dispatch for two
 * instructions. The flags are left for others to read all the same.
 */
final class CompareBranch {
    private CompareBranch() {}

    /** Fuses a compare with a branch, or returns null when there is no fused form. */
    static Node fuse(Node compare, Insn first, Insn branch) {
        int condition = branch.opcode & 15;
        return switch (compare) {
            case AluNodes64.CmpRegisters n -> new Registers64(n, first, branch, condition);
            case AluNodes64.CmpImmediate n -> new Immediate64(n, first, branch, condition);
            case AluNodes32.CmpRegisters n -> new Registers32(n, first, branch, condition);
            case AluNodes32.CmpImmediate n -> new Immediate32(n, first, branch, condition);
            case AluNodes64.TestRegisters n when condition == 4 || condition == 5 ->
                    new Test64(n, first, branch, condition == 4);
            case AluNodes32.TestRegisters n when condition == 4 || condition == 5 ->
                    new Test32(n, first, branch, condition == 4);
            case AluNodes8.CmpRegisters n -> new Registers8(n, first, branch, condition);
            case AluNodes8.CmpImmediate n -> new Immediate8(n, first, branch, condition);
            case AluNodes64.CmpLoad n -> new Memory64(n, first, branch, condition);
            case AluNodes32.CmpLoad n -> new Memory32(n, first, branch, condition);
            case AluNodes64.CmpMemory n -> new Memory64(n, first, branch, condition);
            case AluNodes32.CmpMemory n -> new Memory32(n, first, branch, condition);
            case AluNodes64.CmpMemoryImmediate n ->
                    new MemoryImmediate(n, first, branch, condition);
            case AluNodes32.CmpMemoryImmediate n ->
                    new MemoryImmediate(n, first, branch, condition);
            case AluNodes8.CmpMemoryImmediate n -> new MemoryImmediate(n, first, branch, condition);
            case AluNodes8.TestRegisters n when condition == 4 || condition == 5 ->
                    new Test8(n, first, branch, condition == 4);
            case AluNodes8.TestImmediate n when condition == 4 || condition == 5 ->
                    new TestMask(n, first, branch, condition == 4);
            case AluNodes32.TestImmediate n when condition == 4 || condition == 5 ->
                    new TestMask(n, first, branch, condition == 4);
            case AluNodes8.TestMemoryImmediate n when condition == 4 || condition == 5 ->
                    new TestMemoryMask(n, first, branch, condition == 4);
            case AluNodes32.TestMemoryImmediate n when condition == 4 || condition == 5 ->
                    new TestMemoryMask(n, first, branch, condition == 4);
            default -> null;
        };
    }

    /** What they share: the first instruction alone, for single-stepping. */
    private abstract static class Fused extends BranchNode {
        private final Node single;

        Fused(Node single, Insn first, Insn branch) {
            super(first, branch);
            this.single = single;
        }

        @Override
        final Node single() {
            return single;
        }

        /** The first instruction is the only one that reaches memory. */
        @Override
        final boolean usesStack() {
            return single.usesStack();
        }

        @Override
        final void unlink() {
            super.unlink();
            single.unlink();
        }

        /** Evaluates the condition after a - b and goes on. */
        final Node compared(Cpu c, long a, long b, int condition) {
            boolean holds =
                    switch (condition) {
                        case 2 -> Long.compareUnsigned(a, b) < 0;
                        case 3 -> Long.compareUnsigned(a, b) >= 0;
                        case 4 -> a == b;
                        case 5 -> a != b;
                        case 6 -> Long.compareUnsigned(a, b) <= 0;
                        case 7 -> Long.compareUnsigned(a, b) > 0;
                        case 12 -> a < b;
                        case 13 -> a >= b;
                        case 14 -> a <= b;
                        case 15 -> a > b;
                        default -> c.condition(condition);
                    };
            return holds ? take(c) : done(c);
        }
    }

    /** CMP r64, r64. */
    private static final class Registers64 extends Fused {
        private final short d;
        private final short r;
        private final int condition;

        Registers64(Node single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long a = c.reg64(d);
            long b = c.reg64(r);
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP r64, imm. */
    private static final class Immediate64 extends Fused {
        private final short d;
        private final long imm;
        private final int condition;

        Immediate64(RegisterNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = single.d;
            imm = first.imm;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long a = c.reg64(d);
            long b = imm;
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP r32, r32. */
    private static final class Registers32 extends Fused {
        private final short d;
        private final short r;
        private final int condition;

        Registers32(Node single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            int a = c.reg32(d);
            int b = c.reg32(r);
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP r32, imm. */
    private static final class Immediate32 extends Fused {
        private final short d;
        private final int imm;
        private final int condition;

        Immediate32(RegisterNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = single.d;
            imm = (int) first.imm;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            int a = c.reg32(d);
            int b = imm;
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** TEST r64, r64 with JE or JNE. */
    private static final class Test64 extends Fused {
        private final short d;
        private final short r;
        private final boolean wanted;

        Test64(Node single, Insn first, Insn branch, boolean wanted) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.wanted = wanted;
        }

        @Override
        Node exec(Cpu c) {
            long result = c.reg64(d) & c.reg64(r);
            c.flagsLogic(result);
            return (result == 0) == wanted ? take(c) : done(c);
        }
    }

    /** TEST r32, r32 with JE or JNE. */
    private static final class Test32 extends Fused {
        private final short d;
        private final short r;
        private final boolean wanted;

        Test32(Node single, Insn first, Insn branch, boolean wanted) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.wanted = wanted;
        }

        @Override
        Node exec(Cpu c) {
            int result = c.reg32(d) & c.reg32(r);
            c.flagsLogic(result);
            return (result == 0) == wanted ? take(c) : done(c);
        }
    }

    /** CMP r8, r8. */
    private static final class Registers8 extends Fused {
        private final short d;
        private final short r;
        private final int condition;

        Registers8(Node single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            c.flagsSub((byte) (a - b), a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP r8, imm. */
    private static final class Immediate8 extends Fused {
        private final short d;
        private final byte imm;
        private final int condition;

        Immediate8(RegisterNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = single.d;
            imm = (byte) first.imm;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            c.flagsSub((byte) (a - imm), a, imm);
            return compared(c, a, imm, condition);
        }
    }

    /** CMP r64, m64 and CMP m64, r64. */
    private static final class Memory64 extends Fused {
        private final MemoryNode operand;
        private final boolean registerFirst;
        private final int condition;

        Memory64(MemoryNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            operand = single;
            registerFirst = single instanceof AluNodes64.CmpLoad;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long m = c.load64(operand.address(c));
            long g = c.reg64(operand.r);
            long a = registerFirst ? g : m;
            long b = registerFirst ? m : g;
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP r32, m32 and CMP m32, r32. */
    private static final class Memory32 extends Fused {
        private final MemoryNode operand;
        private final boolean registerFirst;
        private final int condition;

        Memory32(MemoryNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            operand = single;
            registerFirst = single instanceof AluNodes32.CmpLoad;
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            int m = c.load32(operand.address(c));
            int g = c.reg32(operand.r);
            int a = registerFirst ? g : m;
            int b = registerFirst ? m : g;
            c.flagsSub(a - b, a, b);
            return compared(c, a, b, condition);
        }
    }

    /** CMP m, imm of 8, 32 and 64 bits. */
    private static final class MemoryImmediate extends Fused {
        private final MemoryNode operand;
        private final byte size;
        private final long imm;
        private final int condition;

        MemoryImmediate(MemoryNode single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            operand = single;
            size = first.size;
            imm = CpuRegisters.signed(first.imm, size);
            this.condition = condition;
        }

        @Override
        Node exec(Cpu c) {
            long va = operand.address(c);
            long a = size == 1 ? (byte) c.load8(va) : size == 4 ? c.load32(va) : c.load64(va);
            c.flagsSub(CpuRegisters.signed(a - imm, size), a, imm);
            return compared(c, a, imm, condition);
        }
    }

    /** TEST r8, r8 with JE or JNE. */
    private static final class Test8 extends Fused {
        private final short d;
        private final short r;
        private final boolean wanted;

        Test8(Node single, Insn first, Insn branch, boolean wanted) {
            super(single, first, branch);
            d = first.rmOff;
            r = first.regOff;
            this.wanted = wanted;
        }

        @Override
        Node exec(Cpu c) {
            byte result = (byte) (c.reg8(d) & c.reg8(r));
            c.flagsLogic(result);
            return (result == 0) == wanted ? take(c) : done(c);
        }
    }

    /** TEST r8 or r32, imm with JE or JNE. */
    private static final class TestMask extends Fused {
        private final short d;
        private final byte size;
        private final long mask;
        private final boolean wanted;

        TestMask(RegisterNode single, Insn first, Insn branch, boolean wanted) {
            super(single, first, branch);
            d = single.d;
            size = first.size;
            mask = CpuRegisters.signed(first.imm, size);
            this.wanted = wanted;
        }

        @Override
        Node exec(Cpu c) {
            long a = size == 1 ? (byte) c.reg8(d) : c.reg32(d);
            long result = a & mask;
            c.flagsLogic(result);
            return (result == 0) == wanted ? take(c) : done(c);
        }
    }

    /** TEST m8 or m32, imm with JE or JNE. */
    private static final class TestMemoryMask extends Fused {
        private final MemoryNode operand;
        private final byte size;
        private final long mask;
        private final boolean wanted;

        TestMemoryMask(MemoryNode single, Insn first, Insn branch, boolean wanted) {
            super(single, first, branch);
            operand = single;
            size = first.size;
            mask = CpuRegisters.signed(first.imm, size);
            this.wanted = wanted;
        }

        @Override
        Node exec(Cpu c) {
            long va = operand.address(c);
            long a = size == 1 ? (byte) c.load8(va) : c.load32(va);
            long result = a & mask;
            c.flagsLogic(result);
            return (result == 0) == wanted ? take(c) : done(c);
        }
    }
}
