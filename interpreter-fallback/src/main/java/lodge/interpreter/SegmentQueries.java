package lodge.interpreter;

/** LAR, LSL, VERR, VERW and ARPL: questions about descriptors, answered in ZF. */
final class SegmentQueries {
    /** System types that LAR tells about outside IA-32e mode: all but 0, 6 to 8, 10, 13 to 15. */
    private static final int LAR_TYPES = 0b0001_1010_0011_1110;

    /** In IA-32e mode: LDT, TSSs and the call gate. */
    private static final int LAR_TYPES_64 = 0b0001_1010_0000_0100;

    /** Those that have a limit. */
    private static final int LSL_TYPES = 0b0000_1010_0000_1110;

    private SegmentQueries() {}

    static void execute(Cpu c, Insn i, SegmentUnit.Op op) {
        if (c.realOrVm86()) {
            throw c.ud();
        }
        int selector = (int) (i.mem ? c.loadOperand(i, 2) : c.reg16(8 * i.rm));
        long value = answer(c, selector, op);
        if (value >= 0 && (op == SegmentUnit.Op.LAR || op == SegmentUnit.Op.LSL)) {
            c.setReg(8 * i.reg, i.opSize, value);
        }
        c.changeArithmetic(CpuRegisters.ZF, value >= 0 ? CpuRegisters.ZF : 0);
    }

    /** Returns what the instruction tells, or -1 when it tells nothing. */
    private static long answer(Cpu c, int selector, SegmentUnit.Op op) {
        if (Segments.isNull(selector) || !Segments.inTable(c, selector, 8)) {
            return -1;
        }
        long d = Segments.load(c, Segments.address(c, selector), 8);
        int rpl = selector & 3;
        boolean conforming = Segments.isConforming(d);
        boolean visible = conforming || c.cpl <= Segments.dpl(d) && rpl <= Segments.dpl(d);
        if (!visible) {
            return -1;
        }
        boolean segment = Segments.isSegment(d);
        int type = Segments.type(d);
        if (op == SegmentUnit.Op.VERR) {
            boolean readable =
                    segment && (!Segments.isCode(d) || (type & Segments.READ_WRITE) != 0);
            return readable ? 0 : -1;
        }
        if (op == SegmentUnit.Op.VERW) {
            return Segments.isWritableData(d) ? 0 : -1;
        }
        boolean lar = op == SegmentUnit.Op.LAR;
        if (!segment) {
            int types = lar ? c.longMode() ? LAR_TYPES_64 : LAR_TYPES : LSL_TYPES;
            if (c.longMode()) {
                types &= LAR_TYPES_64;
            }
            if ((types >>> type & 1) == 0 || c.longMode() && !whole(c, selector)) {
                return -1;
            }
        }
        return lar ? d >>> 32 & 0x00ff_ff00 : Segments.limit(d) & 0xffff_ffffL;
    }

    /** Whether a system descriptor of IA-32e mode has an upper half that is one. */
    private static boolean whole(Cpu c, int selector) {
        return Segments.inTable(c, selector, 16)
                && (Segments.load(c, Segments.address(c, selector) + 8, 8) >>> 40 & 0x1f) == 0;
    }

    /** ARPL (SDM vol. 2A): raises the RPL of a selector to that of another. */
    static void adjust(Cpu c, Insn i) {
        if (c.realOrVm86()) {
            throw c.ud();
        }
        int wanted = c.reg16(8 * i.reg) & 3;
        if (!i.mem) {
            int old = c.reg16(8 * i.rm);
            boolean raise = (old & 3) < wanted;
            if (raise) {
                c.setReg16(8 * i.rm, old & ~3 | wanted);
            }
            c.changeArithmetic(CpuRegisters.ZF, raise ? CpuRegisters.ZF : 0);
            return;
        }
        // Only a selector that is changed must be writable.
        int old = (int) c.loadOperand(i, 2);
        boolean raise = (old & 3) < wanted;
        if (raise) {
            c.storeOperand(i, 2, old & ~3 | wanted);
        }
        c.changeArithmetic(CpuRegisters.ZF, raise ? CpuRegisters.ZF : 0);
    }
}
