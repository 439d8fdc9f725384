package lodge.interpreter;

/**
 * DIV and IDIV (SDM vol. 2). The flags are all undefined: on AMD Zen CF and OF stay, SF, ZF and PF
 * are cleared and AF is set.
 */
final class IntegerDivide {
    private static final long LOW = 0xffff_ffffL;

    private IntegerDivide() {}

    private static GuestFault error(Cpu c) {
        return c.raise(GuestFault.DE);
    }

    private static void flags(Cpu c) {
        c.setArithmetic(c.arithmetic() & (CpuRegisters.CF | CpuRegisters.OF) | CpuRegisters.AF);
    }

    static void unsigned(Cpu c, Insn i) {
        int size = i.size;
        long d = c.readE(i);
        if (d == 0) {
            throw error(c);
        }
        if (size == 8) {
            long high = c.reg64(CpuRegisters.RDX);
            long low = c.reg64(CpuRegisters.RAX);
            if (Long.compareUnsigned(high, d) >= 0) {
                throw error(c);
            }
            long q = divide(high, low, d);
            c.setReg64(CpuRegisters.RAX, q);
            c.setReg64(CpuRegisters.RDX, low - q * d);
            flags(c);
            return;
        }
        long n = dividend(c, size);
        long q = Long.divideUnsigned(n, d);
        if (q != CpuRegisters.unsigned(q, size)) {
            throw error(c);
        }
        store(c, size, q, n - q * d);
    }

    /** AX, DX:AX or EDX:EAX. */
    private static long dividend(Cpu c, int size) {
        return size == 1
                ? c.reg16(CpuRegisters.RAX)
                : c.reg(CpuRegisters.RDX, size) << 8 * size | c.reg(CpuRegisters.RAX, size);
    }

    private static void store(Cpu c, int size, long q, long r) {
        if (size == 1) {
            c.setReg8(CpuRegisters.RAX, (int) q);
            c.setReg8(CpuRegisters.RAX + 1, (int) r);
        } else {
            c.setReg(CpuRegisters.RAX, size, q);
            c.setReg(CpuRegisters.RDX, size, r);
        }
        flags(c);
    }

    static void signed(Cpu c, Insn i) {
        int size = i.size;
        long d = CpuRegisters.signed(c.readE(i), size);
        if (d == 0) {
            throw error(c);
        }
        if (size == 8) {
            signed64(c, d);
            return;
        }
        long n = CpuRegisters.signed(dividend(c, size), 2 * size);
        // -2^63 / -1 is -2^63 in Java, which does not fit either.
        long q = n / d;
        if (q != CpuRegisters.signed(q, size)) {
            throw error(c);
        }
        store(c, size, q, n - q * d);
    }

    private static void signed64(Cpu c, long d) {
        long high = c.reg64(CpuRegisters.RDX);
        long low = c.reg64(CpuRegisters.RAX);
        boolean negative = high < 0;
        long h = high;
        long l = low;
        if (negative) {
            l = -l;
            h = ~h + (l == 0 ? 1 : 0);
        }
        long divisor = Math.abs(d);
        if (Long.compareUnsigned(h, divisor) >= 0) {
            throw error(c);
        }
        long q = divide(h, l, divisor);
        if (negative != d < 0) {
            // The magnitude may be 2^63 here.
            if (Long.compareUnsigned(q, Long.MIN_VALUE) > 0) {
                throw error(c);
            }
            q = -q;
        } else if (q < 0) {
            throw error(c);
        }
        c.setReg64(CpuRegisters.RAX, q);
        c.setReg64(CpuRegisters.RDX, low - q * d);
        flags(c);
    }

    /**
     * Divides 128 bits by 64, in two digits of 32 bits (Knuth, The Art of Computer Programming,
     * vol. 2, 4.3.1, algorithm D).
     *
     * @param high less than {@code d}, unsigned
     */
    static long divide(long high, long low, long d) {
        if (high == 0) {
            return Long.divideUnsigned(low, d);
        }
        int shift = Long.numberOfLeadingZeros(d);
        long v = d << shift;
        long upper = shift == 0 ? high : high << shift | low >>> 64 - shift;
        long lower = low << shift;
        long q1 = digit(upper, lower >>> 32, v);
        long rest = (upper << 32 | lower >>> 32) - q1 * v;
        return (q1 << 32) + digit(rest, lower & LOW, v);
    }

    /** One quotient digit of {@code rest * 2^32 + next} by {@code v}, whose top bit is set. */
    private static long digit(long rest, long next, long v) {
        long vHigh = v >>> 32;
        long q = Long.divideUnsigned(rest, vHigh);
        long r = rest - q * vHigh;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * (v & LOW), r << 32 | next) > 0) {
            q--;
            r += vHigh;
            if (r >>> 32 != 0) {
                break;
            }
        }
        return q;
    }
}
