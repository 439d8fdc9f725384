package lodge.interpreter;

/** GDTR, IDTR, LDTR and TR: loading and storing them. */
final class DescriptorTables {
    private DescriptorTables() {}

    /** CR4.UMIP: #GP(0) for the instructions that show system registers above level 0. */
    private static void prevented(Cpu c) {
        if (c.cpl != 0 && (c.cr4 & CpuSystem.CR4_UMIP) != 0) {
            throw c.gp(0);
        }
    }

    /** LGDT, LIDT, SGDT and SIDT. */
    static void global(Cpu c, Insn i, SegmentUnit.Op op) {
        boolean load = op == SegmentUnit.Op.LGDT || op == SegmentUnit.Op.LIDT;
        boolean gdt = op == SegmentUnit.Op.LGDT || op == SegmentUnit.Op.SGDT;
        if (load) {
            SystemUnit.privileged(c);
        } else {
            prevented(c);
        }
        int width = c.code64 ? 8 : 4;
        long at = c.linear(i.segment, i.ea(c), 2 + width, !load);
        long second = c.code64 ? at + 2 : at + 2 & 0xffff_ffffL;
        if (!load) {
            c.probeWrite(at, 2 + width);
            c.store16(at, gdt ? c.gdtrLimit : c.idtrLimit);
            c.store(second, width, gdt ? c.gdtrBase : c.idtrBase);
            return;
        }
        int limit = c.load16(at);
        long base = c.load(second, width);
        if (i.opSize == 2 && !c.code64) {
            base &= 0xff_ffff;
        }
        if (c.code64 && !c.canonical(base)) {
            throw c.gp(0);
        }
        if (gdt) {
            c.gdtrLimit = limit;
            c.gdtrBase = base;
        } else {
            c.idtrLimit = limit;
            c.idtrBase = base;
        }
    }

    /** SMSW, SLDT and STR: 16 bits to memory, the operand size to a register. */
    static void storeWord(Cpu c, Insn i, long value) {
        prevented(c);
        if (i.mem) {
            c.storeOperand(i, 2, value);
        } else {
            c.setReg(8 * i.rm, i.opSize, value);
        }
    }

    /** LLDT, SLDT, LTR and STR. */
    static void local(Cpu c, Insn i, SegmentUnit.Op op) {
        if (c.realOrVm86()) {
            throw c.ud();
        }
        switch (op) {
            case SLDT -> storeWord(c, i, c.selector[CpuRegisters.LDTR]);
            case STR -> storeWord(c, i, c.selector[CpuRegisters.TR]);
            default -> {
                SystemUnit.privileged(c);
                int selector = (int) (i.mem ? c.loadOperand(i, 2) : c.reg16(8 * i.rm));
                if (op == SegmentUnit.Op.LLDT) {
                    loadLocal(c, selector);
                } else {
                    loadTask(c, selector);
                }
            }
        }
    }

    private static void loadLocal(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            Segments.setNull(c, CpuRegisters.LDTR, selector, 0);
            return;
        }
        long d = system(c, selector, GuestFault.GP);
        if (Segments.isSegment(d) || Segments.type(d) != Segments.LDT) {
            throw Segments.gp(c, selector);
        }
        long base = wideBase(c, selector, d, GuestFault.GP);
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        Segments.set(
                c, CpuRegisters.LDTR, selector, base, Segments.limit(d), Segments.attributes(d));
    }

    private static void loadTask(Cpu c, int selector) {
        if (Segments.isNull(selector)) {
            throw c.gp(0);
        }
        long d = system(c, selector, GuestFault.GP);
        int type = Segments.type(d);
        boolean tss = type == Segments.TSS_32 || type == Segments.TSS_16 && !c.longMode();
        if (Segments.isSegment(d) || !tss) {
            throw Segments.gp(c, selector);
        }
        long base = wideBase(c, selector, d, GuestFault.GP);
        if (!Segments.isPresent(d)) {
            throw Segments.fault(c, GuestFault.NP, selector);
        }
        Segments.setTypeBit(c, Segments.address(c, selector), d, 2);
        Segments.set(
                c, CpuRegisters.TR, selector, base, Segments.limit(d), Segments.attributes(d) | 2);
    }

    /** Reads a descriptor that must be in the GDT. */
    static long system(Cpu c, int selector, int vector) {
        if ((selector & 4) != 0) {
            throw Segments.fault(c, vector, selector);
        }
        return Segments.descriptor(c, selector, vector);
    }

    /** The base of an LDT or TSS, 64 bits in IA-32e mode. */
    private static long wideBase(Cpu c, int selector, long d, int vector) {
        if (!c.longMode()) {
            return Segments.base(d);
        }
        long base = Segments.base(d) | Segments.upperHalf(c, selector, vector) << 32;
        if (!c.canonical(base)) {
            throw Segments.fault(c, vector, selector);
        }
        return base;
    }
}
