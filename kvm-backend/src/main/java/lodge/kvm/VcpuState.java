package lodge.kvm;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;

import lodge.core.BadStateException;
import lodge.core.backend.DebugControl;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.DebugRegisters;
import lodge.core.cpu.FpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LocalApicState;
import lodge.core.cpu.MpState;
import lodge.core.cpu.PendingEvents;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmDebugregs;
import lodge.natives.kvm.KvmDtable;
import lodge.natives.kvm.KvmGuestDebug;
import lodge.natives.kvm.KvmLapicState;
import lodge.natives.kvm.KvmMpState;
import lodge.natives.kvm.KvmRegs;
import lodge.natives.kvm.KvmSegment;
import lodge.natives.kvm.KvmSregs;
import lodge.natives.kvm.KvmVcpuEvents;
import lodge.natives.kvm.KvmVcpuFd;
import lodge.natives.kvm.KvmXcr;
import lodge.natives.kvm.KvmXcrs;
import lodge.natives.kvm.KvmXsave;
import lodge.natives.posix.Errno;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Reads and writes the whole state of a processor: {@link CpuState} on one side, KVM's structs on
 * the other.
 */
final class VcpuState {
    private static final int XSTATE_BV = 512;
    private static final int MXCSR_MASK = 28;
    private static final int SOFTWARE_BYTES = 464;
    private static final long CR4_PGE = 1 << 7;
    private static final byte[] NO_REGISTERS = {};

    private final KvmVcpuFd fd;
    private final VcpuMsrs msrs;
    private final int xsaveBytes;
    private final long xfeatures;

    /**
     * The state of one processor.
     *
     * @param fd the processor, its CPUID already set
     * @param msrs its model-specific registers
     * @param xsaveBytes size of the XSAVE area that the guest's CPUID describes
     * @param xfeatures the components of that area
     */
    VcpuState(KvmVcpuFd fd, VcpuMsrs msrs, int xsaveBytes, long xfeatures) {
        this.fd = fd;
        this.msrs = msrs;
        this.xsaveBytes = xsaveBytes;
        this.xfeatures = xfeatures | 3;
    }

    private MemorySegment get(Arena arena, StructLayout layout, String call, long request) {
        MemorySegment struct = arena.allocate(layout);
        fd.get(call, request, struct);
        return struct;
    }

    private void set(String what, long request, MemorySegment struct) {
        int result = fd.set(request, struct);
        if (result < 0) {
            throw new BadStateException(
                    "KVM refuses the %s of the processor's state (%s); the state is damaged or from another CPU model"
                            .formatted(what, Errno.name(-result)));
        }
    }

    CpuState save() {
        try (Arena arena = Arena.ofConfined()) {
            // Asking for the MP state first lets KVM act on an INIT or SIPI that waits, which
            // changes everything else.
            MpState mpState = mpState(arena);
            MemorySegment sregs =
                    get(arena, KvmSregs.LAYOUT, "KVM_GET_SREGS", KvmApi.KVM_GET_SREGS);
            return new CpuState(
                    general(arena),
                    segments(sregs),
                    control(arena, sregs),
                    debugRegisters(arena),
                    fpu(arena),
                    msrs.save(),
                    apic(arena, sregs),
                    events(arena),
                    mpState);
        }
    }

    void load(CpuState state) {
        try (Arena arena = Arena.ofConfined()) {
            loadSregs(arena, state);
            loadGeneral(arena, state.general());
            loadXcr0(arena, state.control().xcr0());
            loadFpu(arena, state.fpu());
            msrs.load(state.msrs(), false);
            loadApic(arena, state.apic());
            // The deadline of the APIC timer only counts in the timer mode that the APIC's
            // registers choose.
            msrs.load(state.msrs(), true);
            loadDebugRegisters(arena, state.debug());
            loadEvents(arena, state.events());
            loadMpState(arena, state.mpState());
        }
    }

    /**
     * Returns the state without model-specific registers and local APIC: what one instruction may
     * need.
     */
    CpuState saveForAssist() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sregs =
                    get(arena, KvmSregs.LAYOUT, "KVM_GET_SREGS", KvmApi.KVM_GET_SREGS);
            return new CpuState(
                    general(arena),
                    segments(sregs),
                    control(arena, sregs),
                    debugRegisters(arena),
                    fpu(arena),
                    List.of(),
                    new LocalApicState(sregs.get(U64, KvmSregs.APIC_BASE), NO_REGISTERS),
                    events(arena),
                    mpState(arena));
        }
    }

    /**
     * Takes over what an instruction has changed.
     *
     * @param before what {@link #saveForAssist} gave
     * @param after the same after the instruction; only parts that differ are written
     */
    void loadChanges(CpuState before, CpuState after) {
        try (Arena arena = Arena.ofConfined()) {
            if (!after.segments().equals(before.segments())
                    || !after.control().equals(before.control())) {
                loadSregs(arena, after);
            }
            if (!after.general().equals(before.general())) {
                loadGeneral(arena, after.general());
            }
            if (!after.fpu().equals(before.fpu())) {
                loadFpu(arena, after.fpu());
            }
            if (!after.debug().equals(before.debug())) {
                loadDebugRegisters(arena, after.debug());
            }
            if (!after.events().equals(before.events())) {
                loadEvents(arena, after.events());
            }
        }
    }

    /**
     * Has KVM drop all cached translations, as it does when CR4 changes.
     *
     * @param state the processor's state
     */
    void flushTranslations(CpuState state) {
        ControlRegisters c = state.control();
        ControlRegisters other =
                new ControlRegisters(
                        c.cr0(), c.cr2(), c.cr3(), c.cr4() ^ CR4_PGE, c.cr8(), c.efer(), c.xcr0());
        try (Arena arena = Arena.ofConfined()) {
            loadSregs(arena, state.with(state.general(), state.segments(), other));
            loadSregs(arena, state);
        }
    }

    /** Returns RIP. */
    long rip() {
        try (Arena arena = Arena.ofConfined()) {
            return get(arena, KvmRegs.LAYOUT, "KVM_GET_REGS", KvmApi.KVM_GET_REGS)
                    .get(U64, KvmRegs.RIP);
        }
    }

    void debug(DebugControl control) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment debug = arena.allocate(KvmGuestDebug.LAYOUT);
            List<Long> breakpoints = control.breakpoints();
            int flags = 0;
            if (control.singleStep()) {
                flags |= KvmApi.KVM_GUESTDBG_ENABLE | KvmApi.KVM_GUESTDBG_SINGLESTEP;
            }
            if (!breakpoints.isEmpty()) {
                flags |= KvmApi.KVM_GUESTDBG_ENABLE | KvmApi.KVM_GUESTDBG_USE_HW_BP;
                // SDM vol. 3B, 18.2.4: enable bits Gn at 2n+1; R/Wn and LENn at 16+4n stay 0 for
                // instructions. Bit 10
                // is always 1.
                long dr7 = 0x400;
                for (int i = 0; i < breakpoints.size(); i++) {
                    dr7 |= 2L << 2 * i;
                    debug.set(U64, KvmGuestDebug.ARCH + 8L * i, breakpoints.get(i));
                }
                debug.set(U64, KvmGuestDebug.ARCH + 8 * 7, dr7);
            }
            debug.set(U32, KvmGuestDebug.CONTROL, flags);
            fd.get("KVM_SET_GUEST_DEBUG", KvmApi.KVM_SET_GUEST_DEBUG, debug);
        }
    }

    private GeneralRegisters general(Arena arena) {
        MemorySegment r = get(arena, KvmRegs.LAYOUT, "KVM_GET_REGS", KvmApi.KVM_GET_REGS);
        return new GeneralRegisters(
                r.get(U64, KvmRegs.RAX),
                r.get(U64, KvmRegs.RBX),
                r.get(U64, KvmRegs.RCX),
                r.get(U64, KvmRegs.RDX),
                r.get(U64, KvmRegs.RSI),
                r.get(U64, KvmRegs.RDI),
                r.get(U64, KvmRegs.RBP),
                r.get(U64, KvmRegs.RSP),
                r.get(U64, KvmRegs.R8),
                r.get(U64, KvmRegs.R9),
                r.get(U64, KvmRegs.R10),
                r.get(U64, KvmRegs.R11),
                r.get(U64, KvmRegs.R12),
                r.get(U64, KvmRegs.R13),
                r.get(U64, KvmRegs.R14),
                r.get(U64, KvmRegs.R15),
                r.get(U64, KvmRegs.RIP),
                r.get(U64, KvmRegs.RFLAGS));
    }

    private void loadGeneral(Arena arena, GeneralRegisters g) {
        MemorySegment r = arena.allocate(KvmRegs.LAYOUT);
        r.set(U64, KvmRegs.RAX, g.rax());
        r.set(U64, KvmRegs.RBX, g.rbx());
        r.set(U64, KvmRegs.RCX, g.rcx());
        r.set(U64, KvmRegs.RDX, g.rdx());
        r.set(U64, KvmRegs.RSI, g.rsi());
        r.set(U64, KvmRegs.RDI, g.rdi());
        r.set(U64, KvmRegs.RBP, g.rbp());
        r.set(U64, KvmRegs.RSP, g.rsp());
        r.set(U64, KvmRegs.R8, g.r8());
        r.set(U64, KvmRegs.R9, g.r9());
        r.set(U64, KvmRegs.R10, g.r10());
        r.set(U64, KvmRegs.R11, g.r11());
        r.set(U64, KvmRegs.R12, g.r12());
        r.set(U64, KvmRegs.R13, g.r13());
        r.set(U64, KvmRegs.R14, g.r14());
        r.set(U64, KvmRegs.R15, g.r15());
        r.set(U64, KvmRegs.RIP, g.rip());
        r.set(U64, KvmRegs.RFLAGS, g.rflags() | GeneralRegisters.RFLAGS_FIXED);
        set("general registers", KvmApi.KVM_SET_REGS, r);
    }

    private static SegmentRegister segment(MemorySegment sregs, long at) {
        int attributes =
                sregs.get(U8, at + KvmSegment.TYPE) & 0xf
                        | sregs.get(U8, at + KvmSegment.S) << 4
                        | sregs.get(U8, at + KvmSegment.DPL) << 5
                        | sregs.get(U8, at + KvmSegment.PRESENT) << 7
                        | sregs.get(U8, at + KvmSegment.AVL) << 12
                        | sregs.get(U8, at + KvmSegment.L) << 13
                        | sregs.get(U8, at + KvmSegment.DB) << 14
                        | sregs.get(U8, at + KvmSegment.G) << 15
                        | sregs.get(U8, at + KvmSegment.UNUSABLE) << 16;
        return new SegmentRegister(
                sregs.get(U16, at + KvmSegment.SELECTOR) & 0xffff,
                sregs.get(U64, at + KvmSegment.BASE),
                sregs.get(U32, at + KvmSegment.LIMIT),
                attributes);
    }

    private static void put(MemorySegment sregs, long at, SegmentRegister segment) {
        int attributes = segment.attributes();
        sregs.set(U16, at + KvmSegment.SELECTOR, (short) segment.selector());
        sregs.set(U64, at + KvmSegment.BASE, segment.base());
        sregs.set(U32, at + KvmSegment.LIMIT, segment.limit());
        sregs.set(U8, at + KvmSegment.TYPE, (byte) (attributes & 0xf));
        sregs.set(U8, at + KvmSegment.S, (byte) (attributes >> 4 & 1));
        sregs.set(U8, at + KvmSegment.DPL, (byte) (attributes >> 5 & 3));
        sregs.set(U8, at + KvmSegment.PRESENT, (byte) (attributes >> 7 & 1));
        sregs.set(U8, at + KvmSegment.AVL, (byte) (attributes >> 12 & 1));
        sregs.set(U8, at + KvmSegment.L, (byte) (attributes >> 13 & 1));
        sregs.set(U8, at + KvmSegment.DB, (byte) (attributes >> 14 & 1));
        sregs.set(U8, at + KvmSegment.G, (byte) (attributes >> 15 & 1));
        sregs.set(U8, at + KvmSegment.UNUSABLE, (byte) (attributes >> 16 & 1));
    }

    private static SegmentRegisters segments(MemorySegment sregs) {
        return new SegmentRegisters(
                segment(sregs, KvmSregs.ES),
                segment(sregs, KvmSregs.CS),
                segment(sregs, KvmSregs.SS),
                segment(sregs, KvmSregs.DS),
                segment(sregs, KvmSregs.FS),
                segment(sregs, KvmSregs.GS),
                segment(sregs, KvmSregs.LDT),
                segment(sregs, KvmSregs.TR),
                sregs.get(U64, KvmSregs.GDT + KvmDtable.BASE),
                sregs.get(U16, KvmSregs.GDT + KvmDtable.LIMIT) & 0xffff,
                sregs.get(U64, KvmSregs.IDT + KvmDtable.BASE),
                sregs.get(U16, KvmSregs.IDT + KvmDtable.LIMIT) & 0xffff);
    }

    private ControlRegisters control(Arena arena, MemorySegment sregs) {
        return new ControlRegisters(
                sregs.get(U64, KvmSregs.CR0),
                sregs.get(U64, KvmSregs.CR2),
                sregs.get(U64, KvmSregs.CR3),
                sregs.get(U64, KvmSregs.CR4),
                sregs.get(U64, KvmSregs.CR8),
                sregs.get(U64, KvmSregs.EFER),
                xcr0(arena));
    }

    private void loadSregs(Arena arena, CpuState state) {
        SegmentRegisters segments = state.segments();
        ControlRegisters control = state.control();
        MemorySegment sregs = arena.allocate(KvmSregs.LAYOUT);
        put(sregs, KvmSregs.ES, segments.es());
        put(sregs, KvmSregs.CS, segments.cs());
        put(sregs, KvmSregs.SS, segments.ss());
        put(sregs, KvmSregs.DS, segments.ds());
        put(sregs, KvmSregs.FS, segments.fs());
        put(sregs, KvmSregs.GS, segments.gs());
        put(sregs, KvmSregs.LDT, segments.ldtr());
        put(sregs, KvmSregs.TR, segments.tr());
        sregs.set(U64, KvmSregs.GDT + KvmDtable.BASE, segments.gdtrBase());
        sregs.set(U16, KvmSregs.GDT + KvmDtable.LIMIT, (short) segments.gdtrLimit());
        sregs.set(U64, KvmSregs.IDT + KvmDtable.BASE, segments.idtrBase());
        sregs.set(U16, KvmSregs.IDT + KvmDtable.LIMIT, (short) segments.idtrLimit());
        sregs.set(U64, KvmSregs.CR0, control.cr0());
        sregs.set(U64, KvmSregs.CR2, control.cr2());
        sregs.set(U64, KvmSregs.CR3, control.cr3());
        sregs.set(U64, KvmSregs.CR4, control.cr4());
        sregs.set(U64, KvmSregs.CR8, control.cr8());
        sregs.set(U64, KvmSregs.EFER, control.efer());
        sregs.set(U64, KvmSregs.APIC_BASE, state.apic().apicBase());
        // The interrupt bitmap stays empty: an interrupt being delivered is part of the events.
        set("segment and control registers", KvmApi.KVM_SET_SREGS, sregs);
    }

    private DebugRegisters debugRegisters(Arena arena) {
        MemorySegment d =
                get(arena, KvmDebugregs.LAYOUT, "KVM_GET_DEBUGREGS", KvmApi.KVM_GET_DEBUGREGS);
        return new DebugRegisters(
                d.get(U64, KvmDebugregs.DB),
                d.get(U64, KvmDebugregs.DB + 8),
                d.get(U64, KvmDebugregs.DB + 16),
                d.get(U64, KvmDebugregs.DB + 24),
                d.get(U64, KvmDebugregs.DR6),
                d.get(U64, KvmDebugregs.DR7));
    }

    private void loadDebugRegisters(Arena arena, DebugRegisters debug) {
        MemorySegment d = arena.allocate(KvmDebugregs.LAYOUT);
        d.set(U64, KvmDebugregs.DB, debug.dr0());
        d.set(U64, KvmDebugregs.DB + 8, debug.dr1());
        d.set(U64, KvmDebugregs.DB + 16, debug.dr2());
        d.set(U64, KvmDebugregs.DB + 24, debug.dr3());
        d.set(U64, KvmDebugregs.DR6, debug.dr6());
        d.set(U64, KvmDebugregs.DR7, debug.dr7());
        set("debug registers", KvmApi.KVM_SET_DEBUGREGS, d);
    }

    private long xcr0(Arena arena) {
        MemorySegment xcrs = get(arena, KvmXcrs.LAYOUT, "KVM_GET_XCRS", KvmApi.KVM_GET_XCRS);
        int count = Math.min(xcrs.get(U32, KvmXcrs.NR_XCRS), KvmApi.KVM_MAX_XCRS);
        for (int i = 0; i < count; i++) {
            long at = KvmXcrs.XCRS + i * KvmXcr.SIZE;
            if (xcrs.get(U32, at + KvmXcr.XCR) == 0) {
                return xcrs.get(U64, at + KvmXcr.VALUE);
            }
        }
        return 1;
    }

    private void loadXcr0(Arena arena, long xcr0) {
        MemorySegment xcrs = arena.allocate(KvmXcrs.LAYOUT);
        xcrs.set(U32, KvmXcrs.NR_XCRS, 1);
        xcrs.set(U64, KvmXcrs.XCRS + KvmXcr.VALUE, xcr0);
        set("XCR0", KvmApi.KVM_SET_XCRS, xcrs);
    }

    /**
     * The area as XSAVE with all components would write it. KVM leaves out the mark of components
     * that hold their initial value but fills in the value, so marking all of them gives one form
     * for one state. The mask of MXCSR bits is a property of the processor, and the last 48 bytes
     * of the legacy area are software's to use (Linux notes the format there); neither is state.
     */
    private FpuState fpu(Arena arena) {
        MemorySegment area = get(arena, KvmXsave.LAYOUT, "KVM_GET_XSAVE", KvmApi.KVM_GET_XSAVE);
        byte[] bytes = area.asSlice(0, xsaveBytes).toArray(U8);
        MemorySegment heap = MemorySegment.ofArray(bytes);
        heap.set(ValueLayout.JAVA_LONG_UNALIGNED, XSTATE_BV, xfeatures);
        heap.set(ValueLayout.JAVA_INT_UNALIGNED, MXCSR_MASK, 0xffff);
        Arrays.fill(bytes, SOFTWARE_BYTES, XSTATE_BV, (byte) 0);
        return new FpuState(bytes);
    }

    private void loadFpu(Arena arena, FpuState fpu) {
        byte[] bytes = fpu.xsave();
        if (bytes.length < FpuState.MINIMUM_SIZE) {
            throw new BadStateException(
                    "The state's XSAVE area has %d bytes; it needs %d"
                            .formatted(bytes.length, FpuState.MINIMUM_SIZE));
        }
        MemorySegment area = arena.allocate(KvmXsave.LAYOUT);
        int length = (int) Math.min(bytes.length, KvmXsave.SIZE);
        for (int i = length; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                throw new BadStateException(
                        "The state's XSAVE area is larger than KVM's; resume it where it was"
                                + " saved");
            }
        }
        MemorySegment.copy(bytes, 0, area, U8, 0, length);
        // Bits of a reserved part or of a component that this guest does not have are refused by
        // KVM itself.
        area.set(U32, MXCSR_MASK, 0);
        set("floating-point state", KvmApi.KVM_SET_XSAVE, area);
    }

    private LocalApicState apic(Arena arena, MemorySegment sregs) {
        MemorySegment page =
                get(arena, KvmLapicState.LAYOUT, "KVM_GET_LAPIC", KvmApi.KVM_GET_LAPIC);
        return new LocalApicState(sregs.get(U64, KvmSregs.APIC_BASE), page.toArray(U8));
    }

    private void loadApic(Arena arena, LocalApicState apic) {
        MemorySegment page = arena.allocate(KvmLapicState.LAYOUT);
        byte[] registers = Arrays.copyOf(apic.registers(), LocalApicState.SIZE);
        MemorySegment.copy(registers, 0, page, U8, 0, registers.length);
        set("local APIC", KvmApi.KVM_SET_LAPIC, page);
    }

    private PendingEvents events(Arena arena) {
        MemorySegment e =
                get(arena, KvmVcpuEvents.LAYOUT, "KVM_GET_VCPU_EVENTS", KvmApi.KVM_GET_VCPU_EVENTS);
        return new PendingEvents(
                e.get(U8, KvmVcpuEvents.EXCEPTION_INJECTED) != 0,
                e.get(U8, KvmVcpuEvents.EXCEPTION_NR) & 0xff,
                e.get(U8, KvmVcpuEvents.EXCEPTION_HAS_ERROR_CODE) != 0,
                e.get(U32, KvmVcpuEvents.EXCEPTION_ERROR_CODE),
                e.get(U8, KvmVcpuEvents.INTERRUPT_INJECTED) != 0,
                e.get(U8, KvmVcpuEvents.INTERRUPT_NR) & 0xff,
                e.get(U8, KvmVcpuEvents.INTERRUPT_SOFT) != 0,
                shadow(e.get(U8, KvmVcpuEvents.INTERRUPT_SHADOW)),
                e.get(U8, KvmVcpuEvents.NMI_INJECTED) != 0,
                e.get(U8, KvmVcpuEvents.NMI_PENDING) != 0,
                e.get(U8, KvmVcpuEvents.NMI_MASKED) != 0,
                e.get(U32, KvmVcpuEvents.SIPI_VECTOR));
    }

    private static int shadow(int kvm) {
        return (kvm & KvmApi.KVM_X86_SHADOW_INT_STI) >> 1
                | (kvm & KvmApi.KVM_X86_SHADOW_INT_MOV_SS) << 1;
    }

    private void loadEvents(Arena arena, PendingEvents events) {
        MemorySegment e = arena.allocate(KvmVcpuEvents.LAYOUT);
        e.set(U8, KvmVcpuEvents.EXCEPTION_INJECTED, flag(events.exceptionPending()));
        e.set(U8, KvmVcpuEvents.EXCEPTION_NR, (byte) events.exceptionVector());
        e.set(U8, KvmVcpuEvents.EXCEPTION_HAS_ERROR_CODE, flag(events.exceptionHasErrorCode()));
        e.set(U32, KvmVcpuEvents.EXCEPTION_ERROR_CODE, events.exceptionErrorCode());
        e.set(U8, KvmVcpuEvents.INTERRUPT_INJECTED, flag(events.interruptPending()));
        e.set(U8, KvmVcpuEvents.INTERRUPT_NR, (byte) events.interruptVector());
        e.set(U8, KvmVcpuEvents.INTERRUPT_SOFT, flag(events.interruptSoft()));
        e.set(
                U8,
                KvmVcpuEvents.INTERRUPT_SHADOW,
                (byte) ((events.interruptShadow() & 1) << 1 | events.interruptShadow() >> 1 & 1));
        e.set(U8, KvmVcpuEvents.NMI_INJECTED, flag(events.nmiInjected()));
        e.set(U8, KvmVcpuEvents.NMI_PENDING, flag(events.nmiPending()));
        e.set(U8, KvmVcpuEvents.NMI_MASKED, flag(events.nmiMasked()));
        e.set(U32, KvmVcpuEvents.SIPI_VECTOR, events.sipiVector());
        e.set(
                U32,
                KvmVcpuEvents.FLAGS,
                KvmApi.KVM_VCPUEVENT_VALID_NMI_PENDING
                        | KvmApi.KVM_VCPUEVENT_VALID_SIPI_VECTOR
                        | KvmApi.KVM_VCPUEVENT_VALID_SHADOW);
        set("pending events", KvmApi.KVM_SET_VCPU_EVENTS, e);
    }

    private static byte flag(boolean value) {
        return (byte) (value ? 1 : 0);
    }

    private MpState mpState(Arena arena) {
        int state =
                get(arena, KvmMpState.LAYOUT, "KVM_GET_MP_STATE", KvmApi.KVM_GET_MP_STATE)
                        .get(U32, KvmMpState.MP_STATE);
        return switch (state) {
            case KvmApi.KVM_MP_STATE_UNINITIALIZED -> MpState.UNINITIALIZED;
            case KvmApi.KVM_MP_STATE_INIT_RECEIVED -> MpState.WAIT_FOR_SIPI;
            case KvmApi.KVM_MP_STATE_HALTED -> MpState.HALTED;
            default -> MpState.RUNNABLE;
        };
    }

    private void loadMpState(Arena arena, MpState state) {
        MemorySegment struct = arena.allocate(KvmMpState.LAYOUT);
        struct.set(
                U32,
                KvmMpState.MP_STATE,
                switch (state) {
                    case RUNNABLE -> KvmApi.KVM_MP_STATE_RUNNABLE;
                    case UNINITIALIZED -> KvmApi.KVM_MP_STATE_UNINITIALIZED;
                    case WAIT_FOR_SIPI -> KvmApi.KVM_MP_STATE_INIT_RECEIVED;
                    case HALTED -> KvmApi.KVM_MP_STATE_HALTED;
                });
        set("MP state", KvmApi.KVM_SET_MP_STATE, struct);
    }
}
