package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.cpu.PendingEvents;

import org.junit.jupiter.api.Test;

/** Exceptions, software and external interrupts, and what becomes of faults in their delivery. */
class EventsTest {
    private static final int UD = GuestFault.UD;

    private static SystemBench start() {
        return new SystemBench();
    }

    @Test
    void anInterruptInRealModePushesThreeWordsAndIretTakesThemBack() {
        try (SystemBench b = start().real16()) {
            b.bench.memory.writeInt(4 * 0x21, 0x0020_0300);
            b.bench.put(0x500, "cf");
            b.code("cd21");
            b.cpu.writeFlags(CpuRegisters.IF | CpuRegisters.CF, -1);
            b.step();
            assertEquals(0x300, b.cpu.rip);
            assertEquals(0x20, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(Bench.CODE + 2, b.stack(0, 2));
            assertEquals(0, b.stack(1, 2));
            assertEquals(0x203, b.stack(2, 2));
            assertEquals(0, b.cpu.systemFlags & CpuRegisters.IF);
            b.step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(0x203, b.cpu.flags());
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aFaultFromLevel3EntersLevel0OnItsStack() {
        try (SystemBench b = start().flat32().user()) {
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * UD, b.cpu.rip);
            assertEquals(0, b.cpu.cpl);
            assertEquals(SystemBench.INNER_STACK - 20, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.CODE, b.stack(0, 4));
            assertEquals(SystemBench.CODE3, b.stack(1, 4));
            assertEquals(0x10002, b.stack(2, 4));
            assertEquals(Bench.STACK, b.stack(3, 4));
            assertEquals(SystemBench.DATA3, b.stack(4, 4));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "cf");
            b.step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(Bench.CODE, b.cpu.rip);
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aFaultIn64BitModePushesFiveQuadwordsOnAnAlignedStack() {
        try (SystemBench b = start().long64()) {
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 3);
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * UD, b.cpu.rip);
            assertEquals(Bench.STACK - 16 - 40, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.STACK - 3, b.stack(3, 8));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "48cf");
            b.step();
            assertEquals(Bench.STACK - 3, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.CODE, b.cpu.rip);
        }
    }

    @Test
    void aFaultFromLevel3In64BitModeLeavesANullStackSegment() {
        try (SystemBench b = start().long64().user()) {
            b.code("0f0b").step();
            assertEquals(SystemBench.INNER_STACK - 40, b.reg(CpuRegisters.RSP));
            assertEquals(0, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(SystemBench.DATA3, b.stack(4, 8));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "48cf");
            b.step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(SystemBench.DATA3, b.cpu.selector[CpuRegisters.SS]);
            assertFalse(b.cpu.careful && (b.cpu.systemFlags & CpuRegisters.RF) == 0);
        }
    }

    @Test
    void twoContributoryFaultsAreADoubleFault() {
        try (SystemBench b = start().flat32()) {
            b.idt(UD, 0);
            b.idt(GuestFault.GP, SystemBench.gate(0x3f8, 0x2000, 0x8e, 0));
            // The first is benign, so its #GP is delivered serially; that gate is bad, too.
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.DF, b.cpu.rip);
            assertEquals(0, b.stack(0, 4));
            assertEquals(Bench.CODE, b.stack(1, 4));
        }
    }

    @Test
    void aFaultInTheDeliveryOfABenignExceptionIsDeliveredInItsPlaceWithExt() {
        try (SystemBench b = start().flat32()) {
            b.idt(UD, SystemBench.gate(SystemBench.CODE0, 0x2000, 0x0e, 0));
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.NP, b.cpu.rip);
            assertEquals(UD * 8 + 2 + 1, b.stack(0, 4));
        }
    }

    @Test
    void aFaultInTheDeliveryOfADoubleFaultShutsDown() {
        try (SystemBench b = start().flat32()) {
            b.cpu.idtrLimit = 0;
            b.code("0f0b");
            assertEquals(Exit.Signal.SHUTDOWN, b.bench.steps(1));
        }
    }

    @Test
    void aStackThatIsNotThereShutsDownFromRealMode() {
        try (SystemBench b = start().real16()) {
            b.cpu.setReg64(CpuRegisters.RSP, 1);
            b.code("cd21");
            assertEquals(Exit.Signal.SHUTDOWN, b.bench.steps(1));
        }
    }

    @Test
    void aPageFaultAfterAPageFaultIsADoubleFaultOnItsOwnStack() {
        try (SystemBench b = start().long64()) {
            b.idt(GuestFault.DF, SystemBench.gate(SystemBench.CODE0, 0x2000, 0x8e, 3));
            b.bench.memory.writeLong(SystemBench.TSS + 36 + 16, 0x6008);
            // The stack lies beyond what is mapped.
            b.cpu.setReg64(CpuRegisters.RSP, 0x7000_0000L);
            b.code("50").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(0x6000 - 48, b.reg(CpuRegisters.RSP));
            assertEquals(0, b.stack(0, 8));
            assertEquals(Bench.CODE, b.stack(1, 8));
        }
    }

    @Test
    void softwareInterruptsNeedTheGatesPrivilegeAndFaultsDoNot() {
        try (SystemBench b = start().flat32().user()) {
            b.code("cd06").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
            assertEquals(UD * 8 + 2, b.stack(0, 4));
            assertEquals(Bench.CODE, b.stack(1, 4));
        }
    }

    @Test
    void aTrapGateKeepsInterruptsEnabledAndAnInterruptGateDoesNot() {
        for (int access : new int[] {0xee, 0xef}) {
            try (SystemBench b = start().flat32().user()) {
                b.idt(0x80, SystemBench.gate(SystemBench.CODE0, 0x2000, access, 0));
                b.cpu.writeFlags(CpuRegisters.IF | CpuRegisters.NT, -1);
                b.code("cd80").step();
                assertEquals(0x2000, b.cpu.rip);
                int kept = (access & 1) != 0 ? CpuRegisters.IF : 0;
                assertEquals(kept, b.cpu.systemFlags);
                assertEquals(0x4202, b.stack(2, 4));
            }
        }
    }

    private static SystemBench vm86(int iopl) {
        SystemBench b = start().flat32();
        b.cpu.cpl = 3;
        for (int segment = 0; segment < 6; segment++) {
            Segments.setVm86(b.cpu, segment, 0);
        }
        b.cpu.systemFlags = CpuRegisters.VM | iopl << 12 | CpuRegisters.IF | CpuRegisters.VIF;
        b.cpu.modeChanged();
        // INT 21 has a handler in the 8086 program, INT 22 has not.
        b.bench.memory.writeInt(4 * 0x21, 0x0020_0300);
        b.bench.memory.writeShort(SystemBench.TSS + 102, (short) 0x88);
        b.bench.memory.writeByte(SystemBench.TSS + 0x68 + 4, (byte) 4);
        return b;
    }

    @Test
    void aVirtual8086TaskHandlesItsOwnInterruptsWhereTheBitmapSaysSo() {
        try (SystemBench b = vm86(0)) {
            b.cpu.cr4 |= CpuSystem.CR4_VME;
            b.code("cd21").step();
            assertEquals(0x300, b.cpu.rip);
            assertEquals(0x200, b.cpu.base(CpuRegisters.CS));
            assertEquals(3, b.cpu.cpl);
            // IOPL appears as 3, and VIF where IF is.
            assertEquals(0x3202, b.stack(2, 2));
            assertEquals(CpuRegisters.IF, b.cpu.systemFlags & (CpuRegisters.IF | CpuRegisters.VIF));
            b.bench.put(0x500, "cf");
            b.step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(CpuRegisters.VIF, b.cpu.systemFlags & CpuRegisters.VIF);
        }
        try (SystemBench b = vm86(0)) {
            b.cpu.cr4 |= CpuSystem.CR4_VME;
            b.code("cd22").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
            assertEquals(0, b.stack(0, 4));
        }
    }

    @Test
    void withoutTheExtensionIoplDecidesAboutInterruptsOfAVirtual8086Task() {
        try (SystemBench b = vm86(3)) {
            b.idt(0x21, SystemBench.gate(SystemBench.CODE0, 0x2000, 0xee, 0));
            b.code("cd21").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(0, b.cpu.cpl);
        }
        try (SystemBench b = vm86(2)) {
            b.code("cd21").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
        }
    }

    @Test
    void virtualInterruptFlagsStandInForTheRealOne() {
        try (SystemBench b = start().flat32().user()) {
            b.code("fa fb").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
        }
        try (SystemBench b = start().flat32().user()) {
            b.cpu.cr4 |= CpuSystem.CR4_PVI;
            b.cpu.systemFlags = CpuRegisters.IF;
            b.code("fb fa fb").step();
            assertEquals(CpuRegisters.IF | CpuRegisters.VIF, b.cpu.systemFlags);
            b.step();
            assertEquals(CpuRegisters.IF, b.cpu.systemFlags);
            b.cpu.systemFlags |= CpuRegisters.VIP;
            b.step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
        }
    }

    /** An interrupt source whose vectors the test chooses. */
    private static class Source extends FixedApic {
        int pending = -1;
        int external = -1;
        int accepted = -1;

        @Override
        public int pending() {
            return pending;
        }

        @Override
        public void accept(int vector) {
            accepted = vector;
            pending = -1;
        }

        @Override
        public boolean externalPending() {
            return external >= 0;
        }

        @Override
        public int acknowledgeExternal() {
            int vector = external;
            external = -1;
            return vector;
        }
    }

    /** Gates for two vectors; the handlers count in ECX and EDX and return. */
    private static SystemBench interrupts(Source source) {
        SystemBench b = new SystemBench(source).flat32();
        b.idt(0x60, SystemBench.gate(SystemBench.CODE0, 0x2000, 0x8e, 0));
        b.idt(0x61, SystemBench.gate(SystemBench.CODE0, 0x2100, 0x8e, 0));
        b.bench.put(0x2000, "41 cf");
        b.bench.put(0x2100, "42 cf");
        b.idt(2, SystemBench.gate(SystemBench.CODE0, 0x2200, 0x8e, 0));
        // inc ebx; iret
        b.bench.put(0x2200, "43 cf");
        for (int r : new int[] {CpuRegisters.RCX, CpuRegisters.RDX, CpuRegisters.RBX}) {
            b.cpu.setReg64(r, 0);
        }
        return b;
    }

    /** Runs until the guest executes the instruction at an address. */
    private static void runTo(SystemBench b, long address) {
        b.cpu.debug.control(DebugControl.breakpoint(address));
        assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
        assertEquals(address, b.cpu.rip);
        b.cpu.debug.control(DebugControl.NONE);
    }

    @Test
    void anInterruptComesAfterTheInstructionBehindSti() {
        Source source = new Source();
        try (SystemBench b = interrupts(source)) {
            source.pending = 0x60;
            b.cpu.attention(Cpu.INTERRUPT);
            // nop; sti; nop; nop
            b.code("90 fb 90 90");
            runTo(b, 0x2000);
            assertEquals(Bench.CODE + 3, b.stack(0, 4));
            assertEquals(0x60, source.accepted);
            runTo(b, Bench.CODE + 3);
            assertEquals(1, b.reg(CpuRegisters.RCX));
        }
    }

    @Test
    void theExternalInterruptGoesFirstAndTheOtherFollowsItsReturn() {
        Source source = new Source();
        try (SystemBench b = interrupts(source)) {
            source.pending = 0x60;
            source.external = 0x61;
            b.cpu.attention(Cpu.INTERRUPT);
            b.code("fb f4 90");
            runTo(b, 0x2100);
            assertEquals(-1, source.accepted);
            runTo(b, 0x2000);
            runTo(b, Bench.CODE + 2);
            assertEquals(1, b.reg(CpuRegisters.RCX));
            assertEquals(1, b.reg(CpuRegisters.RDX));
            assertFalse(b.cpu.halted);
        }
    }

    @Test
    void aHaltedProcessorSleepsUntilAnotherThreadLeavesAnInterrupt() throws Exception {
        Source source = new Source();
        try (SystemBench b = interrupts(source)) {
            b.code("fb f4 90");
            Thread processor = Thread.currentThread();
            Thread other =
                    new Thread(
                            () -> {
                                while (processor.getState() != Thread.State.WAITING) {
                                    Thread.onSpinWait();
                                }
                                source.pending = 0x60;
                                b.cpu.attention(Cpu.INTERRUPT);
                            });
            other.start();
            runTo(b, Bench.CODE + 2);
            other.join();
            assertEquals(1, b.reg(CpuRegisters.RCX));
        }
    }

    @Test
    void aKickEndsTheRunOfAHaltedProcessor() {
        try (SystemBench b = interrupts(new Source())) {
            b.code("f4");
            b.step();
            b.cpu.attention(Cpu.KICK);
            assertEquals(Exit.Signal.KICKED, b.cpu.run());
            assertTrue(b.cpu.halted);
        }
    }

    @Test
    void nonMaskableInterruptsWaitForTheReturnFromTheFirst() {
        try (SystemBench b = interrupts(new Source())) {
            b.code("90 90");
            b.cpu.mail.nmi = true;
            b.cpu.attention(Cpu.EVENT);
            runTo(b, 0x2200);
            b.cpu.mail.nmi = true;
            b.cpu.attention(Cpu.EVENT);
            assertTrue(b.cpu.events.save().nmiMasked());
            runTo(b, 0x2201);
            assertTrue(b.cpu.events.save().nmiPending());
            runTo(b, 0x2200);
            assertEquals(1, b.reg(CpuRegisters.RBX));
            runTo(b, Bench.CODE);
            assertEquals(2, b.reg(CpuRegisters.RBX));
            assertEquals(PendingEvents.NONE, b.cpu.events.save());
        }
    }

    @Test
    void whatAStateHadBegunToDeliverIsDeliveredFirst() {
        Source source = new Source();
        PendingEvents events =
                new PendingEvents(false, 0, false, 0, true, 0x61, false, 1, false, true, false, 0);
        try (SystemBench b = interrupts(source)) {
            b.code("90 90");
            b.cpu.events.load(events);
            assertEquals(events, b.cpu.events.save());
            b.cpu.attention(Cpu.KICK);
            assertEquals(Exit.Signal.KICKED, b.cpu.run());
            assertEquals(events, b.cpu.events.save());
            // Interrupts are disabled, but this one had been acknowledged.
            runTo(b, 0x2200);
            assertEquals(0x2100, b.stack(0, 4));
            runTo(b, Bench.CODE);
            assertEquals(1, b.reg(CpuRegisters.RDX));
            assertEquals(1, b.reg(CpuRegisters.RBX));
        }
    }

    @Test
    void anExceptionOfAStateIsDeliveredWithItsErrorCode() {
        try (SystemBench b = start().flat32()) {
            b.cpu.events.load(
                    new PendingEvents(
                            true, 13, true, 0x48, false, 0, false, 0, false, false, false, 0));
            runTo(b, SystemBench.HANDLER + 16 * GuestFault.GP);
            assertEquals(0x48, b.stack(0, 4));
        }
    }

    @Test
    void initResetsAndAStartupInterruptBeginsAtItsPage() {
        Source source =
                new Source() {
                    @Override
                    public boolean ownsMsr(int index) {
                        return true;
                    }

                    @Override
                    public boolean readMsr(int index) {
                        return true;
                    }

                    @Override
                    public long msrValue() {
                        // Not the bootstrap processor.
                        return 0xfee0_0800L;
                    }
                };
        try (SystemBench b = interrupts(source)) {
            b.bench.put(0x9000, "90");
            b.code("90");
            b.cpu.mail.startup = 4;
            b.cpu.attention(Cpu.EVENT | Cpu.KICK);
            assertEquals(Exit.Signal.KICKED, b.cpu.run());
            // One that does not wait for it ignores a start-up interrupt.
            runTo(b, Bench.CODE);
            assertEquals(-1, b.cpu.mail.startup);
            b.cpu.mail.init = true;
            b.cpu.mail.startup = 9;
            b.cpu.attention(Cpu.EVENT);
            b.cpu.debug.control(DebugControl.breakpoint(0x9000));
            assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
            assertEquals(0, b.cpu.rip);
            assertEquals(0x900, b.cpu.selector[CpuRegisters.CS]);
            assertFalse(b.cpu.protectedMode());
        }
    }

    @Test
    void alignmentChecksWithoutEndCanBeInterrupted() {
        try (SystemBench b = start().flat32().user()) {
            // A conforming handler on a misaligned stack of level 3 needs that stack again.
            b.gdt(0x30, SystemBench.descriptor(0, 0xf_ffff, 0xc09f));
            b.idt(GuestFault.AC, SystemBench.gate(0x30, 0x2000, 0x8e, 0));
            b.cpu.cr0 |= CpuSystem.CR0_AM;
            b.cpu.writeFlags(CpuRegisters.AC, CpuRegisters.AC);
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 1);
            b.code("50").step();
            b.cpu.attention(Cpu.KICK);
            assertEquals(Exit.Signal.KICKED, b.cpu.run());
            assertEquals(Bench.CODE, b.cpu.rip);
            assertEquals(GuestFault.AC, b.cpu.events.save().exceptionVector());
        }
    }

    @Test
    void onlyTheFirstOfManyStackLoadsPutsInterruptsOff() {
        Source source = new Source();
        try (SystemBench b = interrupts(source)) {
            source.pending = 0x60;
            b.cpu.setReg64(CpuRegisters.RAX, SystemBench.DATA0);
            b.cpu.writeFlags(CpuRegisters.IF, CpuRegisters.IF);
            // mov ss,eax, again and again
            b.code("8ed0 8ed0 8ed0 8ed0").step();
            runTo(b, 0x2000);
            assertEquals(Bench.CODE + 4, b.stack(0, 4));
        }
    }
}
