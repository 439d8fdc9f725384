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

        Immediate64(Node single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = first.rmOff;
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

        Immediate32(Node single, Insn first, Insn branch, int condition) {
            super(single, first, branch);
            d = first.rmOff;
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
}
