package lodge.interpreter;

/** IRET, IRETD and IRETQ (SDM vol. 2A, IRET). */
final class InterruptReturn {
    /** What a return may always change. */
    private static final int ALWAYS =
            CpuRegisters.ARITHMETIC | CpuRegisters.TF | CpuRegisters.DF | CpuRegisters.NT;

    /** What only a return with 32 or 64 bits changes besides. */
    private static final int WIDE = CpuRegisters.RF | CpuRegisters.AC | CpuRegisters.ID;

    private static final int VIRTUAL = CpuRegisters.VIF | CpuRegisters.VIP;

    private InterruptReturn() {}

    /** Executes it; {@code c.rip} is changed last. */
    static void execute(Cpu c, int size) {
        // NMIs are unblocked even if the return faults (SDM vol. 3A, 6.7.1; vol. 3C, 28.2.3).
        c.events.unblockNmi();
        if (!c.protectedMode()) {
            paragraphs(c, size, ALWAYS | CpuRegisters.IF | CpuRegisters.IOPL | WIDE);
        } else if (c.vm86()) {
            fromVm86(c, size);
        } else if ((c.systemFlags & CpuRegisters.NT) != 0) {
            if (c.longMode()) {
                throw c.gp(0);
            }
            TaskSwitch.ret(c);
        } else {
            protectedMode(c, size);
        }
    }

    private static void paragraphs(Cpu c, int size, int mask) {
        long ip = c.peekStack(0, size);
        int cs = (int) c.peekStack(size, size) & 0xffff;
        int flags = (int) c.peekStack(2 * size, size);
        if (ip > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
            throw c.gp(0);
        }
        leave(c, ip, cs, flags, size == 2 ? mask & 0xffff : mask, size);
    }

    private static void leave(Cpu c, long ip, int cs, int flags, int mask, int size) {
        c.setStackPointer(CpuRegisters.unsigned(c.stackPointer() + 3 * size, c.stackSize));
        Segments.setParagraph(c, CpuRegisters.CS, cs);
        c.rip = ip;
        c.writeFlags(flags, mask);
        c.modeChanged();
    }

    /** SDM vol. 3B, 21.2.7, and table 21-2 for CR4.VME. */
    private static void fromVm86(Cpu c, int size) {
        if (c.iopl() == 3) {
            paragraphs(c, size, ALWAYS | CpuRegisters.IF | WIDE);
            return;
        }
        if ((c.cr4 & CpuSystem.CR4_VME) == 0 || size != 2) {
            throw c.gp(0);
        }
        long ip = c.peekStack(0, 2);
        int cs = (int) c.peekStack(2, 2);
        int flags = (int) c.peekStack(4, 2);
        boolean wanted = (flags & CpuRegisters.IF) != 0;
        if ((flags & CpuRegisters.TF) != 0
                || wanted && (c.systemFlags & CpuRegisters.VIP) != 0
                || ip > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
            throw c.gp(0);
        }
        leave(
                c,
                ip,
                cs,
                flags & 0xffff | (wanted ? CpuRegisters.VIF : 0),
                ALWAYS | CpuRegisters.VIF,
                2);
    }

    /** Which flags a return at the current level may change. */
    private static int mask(Cpu c, int size) {
        int mask = ALWAYS;
        if (size > 2) {
            mask |= WIDE;
        }
        if (c.cpl <= c.iopl()) {
            mask |= CpuRegisters.IF;
        }
        if (c.cpl == 0) {
            mask |= CpuRegisters.IOPL;
            if (size > 2) {
                mask |= VIRTUAL;
            }
        }
        return mask;
    }

    private static void protectedMode(Cpu c, int size) {
        long ip = c.peekStack(0, size);
        int cs = (int) c.peekStack(size, size) & 0xffff;
        int flags = (int) c.peekStack(2 * size, size);
        if ((flags & CpuRegisters.VM) != 0 && c.cpl == 0 && size == 4 && !c.longMode()) {
            toVm86(c, ip, cs, flags);
            return;
        }
        long code = returnTarget(c, cs);
        int level = cs & 3;
        Segments.checkOffset(c, code, ip, 0);
        int mask = mask(c, size);
        if (level == c.cpl && !c.code64) {
            code = Segments.markAccessed(c, cs, code);
            c.setStackPointer(CpuRegisters.unsigned(c.stackPointer() + 3 * size, c.stackSize));
            Segments.setCode(c, cs, code, level);
        } else {
            outer(c, cs, code, c.peekStack(3 * size, size), (int) c.peekStack(4 * size, size));
        }
        c.rip = ip;
        c.writeFlags(flags, mask);
        c.modeChanged();
    }

    /** Reads and checks the code segment that a return leads to (IRET and RET). */
    static long returnTarget(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw c.gp(0);
        }
        long d = Segments.descriptor(c, selector, GuestFault.GP);
        int level = selector & 3;
        if (!Segments.isCode(d)
                || level < c.cpl
                || (Segments.isConforming(d) ? Segments.dpl(d) > level : Segments.dpl(d) != level)
                || Segments.badLong(c, d)) {
            throw Segments.gp(c, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        return d;
    }

    /**
     * Loads CS, SS and the stack pointer of a return to an outer level, or of IRETQ to the same.
     *
     * @param code the checked descriptor of CS
     */
    static void outer(Cpu c, int cs, long code, long sp, int popped) {
        int level = cs & 3;
        int ss = popped & 0xffff;
        boolean null64 = Segments.isNull(ss);
        long stack = 0;
        if (null64) {
            // Only 64-bit code above level 3 runs with a null SS.
            if (!(c.longMode() && Segments.isLong(code)) || level == 3 || (ss & 3) != level) {
                throw c.gp(0);
            }
        } else {
            stack = Segments.stackDescriptor(c, ss, level, GuestFault.GP);
        }
        code = Segments.markAccessed(c, cs, code);
        if (!null64) {
            stack = Segments.markAccessed(c, ss, stack);
        }
        boolean outwards = level > c.cpl;
        Segments.setCode(c, cs, code, level);
        if (null64) {
            Segments.setNull(c, CpuRegisters.SS, ss, level);
        } else {
            Segments.set(c, CpuRegisters.SS, ss, stack);
        }
        setOuterPointer(c, code, sp);
        if (outwards) {
            Segments.dropInner(c);
        }
    }

    /** A 16-bit stack segment leaves the upper part of ESP alone. */
    private static void setOuterPointer(Cpu c, long code, long sp) {
        if (c.longMode() && Segments.isLong(code)) {
            c.setReg64(CpuRegisters.RSP, sp);
        } else if ((c.attributes[CpuRegisters.SS] & CpuSystem.ATTR_DB) != 0) {
            c.setReg32(CpuRegisters.RSP, (int) sp);
        } else {
            c.setReg16(CpuRegisters.RSP, (int) sp);
        }
    }

    private static void toVm86(Cpu c, long ip, int cs, int flags) {
        long esp = c.peekStack(12, 4);
        int ss = (int) c.peekStack(16, 4);
        int es = (int) c.peekStack(20, 4);
        int ds = (int) c.peekStack(24, 4);
        int fs = (int) c.peekStack(28, 4);
        int gs = (int) c.peekStack(32, 4);
        c.rip = ip & 0xffff;
        int mask = mask(c, 4) | CpuRegisters.VM;
        c.cpl = 3;
        c.systemFlags |= CpuRegisters.VM;
        Segments.setVm86(c, CpuRegisters.CS, cs);
        Segments.setVm86(c, CpuRegisters.SS, ss);
        Segments.setVm86(c, CpuRegisters.ES, es);
        Segments.setVm86(c, CpuRegisters.DS, ds);
        Segments.setVm86(c, CpuRegisters.FS, fs);
        Segments.setVm86(c, CpuRegisters.GS, gs);
        c.setReg32(CpuRegisters.RSP, (int) esp);
        c.writeFlags(flags, mask);
        c.modeChanged();
    }
}
