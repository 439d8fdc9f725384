package lodge.interpreter;

/**
 * Control and status word, environment and state of the x87 (SDM vol. 1, 8.1.10): the 14- and
 * 28-byte images of real and protected mode.
 */
final class X87Environment {
    private X87Environment() {}

    static void exec(Cpu c, Insn i, X87Unit.Op op) {
        X87State s = c.x87;
        switch (op) {
            case FNSTCW -> c.storeOperand(i, 2, s.fcw);
            case FNSTSW -> c.storeOperand(i, 2, s.fsw);
            case FNSTSW_AX -> c.setReg16(CpuRegisters.RAX, s.fsw);
            case FLDCW -> {
                control(s, (int) c.loadOperand(i, 2));
                s.summarise();
            }
            case FNCLEX -> s.fsw &= 0x7f00;
            case FNINIT -> s.init();
            case FNSTENV -> {
                int size = environmentSize(i);
                long va = c.linear(i.segment, i.ea(c), size, true);
                c.probeWrite(va, size);
                storeEnvironment(c, i, va);
                s.fcw |= 0x3f;
                s.summarise();
            }
            case FLDENV -> {
                int size = environmentSize(i);
                long va = c.linear(i.segment, i.ea(c), size, false);
                c.probeRead(va, size);
                loadEnvironment(c, i, va);
                s.summarise();
            }
            case FNSAVE -> save(c, i);
            case FRSTOR -> restore(c, i);
            // FENI, FDISI and FSETPM of the 8087 and 80287 do nothing since the 387.
            default -> {}
        }
    }

    /** Bit 6 always reads as 1, bits 7 and 15:13 as 0. */
    static void control(X87State s, int word) {
        s.fcw = word & 0x1f3f | 0x40;
    }

    private static int environmentSize(Insn i) {
        return i.opSize == 2 ? 14 : 28;
    }

    private static long at(Cpu c, long va, int offset) {
        return c.code64 ? va + offset : va + offset & 0xffff_ffffL;
    }

    private static void storeEnvironment(Cpu c, Insn i, long va) {
        X87State s = c.x87;
        boolean real = c.realOrVm86();
        long ip = real ? (s.fcs << 4) + s.fip & 0xffff_ffffL : s.fip;
        long dp = real ? (s.fds << 4) + s.fdp & 0xffff_ffffL : s.fdp;
        if (i.opSize == 2) {
            c.store16(va, s.fcw);
            c.store16(at(c, va, 2), s.fsw);
            c.store16(at(c, va, 4), s.tagWord());
            c.store16(at(c, va, 6), (int) ip);
            c.store16(at(c, va, 8), real ? (int) (ip >> 4 & 0xf000) | s.fop : s.fcs);
            c.store16(at(c, va, 10), (int) dp);
            c.store16(at(c, va, 12), real ? (int) (dp >> 4 & 0xf000) : s.fds);
            return;
        }
        c.store32(va, s.fcw | 0xffff_0000);
        c.store32(at(c, va, 4), s.fsw | 0xffff_0000);
        c.store32(at(c, va, 8), s.tagWord() | 0xffff_0000);
        if (real) {
            c.store32(at(c, va, 12), (int) ip & 0xffff | 0xffff_0000);
            c.store32(at(c, va, 16), (int) (ip >> 4) & 0x0fff_f000 | s.fop);
            c.store32(at(c, va, 20), (int) dp & 0xffff | 0xffff_0000);
            c.store32(at(c, va, 24), (int) (dp >> 4) & 0x0fff_f000);
        } else {
            c.store32(at(c, va, 12), (int) ip);
            c.store32(at(c, va, 16), s.fcs | s.fop << 16);
            c.store32(at(c, va, 20), (int) dp);
            c.store32(at(c, va, 24), s.fds | 0xffff_0000);
        }
    }

    private static void loadEnvironment(Cpu c, Insn i, long va) {
        X87State s = c.x87;
        boolean real = c.realOrVm86();
        int step = i.opSize == 2 ? 2 : 4;
        // In one piece, so that an alignment check fails before anything is changed.
        control(s, (int) c.load(va, step) & 0xffff);
        s.fsw = c.load16(at(c, va, step));
        int tags = c.load16(at(c, va, 2 * step));
        // Whether a register is empty is all that counts; the rest follows from its contents.
        s.ftw = tags;
        if (i.opSize == 2) {
            long ip = c.load16(at(c, va, 6));
            int cs = c.load16(at(c, va, 8));
            long dp = c.load16(at(c, va, 10));
            int ds = c.load16(at(c, va, 12));
            s.fip = real ? ip | (cs & 0xf000L) << 4 : ip;
            s.fdp = real ? dp | (ds & 0xf000L) << 4 : dp;
            s.fcs = real ? 0 : cs;
            s.fds = real ? 0 : ds;
            s.fop = real ? cs & 0x7ff : s.fop;
            return;
        }
        long ip = c.load32(at(c, va, 12)) & 0xffff_ffffL;
        int cs = c.load32(at(c, va, 16));
        long dp = c.load32(at(c, va, 20)) & 0xffff_ffffL;
        int ds = c.load32(at(c, va, 24));
        if (real) {
            s.fip = ip & 0xffff | (cs & 0x0fff_f000L) << 4;
            s.fdp = dp & 0xffff | (ds & 0x0fff_f000L) << 4;
            s.fcs = 0;
            s.fds = 0;
            s.fop = cs & 0x7ff;
        } else {
            s.fip = ip;
            s.fdp = dp;
            s.fcs = cs & 0xffff;
            s.fop = cs >>> 16 & 0x7ff;
            s.fds = ds & 0xffff;
        }
    }

    /** Registers lie 10 bytes apart, so alignment checks (RFLAGS.AC) cannot want more than 2. */
    private static void save(Cpu c, Insn i) {
        X87State s = c.x87;
        int environment = environmentSize(i);
        long va = c.linear(i.segment, i.ea(c), environment + 80, true);
        c.probeWrite(va, environment + 80);
        storeEnvironment(c, i, va);
        for (int n = 0; n < 8; n++) {
            long m = s.mantissa(n);
            for (int k = 0; k < 4; k++) {
                c.store16(at(c, va, environment + 10 * n + 2 * k), (int) (m >>> 16 * k));
            }
            c.store16(at(c, va, environment + 10 * n + 8), s.se(n));
        }
        s.init();
    }

    private static void restore(Cpu c, Insn i) {
        X87State s = c.x87;
        int environment = environmentSize(i);
        long va = c.linear(i.segment, i.ea(c), environment + 80, false);
        c.probeRead(va, environment + 80);
        loadEnvironment(c, i, va);
        int tags = s.ftw;
        for (int n = 0; n < 8; n++) {
            long m = 0;
            for (int k = 0; k < 4; k++) {
                m |= (long) c.load16(at(c, va, environment + 10 * n + 2 * k)) << 16 * k;
            }
            s.set(n, c.load16(at(c, va, environment + 10 * n + 8)), m);
        }
        s.ftw = tags;
        s.summarise();
    }
}
