package lodge.interpreter;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT and SWAPGS (SDM vol. 2B). */
final class SystemCalls {
    private static final int CODE_32 = 0xc09b;
    private static final int CODE_64 = 0xa09b;
    private static final int DATA = 0xc093;

    private SystemCalls() {}

    /** Executes it; SYSRET and SYSEXIT go to 64-bit code with REX.W. */
    static void execute(Cpu c, SegmentUnit.Op op, boolean wide) {
        switch (op) {
            case SWAPGS -> {
                if (!c.code64) {
                    throw c.ud();
                }
                SystemUnit.privileged(c);
                long base = c.base(CpuRegisters.GS);
                c.setBase(CpuRegisters.GS, c.system.kernelGsBase);
                c.system.kernelGsBase = base;
            }
            case SYSCALL -> call(c);
            case SYSRET -> ret(c, wide);
            case SYSENTER -> enter(c);
            default -> exit(c, wide);
        }
    }

    private static void flat(Cpu c, int selector, int code, int level) {
        Segments.set(c, CpuRegisters.CS, selector, 0, -1, code | level << 5);
        c.cpl = level;
    }

    private static void flatStack(Cpu c, int selector, int level) {
        Segments.set(c, CpuRegisters.SS, selector, 0, -1, DATA | level << 5);
    }

    private static void call(Cpu c) {
        if (!c.code64 || (c.efer & CpuSystem.EFER_SCE) == 0) {
            throw c.ud();
        }
        c.setReg64(CpuRegisters.RCX, c.rip);
        // RF is saved as 0.
        c.setReg64(8 * 11, c.flags() & ~CpuRegisters.RF);
        c.rip = c.system.lstar;
        int selector = (int) (c.system.star >>> 32) & 0xfffc;
        flat(c, selector, CODE_64, 0);
        flatStack(c, selector + 8, 0);
        c.writeFlags(0, (int) c.system.fmask | CpuRegisters.RF);
        c.modeChanged();
        c.debug.flagsReplaced();
    }

    private static void ret(Cpu c, boolean wide) {
        if (!c.code64 || (c.efer & CpuSystem.EFER_SCE) == 0) {
            throw c.ud();
        }
        SystemUnit.privileged(c);
        long rcx = c.reg64(CpuRegisters.RCX);
        if (wide && !c.canonical(rcx)) {
            throw c.gp(0);
        }
        int base = (int) (c.system.star >>> 48);
        c.rip = wide ? rcx : rcx & 0xffff_ffffL;
        flat(c, base + (wide ? 16 : 0) | 3, wide ? CODE_64 : CODE_32, 3);
        flatStack(c, base + 8 | 3, 3);
        int all = 0x3f7fd5 & ~(CpuRegisters.RF | CpuRegisters.VM);
        c.writeFlags((int) c.reg64(8 * 11), all | CpuRegisters.RF);
        c.modeChanged();
        c.debug.flagsReplaced();
    }

    private static void enter(Cpu c) {
        if (!c.protectedMode() || (c.system.sysenterCs & 0xfffc) == 0) {
            throw c.gp(0);
        }
        boolean wide = c.longMode();
        c.systemFlags &= ~(CpuRegisters.VM | CpuRegisters.IF | CpuRegisters.RF);
        long rsp = c.system.sysenterEsp;
        long rip = c.system.sysenterEip;
        c.setReg64(CpuRegisters.RSP, wide ? rsp : rsp & 0xffff_ffffL);
        c.rip = wide ? rip : rip & 0xffff_ffffL;
        int selector = c.system.sysenterCs & 0xfffc;
        flat(c, selector, wide ? CODE_64 : CODE_32, 0);
        flatStack(c, selector + 8, 0);
        c.modeChanged();
        c.debug.refresh();
    }

    private static void exit(Cpu c, boolean wide) {
        if (!c.protectedMode() || (c.system.sysenterCs & 0xfffc) == 0 || c.cpl != 0) {
            throw c.gp(0);
        }
        long rsp = c.reg64(CpuRegisters.RCX);
        long rip = c.reg64(CpuRegisters.RDX);
        if (wide && (!c.canonical(rsp) || !c.canonical(rip))) {
            throw c.gp(0);
        }
        c.setReg64(CpuRegisters.RSP, wide ? rsp : rsp & 0xffff_ffffL);
        c.rip = wide ? rip : rip & 0xffff_ffffL;
        int selector = (c.system.sysenterCs & 0xfffc) + (wide ? 32 : 16) | 3;
        flat(c, selector, wide ? CODE_64 : CODE_32, 3);
        flatStack(c, selector + 8, 3);
        c.modeChanged();
    }
}
