package lodge.interpreter.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;
import lodge.core.cpu.MpState;
import lodge.core.cpu.PendingEvents;
import lodge.core.cpu.SegmentRegister;

import org.junit.jupiter.api.Test;

class ExecutorTest {
    private static final int AVX = 576;

    private static int mxcsr(CpuState state) {
        byte[] area = state.fpu().xsave();
        return area[24] & 0xff | (area[25] & 0xff) << 8;
    }

    @Test
    void cmpxchg16bExchangesWhatItExpects() {
        Guest guest = Guest.longMode(0).code("f0 48 0f c7 0f"); // lock cmpxchg16b [rdi]
        guest.r[Processor.RDI] = Guest.DATA;
        guest.r[Processor.RAX] = 1;
        guest.r[Processor.RDX] = 2;
        guest.r[Processor.RBX] = 3;
        guest.r[Processor.RCX] = 4;
        guest.memory.writeLong(Guest.DATA, 1);
        guest.memory.writeLong(Guest.DATA + 8, 2);
        CpuState after = guest.done();
        assertEquals(3, guest.memory.readLong(Guest.DATA));
        assertEquals(4, guest.memory.readLong(Guest.DATA + 8));
        assertEquals(Processor.ZF, after.general().rflags() & Processor.ZF);
        assertEquals(Guest.CODE + 5, after.general().rip());
        assertEquals(1, after.general().rax());
    }

    @Test
    void cmpxchg16bLoadsWhatItDoesNotExpect() {
        // cmpxchg16b gs:[rip+0x1ff8]: at DATA, since GS begins at -1
        Guest guest = Guest.longMode(0).code("65 48 0f c7 0d f8 1f 00 00");
        guest.gs = new SegmentRegister(0, -1, 0, SegmentRegister.UNUSABLE);
        guest.rflags |= Processor.ZF;
        guest.memory.writeLong(Guest.DATA, 7);
        guest.memory.writeLong(Guest.DATA + 8, -8);
        CpuState after = guest.done();
        assertEquals(7, after.general().rax());
        assertEquals(-8, after.general().rdx());
        assertEquals(0, after.general().rflags() & Processor.ZF);
    }

    @Test
    void cmpxchg16bWantsItsOperandAlignedAndWritable() {
        Guest guest = Guest.longMode(0).code("48 0f c7 0f");
        guest.r[Processor.RDI] = Guest.DATA + 8;
        guest.fault(13, 0);
        guest.r[Processor.RDI] = Guest.DATA;
        guest.memory.writeLong(Guest.entry(Guest.DATA), Guest.DATA | 5);
        assertEquals(Guest.DATA, guest.fault(14, 3).control().cr2());
    }

    @Test
    void cmpxchg8bWorksAtAnyAlignmentWithASib() {
        // lock cmpxchg8b [ebx+esi*4+0x10]
        for (int odd : new int[] {0, 3}) {
            Guest guest = Guest.protectedMode(0).code("f0 0f c7 4c b3 10");
            guest.r[Processor.RBX] = (long) Guest.DATA + odd;
            guest.r[Processor.RSI] = 2;
            guest.r[Processor.RAX] = 0x1111;
            guest.r[Processor.RDX] = 0x2222;
            int at = Guest.DATA + odd + 8 + 0x10;
            guest.memory.writeLong(at, 0x2222_0000_1111L);
            guest.done();
            assertEquals(guest.r[Processor.RBX], guest.memory.readLong(at));
            guest.memory.writeLong(at, 0x8000_0001_8000_0002L);
            CpuState after = guest.done();
            assertEquals(0x8000_0002L, after.general().rax());
            assertEquals(0x8000_0001L, after.general().rdx());
        }
    }

    @Test
    void clacAndStacBelongToTheKernel() {
        Guest guest = Guest.longMode(0).code("0f 01 cb");
        assertEquals(Processor.AC | 2, guest.done().general().rflags());
        guest.rflags = Processor.AC | 2;
        guest.code("0f 01 ca");
        assertEquals(2, guest.done().general().rflags());
        assertEquals(
                false,
                Guest.longMode(3).code("0f 01 cb").fault(6).events().exceptionHasErrorCode());
    }

    @Test
    void mxcsrIsLoadedAndStored() {
        Guest guest = Guest.longMode(0).code("0f ae 13"); // ldmxcsr [rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.memory.writeInt(Guest.DATA, 0x9fc0);
        assertEquals(0x9fc0, mxcsr(guest.done()));
        guest.memory.writeInt(Guest.DATA, 0x1_0000);
        guest.fault(13, 0);
        guest.code("0f ae 1b"); // stmxcsr [rbx]
        guest.done();
        assertEquals(0x1f80, guest.memory.readInt(Guest.DATA));
        guest.cr0 |= Processor.CR0_TS;
        guest.fault(7);
        guest.cr0 |= Processor.CR0_EM;
        guest.fault(6);
    }

    @Test
    void waitReportsWhatX87Left() {
        Guest guest = Guest.longMode(0).code("9b");
        assertEquals(Guest.CODE + 1, guest.done().general().rip());
        guest.xsave[2] = (byte) 0x80;
        guest.fault(16);
        guest.cr0 |= Processor.CR0_TS;
        guest.fault(7);
        guest.cr0 = 0x8000_0001L;
        assertTrue(guest.tried().isEmpty(), "FERR# goes out of the processor");
    }

    @Test
    void xgetbvNeedsOsxsave() {
        Guest guest = Guest.longMode(0).code("0f 01 d0");
        guest.r[Processor.RAX] = -1;
        guest.r[Processor.RDX] = -1;
        CpuState after = guest.done();
        assertEquals(7, after.general().rax());
        assertEquals(0, after.general().rdx());
        guest.r[Processor.RCX] = 2;
        guest.fault(13, 0);
        guest.cr4 &= ~Processor.CR4_OSXSAVE;
        guest.fault(6);
    }

    @Test
    void movbeTurnsBytesRound() {
        Guest guest = Guest.longMode(0).code("4c 0f 38 f0 03"); // movbe r8,[rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.memory.writeLong(Guest.DATA, 0x0102_0304_0506_0708L);
        assertEquals(0x0807_0605_0403_0201L, guest.done().general().r8());
        guest.code("66 0f 38 f0 03"); // movbe ax,[rbx]
        guest.r[Processor.RAX] = -1;
        assertEquals(0xffff_ffff_ffff_0807L, guest.done().general().rax());
    }

    @Test
    void bitsAreCounted() {
        Guest guest = Guest.longMode(0).code("f3 48 0f b8 c7"); // popcnt rax,rdi
        guest.rflags |= Processor.CF | Processor.OF;
        guest.r[Processor.RDI] = -1;
        CpuState after = guest.done();
        assertEquals(64, after.general().rax());
        assertEquals(2, after.general().rflags());
        guest.r[Processor.RDI] = 0;
        assertEquals(Processor.ZF | 2, guest.done().general().rflags());
        guest.code("f3 0f bc c7 90"); // tzcnt eax,edi
        guest.r[Processor.RDI] = 0xff00_0000_0000_0000L;
        after = guest.done();
        assertEquals(32, after.general().rax());
        assertEquals(Processor.CF, after.general().rflags() & Processor.CF);
        guest.code("66 f3 0f bd 03"); // lzcnt ax,[rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.memory.writeShort(Guest.DATA, 0x0800);
        assertEquals(4, guest.done().general().rax());
    }

    @Test
    void crc32IsCastagnolis() {
        Guest guest = Guest.longMode(0).code("f2 48 0f 38 f1 03"); // crc32 rax,qword [rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.r[Processor.RAX] = 0xffff_ffffL;
        byte[] text = "12345678".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        java.util.zip.CRC32C reference = new java.util.zip.CRC32C();
        reference.update(text);
        for (int i = 0; i < text.length; i++) {
            guest.memory.writeByte(Guest.DATA + i, text[i]);
        }
        long crc = guest.done().general().rax();
        assertEquals(reference.getValue(), crc ^ 0xffff_ffffL);
        guest.code("f2 0f 38 f0 03 90"); // crc32 eax,byte [rbx]
        guest.r[Processor.RAX] = crc;
        guest.memory.writeByte(Guest.DATA, '9');
        assertEquals(0xe306_9283L, guest.done().general().rax() ^ 0xffff_ffffL);
    }

    @Test
    void invpcidAsksForAFlush() {
        Guest guest = Guest.longMode(0).code("66 0f 38 82 03"); // invpcid rax,[rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.r[Processor.RAX] = 2;
        assertTrue(
                new EmulationAssist().execute(guest.state(), guest.memory).orElseThrow().flush());
        guest.r[Processor.RAX] = 4;
        guest.fault(13, 0);
        guest.r[Processor.RAX] = 1;
        guest.memory.writeLong(Guest.DATA, 1);
        guest.fault(13, 0);
    }

    @Test
    void cacheLineInstructionsOnlyCheck() {
        Guest guest = Guest.longMode(0).code("66 0f ae 33"); // clwb [rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        assertEquals(Guest.CODE + 4, guest.done().general().rip());
        guest.memory.writeLong(Guest.entry(Guest.DATA), 0);
        guest.fault(14, 0);
    }

    @Test
    void xrstorBringsBackWhatXsaveWrote() {
        Guest guest = Guest.longMode(0).code("48 0f ae 23"); // xsave64 [rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.r[Processor.RAX] = -1;
        for (int i = 0; i < guest.xsave.length; i++) {
            if (i < 24 || i >= 32 && i < 416 || i >= AVX) {
                guest.xsave[i] = (byte) (i * 7 + 1);
            }
        }
        guest.done();
        assertEquals(7, guest.memory.readLong(Guest.DATA + 512));
        byte[] filled = guest.xsave;
        guest.xsave = new byte[filled.length];
        guest.code("48 0f ae 2b"); // xrstor64 [rbx]
        byte[] back = guest.done().fpu().xsave();
        for (int i = 0; i < filled.length; i++) {
            if (i < 28 || i >= 32 && i < 416 || i >= AVX) {
                assertEquals(filled[i], back[i], "byte " + i);
            }
        }
    }

    @Test
    void xrstorGivesComponentsThatAreNotHeldTheirInitialState() {
        Guest guest = Guest.longMode(0).code("48 0f ae 2b");
        guest.r[Processor.RBX] = Guest.DATA;
        guest.r[Processor.RAX] = 3;
        guest.xsave[160] = 1;
        guest.xsave[AVX] = 1;
        guest.memory.writeInt(Guest.DATA + 24, 0x1f80);
        byte[] back = guest.done().fpu().xsave();
        assertEquals(0x7f, back[0]);
        assertEquals(3, back[1]);
        assertEquals(0, back[160]);
        assertEquals(1, back[AVX]);
        guest.memory.writeLong(Guest.DATA + 520, 1);
        guest.fault(13, 0);
        guest.memory.writeLong(Guest.DATA + 520, 1L << 63);
        assertTrue(guest.tried().isEmpty(), "compacted");
    }

    @Test
    void fxrstorBringsBackWhatFxsaveWrote() {
        Guest guest = Guest.longMode(0).code("48 0f ae 03"); // fxsave64 [rbx]
        guest.r[Processor.RBX] = Guest.DATA;
        guest.xsave[40] = 5;
        guest.xsave[400] = 6;
        guest.done();
        guest.xsave = guest.xsave.clone();
        guest.xsave[40] = 0;
        guest.xsave[400] = 0;
        guest.code("48 0f ae 0b"); // fxrstor64 [rbx]
        byte[] back = guest.done().fpu().xsave();
        assertEquals(5, back[40]);
        assertEquals(6, back[400]);
        guest.r[Processor.RBX]++;
        guest.fault(13, 0);
    }

    @Test
    void aSingleStepTrapFollows() {
        Guest guest = Guest.longMode(0).code("0f 01 cb");
        guest.rflags |= Processor.TF;
        CpuState after = guest.tried().orElseThrow();
        assertTrue(after.events().exceptionPending());
        assertEquals(1, after.events().exceptionVector());
        assertEquals(1 << 14, after.debug().dr6() & 1 << 14);
        assertEquals(Guest.CODE + 3, after.general().rip());
    }

    @Test
    void theInterruptShadowEnds() {
        Guest guest = Guest.longMode(0).code("0f 01 cb");
        guest.events =
                new PendingEvents(false, 0, false, 0, false, 0, false, 1, false, false, true, 0);
        CpuState after = guest.done();
        assertEquals(0, after.events().interruptShadow());
        assertTrue(after.events().nmiMasked());
    }

    @Test
    void anythingElseIsNotMine() {
        assertTrue(Guest.longMode(0).code("90").tried().isEmpty());
        assertTrue(Guest.longMode(0).code("0f 0b").tried().isEmpty());
        assertTrue(Guest.longMode(0).code("f0 cf").tried().isEmpty());
        assertTrue(Guest.longMode(0).code("c5 f8 77").tried().isEmpty());
        Guest real = Guest.protectedMode(0).code("cf");
        real.cr0 = 0x10;
        assertTrue(real.tried().isEmpty());
        Guest busy = Guest.longMode(0).code("0f 01 cb");
        busy.events =
                new PendingEvents(true, 13, true, 0, false, 0, false, 0, false, false, false, 0);
        assertTrue(busy.tried().isEmpty());
        Guest halted = Guest.longMode(0).code("0f 01 cb");
        CpuState s = halted.state();
        CpuState asleep =
                new CpuState(
                        s.general(),
                        s.segments(),
                        s.control(),
                        s.debug(),
                        s.fpu(),
                        s.msrs(),
                        s.apic(),
                        s.events(),
                        MpState.HALTED);
        assertTrue(new EmulationAssist().execute(asleep, halted.memory).isEmpty());
    }

    @Test
    void prefixesWithoutEndAreAProtectionFault() {
        Guest.longMode(0).code("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66").fault(13, 0);
    }

    @Test
    void theServiceLoaderFindsIt() {
        assertEquals(
                EmulationAssist.class,
                java.util.ServiceLoader.load(lodge.core.backend.InstructionAssist.class)
                        .findFirst()
                        .orElseThrow()
                        .getClass());
    }
}
