package lodge.interpreter;

import lodge.core.BadStateException;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.DebugRegisters;
import lodge.core.cpu.FpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LodgeV2;
import lodge.core.cpu.MpState;
import lodge.core.cpu.MsrValue;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.interpreter.apic.LocalApic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Takes the whole state of a processor out as a {@link CpuState}, and puts one in. */
final class StateTransfer {
    private static final int XSTATE_BV = 512;
    private static final int YMM_HIGH = 576;
    private static final int WITH_AVX = 832;
    private static final int[] ORDER = {
        CpuRegisters.ES,
        CpuRegisters.CS,
        CpuRegisters.SS,
        CpuRegisters.DS,
        CpuRegisters.FS,
        CpuRegisters.GS,
        CpuRegisters.LDTR,
        CpuRegisters.TR
    };

    private final Cpu c;
    private final LocalApic apic;

    /**
     * The state of one processor.
     *
     * @param c the processor
     * @param apic its local APIC; null when it has none
     */
    StateTransfer(Cpu c, LocalApic apic) {
        this.c = c;
        this.apic = apic;
    }

    // ---- out ----

    CpuState save() {
        c.events.settle();
        long[] r = new long[16];
        for (int k = 0; k < 16; k++) {
            r[k] = c.reg64(8 * k);
        }
        GeneralRegisters general =
                new GeneralRegisters(
                        r[0], r[3], r[1], r[2], r[6], r[7], r[5], r[4], r[8], r[9], r[10], r[11],
                        r[12], r[13], r[14], r[15], c.rip, c.flags());
        ControlRegisters control =
                new ControlRegisters(c.cr0, c.cr2, c.cr3, c.cr4, c.apic.cr8(), c.efer, c.xcr0);
        DebugRegisters debug =
                new DebugRegisters(c.dr[0], c.dr[1], c.dr[2], c.dr[3], c.dr[6], c.dr[7]);
        return new CpuState(
                general,
                segments(),
                control,
                debug,
                fpu(),
                msrs(),
                apic == null ? CpuState.reset(0, 0).apic() : apic.save(),
                c.events.save(),
                mpState());
    }

    private MpState mpState() {
        if (c.dormant) {
            return c.waitsForStartup ? MpState.WAIT_FOR_SIPI : MpState.UNINITIALIZED;
        }
        return c.halted ? MpState.HALTED : MpState.RUNNABLE;
    }

    private SegmentRegister segment(int n) {
        return new SegmentRegister(c.selector[n], c.base(n), c.limit[n], c.attributes[n]);
    }

    private SegmentRegisters segments() {
        return new SegmentRegisters(
                segment(CpuRegisters.ES),
                segment(CpuRegisters.CS),
                segment(CpuRegisters.SS),
                segment(CpuRegisters.DS),
                segment(CpuRegisters.FS),
                segment(CpuRegisters.GS),
                segment(CpuRegisters.LDTR),
                segment(CpuRegisters.TR),
                c.gdtrBase,
                c.gdtrLimit,
                c.idtrBase,
                c.idtrLimit);
    }

    private FpuState fpu() {
        boolean avx = (c.system.xcr0Allowed & 4) != 0;
        ByteBuffer area =
                ByteBuffer.allocate(avx ? WITH_AVX : FpuState.MINIMUM_SIZE)
                        .order(ByteOrder.LITTLE_ENDIAN);
        X87State x = c.x87;
        area.putShort(0, (short) x.fcw);
        area.putShort(2, (short) x.fsw);
        area.put(4, (byte) x.abridgedTags());
        area.putShort(6, (short) x.fop);
        area.putLong(8, x.fip);
        area.putLong(16, x.fdp);
        area.putInt(24, x.mxcsr);
        area.putInt(28, 0xffff);
        int top = x.fsw >> 11 & 7;
        for (int k = 0; k < 8; k++) {
            long at = c.s + CpuRegisters.FPR + 16L * (top + k & 7);
            area.putLong(32 + 16 * k, RawMemory.getLong(at));
            area.putShort(40 + 16 * k, RawMemory.getShort(at + 8));
        }
        for (int n = 0; n < 16; n++) {
            area.putLong(160 + 16 * n, c.vector(n, 0));
            area.putLong(168 + 16 * n, c.vector(n, 1));
            if (avx) {
                area.putLong(YMM_HIGH + 16 * n, c.vector(n, 2));
                area.putLong(YMM_HIGH + 16 * n + 8, c.vector(n, 3));
            }
        }
        area.putLong(XSTATE_BV, avx ? 7 : 3);
        return new FpuState(area.array());
    }

    private List<MsrValue> msrs() {
        List<MsrValue> values = new ArrayList<>();
        for (int index : indexes()) {
            if (c.system.readMsr(index)) {
                values.add(new MsrValue(index, c.system.msrValue));
            }
        }
        return values;
    }

    private int[] indexes() {
        List<Integer> all = new ArrayList<>();
        for (int index : LodgeV2.msrs()) {
            all.add(index);
        }
        // Of the model max: TSC_ADJUST, TSC_DEADLINE, TSC_AUX; those that do not exist are skipped.
        all.add(SystemRegisters.MSR_TSC_ADJUST);
        all.add(0x6e0);
        all.add(SystemRegisters.MSR_TSC_AUX);
        return all.stream().sorted(Integer::compareUnsigned).mapToInt(Integer::intValue).toArray();
    }

    // ---- in ----

    /**
     * Takes over a state.
     *
     * @throws BadStateException when no processor of this model can be in it; nothing has changed
     *     then
     */
    void load(CpuState state) {
        check(state);
        GeneralRegisters g = state.general();
        long[] r = {
            g.rax(), g.rcx(), g.rdx(), g.rbx(), g.rsp(), g.rbp(), g.rsi(), g.rdi(), g.r8(), g.r9(),
            g.r10(), g.r11(), g.r12(), g.r13(), g.r14(), g.r15()
        };
        for (int k = 0; k < 16; k++) {
            c.setReg64(8 * k, r[k]);
        }
        c.rip = g.rip();
        ControlRegisters control = state.control();
        c.cr0 = control.cr0() | CpuSystem.CR0_ET;
        c.cr2 = control.cr2();
        c.cr3 = control.cr3();
        c.cr4 = control.cr4();
        c.efer = control.efer();
        c.xcr0 = control.xcr0();
        int flags = (int) g.rflags();
        c.setArithmetic(flags);
        c.systemFlags = flags & 0x3f7700;
        loadSegments(state.segments());
        c.cpl =
                (c.cr0 & CpuSystem.CR0_PE) == 0
                        ? 0
                        : (flags & CpuRegisters.VM) != 0 ? 3 : c.dpl(CpuRegisters.SS);
        DebugRegisters d = state.debug();
        long[] dr = {d.dr0(), d.dr1(), d.dr2(), d.dr3(), 0, 0, d.dr6(), d.dr7()};
        System.arraycopy(dr, 0, c.dr, 0, 8);
        loadFpu(state.fpu());
        if (apic != null) {
            apic.load(state.apic());
            c.apic.cr8((int) control.cr8());
        }
        // What the state does not mention has its reset value.
        c.system.powerUp();
        for (MsrValue msr : state.msrs()) {
            if (msr.index() == SystemRegisters.MSR_TSC) {
                c.system.restoreTsc(msr.value());
            } else if (msr.index() == SystemRegisters.MSR_TSC_ADJUST) {
                c.system.tscAdjust = msr.value();
            } else {
                c.system.writeMsr(msr.index(), msr.value());
            }
        }
        c.halted = state.mpState() == MpState.HALTED;
        c.dormant =
                state.mpState() == MpState.UNINITIALIZED
                        || state.mpState() == MpState.WAIT_FOR_SIPI;
        c.waitsForStartup = state.mpState() == MpState.WAIT_FOR_SIPI;
        c.events.load(state.events());
        c.walker.pdptesFromMemory();
        c.modeChanged();
        c.debug.refresh();
        c.flush(true);
        c.attention(Cpu.INTERRUPT);
    }

    private void check(CpuState state) {
        ControlRegisters control = state.control();
        boolean pg = (control.cr0() & CpuSystem.CR0_PG) != 0;
        boolean lma = (control.efer() & CpuSystem.EFER_LMA) != 0;
        boolean lme = (control.efer() & CpuSystem.EFER_LME) != 0;
        if (pg && (control.cr0() & CpuSystem.CR0_PE) == 0
                || lma != (pg && lme)
                || lma && (control.cr4() & CpuSystem.CR4_PAE) == 0) {
            throw refused("control registers contradict each other");
        }
        if ((control.cr4() & ~c.system.cr4Allowed) != 0
                || (control.efer() & ~c.system.eferAllowed) != 0
                || (control.xcr0() & ~c.system.xcr0Allowed) != 0
                || (control.xcr0() & 1) == 0
                || control.cr8() < 0
                || control.cr8() > 15) {
            throw refused("control registers use what the CPU model does not have");
        }
        if (state.fpu().xsave().length < FpuState.MINIMUM_SIZE) {
            throw refused("XSAVE area is too short");
        }
        int mxcsr = word(state.fpu().xsave()).getInt(24);
        if ((mxcsr & 0xffff_0000) != 0) {
            throw refused("MXCSR has reserved bits set");
        }
        for (MsrValue msr : state.msrs()) {
            if (msr.value() != 0 && !c.system.readMsr(msr.index())) {
                throw refused("model-specific register 0x%x does not exist".formatted(msr.index()));
            }
        }
    }

    private static BadStateException refused(String what) {
        return new BadStateException(
                "The interpreter refuses the processor's state: its %s; the state is damaged or from another CPU model"
                        .formatted(what));
    }

    private void loadSegments(SegmentRegisters all) {
        SegmentRegister[] registers = {
            all.es(), all.cs(), all.ss(), all.ds(), all.fs(), all.gs(), all.ldtr(), all.tr()
        };
        for (int n : ORDER) {
            SegmentRegister from = registers[n];
            c.selector[n] = from.selector() & 0xffff;
            c.setBase(n, from.base());
            c.limit[n] = from.limit();
            c.attributes[n] = from.attributes();
            c.refreshSegment(n);
        }
        c.gdtrBase = all.gdtrBase();
        c.gdtrLimit = all.gdtrLimit();
        c.idtrBase = all.idtrBase();
        c.idtrLimit = all.idtrLimit();
    }

    private static ByteBuffer word(byte[] area) {
        return ByteBuffer.wrap(area).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void loadFpu(FpuState state) {
        ByteBuffer area = word(state.xsave());
        long present = area.getLong(XSTATE_BV);
        X87State x = c.x87;
        if ((present & 1) != 0) {
            x.fcw = area.getShort(0) & 0xffff;
            x.fsw = area.getShort(2) & 0xffff;
            x.setAbridgedTags(area.get(4));
            x.fop = area.getShort(6) & 0x7ff;
            x.fip = area.getLong(8);
            x.fdp = area.getLong(16);
        } else {
            x.init();
        }
        int top = x.fsw >> 11 & 7;
        for (int k = 0; k < 8; k++) {
            long at = c.s + CpuRegisters.FPR + 16L * (top + k & 7);
            RawMemory.putLong(at, (present & 1) != 0 ? area.getLong(32 + 16 * k) : 0);
            RawMemory.putShort(at + 8, (present & 1) != 0 ? area.getShort(40 + 16 * k) : 0);
        }
        x.mxcsr = area.getInt(24) & 0xffff;
        boolean upper = (present & 4) != 0 && area.capacity() >= WITH_AVX;
        for (int n = 0; n < 16; n++) {
            boolean sse = (present & 2) != 0;
            c.setVector(n, 0, sse ? area.getLong(160 + 16 * n) : 0);
            c.setVector(n, 1, sse ? area.getLong(168 + 16 * n) : 0);
            c.setVector(n, 2, upper ? area.getLong(YMM_HIGH + 16 * n) : 0);
            c.setVector(n, 3, upper ? area.getLong(YMM_HIGH + 16 * n + 8) : 0);
        }
    }
}
