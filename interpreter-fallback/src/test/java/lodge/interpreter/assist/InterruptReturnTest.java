package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;
import lodge.core.cpu.PendingEvents;
import lodge.core.cpu.SegmentRegister;

import org.junit.jupiter.api.Test;

class InterruptReturnTest {
    @Test
    void returnsToTheSameLevelIn32BitCode() {
        Guest guest = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 0x246);
        CpuState after = guest.done();
        assertEquals(0x1234, after.general().rip());
        assertEquals(Guest.STACK + 12, after.general().rsp());
        assertEquals(0x246, after.general().rflags());
        assertEquals(0x08, after.segments().cs().selector());
        assertEquals(-1, after.segments().cs().limit());
    }

    @Test
    void theOperandPrefixMakesItReturn16Bits() {
        Guest guest = Guest.protectedMode(0).code("66 cf").stack(2, 0x1234, 0x38, 0x3);
        CpuState after = guest.done();
        assertEquals(0x1234, after.general().rip());
        assertEquals(Guest.STACK + 6, after.general().rsp());
        assertEquals(0x38, after.segments().cs().selector());
        assertEquals(0xffff, after.segments().cs().limit());
        assertEquals(0, after.segments().cs().attributes() & SegmentRegister.DEFAULT_BIG);
    }

    @Test
    void a16BitStackWrapsAndKeepsTheUpperHalfOfEsp() {
        Guest guest = Guest.protectedMode(0).code("cf");
        guest.ss =
                new SegmentRegister(
                        0x10, 0, 0xffff, guest.ss.attributes() & ~SegmentRegister.DEFAULT_BIG);
        guest.r[Processor.RSP] = 0x7_9000;
        guest.memory.writeInt(0x9000, 0x1234);
        guest.memory.writeInt(0x9004, 8);
        guest.memory.writeInt(0x9008, 2);
        assertEquals(0x7_900c, guest.done().general().rsp());
    }

    @Test
    void anOuterLevelGetsItsStackAndLosesOurSegments() {
        Guest guest = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x1b, 0x202, 0x5678, 0x23);
        guest.fs = new SegmentRegister(0x23, 0, -1, guest.fs.attributes() | 3 << 5);
        CpuState after = guest.done();
        assertEquals(0x1b, after.segments().cs().selector());
        assertEquals(0x23, after.segments().ss().selector());
        assertEquals(3, after.segments().ss().attributes() >> 5 & 3);
        assertEquals(0x5678, after.general().rsp());
        assertEquals(0, after.segments().ds().selector());
        assertTrue((after.segments().ds().attributes() & SegmentRegister.UNUSABLE) != 0);
        assertEquals(0x23, after.segments().fs().selector());
    }

    @Test
    void aProgramCannotGiveItselfIoplOrInterrupts() {
        Guest guest = Guest.protectedMode(3).code("cf").stack(4, 0x1234, 0x1b, 0x3200);
        assertEquals(2, guest.done().general().rflags());
    }

    @Test
    void sixtyFourBitCodeAlwaysPopsTheStackToo() {
        Guest guest =
                Guest.longMode(0).code("48 cf").stack(8, 0x1234, 0x28, 0x202, 0x7_5678L, 0x10);
        CpuState after = guest.done();
        assertEquals(0x1234, after.general().rip());
        assertEquals(0x7_5678L, after.general().rsp());
        assertEquals(0x10, after.segments().ss().selector());
    }

    @Test
    void sixtyFourBitCodeReturnsToAProgram() {
        Guest guest =
                Guest.longMode(0)
                        .code("48 cf")
                        .stack(8, 0x7fff_0000_1234L, 0x33, 0x202, 0x7fff_ffff_0000L, 0x23);
        CpuState after = guest.done();
        assertEquals(0x7fff_0000_1234L, after.general().rip());
        assertEquals(0x7fff_ffff_0000L, after.general().rsp());
        assertEquals(0x33, after.segments().cs().selector());
        assertEquals(3, after.segments().ss().attributes() >> 5 & 3);
    }

    @Test
    void aNullStackSegmentIsFineFor64BitKernels() {
        Guest guest = Guest.longMode(0).code("48 cf").stack(8, 0x1234, 0x28, 2, 0x5678, 0);
        CpuState after = guest.done();
        assertEquals(0, after.segments().ss().selector());
        assertTrue((after.segments().ss().attributes() & SegmentRegister.UNUSABLE) != 0);
    }

    @Test
    void nullSegmentsKeepTheirBasesOnTheWayToAProgram() {
        Guest guest = Guest.longMode(0).code("48 cf").stack(8, 0x1234, 0x33, 0x202, 0x5678, 0x23);
        guest.gs = new SegmentRegister(0, 0xffff_8880_0000_0000L, 0, SegmentRegister.UNUSABLE);
        assertSame(guest.gs, guest.done().segments().gs());
    }

    @Test
    void wrongSelectorsAreReported() {
        Guest.protectedMode(0).code("cf").stack(4, 0, 0, 2).fault(13, 0);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x10, 2).fault(13, 0x10);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x48, 2).fault(13, 0x48);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x0c, 2).fault(13, 0x0c);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x40, 2).fault(11, 0x40);
        Guest.protectedMode(3).code("cf").stack(4, 0, 0x08, 2).fault(13, 0x08);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x1b, 2, 0, 0).fault(13, 0);
        Guest.protectedMode(0).code("cf").stack(4, 0, 0x1b, 2, 0, 0x10).fault(13, 0x10);
        Guest.protectedMode(0).code("66 cf").stack(2, 0, 0x1b, 2, 0, 0x23).done();
        Guest.longMode(0).code("48 cf").stack(8, 1L << 47, 0x28, 2, 0, 0x10).fault(13, 0);
        Guest.longMode(0).code("48 cf").stack(8, 0, 0x33, 2, 0, 0).fault(13, 0);
    }

    @Test
    void aStackBeyondItsLimitIsAStackFault() {
        Guest guest = Guest.protectedMode(0).code("cf");
        guest.ss = new SegmentRegister(0x10, 0, Guest.STACK + 10, guest.ss.attributes());
        guest.fault(12, 0);
    }

    @Test
    void nmisAreLetInAgainEvenByAFaultingReturn() {
        PendingEvents masked =
                new PendingEvents(false, 0, false, 0, false, 0, false, 0, false, true, true, 0);
        Guest good = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 2);
        good.events = masked;
        assertFalse(good.done().events().nmiMasked());
        Guest bad = Guest.protectedMode(0).code("cf").stack(4, 0, 0, 2);
        bad.events = masked;
        CpuState after = bad.fault(13, 0);
        assertFalse(after.events().nmiMasked());
        assertTrue(after.events().nmiPending());
    }

    @Test
    void taskReturnsAndVirtual8086ModeAreNotMine() {
        Guest nested = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 2);
        nested.rflags = 0x4002;
        assertTrue(nested.tried().isEmpty());
        Guest virtual = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 0x2_0002);
        assertTrue(virtual.tried().isEmpty());
        Guest wide = Guest.longMode(0).code("48 cf").stack(8, 0x1234, 0x28, 2, 0, 0x10);
        wide.rflags = 0x4002;
        wide.fault(13, 0);
    }

    @Test
    void aDescriptorUsedForTheFirstTimeIsMarked() {
        Guest guest = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 2);
        guest.memory.writeByte(Guest.GDT + 8 + 5, 0x9a);
        CpuState after = guest.done();
        assertEquals(0x9b, guest.memory.readByte(Guest.GDT + 8 + 5));
        assertEquals(0xb, after.segments().cs().attributes() & 0xf);
    }

    @Test
    void whatDoesNotChangeIsTheSameObject() {
        Guest guest = Guest.protectedMode(0).code("cf").stack(4, 0x1234, 0x08, 2);
        CpuState before = guest.state();
        CpuState after = new EmulationAssist().execute(before, guest.memory).orElseThrow().state();
        assertSame(before.segments(), after.segments());
        assertSame(before.control(), after.control());
        assertSame(before.fpu(), after.fpu());
        assertSame(before.events(), after.events());
        assertSame(before.debug(), after.debug());
    }
}
