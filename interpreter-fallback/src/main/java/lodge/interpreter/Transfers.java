package lodge.interpreter;

/**
 * Far JMP, CALL and RET (SDM vol. 2): real mode, code segments, call gates with the stacks of inner
 * levels; task gates and TSSs are {@link TaskSwitch}'s.
 */
final class Transfers {
    private Transfers() {}

    // ---- JMP ----

    /**
     * A far jump.
     *
     * @param offset already cut to the operand size
     */
    static void jump(Cpu c, int selector, long offset) {
        if (c.realOrVm86()) {
            paragraph(c, selector, offset);
            return;
        }
        long d = target(c, selector);
        if (Segments.isSegment(d)) {
            d = checkCode(c, selector, d);
            Segments.checkOffset(c, d, offset, 0);
            enter(c, selector, Segments.markAccessed(c, selector, d), c.cpl, offset);
            return;
        }
        switch (system(c, selector, d)) {
            case Segments.CALL_GATE_16, Segments.CALL_GATE_32 -> {
                int code = checkGate(c, selector, d);
                long high = c.longMode() ? Segments.upperHalf(c, selector, GuestFault.GP) : 0;
                long to = gateOffset(c, d, high);
                long target = gateCode(c, code);
                if (Segments.isConforming(target)
                        ? Segments.dpl(target) > c.cpl
                        : Segments.dpl(target) != c.cpl) {
                    throw Segments.gp(c, code);
                }
                checkPresent(c, code, target);
                Segments.checkOffset(c, target, to, 0);
                enter(c, code, Segments.markAccessed(c, code, target), c.cpl, to);
            }
            case Segments.TASK_GATE -> TaskSwitch.byGate(c, selector, d, false);
            case Segments.TSS_16, Segments.TSS_32 -> TaskSwitch.direct(c, selector, d, false);
            default -> throw Segments.gp(c, selector);
        }
    }

    private static void paragraph(Cpu c, int selector, long offset) {
        if (offset > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
            throw c.gp(0);
        }
        Segments.setParagraph(c, CpuRegisters.CS, selector);
        c.rip = offset;
        c.modeChanged();
    }

    private static void enter(Cpu c, int selector, long d, int level, long offset) {
        Segments.setCode(c, selector, d, level);
        c.rip = offset;
        c.modeChanged();
    }

    /** Reads the descriptor that a far transfer names. */
    private static long target(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw c.gp(0);
        }
        return Segments.descriptor(c, selector, GuestFault.GP);
    }

    /** Checks a code segment that is named directly, for JMP and CALL. */
    private static long checkCode(Cpu c, int selector, long d) {
        if (!Segments.isCode(d)) {
            throw Segments.gp(c, selector);
        }
        boolean allowed =
                Segments.isConforming(d)
                        ? Segments.dpl(d) <= c.cpl
                        : Segments.dpl(d) == c.cpl && (selector & 3) <= c.cpl;
        if (!allowed || Segments.badLong(c, d)) {
            throw Segments.gp(c, selector);
        }
        checkPresent(c, selector, d);
        return d;
    }

    private static void checkPresent(Cpu c, int selector, long d) {
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
    }

    /** The type of a system descriptor that a far transfer names. */
    private static int system(Cpu c, int selector, long d) {
        int type = Segments.type(d);
        // IA-32e mode knows only the 64-bit call gate.
        if (c.longMode() && type != Segments.CALL_GATE_32) {
            throw Segments.gp(c, selector);
        }
        return type;
    }

    /** Checks a gate's privilege and presence. Returns the selector in it. */
    private static int checkGate(Cpu c, int selector, long gate) {
        if (Segments.dpl(gate) < c.cpl || Segments.dpl(gate) < (selector & 3)) {
            throw Segments.gp(c, selector);
        }
        checkPresent(c, selector, gate);
        return Segments.gateSelector(gate);
    }

    private static long gateOffset(Cpu c, long gate, long high) {
        if (c.longMode()) {
            return Segments.gateOffset32(gate) | high << 32;
        }
        return Segments.type(gate) == Segments.CALL_GATE_16
                ? gate & 0xffff
                : Segments.gateOffset32(gate);
    }

    /** Reads the code segment of a call gate; privilege and presence are the caller's. */
    private static long gateCode(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw c.gp(0);
        }
        long d = Segments.descriptor(c, selector, GuestFault.GP);
        if (!Segments.isCode(d) || Segments.dpl(d) > c.cpl) {
            throw Segments.gp(c, selector);
        }
        if (c.longMode() && (!Segments.isLong(d) || Segments.isBig(d))) {
            throw Segments.gp(c, selector);
        }
        return d;
    }

    // ---- CALL ----

    /**
     * A far call.
     *
     * @param offset already cut to the operand size
     * @param size operand size: what is pushed, unless a gate decides
     */
    static void call(Cpu c, int selector, long offset, int size) {
        StackFrame frame = c.events.frame;
        if (c.realOrVm86()) {
            if (offset > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
                throw c.gp(0);
            }
            pushReturn(c, frame, size);
            c.setReg64(CpuRegisters.RSP, frame.stackPointer());
            paragraph(c, selector, offset);
            return;
        }
        long d = target(c, selector);
        if (Segments.isSegment(d)) {
            d = checkCode(c, selector, d);
            pushReturn(c, frame, size);
            Segments.checkOffset(c, d, offset, 0);
            d = Segments.markAccessed(c, selector, d);
            c.setReg64(CpuRegisters.RSP, frame.stackPointer());
            enter(c, selector, d, c.cpl, offset);
            return;
        }
        switch (system(c, selector, d)) {
            case Segments.CALL_GATE_16, Segments.CALL_GATE_32 -> callGate(c, selector, d);
            case Segments.TASK_GATE -> TaskSwitch.byGate(c, selector, d, true);
            case Segments.TSS_16, Segments.TSS_32 -> TaskSwitch.direct(c, selector, d, true);
            default -> throw Segments.gp(c, selector);
        }
    }

    /** Pushes CS and the return address on the current stack; SP is not changed. */
    private static void pushReturn(Cpu c, StackFrame frame, int size) {
        frame.current();
        frame.push(size, c.selector[CpuRegisters.CS]);
        frame.push(size, c.rip);
    }

    private static void callGate(Cpu c, int selector, long gate) {
        int code = checkGate(c, selector, gate);
        long high = c.longMode() ? Segments.upperHalf(c, selector, GuestFault.GP) : 0;
        long to = gateOffset(c, gate, high);
        long d = gateCode(c, code);
        checkPresent(c, code, d);
        int size = c.longMode() ? 8 : Segments.type(gate) == Segments.CALL_GATE_16 ? 2 : 4;
        StackFrame frame = c.events.frame;
        if (Segments.isConforming(d) || Segments.dpl(d) == c.cpl) {
            pushReturn(c, frame, size);
            Segments.checkOffset(c, d, to, 0);
            d = Segments.markAccessed(c, code, d);
            c.setReg64(CpuRegisters.RSP, frame.stackPointer());
            enter(c, code, d, c.cpl, to);
        } else if (c.longMode()) {
            inner64(c, code, d, to);
        } else {
            inner(c, gate, code, d, to, size);
        }
    }

    private static void inner64(Cpu c, int code, long d, long to) {
        int level = Segments.dpl(d);
        StackFrame frame = c.events.frame;
        frame.wide(TaskState.pointer64(c, 4 + 8 * level), true);
        frame.push(8, c.selector[CpuRegisters.SS]);
        frame.push(8, c.reg64(CpuRegisters.RSP));
        frame.push(8, c.selector[CpuRegisters.CS]);
        frame.push(8, c.rip);
        Segments.checkOffset(c, d, to, 0);
        long marked = Segments.markAccessed(c, code, d);
        Segments.setNull(c, CpuRegisters.SS, level, level);
        c.setReg64(CpuRegisters.RSP, frame.stackPointer());
        enter(c, code, marked, level, to);
    }

    private static void inner(Cpu c, long gate, int code, long d, long to, int size) {
        int level = Segments.dpl(d);
        long pair = TaskState.innerStack(c, level);
        int selector = (int) (pair >>> 32);
        if (Segments.isNull(selector)) {
            throw Segments.fault(c, GuestFault.TS, 0);
        }
        long stack = Segments.stackDescriptor(c, selector, level, GuestFault.TS);
        StackFrame frame = c.events.frame;
        frame.inner(selector, stack, pair & 0xffff_ffffL);
        frame.push(size, c.selector[CpuRegisters.SS]);
        frame.push(size, c.reg64(CpuRegisters.RSP));
        int count = (int) (gate >>> 32) & 0x1f;
        for (int k = count - 1; k >= 0; k--) {
            frame.push(size, c.peekStack(k * size, size));
        }
        frame.push(size, c.selector[CpuRegisters.CS]);
        frame.push(size, c.rip);
        Segments.checkOffset(c, d, to, 0);
        long marked = Segments.markAccessed(c, code, d);
        stack = Segments.markAccessed(c, selector, stack);
        Segments.set(c, CpuRegisters.SS, selector, stack);
        c.setReg64(CpuRegisters.RSP, frame.stackPointer());
        enter(c, code, marked, level, to);
    }

    // ---- RET ----

    /**
     * A far return.
     *
     * @param release bytes of parameters to drop besides
     */
    static void ret(Cpu c, int size, int release) {
        long ip = c.peekStack(0, size);
        int cs = (int) c.peekStack(size, size) & 0xffff;
        if (c.realOrVm86()) {
            if (ip > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
                throw c.gp(0);
            }
            drop(c, 2 * size + release);
            paragraph(c, cs, ip);
            return;
        }
        long d = InterruptReturn.returnTarget(c, cs);
        Segments.checkOffset(c, d, ip, 0);
        int level = cs & 3;
        if (level == c.cpl) {
            d = Segments.markAccessed(c, cs, d);
            drop(c, 2 * size + release);
            enter(c, cs, d, level, ip);
            return;
        }
        long sp = c.peekStack(2 * size + release, size);
        int ss = (int) c.peekStack(3 * size + release, size);
        InterruptReturn.outer(c, cs, d, sp, ss);
        c.rip = ip;
        c.modeChanged();
        drop(c, release);
    }

    private static void drop(Cpu c, int bytes) {
        c.setStackPointer(CpuRegisters.unsigned(c.stackPointer() + bytes, c.stackSize));
    }
}
