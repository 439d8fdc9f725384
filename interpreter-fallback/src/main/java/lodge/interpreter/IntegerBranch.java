package lodge.interpreter;

/**
 * Near transfers of control (SDM vol. 1, 6.4 and 7.3.8). The instruction pointer is cut to the
 * operand size; the target is checked before anything changes.
 */
final class IntegerBranch {
    private IntegerBranch() {}

    private static void go(Cpu c, Insn i, long target) {
        long r = CpuRegisters.unsigned(target, i.opSize);
        c.checkTarget(r);
        c.rip = r;
    }

    static void jumpIf(Cpu c, Insn i, boolean holds) {
        if (holds) {
            go(c, i, c.rip + i.imm);
        }
    }

    static void jump(Cpu c, Insn i) {
        go(c, i, i.opcode == 0xff ? c.readE(i) : c.rip + i.imm);
    }

    static void call(Cpu c, Insn i) {
        long r = CpuRegisters.unsigned(i.opcode == 0xff ? c.readE(i) : c.rip + i.imm, i.opSize);
        // The stack is looked at before the target, and nothing is stored if that is bad.
        int size = i.opSize;
        long sp = c.stackPointer() - size;
        long va = c.stackAddress(sp, size, true);
        c.probeWrite(va, size);
        c.checkTarget(r);
        c.store(va, size, c.rip);
        c.setStackPointer(sp);
        c.rip = r;
    }

    static void ret(Cpu c, Insn i) {
        int size = i.opSize;
        long r = c.peekStack(0, size);
        c.checkTarget(r);
        c.setStackPointer(c.stackPointer() + size + (i.opcode == 0xc2 ? i.imm : 0));
        c.rip = r;
    }

    /** LOOP, LOOPE and LOOPNE; the counter is as wide as addresses are. */
    static void loop(Cpu c, Insn i) {
        long count = CpuRegisters.unsigned(c.reg(CpuRegisters.RCX, i.addrSize) - 1, i.addrSize);
        boolean again = count != 0;
        if ((IntegerUnit.Op) i.op != IntegerUnit.Op.LOOP) {
            // F2 and F3 are reserved here; on AMD Zen they decide instead of the opcode.
            boolean whileZero = i.rep == 0 ? i.opcode == 0xe1 : i.rep == 0xf3;
            again &= c.zero() == whileZero;
        }
        if (again) {
            go(c, i, c.rip + i.imm);
        }
        c.setReg(CpuRegisters.RCX, i.addrSize, count);
    }

    /** BOUND: #BR when a signed index is not within two bounds in memory. */
    static void bound(Cpu c, Insn i) {
        int size = i.size;
        long va = c.linear(i.segment, i.ea(c), 2 * size, false);
        c.probeRead(va, 2 * size);
        long index = CpuRegisters.signed(c.reg(i.regOff, size), size);
        long low = CpuRegisters.signed(c.load(va, size), size);
        long high =
                CpuRegisters.signed(
                        c.load(c.code64 ? va + size : va + size & 0xffff_ffffL, size), size);
        if (index < low || index > high) {
            throw c.raise(GuestFault.BR);
        }
    }
}
