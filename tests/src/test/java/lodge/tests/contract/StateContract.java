package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.BadStateException;
import lodge.core.backend.Availability;
import lodge.core.backend.Capability;
import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.DebugRegisters;
import lodge.core.cpu.FpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LocalApicState;
import lodge.core.cpu.MpState;
import lodge.core.cpu.MsrValue;
import lodge.core.cpu.PendingEvents;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The whole state of a processor can be taken out and put in again, there or elsewhere; a debugger
 * can stop it anywhere.
 */
interface StateContract extends HypervisorUnderTest {
    int LSTAR = 0xc000_0082;
    int SYSENTER_EIP = 0x176;

    String SUM =
            """
            90                     nop
            90                     nop
            b8 05 00               mov ax,0x5
            40                     inc ax
            e6 10                  out 0x10,al
            """;

    @Test
    default void aNewProcessorIsInItsResetState() {
        try (TinyMachine machine = new TinyMachine(ready(), 2)) {
            for (int id = 0; id < 2; id++) {
                CpuState saved = machine.cpus.get(id).save();
                CpuState reset = CpuState.reset(id, machine.vm.cpuSignature());
                assertEquals(reset.general(), saved.general());
                assertEquals(reset.segments(), saved.segments());
                assertEquals(reset.control(), saved.control());
                assertEquals(reset.debug(), saved.debug());
                assertEquals(reset.fpu(), saved.fpu());
                assertEquals(reset.events(), saved.events());
                assertEquals(reset.mpState(), saved.mpState());
                assertEquals(reset.apic().apicBase(), saved.apic().apicBase());
                assertEquals(id << 24, readInt(saved.apic(), 0x20));
            }
        }
    }

    private static int readInt(LocalApicState apic, int at) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | apic.registers()[at + i] & 0xff;
        }
        return value;
    }

    @Test
    default void everyPartOfTheStateSurvivesALoad() {
        try (TinyMachine machine = new TinyMachine(ready(), 1)) {
            for (int seed = 0; seed < 20; seed++) {
                CpuState state = random(machine, seed);
                machine.cpu().load(state);
                assertSame(state, machine.cpu().save(), seed);
            }
        }
    }

    @Test
    default void anotherMachineTakesOverAState() {
        try (TinyMachine machine = new TinyMachine(ready(), 1);
                TinyMachine other = new TinyMachine(ready(), 1)) {
            machine.cpu().load(random(machine, 77));
            CpuState saved = machine.cpu().save();
            other.cpu().load(saved);
            assertEquals(TinyMachine.still(saved), TinyMachine.still(other.cpu().save()));
        }
    }

    @Test
    default void aResetLeavesNothingBehind() {
        try (TinyMachine machine = new TinyMachine(ready(), 1)) {
            CpuState fresh = machine.cpu().save();
            machine.cpu().load(random(machine, 5));
            machine.cpu().load(CpuState.reset(0, machine.vm.cpuSignature()));
            assertEquals(TinyMachine.still(fresh), TinyMachine.still(machine.cpu().save()));
        }
    }

    @Test
    default void aStateThatNoProcessorCanHaveIsRefused() {
        try (TinyMachine machine = new TinyMachine(ready(), 1)) {
            CpuState good = machine.cpu().save();
            ControlRegisters c = good.control();
            ControlRegisters pagingWithoutProtection =
                    new ControlRegisters(
                            ControlRegisters.CR0_PG | ControlRegisters.CR0_ET,
                            0,
                            0,
                            c.cr4(),
                            0,
                            0,
                            c.xcr0());
            assertRefused(
                    machine, good.with(good.general(), good.segments(), pagingWithoutProtection));
            assertRefused(machine, withFpu(good, new FpuState(new byte[100])));
            assertRefused(machine, withMsrs(good, List.of(new MsrValue(0x1234_5678, 1))));
            // One that the processor does not have is no harm as long as it is 0.
            machine.cpu().load(withMsrs(good, List.of(new MsrValue(0x1234_5678, 0))));
            machine.cpu().load(good);
            assertEquals(TinyMachine.still(good), TinyMachine.still(machine.cpu().save()));
        }
    }

    private static void assertRefused(TinyMachine machine, CpuState state) {
        BadStateException e =
                assertThrows(BadStateException.class, () -> machine.cpu().load(state));
        assertTrue(!e.getMessage().isBlank());
    }

    private static CpuState withFpu(CpuState s, FpuState fpu) {
        return new CpuState(
                s.general(),
                s.segments(),
                s.control(),
                s.debug(),
                fpu,
                s.msrs(),
                s.apic(),
                s.events(),
                s.mpState());
    }

    private static CpuState withMsrs(CpuState s, List<MsrValue> msrs) {
        return new CpuState(
                s.general(),
                s.segments(),
                s.control(),
                s.debug(),
                s.fpu(),
                msrs,
                s.apic(),
                s.events(),
                s.mpState());
    }

    private static void assertSame(CpuState expected, CpuState actual, int seed) {
        String which = "seed " + seed;
        assertEquals(expected.general(), actual.general(), which);
        assertEquals(expected.segments(), actual.segments(), which);
        assertEquals(expected.control(), actual.control(), which);
        assertEquals(expected.debug(), actual.debug(), which);
        assertEquals(expected.fpu(), actual.fpu(), which);
        assertEquals(expected.apic(), actual.apic(), which);
        assertEquals(expected.events(), actual.events(), which);
        assertEquals(expected.mpState(), actual.mpState(), which);
        for (MsrValue msr : expected.msrs()) {
            assertTrue(actual.msrs().contains(msr), which + ": " + msr + " of " + actual.msrs());
        }
    }

    /** A real-mode state with something in every part. */
    private static CpuState random(TinyMachine machine, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        CpuState entry = machine.entry(random.nextInt(0x10000), random.nextInt(0x10000));
        GeneralRegisters general =
                new GeneralRegisters(
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextInt(0x10000),
                        // CF, PF, AF, ZF, SF, IF, DF, OF
                        random.nextInt() & 0xed5 | GeneralRegisters.RFLAGS_FIXED);
        byte[] area = FpuState.reset().xsave().clone();
        // The x87 control word, status word and tags, and 8 registers of 10 bytes; 16 SSE
        // registers.
        area[0] = 0x7f;
        area[1] = (byte) random.nextInt(0x10);
        area[2] = (byte) random.nextInt(0x40);
        area[4] = (byte) random.nextInt();
        for (int i = 0; i < 128; i++) {
            area[32 + i] = i % 16 < 10 ? (byte) random.nextInt() : 0;
        }
        for (int i = 160; i < 416; i++) {
            area[i] = (byte) random.nextInt();
        }
        area[25] = (byte) (random.nextInt() & 0x60 | 0x1f);
        CpuState reset = machine.cpu().save();
        byte[] apic = reset.apic().registers().clone();
        TinyMachine.putInt(apic, 0xf0, 0x100 | random.nextInt(256));
        TinyMachine.putInt(apic, 0xd0, random.nextInt(256) << 24);
        TinyMachine.putInt(apic, 0x350, 0x700);
        TinyMachine.putInt(apic, 0x360, 0x400);
        TinyMachine.putInt(apic, 0x3e0, 0xb);
        List<MsrValue> msrs = new ArrayList<>();
        msrs.add(new MsrValue(0x174, random.nextInt(0x10000)));
        msrs.add(new MsrValue(SYSENTER_EIP, random.nextLong() >> 17));
        msrs.add(new MsrValue(0x277, 0x0606_0606_0606_0606L));
        msrs.add(new MsrValue(LSTAR, random.nextLong() >> 17));
        ControlRegisters control =
                new ControlRegisters(
                        ControlRegisters.CR0_RESET & ~0x6000_0000L,
                        random.nextLong(),
                        random.nextInt(1 << 20) << 12 & 0xffff_f000L,
                        0,
                        0,
                        0,
                        1);
        DebugRegisters debug =
                new DebugRegisters(
                        random.nextInt() & 0xffff_ffffL,
                        random.nextInt() & 0xffff_ffffL,
                        random.nextInt() & 0xffff_ffffL,
                        random.nextInt() & 0xffff_ffffL,
                        0xffff_0ff1L,
                        0x401);
        boolean interrupt = random.nextBoolean();
        PendingEvents events =
                new PendingEvents(
                        false,
                        0,
                        false,
                        0,
                        interrupt,
                        interrupt ? 0x20 + random.nextInt(200) : 0,
                        false,
                        random.nextInt(3),
                        false,
                        random.nextBoolean(),
                        random.nextBoolean(),
                        0);
        return new CpuState(
                general,
                entry.segments(),
                control,
                debug,
                new FpuState(area),
                msrs,
                new LocalApicState(reset.apic().apicBase(), apic),
                events,
                random.nextBoolean() ? MpState.RUNNABLE : MpState.HALTED);
    }

    @Test
    default void aSingleStepStopsAfterEveryInstruction() {
        assumeCan(Capability.SINGLE_STEP);
        try (TinyMachine machine = TinyMachine.with(ready(), SUM)) {
            machine.cpu().debug(DebugControl.step());
            for (int rip : new int[] {1, 2, 5, 6}) {
                assertEquals(Exit.Signal.DEBUG_STOP, machine.run());
                assertEquals(TinyMachine.CODE + rip, machine.registers().rip());
            }
            assertEquals(6, machine.registers().rax());
            machine.cpu().debug(DebugControl.NONE);
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    @Test
    default void aBreakpointStopsBeforeItsInstruction() {
        assumeCan(Capability.HARDWARE_BREAKPOINTS);
        try (TinyMachine machine = TinyMachine.with(ready(), SUM)) {
            machine.cpu().debug(DebugControl.breakpoint(TinyMachine.CODE + 5));
            assertEquals(Exit.Signal.DEBUG_STOP, machine.run());
            assertEquals(TinyMachine.CODE + 5, machine.registers().rip());
            assertEquals(5, machine.registers().rax());
            machine.cpu().debug(DebugControl.NONE);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(6, machine.registers().rax());
        }
    }

    private void assumeCan(Capability capability) {
        ready();
        assumeTrue(
                hypervisor().probe() instanceof Availability.Ready it
                        && it.capabilities().contains(capability),
                "Skipped: the backend lacks " + capability);
    }
}
