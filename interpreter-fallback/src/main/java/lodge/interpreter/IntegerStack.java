package lodge.interpreter;

/** PUSH, POP and their relatives, ENTER and LEAVE (SDM vol. 1, 6.2 and 6.6). */
final class IntegerStack {
    /** What POPF never changes: RF, VM, VIF and VIP. */
    private static final int FIXED =
            CpuRegisters.RF | CpuRegisters.VM | CpuRegisters.VIF | CpuRegisters.VIP;

    private IntegerStack() {}

    static void push(Cpu c, Insn i) {
        int size = i.size;
        switch (i.opcode) {
            case 0x68, 0x6a -> c.push(size, i.imm);
            case 0xff -> c.push(size, c.readE(i));
            default -> c.push(size, c.reg(i.rmOff, size));
        }
    }

    /** POP; an address with RSP is computed with the incremented RSP. */
    static void pop(Cpu c, Insn i) {
        int size = i.size;
        if (!i.mem) {
            long v = c.pop(size);
            // POP rSP: the increment is overwritten.
            c.setReg(i.rmOff, size, v);
            return;
        }
        long v = c.peekStack(0, size);
        long at = i.ea(c);
        if (i.base == CpuRegisters.RSP) {
            long before = c.reg64(CpuRegisters.RSP);
            long low = CpuRegisters.unsigned(before + size, c.stackSize);
            long after = before - CpuRegisters.unsigned(before, c.stackSize) + low;
            at = CpuRegisters.unsigned(at + after - before, i.addrSize);
        }
        c.store(c.linear(i.segment, at, size, true), size, v);
        c.setStackPointer(c.stackPointer() + size);
    }

    /**
     * PUSHA. In real and virtual-8086 mode an odd SP from 7 to 15 is #GP (SDM vol. 2,
     * "PUSHA/PUSHAD").
     */
    static void pushAll(Cpu c, int size) {
        long sp = c.stackPointer();
        if (c.realOrVm86() && c.stackSize == 2 && (sp & 1) != 0 && sp >= 7 && sp <= 15) {
            throw c.gp(0);
        }
        for (int n = 1; n <= 8; n++) {
            c.probeWrite(c.stackAddress(sp - n * size, size, true), size);
        }
        for (int n = 0; n < 8; n++) {
            c.store(c.stackAddress(sp - (n + 1) * size, size, true), size, c.reg64(8 * n));
        }
        c.setStackPointer(sp - 8L * size);
    }

    static void popAll(Cpu c, int size) {
        long sp = c.stackPointer();
        for (int n = 0; n < 8; n++) {
            c.probeRead(c.stackAddress(sp + n * size, size, false), size);
        }
        for (int n = 0; n < 8; n++) {
            int register = 8 * (7 - n);
            if (register != CpuRegisters.RSP) {
                c.setReg(register, size, c.peekStack(n * size, size));
            }
        }
        c.setStackPointer(sp + 8L * size);
    }

    /** PUSHF; virtual-8086 mode with IOPL below 3 needs the extensions (SDM vol. 3B, 21.2.7). */
    static void pushFlags(Cpu c, int size) {
        int flags = c.flags();
        if (c.vm86() && c.iopl() < 3) {
            if ((c.cr4 & CpuSystem.CR4_VME) == 0 || size != 2) {
                throw c.gp(0);
            }
            flags |= CpuRegisters.IOPL;
            flags =
                    flags & ~CpuRegisters.IF
                            | ((flags & CpuRegisters.VIF) != 0 ? CpuRegisters.IF : 0);
        }
        // VM and RF are pushed as 0.
        c.push(size, flags & 0xfcffff);
    }

    static void popFlags(Cpu c, int size) {
        int mask = size == 2 ? 0xffff : -1;
        if (c.vm86()) {
            if (c.iopl() < 3) {
                popFlagsVirtual(c, size);
                return;
            }
            mask &= ~CpuRegisters.IOPL;
        } else if (c.cpl > 0 && c.protectedMode()) {
            mask &= ~CpuRegisters.IOPL;
            if (c.cpl > c.iopl()) {
                mask &= ~CpuRegisters.IF;
            }
        }
        int value = (int) c.pop(size);
        mask &= ~FIXED;
        if (size != 2) {
            // RF is cleared.
            mask |= CpuRegisters.RF;
            value &= ~CpuRegisters.RF;
        }
        c.writeFlags(value, mask);
    }

    /** POPF in virtual-8086 mode with IOPL below 3: IF of the image is VIF. */
    private static void popFlagsVirtual(Cpu c, int size) {
        if ((c.cr4 & CpuSystem.CR4_VME) == 0 || size != 2) {
            throw c.gp(0);
        }
        int value = (int) c.peekStack(0, 2);
        boolean enable = (value & CpuRegisters.IF) != 0;
        if ((value & CpuRegisters.TF) != 0 || enable && (c.systemFlags & CpuRegisters.VIP) != 0) {
            throw c.gp(0);
        }
        c.setStackPointer(c.stackPointer() + 2);
        c.writeFlags(
                value & 0xffff | (enable ? CpuRegisters.VIF : 0),
                0xffff & ~(CpuRegisters.IOPL | CpuRegisters.IF) | CpuRegisters.VIF);
    }

    /** ENTER. A fault may leave stored words below the stack pointer, but no changed register. */
    static void enter(Cpu c, Insn i) {
        int size = i.size;
        int level = i.imm2 & 31;
        long bp = c.reg64(CpuRegisters.RBP);
        long sp = c.stackPointer() - size;
        // Operands of 32 bits on a 16-bit stack: the frame pointer gets all of ESP.
        long all = c.reg64(CpuRegisters.RSP);
        int stack = c.stackSize;
        long frame = all - CpuRegisters.unsigned(all, stack) + CpuRegisters.unsigned(sp, stack);
        c.store(c.stackAddress(sp, size, true), size, bp);
        for (int n = 1; n < level; n++) {
            long v = c.load(c.stackAddress(bp - n * size, size, false), size);
            sp -= size;
            c.store(c.stackAddress(sp, size, true), size, v);
        }
        if (level > 0) {
            sp -= size;
            c.store(c.stackAddress(sp, size, true), size, frame);
        }
        sp -= i.imm;
        // A store through the new stack pointer must succeed.
        c.probeWrite(c.stackAddress(sp, size, true), size);
        c.setReg(CpuRegisters.RBP, size, frame);
        c.setStackPointer(sp);
    }

    static void leave(Cpu c, int size) {
        long sp = CpuRegisters.unsigned(c.reg64(CpuRegisters.RBP), c.stackSize);
        long v = c.load(c.stackAddress(sp, size, false), size);
        c.setStackPointer(sp + size);
        c.setReg(CpuRegisters.RBP, size, v);
    }
}
