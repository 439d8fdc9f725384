package lodge.interpreter;

/** XCHG, XADD and the compare-and-exchange instructions (SDM vol. 2). */
final class IntegerExchange {
    private IntegerExchange() {}

    /** XCHG with memory is locked without a prefix (SDM vol. 3A, 9.1.2.1). */
    static void exchange(Cpu c, Insn i) {
        int size = i.size;
        int register = i.opcode >= 0x90 ? CpuRegisters.RAX : i.regOff;
        long b = c.reg(register, size);
        if (i.mem) {
            long va = c.linear(i.segment, i.ea(c), size, true);
            c.setReg(
                    register,
                    size,
                    IntegerArithmetic.modify(c, va, size, true, IntegerArithmetic.REPLACE, b));
            return;
        }
        long a = c.reg(i.rmOff, size);
        c.setReg(register, size, a);
        c.setReg(i.rmOff, size, b);
    }

    /** Opcode 90: does nothing (and does not clear the upper half of RAX) without REX.B. */
    static void exchangeOrNothing(Cpu c, Insn i) {
        if (i.rm != 0) {
            long a = c.reg(8 * i.rm, i.opSize);
            c.setReg(8 * i.rm, i.opSize, c.reg(CpuRegisters.RAX, i.opSize));
            c.setReg(CpuRegisters.RAX, i.opSize, a);
        } else if (i.rep == 0xf3) {
            pause(c);
        }
    }

    /** PAUSE: the guest waits for another of its processors. */
    private static void pause(Cpu c) {
        if (c.shared) {
            Thread.onSpinWait();
        } else if (c.mail.seat != null) {
            c.mail.seat.offer();
        }
    }

    static void exchangeAdd(Cpu c, Insn i) {
        int size = i.size;
        long b = CpuRegisters.signed(c.reg(i.regOff, size), size);
        long a;
        if (i.mem) {
            a = IntegerArithmetic.modifyE(c, i, IntegerArithmetic.ADD, b);
            c.setReg(i.regOff, size, a);
        } else {
            a = c.reg(i.rmOff, size);
            c.setReg(i.regOff, size, a);
            c.setReg(i.rmOff, size, a + b);
        }
        a = CpuRegisters.signed(a, size);
        c.flagsAdd(CpuRegisters.signed(a + b, size), a, b);
    }

    static void compareExchange(Cpu c, Insn i) {
        int size = i.size;
        long expected = c.reg(CpuRegisters.RAX, size);
        long replacement = c.reg(i.regOff, size);
        long old;
        if (i.mem) {
            long va = c.linear(i.segment, i.ea(c), size, true);
            c.probeWrite(va, size);
            old = replace(c, va, size, expected, replacement, i.lock);
        } else {
            old = c.reg(i.rmOff, size);
            // The SDM writes the old value back; AMD Zen does not, which shows in the upper half.
            if (old == expected) {
                c.setReg(i.rmOff, size, replacement);
            }
        }
        if (old != expected) {
            c.setReg(CpuRegisters.RAX, size, old);
        }
        long a = CpuRegisters.signed(expected, size);
        long b = CpuRegisters.signed(old, size);
        c.flagsSub(CpuRegisters.signed(a - b, size), a, b);
    }

    /** Stores if memory holds what is expected. Returns what was there. */
    private static long replace(
            Cpu c, long va, int size, long expected, long replacement, boolean locked) {
        while (true) {
            long old = c.load(va, size);
            if (old != expected) {
                return old;
            }
            if (!locked || !c.shared) {
                c.store(va, size, replacement);
                return old;
            }
            if (c.compareAndStore(va, size, expected, replacement)) {
                return old;
            }
        }
    }

    private static long pair(Cpu c, int high, int low) {
        return (long) c.reg32(high) << 32 | c.reg32(low) & 0xffff_ffffL;
    }

    static void compareExchange8(Cpu c, Insn i) {
        long va = c.linear(i.segment, i.ea(c), 8, true);
        c.probeWrite(va, 8);
        long expected = pair(c, CpuRegisters.RDX, CpuRegisters.RAX);
        long old = replace(c, va, 8, expected, pair(c, CpuRegisters.RCX, CpuRegisters.RBX), i.lock);
        if (old != expected) {
            c.setReg32(CpuRegisters.RAX, (int) old);
            c.setReg32(CpuRegisters.RDX, (int) (old >>> 32));
        }
        c.changeArithmetic(CpuRegisters.ZF, old == expected ? CpuRegisters.ZF : 0);
    }

    /**
     * CMPXCHG16B. Java has no 16-byte compare-and-swap: the lock of the machine orders these
     * instructions among themselves, and each half is exchanged atomically, so that a locked
     * instruction on one half by another processor is not lost.
     */
    static void compareExchange16(Cpu c, Insn i) {
        // Only in 64-bit mode. A misaligned operand is #GP, also where another address were #SS.
        long at = i.ea(c);
        if (((i.segment >= CpuRegisters.FS ? c.base(i.segment) : 0) + at & 15) != 0) {
            throw c.gp(0);
        }
        long va = c.linear(i.segment, at, 16, true);
        c.probeWrite(va, 16);
        long low = c.reg64(CpuRegisters.RAX);
        long high = c.reg64(CpuRegisters.RDX);
        long oldLow;
        long oldHigh;
        synchronized (c.physical) {
            while (true) {
                oldLow = c.load64(va);
                oldHigh = c.load64(va + 8);
                if (oldLow != low || oldHigh != high) {
                    break;
                }
                if (c.compareAndStore(va, 8, low, c.reg64(CpuRegisters.RBX))) {
                    if (c.compareAndStore(va + 8, 8, high, c.reg64(CpuRegisters.RCX))) {
                        break;
                    }
                    // Someone changed the upper half in between: take the lower one back.
                    c.compareAndStore(va, 8, c.reg64(CpuRegisters.RBX), low);
                }
            }
        }
        boolean equal = oldLow == low && oldHigh == high;
        if (!equal) {
            c.setReg64(CpuRegisters.RAX, oldLow);
            c.setReg64(CpuRegisters.RDX, oldHigh);
        }
        c.changeArithmetic(CpuRegisters.ZF, equal ? CpuRegisters.ZF : 0);
    }
}
