package lodge.interpreter;

/**
 * Shifts by a constant that is not 0 after masking, INC, DEC, NEG, NOT and IMUL on registers of 32
 * and 64 bits. 32-bit values are kept sign-extended, as the lazy flags want them.
 */
final class ShiftNodes {
    private ShiftNodes() {}

    /** Whether an operation belongs to {@link #of}. */
    static boolean covers(IntegerUnit.Op op) {
        return switch (op) {
            case SHL, SHR, SAR, ROL, ROR, INC, DEC -> true;
            default -> false;
        };
    }

    /** Returns the node for an instruction of this group on a register, or null. */
    static Node of(IntegerUnit.Op op, Insn i, boolean immediate) {
        boolean wide = i.size == 8;
        if (op == IntegerUnit.Op.INC) {
            return wide ? new Increment64(i) : new Increment32(i);
        }
        if (op == IntegerUnit.Op.DEC) {
            return wide ? new Decrement64(i) : new Decrement32(i);
        }
        if (!immediate || ((int) i.imm & (wide ? 63 : 31)) == 0) {
            return null;
        }
        return switch (op) {
            case SHL -> wide ? new ShiftLeft64(i) : new ShiftLeft32(i);
            case SHR -> wide ? new ShiftRight64(i) : new ShiftRight32(i);
            case SAR -> wide ? new ShiftArithmetic64(i) : new ShiftArithmetic32(i);
            case ROL -> wide ? new Rotate64(i, (int) i.imm) : new Rotate32(i, (int) i.imm);
            case ROR -> wide ? new Rotate64(i, -(int) i.imm) : new Rotate32(i, -(int) i.imm);
            default -> null;
        };
    }

    /** SHL r64, imm. */
    static final class ShiftLeft64 extends RegisterNode {
        ShiftLeft64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 63;
            long a = c.reg64(d);
            long result = a << n;
            boolean carry = (a >>> 64 - n & 1) != 0;
            c.setReg64(d, result);
            c.flagsResult(result, shifted(carry, carry != result < 0));
            return done(c);
        }
    }

    /** SHL r32, imm. */
    static final class ShiftLeft32 extends RegisterNode {
        ShiftLeft32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 31;
            int a = c.reg32(d);
            int result = a << n;
            boolean carry = (a >>> 32 - n & 1) != 0;
            c.setReg32(d, result);
            c.flagsResult(result, shifted(carry, carry != result < 0));
            return done(c);
        }
    }

    /** SHR r64, imm. */
    static final class ShiftRight64 extends RegisterNode {
        ShiftRight64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 63;
            long a = c.reg64(d);
            long result = a >>> n;
            c.setReg64(d, result);
            // OF is the operand's top bit before the last step (defined for a count of 1).
            boolean overflow = (result << 1 ^ result) < 0;
            c.flagsResult(result, shifted((a >>> n - 1 & 1) != 0, overflow));
            return done(c);
        }
    }

    /** SHR r32, imm. */
    static final class ShiftRight32 extends RegisterNode {
        ShiftRight32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 31;
            int a = c.reg32(d);
            int result = a >>> n;
            c.setReg32(d, result);
            boolean overflow = (result << 1 ^ result) < 0;
            c.flagsResult(result, shifted((a >>> n - 1 & 1) != 0, overflow));
            return done(c);
        }
    }

    /** SAR r64, imm. */
    static final class ShiftArithmetic64 extends RegisterNode {
        ShiftArithmetic64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 63;
            long a = c.reg64(d);
            c.setReg64(d, a >> n);
            c.flagsResult(a >> n, shifted((a >> n - 1 & 1) != 0, false));
            return done(c);
        }
    }

    /** SAR r32, imm. */
    static final class ShiftArithmetic32 extends RegisterNode {
        ShiftArithmetic32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            int n = (int) imm & 31;
            int a = c.reg32(d);
            c.setReg32(d, a >> n);
            c.flagsResult(a >> n, shifted((a >> n - 1 & 1) != 0, false));
            return done(c);
        }
    }

    /** ROL and ROR r64, imm: only CF and OF are written. */
    static final class Rotate64 extends RegisterNode {
        private final byte left;
        private final boolean right;

        Rotate64(Insn i, int left) {
            super(i);
            this.left = (byte) (left & 63);
            right = left < 0;
        }

        @Override
        Node exec(Cpu c) {
            long result = Long.rotateLeft(c.reg64(d), left);
            c.setReg64(d, result);
            rotated(c, right, result, result << 1);
            return done(c);
        }
    }

    /** ROL and ROR r32, imm. */
    static final class Rotate32 extends RegisterNode {
        private final byte left;
        private final boolean right;

        Rotate32(Insn i, int left) {
            super(i);
            this.left = (byte) (left & 31);
            right = left < 0;
        }

        @Override
        Node exec(Cpu c) {
            int result = Integer.rotateLeft(c.reg32(d), left);
            c.setReg32(d, result);
            rotated(c, right, (long) result << 32 | result & 1, (long) result << 33);
            return done(c);
        }
    }

    /**
     * CF is the bit that went around; OF the exclusive or of the two top bits, or of top and CF.
     */
    private static void rotated(Cpu c, boolean right, long result, long second) {
        boolean top = result < 0;
        boolean carry = right ? top : (result & 1) != 0;
        c.changeCarryAndOverflow(carry, right ? top != second < 0 : top != carry);
    }

    /** CF and OF of a shift; AF, which is undefined, as AMD Zen leaves it. */
    private static int shifted(boolean carry, boolean overflow) {
        return flags(carry, overflow) | CpuRegisters.AF;
    }

    /** SHL, SHR and SAR r64, CL. */
    static final class Variable64 extends RegisterNode {
        private final IntegerUnit.Op op;

        Variable64(Insn i) {
            super(i);
            op = (IntegerUnit.Op) i.op;
        }

        @Override
        Node exec(Cpu c) {
            int n = c.reg8(CpuRegisters.RCX) & 63;
            if (n == 0) {
                return done(c);
            }
            long a = c.reg64(d);
            long result;
            int flags;
            if (op == IntegerUnit.Op.SHL) {
                result = a << n;
                boolean carry = (a >>> 64 - n & 1) != 0;
                flags = shifted(carry, carry != result < 0);
            } else if (op == IntegerUnit.Op.SHR) {
                result = a >>> n;
                flags = shifted((a >>> n - 1 & 1) != 0, (result << 1 ^ result) < 0);
            } else {
                result = a >> n;
                flags = shifted((a >> n - 1 & 1) != 0, false);
            }
            c.setReg64(d, result);
            c.flagsResult(result, flags);
            return done(c);
        }
    }

    /** SHL, SHR and SAR r32, CL; a count of 0 still clears the upper half. */
    static final class Variable32 extends RegisterNode {
        private final IntegerUnit.Op op;

        Variable32(Insn i) {
            super(i);
            op = (IntegerUnit.Op) i.op;
        }

        @Override
        Node exec(Cpu c) {
            int n = c.reg8(CpuRegisters.RCX) & 31;
            int a = c.reg32(d);
            if (n == 0) {
                c.setReg32(d, a);
                return done(c);
            }
            int result;
            int flags;
            if (op == IntegerUnit.Op.SHL) {
                result = a << n;
                boolean carry = (a >>> 32 - n & 1) != 0;
                flags = shifted(carry, carry != result < 0);
            } else if (op == IntegerUnit.Op.SHR) {
                result = a >>> n;
                flags = shifted((a >>> n - 1 & 1) != 0, (result << 1 ^ result) < 0);
            } else {
                result = a >> n;
                flags = shifted((a >> n - 1 & 1) != 0, false);
            }
            c.setReg32(d, result);
            c.flagsResult(result, flags);
            return done(c);
        }
    }

    /** NEG and NOT r64. */
    static final class Negate64 extends RegisterNode {
        private final boolean not;

        Negate64(Insn i) {
            super(i);
            not = i.op == IntegerUnit.Op.NOT;
        }

        @Override
        Node exec(Cpu c) {
            long a = c.reg64(d);
            if (not) {
                c.setReg64(d, ~a);
            } else {
                c.setReg64(d, -a);
                c.flagsSub(-a, 0, a);
            }
            return done(c);
        }
    }

    /** NEG and NOT r32. */
    static final class Negate32 extends RegisterNode {
        private final boolean not;

        Negate32(Insn i) {
            super(i);
            not = i.op == IntegerUnit.Op.NOT;
        }

        @Override
        Node exec(Cpu c) {
            int a = c.reg32(d);
            if (not) {
                c.setReg32(d, ~a);
            } else {
                c.setReg32(d, -a);
                c.flagsSub(-a, 0, a);
            }
            return done(c);
        }
    }

    private static int flags(boolean carry, boolean overflow) {
        return (carry ? CpuRegisters.CF : 0) | (overflow ? CpuRegisters.OF : 0);
    }

    /** INC r64; CF stays. */
    static final class Increment64 extends RegisterNode {
        Increment64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            boolean carry = c.carry();
            long result = c.reg64(d) + 1;
            c.setReg64(d, result);
            c.flagsResult(result, stepFlags(carry, result == Long.MIN_VALUE, (result & 15) == 0));
            return done(c);
        }
    }

    /** INC r32; CF stays. */
    static final class Increment32 extends RegisterNode {
        Increment32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            boolean carry = c.carry();
            int result = c.reg32(d) + 1;
            c.setReg32(d, result);
            c.flagsResult(
                    result, stepFlags(carry, result == Integer.MIN_VALUE, (result & 15) == 0));
            return done(c);
        }
    }

    /** DEC r64; CF stays. */
    static final class Decrement64 extends RegisterNode {
        Decrement64(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            boolean carry = c.carry();
            long result = c.reg64(d) - 1;
            c.setReg64(d, result);
            c.flagsResult(result, stepFlags(carry, result == Long.MAX_VALUE, (result & 15) == 15));
            return done(c);
        }
    }

    /** DEC r32; CF stays. */
    static final class Decrement32 extends RegisterNode {
        Decrement32(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            boolean carry = c.carry();
            int result = c.reg32(d) - 1;
            c.setReg32(d, result);
            c.flagsResult(
                    result, stepFlags(carry, result == Integer.MAX_VALUE, (result & 15) == 15));
            return done(c);
        }
    }

    private static int stepFlags(boolean carry, boolean overflow, boolean auxiliary) {
        return flags(carry, overflow) | (auxiliary ? CpuRegisters.AF : 0);
    }
}
