package lodge.interpreter;

/**
 * Shifts and rotates (SDM vol. 1, 7.3.6). What the SDM leaves undefined is AMD Zen's: shifts set
 * AF, and OF for counts above 1 is computed from the result as for a count of 1.
 */
final class IntegerShift {
    private static final int ROL = 0;
    private static final int ROR = 1;
    private static final int RCL = 2;
    private static final int RCR = 3;
    private static final int SHL = 4;
    private static final int SHR = 5;

    private IntegerShift() {}

    static void shift(Cpu c, Insn i) {
        int size = i.size;
        int given =
                switch (i.opcode & 0xfe) {
                    case 0xc0 -> (int) i.imm;
                    case 0xd0 -> 1;
                    default -> c.reg8(CpuRegisters.RCX);
                };
        int count = given & (size == 8 ? 63 : 31);
        int operation = i.modrm >> 3 & 7;
        boolean carry = operation >> 1 == 1 && c.carry();
        long a;
        long r;
        if (i.mem) {
            long va = c.linear(i.segment, i.ea(c), size, true);
            c.probeWrite(va, size);
            a = c.load(va, size);
            r = result(operation, a, count, size, carry);
            c.store(va, size, r);
        } else {
            a = c.reg(i.rmOff, size);
            r = result(operation, a, count, size, carry);
            c.setReg(i.rmOff, size, r);
        }
        if (count != 0) {
            flags(c, operation, a, r, count, size, carry);
        }
    }

    /**
     * Shifts or rotates.
     *
     * @param operation ModRM.reg: ROL ROR RCL RCR SHL SHR SHL SAR
     * @param a zero-extended
     * @param count 0 to 63 for 8 bytes, otherwise to 31
     * @param carry CF, for RCL and RCR
     * @return the result; bits above the size are anything
     */
    private static long result(int operation, long a, int count, int size, boolean carry) {
        int bits = 8 * size;
        return switch (operation) {
            case ROL -> rotate(a, count & bits - 1, bits);
            case ROR -> rotate(a, -count & bits - 1, bits);
            case RCL -> rotateCarry(a, count % (bits + 1), bits, carry);
            case RCR -> rotateCarry(a, (bits + 1 - count % (bits + 1)) % (bits + 1), bits, carry);
            case SHR -> a >>> count;
            case 7 -> CpuRegisters.signed(a, size) >> count;
            default -> a << count;
        };
    }

    /** Rotates left by less than the size. */
    private static long rotate(long a, int n, int bits) {
        return n == 0 ? a : a << n | a >>> bits - n;
    }

    /** Rotates left through CF by 0 to {@code bits}. */
    private static long rotateCarry(long a, int n, int bits, boolean carry) {
        if (n == 0) {
            return a;
        }
        long in = carry ? 1L << n - 1 : 0;
        long up = n == 64 ? 0 : a << n;
        return up | in | (n > 1 ? a >>> bits + 1 - n : 0);
    }

    /** Sets the flags for a count that is not 0. */
    private static void flags(
            Cpu c, int operation, long a, long r, int count, int size, boolean carry) {
        int bits = 8 * size;
        boolean top = (r >>> bits - 1 & 1) != 0;
        boolean second = (r >>> bits - 2 & 1) != 0;
        boolean out;
        boolean overflow;
        switch (operation) {
            case ROL -> {
                out = (r & 1) != 0;
                overflow = out != top;
            }
            case ROR -> {
                out = top;
                overflow = top != second;
            }
            case RCL -> {
                int n = count % (bits + 1);
                out = n == 0 ? carry : (a >>> bits - n & 1) != 0;
                overflow = out != top;
            }
            case RCR -> {
                int n = count % (bits + 1);
                out = n == 0 ? carry : (a >>> n - 1 & 1) != 0;
                overflow = top != second;
            }
            case SHR -> {
                out = (a >>> count - 1 & 1) != 0;
                overflow = top != second;
            }
            case 7 -> {
                out = (CpuRegisters.signed(a, size) >> count - 1 & 1) != 0;
                overflow = false;
            }
            default -> {
                out = count <= bits && (a >>> bits - count & 1) != 0;
                overflow = out != top;
            }
        }
        int flags = (out ? CpuRegisters.CF : 0) | (overflow ? CpuRegisters.OF : 0);
        if (operation < SHL) {
            c.changeArithmetic(CpuRegisters.CF | CpuRegisters.OF, flags);
        } else {
            c.flagsResult(CpuRegisters.signed(r, size), flags | CpuRegisters.AF);
        }
    }

    /** SHLD and SHRD. */
    static void doubleShift(Cpu c, Insn i) {
        int size = i.size;
        int given = (i.opcode & 1) == 0 ? (int) i.imm : c.reg8(CpuRegisters.RCX);
        int count = given & (size == 8 ? 63 : 31);
        boolean left = i.opcode < 0xa8;
        long b = c.reg(i.regOff, size);
        long a;
        long r;
        if (i.mem) {
            long va = c.linear(i.segment, i.ea(c), size, true);
            c.probeWrite(va, size);
            a = c.load(va, size);
            r = doubleResult(left, a, b, count, size);
            c.store(va, size, r);
        } else {
            a = c.reg(i.rmOff, size);
            r = doubleResult(left, a, b, count, size);
            c.setReg(i.rmOff, size, r);
        }
        if (count != 0) {
            doubleFlags(c, left, a, r, count, size);
        }
    }

    private static long doubleResult(boolean left, long a, long b, int count, int size) {
        if (count == 0) {
            return a;
        }
        if (size == 2) {
            return left ? chain(true, a, b) << count >>> 32 : chain(false, a, b) >>> count;
        }
        int bits = 8 * size;
        return left ? a << count | b >>> bits - count : a >>> count | b << bits - count;
    }

    /** With 16 bits, counts above 16 are undefined: the second operand goes in once more. */
    private static long chain(boolean left, long a, long b) {
        return left ? a << 32 | b << 16 | b : b << 32 | b << 16 | a;
    }

    private static void doubleFlags(Cpu c, boolean left, long a, long r, int count, int size) {
        int bits = 8 * size;
        long result = CpuRegisters.signed(r, size);
        // Counts above the size, with 16 bits, leave everything undefined: no bit is carried out.
        boolean out = count <= bits && ((left ? a >>> bits - count : a >>> count - 1) & 1) != 0;
        boolean second = ((left ? a << count >>> bits - 1 : r >>> bits - 2) & 1) != 0;
        boolean overflow = (left ? out : result < 0) != second;
        c.flagsResult(
                result,
                (out ? CpuRegisters.CF : 0) | (overflow ? CpuRegisters.OF : 0) | CpuRegisters.AF);
    }

    /** SHLX, SHRX, SARX and RORX. */
    static void withoutFlags(Cpu c, Insn i) {
        IntegerBits.checkVex(c);
        int size = i.size;
        int mask = size == 8 ? 63 : 31;
        if (i.opcode == 0xf0) {
            if (i.vvvv != 0) {
                throw c.ud();
            }
            long a = c.readE(i, size);
            int n = (int) i.imm & mask;
            c.setReg(
                    i.regOff,
                    size,
                    size == 8 ? Long.rotateRight(a, n) : Integer.rotateRight((int) a, n));
            return;
        }
        long a = c.readE(i, size);
        int n = c.reg8(8 * i.vvvv) & mask;
        long r =
                switch ((IntegerUnit.Op) i.op) {
                    case SHLX -> a << n;
                    case SHRX -> a >>> n;
                    default -> CpuRegisters.signed(a, size) >> n;
                };
        c.setReg(i.regOff, size, r);
    }
}
