package lodge.interpreter;

/**
 * Enters the handler of an event through the IVT or IDT (SDM vol. 2A, INT n; vol. 3A, chapter 6).
 * Everything is checked and pushed before anything of the processor changes: a fault leaves the
 * state of the event, for the double fault or for the instruction that began it.
 */
final class Delivery {
    /** Error-code bit: the index is a vector. */
    private static final int IDT = 2;

    private Delivery() {}

    /**
     * Delivers an event; {@code c.rip} is what is to be pushed.
     *
     * @param errorCode what to push as error code, or -1
     * @param soft whether an instruction (INT n, INT3, INTO) asks for it, whose privilege counts
     * @param image RFLAGS as they are to be pushed
     */
    static void deliver(Cpu c, int vector, int errorCode, boolean soft, int image) {
        if (c.trace != null) {
            c.trace.event(vector, errorCode, soft);
        }
        if (!c.protectedMode()) {
            vectorTable(c, vector, c.idtrBase, c.idtrLimit & 0xffff, image);
            c.systemFlags &=
                    ~(CpuRegisters.IF | CpuRegisters.TF | CpuRegisters.AC | CpuRegisters.RF);
        } else if (c.longMode()) {
            long64(c, vector, errorCode, soft, image);
        } else {
            protectedMode(c, vector, errorCode, soft, image);
        }
        finish(c);
    }

    /** Derives what follows from the new state; {@code c.rip} has been set. */
    private static void finish(Cpu c) {
        c.modeChanged();
        c.debug.entered();
    }

    // ---- real mode ----

    private static void vectorTable(Cpu c, int vector, long base, int limit, int image) {
        if (vector * 4 + 3 > limit) {
            throw c.gp(vector * 8 | IDT | c.events.ext);
        }
        // The user's own page where virtual-8086 mode is redirected to it.
        int entry = c.load32(base + 4L * vector & 0xffff_ffffL);
        StackFrame frame = c.events.frame;
        frame.current();
        frame.push(2, image);
        frame.push(2, c.selector[CpuRegisters.CS]);
        frame.push(2, c.rip);
        c.setReg64(CpuRegisters.RSP, frame.stackPointer());
        Segments.setParagraph(c, CpuRegisters.CS, entry >>> 16);
        c.rip = entry & 0xffff;
    }

    /**
     * INT n in virtual-8086 mode with CR4.VME, when the redirection bitmap names the 8086 program's
     * own handler (SDM vol. 3B, 21.3.3, methods 5 and 6).
     */
    static void redirected(Cpu c, int vector) {
        int image = c.flags() & 0xffff;
        int clear = CpuRegisters.TF | CpuRegisters.RF;
        if (c.iopl() == 3) {
            clear |= CpuRegisters.IF;
        } else {
            image |= CpuRegisters.IOPL;
            image =
                    image & ~CpuRegisters.IF
                            | ((c.systemFlags & CpuRegisters.VIF) != 0 ? CpuRegisters.IF : 0);
            clear |= CpuRegisters.VIF;
        }
        vectorTable(c, vector, 0, 0x3ff, image);
        c.systemFlags &= ~clear;
        finish(c);
    }

    // ---- protected mode ----

    private static void checkGate(Cpu c, long gate, boolean soft, int error) {
        if (soft && Segments.dpl(gate) < c.cpl) {
            throw c.gp(error);
        }
        if (!Segments.isPresent(gate)) {
            throw c.raise(GuestFault.NP, error);
        }
    }

    private static int gateType(long gate) {
        return (int) (gate >>> 40) & 0x1f;
    }

    /** Reads and checks the code segment that a gate names. */
    private static long codeSegment(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw Segments.gp(c, 0);
        }
        long d = Segments.descriptor(c, selector, GuestFault.GP);
        if (!Segments.isCode(d) || Segments.dpl(d) > c.cpl) {
            throw Segments.gp(c, selector);
        }
        if (c.longMode() && (!Segments.isLong(d) || Segments.isBig(d))) {
            throw Segments.gp(c, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        return d;
    }

    private static void protectedMode(Cpu c, int vector, int errorCode, boolean soft, int image) {
        int error = vector * 8 | IDT | c.events.ext;
        if (vector * 8 + 7 > (c.idtrLimit & 0xffff)) {
            throw c.gp(error);
        }
        long gate = Segments.load(c, c.idtrBase + 8L * vector, 8);
        int size =
                switch (gateType(gate)) {
                    case Segments.TASK_GATE -> 0;
                    case Segments.INTERRUPT_GATE_16, Segments.TRAP_GATE_16 -> 2;
                    case Segments.INTERRUPT_GATE_32, Segments.TRAP_GATE_32 -> 4;
                    default -> throw c.gp(error);
                };
        checkGate(c, gate, soft, error);
        if (size == 0) {
            TaskSwitch.event(c, gate, errorCode, image);
            return;
        }
        long target = size == 2 ? gate & 0xffff : Segments.gateOffset32(gate);
        int selector = Segments.gateSelector(gate);
        long code = codeSegment(c, selector);
        boolean inner = !Segments.isConforming(code) && Segments.dpl(code) < c.cpl;
        int level = inner ? Segments.dpl(code) : c.cpl;
        boolean fromVm86 = c.vm86();
        if (fromVm86 && (!inner || level != 0)) {
            throw Segments.gp(c, selector);
        }
        StackFrame frame = c.events.frame;
        int stackSelector = 0;
        long stack = 0;
        if (inner) {
            long pair = TaskState.innerStack(c, level);
            stackSelector = (int) (pair >>> 32);
            if (Segments.isNull(stackSelector)) {
                throw c.raise(GuestFault.TS, c.events.ext);
            }
            stack = Segments.stackDescriptor(c, stackSelector, level, GuestFault.TS);
            frame.inner(stackSelector, stack, pair & 0xffff_ffffL);
            if (fromVm86) {
                frame.push(size, c.selector[CpuRegisters.GS]);
                frame.push(size, c.selector[CpuRegisters.FS]);
                frame.push(size, c.selector[CpuRegisters.DS]);
                frame.push(size, c.selector[CpuRegisters.ES]);
            }
            frame.push(size, c.selector[CpuRegisters.SS]);
            frame.push(size, c.reg64(CpuRegisters.RSP));
        } else {
            frame.current();
        }
        frame.push(size, image);
        frame.push(size, c.selector[CpuRegisters.CS]);
        frame.push(size, c.rip);
        if (errorCode >= 0) {
            frame.push(size, errorCode);
        }
        Segments.checkOffset(c, code, target, c.events.ext);
        code = Segments.markAccessed(c, selector, code);
        if (inner) {
            stack = Segments.markAccessed(c, stackSelector, stack);
        }
        // Nothing faults from here on.
        leaveFlags(c, gate);
        Segments.setCode(c, selector, code, level);
        if (inner) {
            Segments.set(c, CpuRegisters.SS, stackSelector, stack);
        }
        if (fromVm86) {
            Segments.setNull(c, CpuRegisters.ES, 0, 0);
            Segments.setNull(c, CpuRegisters.DS, 0, 0);
            Segments.setNull(c, CpuRegisters.FS, 0, 0);
            Segments.setNull(c, CpuRegisters.GS, 0, 0);
        }
        c.setReg64(CpuRegisters.RSP, frame.stackPointer());
        c.rip = target;
    }

    private static void leaveFlags(Cpu c, long gate) {
        int clear = CpuRegisters.TF | CpuRegisters.NT | CpuRegisters.VM | CpuRegisters.RF;
        // Interrupt gates have even types.
        if ((gateType(gate) & 1) == 0) {
            clear |= CpuRegisters.IF;
        }
        c.systemFlags &= ~clear;
    }

    // ---- IA-32e mode ----

    private static void long64(Cpu c, int vector, int errorCode, boolean soft, int image) {
        int error = vector * 8 | IDT | c.events.ext;
        if (vector * 16 + 15 > (c.idtrLimit & 0xffff)) {
            throw c.gp(error);
        }
        long gate = Segments.load(c, c.idtrBase + 16L * vector, 8);
        long high = Segments.load(c, c.idtrBase + 16L * vector + 8, 8);
        int type = gateType(gate);
        if (type != Segments.INTERRUPT_GATE_32 && type != Segments.TRAP_GATE_32) {
            throw c.gp(error);
        }
        checkGate(c, gate, soft, error);
        long target = Segments.gateOffset32(gate) | high << 32;
        int selector = Segments.gateSelector(gate);
        long code = codeSegment(c, selector);
        boolean inner = !Segments.isConforming(code) && Segments.dpl(code) < c.cpl;
        int level = inner ? Segments.dpl(code) : c.cpl;
        int ist = (int) (gate >>> 32) & 7;
        long rsp = c.reg64(CpuRegisters.RSP);
        if (ist != 0) {
            rsp = TaskState.pointer64(c, 36 + 8 * (ist - 1));
        } else if (inner) {
            rsp = TaskState.pointer64(c, 4 + 8 * level);
        }
        StackFrame frame = c.events.frame;
        frame.wide(rsp & -16L, level < 3);
        frame.push(8, c.selector[CpuRegisters.SS]);
        frame.push(8, c.reg64(CpuRegisters.RSP));
        frame.push(8, image & 0xffff_ffffL);
        frame.push(8, c.selector[CpuRegisters.CS]);
        frame.push(8, c.rip);
        if (errorCode >= 0) {
            frame.push(8, errorCode);
        }
        Segments.checkOffset(c, code, target, c.events.ext);
        code = Segments.markAccessed(c, selector, code);
        leaveFlags(c, gate);
        Segments.setCode(c, selector, code, level);
        if (inner) {
            Segments.setNull(c, CpuRegisters.SS, level, level);
        }
        c.setReg64(CpuRegisters.RSP, frame.stackPointer());
        c.rip = target;
    }
}
