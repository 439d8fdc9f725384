package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;
import lodge.core.cpu.SegmentRegister;

import org.junit.jupiter.api.Test;

class SoftwareInterruptTest {
    private static long word(Guest guest, CpuState state, int index) {
        return guest.memory.readInt(state.general().rsp() + 4L * index) & 0xffff_ffffL;
    }

    private static long quad(Guest guest, CpuState state, int index) {
        return guest.memory.readLong(state.general().rsp() + 8L * index);
    }

    @Test
    void anInterruptGateOfTheSameLevelPushesThreeWordsAndClearsIf() {
        Guest guest = Guest.protectedMode(0).code("cd 80").gate(0x80, 14, 0, 0x08, 0x1_2345, 0);
        guest.rflags = 0x4_4302 & ~0x4000;
        CpuState after = guest.done();
        assertEquals(0x1_2345, after.general().rip());
        assertEquals(Guest.STACK - 12, after.general().rsp());
        assertEquals(Guest.CODE + 2, word(guest, after, 0));
        assertEquals(0x08, word(guest, after, 1));
        assertEquals(0x4_0302, word(guest, after, 2));
        assertEquals(0x4_0002, after.general().rflags());
    }

    @Test
    void aTrapGateLeavesIf() {
        Guest guest = Guest.protectedMode(0).code("cc").gate(3, 15, 0, 0x08, 0x1000, 0);
        guest.rflags = 0x202;
        CpuState after = guest.done();
        assertEquals(0x202, after.general().rflags());
        assertEquals(Guest.CODE + 1, word(guest, after, 0));
    }

    @Test
    void a16BitGatePushesHalves() {
        Guest guest = Guest.protectedMode(0).code("cc").gate(3, 6, 0, 0x08, 0x1000, 0);
        CpuState after = guest.done();
        assertEquals(Guest.STACK - 6, after.general().rsp());
        assertEquals(Guest.CODE + 1, guest.memory.readShort(after.general().rsp()));
    }

    @Test
    void intoInterruptsOnOverflowOnly() {
        Guest guest = Guest.protectedMode(0).code("ce").gate(4, 15, 0, 0x08, 0x1000, 0);
        assertEquals(Guest.CODE + 1, guest.done().general().rip());
        guest.rflags |= Processor.OF;
        assertEquals(0x1000, guest.done().general().rip());
        assertEquals(false, Guest.longMode(0).code("ce").fault(6).events().exceptionHasErrorCode());
    }

    @Test
    void aProgramEntersTheKernelOnTheStackThatTheTssNames() {
        Guest guest = Guest.protectedMode(3).code("cd 80").gate(0x80, 15, 3, 0x08, 0x1000, 0);
        guest.memory.writeInt(Guest.TSS + 4, 0x5000);
        guest.memory.writeShort(Guest.TSS + 8, 0x10);
        CpuState after = guest.done();
        assertEquals(0x5000 - 20, after.general().rsp());
        assertEquals(0x08, after.segments().cs().selector());
        assertEquals(0x10, after.segments().ss().selector());
        assertEquals(0, after.segments().ss().attributes() >> 5 & 3);
        long[] frame = {Guest.CODE + 2, 0x1b, 2, Guest.STACK, 0x23};
        for (int i = 0; i < frame.length; i++) {
            assertEquals(frame[i], word(guest, after, i));
        }
    }

    @Test
    void sixtyFourBitGatesAlignTheStackAndPushFiveWords() {
        Guest guest = Guest.longMode(0).code("cc").gate(3, 14, 0, 0x28, 0xffff_8000_0000_1000L, 0);
        guest.r[Processor.RSP] = 0x9009;
        CpuState after = guest.done();
        assertEquals(0xffff_8000_0000_1000L, after.general().rip());
        assertEquals(0x9000 - 40, after.general().rsp());
        assertEquals(0x10, after.segments().ss().selector());
        long[] frame = {Guest.CODE + 1, 0x28, 2, 0x9009, 0x10};
        for (int i = 0; i < frame.length; i++) {
            assertEquals(frame[i], quad(guest, after, i));
        }
    }

    @Test
    void theInterruptStackTableChoosesTheStackEvenForTheSameLevel() {
        Guest guest = Guest.longMode(0).code("cc").gate(3, 14, 0, 0x28, 0x1000, 2);
        guest.memory.writeLong(Guest.TSS + 0x24 + 8, 0x6000);
        CpuState after = guest.done();
        assertEquals(0x6000 - 40, after.general().rsp());
        assertEquals(0x10, after.segments().ss().selector());
    }

    @Test
    void aProgramIn64BitModeEntersWithANullStackSegment() {
        Guest guest = Guest.longMode(3).code("cc").gate(3, 14, 3, 0x28, 0x1000, 0);
        guest.memory.writeLong(Guest.TSS + 4, 0x6000);
        CpuState after = guest.done();
        assertEquals(0x6000 - 40, after.general().rsp());
        assertEquals(0, after.segments().ss().selector());
        assertEquals(0, after.segments().ss().attributes() >> 5 & 3);
        assertTrue((after.segments().ss().attributes() & SegmentRegister.UNUSABLE) != 0);
        assertEquals(0x23, quad(guest, after, 4));
    }

    @Test
    void wrongGatesAreReported() {
        Guest.protectedMode(3).code("cd 80").gate(0x80, 15, 0, 0x08, 0x1000, 0).fault(13, 0x402);
        Guest.protectedMode(0).code("cd 80").fault(13, 0x402);
        Guest.protectedMode(0).code("cd 80").gate(0x80, 15, 0, 0, 0x1000, 0).fault(13, 0);
        Guest.protectedMode(0).code("cd 80").gate(0x80, 15, 0, 0x10, 0x1000, 0).fault(13, 0x10);
        Guest.protectedMode(0).code("cd 80").gate(0x80, 15, 0, 0x40, 0x1000, 0).fault(11, 0x40);
        Guest.longMode(0).code("cd 80").gate(0x80, 15, 0, 0x08, 0x1000, 0).fault(13, 0x08);
        Guest.longMode(0).code("cd 80").gate(0x80, 7, 0, 0x28, 0x1000, 0).fault(13, 0x402);
        Guest absent = Guest.protectedMode(0).code("cd 80").gate(0x80, 15, 0, 0x08, 0x1000, 0);
        absent.memory.writeByte(Guest.IDT + 8 * 0x80 + 5, 0x0f);
        absent.fault(11, 0x402);
        Guest small = Guest.protectedMode(0).code("cd 80").gate(0x80, 15, 0, 0x08, 0x1000, 0);
        small.idtLimit = 8 * 0x80 + 6;
        small.fault(13, 0x402);
    }

    @Test
    void aWrongInnerStackIsAnInvalidTss() {
        Guest guest = Guest.protectedMode(3).code("cd 80").gate(0x80, 15, 3, 0x08, 0x1000, 0);
        guest.fault(10, 0);
        guest.memory.writeShort(Guest.TSS + 8, 0x08);
        guest.fault(10, 0x08);
        guest.tr = new SegmentRegister(0x50, Guest.TSS, 8, 0x8b);
        guest.fault(10, 0x50);
    }

    @Test
    void taskGatesAreNotMine() {
        Guest guest = Guest.protectedMode(0).code("cd 80").gate(0x80, 5, 0, 0x50, 0, 0);
        assertTrue(guest.tried().isEmpty());
    }

    @Test
    void aStackPageThatMustNotBeWrittenFaultsAtTheKernelsLevel() {
        Guest guest = Guest.longMode(3).code("cc").gate(3, 14, 3, 0x28, 0x1000, 0);
        guest.memory.writeLong(Guest.TSS + 4, 0x6000);
        guest.memory.writeLong(Guest.entry(0x5fff), 0);
        CpuState after = guest.fault(14, 2);
        assertEquals(0x5ff8, after.control().cr2());
    }
}
