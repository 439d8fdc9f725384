package lodge.interpreter;

/** Bit instructions (SDM vol. 1, 5.1.6 and 5.1.16) and byte swap. */
final class IntegerBits {
    private IntegerBits() {}

    /** VEX prefixes are undefined in real and virtual-8086 mode (SDM vol. 2, 2.3.1). */
    static void checkVex(Cpu c) {
        if (c.realOrVm86()) {
            throw c.ud();
        }
    }

    /** BT, BTS, BTR and BTC; a register as bit offset reaches beyond the operand in memory. */
    static void bit(Cpu c, Insn i) {
        int size = i.size;
        int bits = 8 * size;
        boolean immediate = i.opcode == 0xba;
        long number = immediate ? i.imm : CpuRegisters.signed(c.reg(i.regOff, size), size);
        long mask = 1L << (number & bits - 1);
        int operation =
                switch ((IntegerUnit.Op) i.op) {
                    case BTS -> IntegerArithmetic.OR;
                    case BTR -> IntegerArithmetic.CLEAR;
                    case BTC -> IntegerArithmetic.XOR;
                    default -> IntegerArithmetic.CMP;
                };
        boolean test = operation == IntegerArithmetic.CMP;
        long a;
        if (i.mem) {
            long at = i.ea(c);
            if (!immediate) {
                // 2^4, 2^5 or 2^6 bits per operand of 2^1, 2^2 or 2^3 bytes.
                int log = Integer.numberOfTrailingZeros(size);
                at += number >> log + 3 << log;
                at = CpuRegisters.unsigned(at, i.addrSize);
            }
            long va = c.linear(i.segment, at, size, !test);
            a =
                    test
                            ? c.load(va, size)
                            : IntegerArithmetic.modify(c, va, size, i.lock, operation, mask);
        } else {
            a = c.reg(i.rmOff, size);
            if (!test) {
                c.setReg(i.rmOff, size, IntegerArithmetic.result(c, operation, a, mask));
            }
        }
        c.changeArithmetic(CpuRegisters.CF, (a & mask) != 0 ? CpuRegisters.CF : 0);
    }

    /** TZCNT, LZCNT and POPCNT. */
    static void count(Cpu c, Insn i) {
        int size = i.size;
        long a = c.readE(i);
        int bits = 8 * size;
        int r;
        switch ((IntegerUnit.Op) i.op) {
            case TZCNT -> r = a == 0 ? bits : Long.numberOfTrailingZeros(a);
            case LZCNT -> r = Long.numberOfLeadingZeros(a) - (64 - bits);
            default -> {
                c.setReg(i.regOff, size, Long.bitCount(a));
                c.setArithmetic(a == 0 ? CpuRegisters.ZF : 0);
                return;
            }
        }
        c.setReg(i.regOff, size, r);
        // OF stays, SF, AF and PF are cleared: undefined by the SDM, so on AMD Zen.
        c.setArithmetic(
                c.arithmetic() & CpuRegisters.OF
                        | (a == 0 ? CpuRegisters.CF : 0)
                        | (r == 0 ? CpuRegisters.ZF : 0));
    }

    /**
     * BSF and BSR; a source of 0 leaves the destination as it is. The undefined flags are AMD
     * Zen's: PF of the index, the others 0.
     */
    static void scan(Cpu c, Insn i) {
        long a = c.readE(i);
        int r = 0;
        if (a != 0) {
            boolean forward = (IntegerUnit.Op) i.op == IntegerUnit.Op.BSF;
            r = forward ? Long.numberOfTrailingZeros(a) : 63 - Long.numberOfLeadingZeros(a);
            c.setReg(i.regOff, i.size, r);
        }
        c.setArithmetic(
                (a == 0 ? CpuRegisters.ZF : 0)
                        | ((Integer.bitCount(r) & 1) == 0 ? CpuRegisters.PF : 0));
    }

    /** BSWAP; with 16 bits, which the SDM leaves undefined, the result is 0. */
    static void swap(Cpu c, Insn i) {
        switch (i.size) {
            case 2 -> c.setReg16(i.rmOff, 0);
            case 4 -> c.setReg32(i.rmOff, Integer.reverseBytes(c.reg32(i.rmOff)));
            default -> c.setReg64(i.rmOff, Long.reverseBytes(c.reg64(i.rmOff)));
        }
    }

    /** ANDN, BZHI and BEXTR. */
    static void extract(Cpu c, Insn i) {
        checkVex(c);
        int size = i.size;
        int bits = 8 * size;
        long a = c.readE(i, size);
        long b = c.reg(8 * i.vvvv, size);
        long r;
        int cfAf = 0;
        switch ((IntegerUnit.Op) i.op) {
            case ANDN -> r = ~b & a;
            case BZHI -> {
                int n = (int) b & 0xff;
                r = n < bits ? a & ~(-1L << n) : a;
                cfAf = n > bits - 1 ? CpuRegisters.CF : 0;
            }
            default -> {
                int start = (int) b & 0xff;
                int length = (int) b >> 8 & 0xff;
                r = start < 64 ? a >>> start : 0;
                if (length < 64) {
                    r &= ~(-1L << length);
                }
                extracted(c, i, r);
                return;
            }
        }
        c.setReg(i.regOff, size, r);
        c.flagsResult(CpuRegisters.signed(r, size), cfAf);
    }

    /** The end of BEXTR: of the undefined flags AMD Zen sets AF and clears SF. */
    private static void extracted(Cpu c, Insn i, long r) {
        c.setReg(i.regOff, i.size, r);
        int low = (int) r & 0xff;
        c.setArithmetic(
                CpuRegisters.AF
                        | (CpuRegisters.unsigned(r, i.size) == 0 ? CpuRegisters.ZF : 0)
                        | ((Integer.bitCount(low) & 1) == 0 ? CpuRegisters.PF : 0));
    }

    /** BLSR, BLSMSK and BLSI. */
    static void lowest(Cpu c, Insn i) {
        checkVex(c);
        int size = i.size;
        long a = CpuRegisters.signed(c.readE(i, size), size);
        long r;
        boolean carry = a == 0;
        switch ((IntegerUnit.Op) i.op) {
            case BLSR -> r = a & a - 1;
            case BLSMSK -> r = a ^ a - 1;
            default -> {
                r = a & -a;
                carry = a != 0;
            }
        }
        c.setReg(8 * i.vvvv, size, r);
        c.flagsResult(CpuRegisters.signed(r, size), carry ? CpuRegisters.CF : 0);
    }

    /** PEXT and PDEP. */
    static void scatter(Cpu c, Insn i) {
        checkVex(c);
        int size = i.size;
        long mask = c.readE(i, size);
        long a = c.reg(8 * i.vvvv, size);
        boolean gather = (IntegerUnit.Op) i.op == IntegerUnit.Op.PEXT;
        c.setReg(i.regOff, size, gather ? Long.compress(a, mask) : Long.expand(a, mask));
    }
}
