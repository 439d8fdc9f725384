package lodge.interpreter;

/**
 * Task switches between 16- and 32-bit task-state segments (SDM vol. 3A, chapter 8): by JMP, CALL,
 * IRET, exceptions and interrupts. Up to the point where the new task's registers are loaded every
 * fault belongs to the old task; what is wrong with the new task's segments is the new task's
 * fault, before its first instruction (8.3).
 */
final class TaskSwitch {
    private static final int LIMIT_32 = 0x67;
    private static final int LIMIT_16 = 0x2b;

    // Offsets in a 32-bit TSS.
    private static final int LINK = 0;
    private static final int CR3 = 0x1c;
    private static final int EIP_32 = 0x20;
    private static final int EFLAGS_32 = 0x24;
    private static final int EAX_32 = 0x28;
    private static final int ES_32 = 0x48;
    private static final int LDT_32 = 0x60;
    private static final int TRAP_32 = 0x64;

    // Offsets in a 16-bit TSS.
    private static final int IP_16 = 0x0e;
    private static final int FLAGS_16 = 0x10;
    private static final int AX_16 = 0x12;
    private static final int ES_16 = 0x22;
    private static final int LDT_16 = 0x2a;

    private static final int BUSY = 2;

    /** What can be in EFLAGS. */
    private static final int DEFINED = 0x3f7fd5;

    private enum Kind {
        JUMP,
        /** CALL, exceptions and interrupts: the new task is nested. */
        NESTED,
        RETURN
    }

    private TaskSwitch() {}

    // ---- ways in ----

    /**
     * JMP or CALL to a TSS.
     *
     * @param d its descriptor
     */
    static void direct(Cpu c, int selector, long d, boolean call) {
        if (Segments.dpl(d) < c.cpl || Segments.dpl(d) < (selector & 3)) {
            throw Segments.gp(c, selector);
        }
        toAvailable(c, selector, d, call ? Kind.NESTED : Kind.JUMP, c.flags());
    }

    /**
     * JMP or CALL to a task gate.
     *
     * @param gate the gate
     */
    static void byGate(Cpu c, int selector, long gate, boolean call) {
        if (Segments.dpl(gate) < c.cpl || Segments.dpl(gate) < (selector & 3)) {
            throw Segments.gp(c, selector);
        }
        if (!Segments.isPresent(gate)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        int tss = Segments.gateSelector(gate);
        toAvailable(c, tss, inGdt(c, tss), call ? Kind.NESTED : Kind.JUMP, c.flags());
    }

    /**
     * An event with a task gate in the IDT, whose privilege and presence have been checked.
     *
     * @param errorCode pushed on the new task's stack, or -1
     * @param image EFLAGS to be saved
     */
    static void event(Cpu c, long gate, int errorCode, int image) {
        int tss = Segments.gateSelector(gate);
        long d = inGdt(c, tss);
        toAvailable(c, tss, d, Kind.NESTED, image);
        if (errorCode >= 0) {
            try {
                StackFrame frame = c.events.frame;
                frame.current();
                frame.push(TaskState.is16(c) ? 2 : 4, errorCode);
                c.setReg64(CpuRegisters.RSP, frame.stackPointer());
            } catch (GuestFault f) {
                f.atRip = true;
                throw f;
            }
        }
    }

    private static long inGdt(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw Segments.gp(c, selector);
        }
        return DescriptorTables.system(c, selector, GuestFault.GP);
    }

    private static void toAvailable(Cpu c, int selector, long d, Kind kind, int image) {
        int type = Segments.type(d);
        if ((selector & 4) != 0
                || Segments.isSegment(d)
                || type != Segments.TSS_16 && type != Segments.TSS_32) {
            throw Segments.gp(c, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        change(c, selector, d, kind, image);
    }

    /** IRET with NT set: back to the task of the link. */
    static void ret(Cpu c) {
        int selector = (int) Segments.load(c, c.base(CpuRegisters.TR) + LINK, 2);
        if (Segments.isNull(selector)) {
            throw Segments.fault(c, GuestFault.TS, selector);
        }
        long d = DescriptorTables.system(c, selector, GuestFault.TS);
        int type = Segments.type(d);
        if (Segments.isSegment(d) || type != Segments.TSS_16_BUSY && type != Segments.TSS_32_BUSY) {
            throw Segments.fault(c, GuestFault.TS, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        change(c, selector, d, Kind.RETURN, c.flags() & ~CpuRegisters.NT);
    }

    // ---- the switch ----

    private static long at(long base, int offset) {
        return base + offset & 0xffff_ffffL;
    }

    private static void change(Cpu c, int selector, long d, Kind kind, int image) {
        boolean wide = Segments.type(d) >= Segments.TSS_32;
        int last = wide ? LIMIT_32 : LIMIT_16;
        if ((Segments.limit(d) & 0xffff_ffffL) < last) {
            throw Segments.fault(c, GuestFault.TS, selector);
        }
        boolean oldWide = !TaskState.is16(c);
        int oldSelector = c.selector[CpuRegisters.TR];
        int oldLast = oldWide ? LIMIT_32 : LIMIT_16;
        if ((c.attributes[CpuRegisters.TR] & CpuSystem.ATTR_UNUSABLE) != 0
                || (c.limit[CpuRegisters.TR] & 0xffff_ffffL) < oldLast) {
            throw Segments.fault(c, GuestFault.TS, oldSelector);
        }
        long oldBase = c.base(CpuRegisters.TR);
        long newBase = Segments.base(d);
        // Whatever is going to be touched is looked at before anything is written.
        c.implicit();
        c.probeWrite(at(oldBase, 0), oldLast + 1);
        c.probeRead(at(newBase, 0), last + 1);
        if (kind == Kind.NESTED) {
            c.probeWrite(at(newBase, LINK), 2);
        }
        long newEntry = Segments.address(c, selector);
        long oldEntry = Segments.address(c, oldSelector);
        c.probeWrite(at(newEntry, 5), 1);
        if (kind != Kind.NESTED) {
            c.probeWrite(at(oldEntry, 5), 1);
        }
        c.explicit();
        if (kind != Kind.NESTED) {
            Segments.clearTypeBit(c, oldEntry, BUSY);
        }
        c.implicit();
        save(c, oldBase, oldWide, image);
        if (kind == Kind.NESTED) {
            c.store16(at(newBase, LINK), oldSelector);
        }
        c.explicit();
        if (kind != Kind.RETURN) {
            Segments.setTypeBit(c, newEntry, d, BUSY);
        }
        Segments.set(
                c,
                CpuRegisters.TR,
                selector,
                newBase,
                Segments.limit(d),
                Segments.attributes(d) | BUSY);
        c.cr0 |= CpuSystem.CR0_TS;
        c.debug.taskSwitched();
        if (wide) {
            load32(c, newBase, kind);
        } else {
            load16(c, newBase, kind);
        }
    }

    private static void save(Cpu c, long base, boolean wide, int image) {
        if (wide) {
            c.store32(at(base, EIP_32), (int) c.rip);
            c.store32(at(base, EFLAGS_32), image);
            for (int r = 0; r < 8; r++) {
                c.store32(at(base, EAX_32 + 4 * r), c.reg32(8 * r));
            }
            for (int segment = 0; segment < CpuRegisters.LDTR; segment++) {
                c.store16(at(base, ES_32 + 4 * segment), c.selector[segment]);
            }
            return;
        }
        c.store16(at(base, IP_16), (int) c.rip);
        c.store16(at(base, FLAGS_16), image);
        for (int r = 0; r < 8; r++) {
            c.store16(at(base, AX_16 + 2 * r), c.reg16(8 * r));
        }
        for (int segment = 0; segment <= CpuRegisters.DS; segment++) {
            c.store16(at(base, ES_16 + 2 * segment), c.selector[segment]);
        }
    }

    private static void load32(Cpu c, long base, Kind kind) {
        c.implicit();
        int[] selectors = c.events.selectors;
        for (int segment = 0; segment < CpuRegisters.LDTR; segment++) {
            selectors[segment] = c.load16(at(base, ES_32 + 4 * segment));
        }
        selectors[CpuRegisters.LDTR] = c.load16(at(base, LDT_32));
        int flags = c.load32(at(base, EFLAGS_32));
        int eip = c.load32(at(base, EIP_32));
        int cr3 = c.load32(at(base, CR3));
        boolean trap = (c.load8(at(base, TRAP_32)) & 1) != 0;
        for (int r = 0; r < 8; r++) {
            c.setReg32(8 * r, c.load32(at(base, EAX_32 + 4 * r)));
        }
        c.explicit();
        c.rip = eip & 0xffff_ffffL;
        enter(c, flags, kind, cr3, true);
        if (trap) {
            c.debug.taskTrap();
        }
    }

    private static void load16(Cpu c, long base, Kind kind) {
        c.implicit();
        int[] selectors = c.events.selectors;
        for (int segment = 0; segment <= CpuRegisters.DS; segment++) {
            selectors[segment] = c.load16(at(base, ES_16 + 2 * segment));
        }
        selectors[CpuRegisters.FS] = 0;
        selectors[CpuRegisters.GS] = 0;
        selectors[CpuRegisters.LDTR] = c.load16(at(base, LDT_16));
        int flags = c.load16(at(base, FLAGS_16));
        int ip = c.load16(at(base, IP_16));
        for (int r = 0; r < 8; r++) {
            c.setReg32(8 * r, c.load16(at(base, AX_16 + 2 * r)));
        }
        c.explicit();
        c.rip = ip;
        enter(c, flags, kind, 0, false);
    }

    /** Loads flags, CR3 and segments; faults belong to the new task. */
    private static void enter(Cpu c, int loaded, Kind kind, int cr3, boolean wide) {
        int flags = loaded & DEFINED | (kind == Kind.NESTED ? CpuRegisters.NT : 0);
        int[] selectors = c.events.selectors;
        c.setArithmetic(flags);
        c.systemFlags = flags & ~CpuRegisters.ARITHMETIC;
        boolean vm86 = (flags & CpuRegisters.VM) != 0;
        c.cpl = vm86 ? 3 : selectors[CpuRegisters.CS] & 3;
        for (int segment = 0; segment < CpuRegisters.LDTR; segment++) {
            if (vm86) {
                Segments.setVm86(c, segment, selectors[segment]);
            } else {
                Segments.setNull(c, segment, selectors[segment], c.cpl);
            }
        }
        Segments.setNull(c, CpuRegisters.LDTR, selectors[CpuRegisters.LDTR], 0);
        c.modeChanged();
        c.debug.entered();
        if ((flags & CpuRegisters.IF) != 0) {
            c.attention(Cpu.INTERRUPT);
        }
        try {
            if (wide && c.paging()) {
                c.system.writeCr3(cr3 & 0xffff_ffffL);
            }
            loadLocalTable(c, selectors[CpuRegisters.LDTR]);
            if (!vm86) {
                // First the stack: what is wrong with the code segment is told on it (table 8-1).
                loadStack(c, selectors[CpuRegisters.SS]);
                loadCode(c, selectors[CpuRegisters.CS]);
                loadData(c, CpuRegisters.DS);
                loadData(c, CpuRegisters.ES);
                loadData(c, CpuRegisters.FS);
                loadData(c, CpuRegisters.GS);
            }
        } catch (GuestFault f) {
            c.explicit();
            throw unchecked(c, f.vector, f.errorCode);
        }
        c.modeChanged();
    }

    /**
     * Completes the switch after a fault: the rest of the segment registers is loaded without
     * checks (SDM vol. 3A, 6.15, "Interrupt 10" and "Interrupt 11").
     *
     * @return the fault, of the new task
     */
    private static GuestFault unchecked(Cpu c, int vector, int errorCode) {
        long address = c.cr2;
        for (int segment = 0; segment < CpuRegisters.LDTR; segment++) {
            int selector = c.selector[segment];
            boolean empty = (c.attributes[segment] & CpuSystem.ATTR_UNUSABLE) != 0;
            if (!empty || Segments.isNull(selector) || !Segments.inTable(c, selector, 8)) {
                continue;
            }
            long d;
            try {
                d = Segments.load(c, Segments.address(c, selector), 8);
            } catch (GuestFault f) {
                // The first fault is the one to tell; this register stays unusable.
                c.explicit();
                continue;
            }
            if (Segments.isSegment(d)) {
                Segments.set(c, segment, selector, d);
            }
        }
        c.cr2 = address;
        c.modeChanged();
        GuestFault fault = c.raise(vector, errorCode);
        fault.atRip = true;
        return fault;
    }

    private static GuestFault invalid(Cpu c, int selector) {
        return Segments.fault(c, GuestFault.TS, selector);
    }

    private static void loadLocalTable(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            return;
        }
        long d = DescriptorTables.system(c, selector, GuestFault.TS);
        if (Segments.isSegment(d) || Segments.type(d) != Segments.LDT || !Segments.isPresent(d)) {
            throw invalid(c, selector);
        }
        Segments.set(c, CpuRegisters.LDTR, selector, d);
    }

    private static void loadCode(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw invalid(c, selector);
        }
        long d = Segments.descriptor(c, selector, GuestFault.TS);
        int level = selector & 3;
        if (!Segments.isCode(d)
                || (Segments.isConforming(d)
                        ? Segments.dpl(d) > level
                        : Segments.dpl(d) != level)) {
            throw invalid(c, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        Segments.set(c, CpuRegisters.CS, selector, Segments.markAccessed(c, selector, d));
    }

    private static void loadStack(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw invalid(c, selector);
        }
        long d = Segments.stackDescriptor(c, selector, c.cpl, GuestFault.TS);
        Segments.set(c, CpuRegisters.SS, selector, Segments.markAccessed(c, selector, d));
    }

    private static void loadData(Cpu c, int segment) {
        int selector = c.events.selectors[segment];
        if (Segments.isNull(selector)) {
            return;
        }
        long d = Segments.descriptor(c, selector, GuestFault.TS);
        if (!Segments.mayLoad(d, selector & 3, c.cpl)) {
            throw invalid(c, selector);
        }
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        Segments.set(c, segment, selector, Segments.markAccessed(c, selector, d));
    }
}
