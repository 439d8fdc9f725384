package lodge.core.cpu;

import java.util.List;

/**
 * Everything a processor holds between two instructions: one record for every backend, so that a
 * machine saved on one resumes on another.
 *
 * @param general general-purpose registers, RIP, RFLAGS
 * @param segments segment and descriptor-table registers
 * @param control control registers and EFER
 * @param debug debug registers
 * @param fpu x87, SSE, AVX
 * @param msrs model-specific registers not held elsewhere here, by ascending unsigned index; one
 *     that a backend does not know is skipped on load when it holds 0 and refused otherwise
 * @param apic the local APIC
 * @param events pending events
 * @param mpState running, halted, or waiting to be started
 */
public record CpuState(
        GeneralRegisters general,
        SegmentRegisters segments,
        ControlRegisters control,
        DebugRegisters debug,
        FpuState fpu,
        List<MsrValue> msrs,
        LocalApicState apic,
        PendingEvents events,
        MpState mpState) {
    private static final int MSR_PAT = 0x277;
    private static final long PAT_RESET = 0x0007_0406_0007_0406L;

    /** Copies the list. */
    public CpuState {
        msrs = List.copyOf(msrs);
    }

    /**
     * The state after power-on (SDM vol. 3A, table 10-1): real mode, CS:IP f000:fff0 with base
     * 0xffff0000.
     *
     * @param id APIC id; 0 is the bootstrap processor, which runs, all others wait for INIT and
     *     SIPI
     * @param signature family, model and stepping as CPUID leaf 1 gives them in EAX; reset leaves
     *     them in EDX
     * @return the state
     */
    public static CpuState reset(int id, int signature) {
        SegmentRegister data = SegmentRegister.real(0, 0x3);
        SegmentRegister code = SegmentRegister.real(0, 0xb).at(0xf000, 0xffff_0000L);
        GeneralRegisters general =
                new GeneralRegisters(
                        0,
                        0,
                        0,
                        signature & 0xffff_ffffL,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0xfff0,
                        GeneralRegisters.RFLAGS_FIXED);
        return new CpuState(
                general,
                SegmentRegisters.uniform(code, data),
                new ControlRegisters(ControlRegisters.CR0_RESET, 0, 0, 0, 0, 0, 1),
                DebugRegisters.RESET,
                FpuState.reset(),
                List.of(new MsrValue(MSR_PAT, PAT_RESET)),
                LocalApicState.reset(id, id == 0),
                PendingEvents.NONE,
                id == 0 ? MpState.RUNNABLE : MpState.UNINITIALIZED);
    }

    /**
     * The same with other general registers, segments and control registers: how a boot protocol
     * enters.
     *
     * @param newGeneral general registers
     * @param newSegments segment registers
     * @param newControl control registers
     * @return a copy
     */
    public CpuState with(
            GeneralRegisters newGeneral,
            SegmentRegisters newSegments,
            ControlRegisters newControl) {
        return new CpuState(
                newGeneral, newSegments, newControl, debug, fpu, msrs, apic, events, mpState);
    }

    /**
     * The same with other general registers.
     *
     * @param newGeneral general registers
     * @return a copy
     */
    public CpuState with(GeneralRegisters newGeneral) {
        return with(newGeneral, segments, control);
    }
}
