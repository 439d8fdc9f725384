package lodge.interpreter.assist;

import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.DebugRegisters;
import lodge.core.cpu.FpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.PendingEvents;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;

/** The registers of one processor, open for change, and what follows from them. */
final class Processor {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;

    static final int ES = 0;
    static final int CS = 1;
    static final int SS = 2;
    static final int DS = 3;
    static final int FS = 4;
    static final int GS = 5;

    static final long CF = 1;
    static final long PF = 1 << 2;
    static final long AF = 1 << 4;
    static final long ZF = 1 << 6;
    static final long SF = 1 << 7;
    static final long TF = 1 << 8;
    static final long IF = 1 << 9;
    static final long DF = 1 << 10;
    static final long OF = 1 << 11;
    static final long IOPL = 3 << 12;
    static final long NT = 1 << 14;
    static final long RF = 1 << 16;
    static final long VM = 1 << 17;
    static final long AC = 1 << 18;
    static final long VIF = 1 << 19;
    static final long VIP = 1 << 20;
    static final long ID = 1 << 21;

    static final long CR0_MP = 1 << 1;
    static final long CR0_EM = 1 << 2;
    static final long CR0_TS = 1 << 3;
    static final long CR0_NE = 1 << 5;
    static final long CR0_WP = 1 << 16;
    static final long CR4_PSE = 1 << 4;
    static final long CR4_OSFXSR = 1 << 9;
    static final long CR4_LA57 = 1 << 12;
    static final long CR4_PCIDE = 1 << 17;
    static final long CR4_OSXSAVE = 1 << 18;
    static final long CR4_SMEP = 1 << 20;
    static final long CR4_SMAP = 1 << 21;
    static final long CR4_PKE = 1 << 22;
    static final long CR4_CET = 1 << 23;
    static final long CR4_PKS = 1 << 24;
    static final long CR4_LAM = 1 << 28;
    static final long CR4_FRED = 1L << 32;
    static final long EFER_NXE = 1 << 11;

    final long[] registers;
    long rip;
    long rflags;

    /** ES, CS, SS, DS, FS and GS. */
    final SegmentRegister[] segments;

    /** The descriptor tables, which no instruction here changes. */
    final SegmentRegisters tables;

    final ControlRegisters control;
    FpuState fpu;
    boolean nmiMasked;

    /** Whether cached translations of addresses are to be dropped. */
    boolean flush;

    int cpl;

    private final CpuState before;

    Processor(CpuState state) {
        before = state;
        GeneralRegisters g = state.general();
        registers =
                new long[] {
                    g.rax(), g.rcx(), g.rdx(), g.rbx(), g.rsp(), g.rbp(), g.rsi(), g.rdi(), g.r8(),
                    g.r9(), g.r10(), g.r11(), g.r12(), g.r13(), g.r14(), g.r15()
                };
        rip = g.rip();
        rflags = g.rflags();
        tables = state.segments();
        segments =
                new SegmentRegister[] {
                    tables.es(), tables.cs(), tables.ss(), tables.ds(), tables.fs(), tables.gs()
                };
        control = state.control();
        fpu = state.fpu();
        nmiMasked = state.events().nmiMasked();
        // KVM keeps the current privilege level there, even while SS holds nothing useful.
        cpl = dpl(segments[SS]);
    }

    static int dpl(SegmentRegister segment) {
        return segment.attributes() >> 5 & 3;
    }

    boolean protectedMode() {
        return (control.cr0() & ControlRegisters.CR0_PE) != 0 && (rflags & VM) == 0;
    }

    /** IA-32e mode, with 64-bit or compatibility code. */
    boolean longMode() {
        return (control.efer() & ControlRegisters.EFER_LMA) != 0;
    }

    /** 64-bit code. */
    boolean code64() {
        return longMode() && (segments[CS].attributes() & SegmentRegister.LONG) != 0;
    }

    /** How many bytes of RSP count: 2, 4 or 8 (SDM vol. 1, 6.2.3). */
    int stackSize() {
        if (code64()) {
            return 8;
        }
        return (segments[SS].attributes() & SegmentRegister.DEFAULT_BIG) != 0 ? 4 : 2;
    }

    boolean flag(long flag) {
        return (rflags & flag) != 0;
    }

    boolean cr0(long bit) {
        return (control.cr0() & bit) != 0;
    }

    boolean cr4(long bit) {
        return (control.cr4() & bit) != 0;
    }

    /** Cuts a value to a size in bytes. */
    static long cut(long value, int size) {
        return size == 8 ? value : value & (1L << 8 * size) - 1;
    }

    /**
     * Writes a general register as instructions do: a 32-bit result clears the upper half, a
     * smaller one leaves the rest (SDM vol. 1, 3.4.1.1).
     */
    void setRegister(int number, int size, long value) {
        long mask = size >= 4 ? 0 : -1L << 8 * size;
        registers[number] = registers[number] & mask | cut(value, size);
    }

    /** Moves the stack pointer, of which only the part that counts changes. */
    void setStackPointer(long value, int size) {
        setRegister(RSP, size, value);
    }

    /**
     * Returns the state after the instruction: no interrupt shadow is left, RF is as the
     * instruction left it.
     *
     * @param singleStep whether the instruction began with TF set, so that a trap follows it (SDM
     *     vol. 3B, 18.3.1.4)
     */
    CpuState completed(boolean singleStep) {
        PendingEvents e = before.events();
        PendingEvents events =
                new PendingEvents(
                        singleStep,
                        singleStep ? 1 : 0,
                        false,
                        0,
                        false,
                        0,
                        false,
                        0,
                        false,
                        e.nmiPending(),
                        nmiMasked,
                        e.sipiVector());
        DebugRegisters d = before.debug();
        long singleStepBit = 1 << 14;
        DebugRegisters debug =
                singleStep
                        ? new DebugRegisters(
                                d.dr0(),
                                d.dr1(),
                                d.dr2(),
                                d.dr3(),
                                d.dr6() | singleStepBit,
                                d.dr7())
                        : d;
        return state(segments(), control, debug, fpu, events);
    }

    /** Returns the state with an exception pending on the instruction. */
    CpuState faulted(GuestFault fault) {
        PendingEvents e = before.events();
        PendingEvents events =
                new PendingEvents(
                        true,
                        fault.vector(),
                        fault.hasErrorCode(),
                        fault.errorCode(),
                        false,
                        0,
                        false,
                        0,
                        false,
                        e.nmiPending(),
                        nmiMasked,
                        e.sipiVector());
        ControlRegisters c = control;
        if (fault.vector() == GuestFault.PAGE) {
            c =
                    new ControlRegisters(
                            c.cr0(),
                            fault.address(),
                            c.cr3(),
                            c.cr4(),
                            c.cr8(),
                            c.efer(),
                            c.xcr0());
        }
        return new CpuState(
                before.general(),
                before.segments(),
                c,
                before.debug(),
                before.fpu(),
                before.msrs(),
                before.apic(),
                events,
                before.mpState());
    }

    private CpuState state(
            SegmentRegisters newSegments,
            ControlRegisters newControl,
            DebugRegisters newDebug,
            FpuState newFpu,
            PendingEvents newEvents) {
        return new CpuState(
                general(),
                newSegments,
                newControl,
                newDebug,
                newFpu,
                before.msrs(),
                before.apic(),
                newEvents.equals(before.events()) ? before.events() : newEvents,
                before.mpState());
    }

    private GeneralRegisters general() {
        long[] r = registers;
        return new GeneralRegisters(
                r[RAX],
                r[RBX],
                r[RCX],
                r[RDX],
                r[RSI],
                r[RDI],
                r[RBP],
                r[RSP],
                r[8],
                r[9],
                r[10],
                r[11],
                r[12],
                r[13],
                r[14],
                r[15],
                rip,
                rflags | GeneralRegisters.RFLAGS_FIXED);
    }

    private SegmentRegisters segments() {
        SegmentRegisters t = tables;
        SegmentRegisters now =
                new SegmentRegisters(
                        segments[ES],
                        segments[CS],
                        segments[SS],
                        segments[DS],
                        segments[FS],
                        segments[GS],
                        t.ldtr(),
                        t.tr(),
                        t.gdtrBase(),
                        t.gdtrLimit(),
                        t.idtrBase(),
                        t.idtrLimit());
        return now.equals(t) ? t : now;
    }
}
