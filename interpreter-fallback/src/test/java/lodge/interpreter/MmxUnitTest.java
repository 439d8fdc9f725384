package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** MMX registers and what using them does to the x87. */
class MmxUnitTest {
    private static long mm(VectorBench b, int n) {
        return b.cpu.reg64(CpuRegisters.FPR + 16 * n);
    }

    @Test
    void writingSetsTheExponentAndReadingOnlyTheTags() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.x87.fsw = 3 << 11;
            b.cpu.setReg64(CpuRegisters.FPR + 16 + 8, 0x3fff);
            b.cpu.setReg64(CpuRegisters.FPR + 32 + 8, 0x3fff);
            b.cpu.setReg64(CpuRegisters.RAX, 0x1_0000_0002L);
            b.run("0f 6e c8"); // movd mm1,eax
            assertEquals(2, mm(b, 1));
            assertEquals(0xffff, b.cpu.reg16(CpuRegisters.FPR + 16 + 8));
            assertEquals(0, b.cpu.x87.ftw);
            assertEquals(0, b.cpu.x87.fsw);
            b.cpu.x87.ftw = 0xffff;
            b.run("0f 7e d1"); // movd ecx,mm2
            assertEquals(0x3fff, b.cpu.reg16(CpuRegisters.FPR + 32 + 8));
            assertEquals(0, b.cpu.x87.ftw);
            b.run("0f 77"); // emms
            assertEquals(0xffff, b.cpu.x87.ftw);
        }
    }

    @Test
    void rexDoesNotReachMmxRegisters() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0x0123_4567_89ab_cdefL);
            b.run("4c 0f 6e c8"); // movq mm1,rax with REX.R
            assertEquals(0x0123_4567_89ab_cdefL, mm(b, 1));
            b.run("66 0f ef c0 f3 41 0f d6 c1"); // movq2dq xmm0,mm1 with REX.B
            b.expect(0, 0x0123_4567_89ab_cdefL, 0);
            b.set(3, 77, 88).run("f2 0f d6 d3"); // movdq2q mm2,xmm3
            assertEquals(77, mm(b, 2));
        }
    }

    @Test
    void interleavingReadsOnlyFourBytesOfMemory() {
        try (VectorBench b = new VectorBench()) {
            b.bench.memory.writeLong(0x82000 + 8, 0);
            b.cpu.setReg64(CpuRegisters.RBX, 0x20_0000 - 4);
            b.cpu.setReg64(CpuRegisters.FPR, 0x0403_0201L);
            assertEquals(GuestFault.PF, b.fault("0f 68 03")); // punpckhbw mm0,[rbx]
            assertEquals(0x20_0000, b.cpu.cr2);
            b.cpu.setReg64(CpuRegisters.RBX, Bench.DATA);
            b.memory(0, 0x8877_6655_4433_2211L);
            b.run("0f 60 03"); // punpcklbw mm0,[rbx]
            assertEquals(0x4404_3303_2202_1101L, mm(b, 0));
        }
    }

    @Test
    void elementsAndMasksOfMmxRegisters() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.FPR, 0x8000_7f00_80ff_0001L);
            b.run("0f d7 c8"); // pmovmskb ecx,mm0
            assertEquals(0x8c, b.bench.reg(CpuRegisters.RCX));
            b.run("0f c5 d0 01"); // pextrw edx,mm0,1
            assertEquals(0x80ff, b.bench.reg(CpuRegisters.RDX));
            b.run("0f c4 c1 02 0f 70 d8 1b"); // pinsrw mm0,ecx,2; pshufw mm3,mm0,1bh
            assertEquals(0x8000_008c_80ff_0001L, mm(b, 0));
            assertEquals(0x0001_80ff_008c_8000L, mm(b, 3));
            b.cpu.setReg64(CpuRegisters.RDI, Bench.DATA);
            b.memory(0, 0).run("0f f7 d8"); // maskmovq mm3,mm0
            assertEquals(0xff_008c_0000L, b.memory(0));
        }
    }

    @Test
    void aPendingExceptionOrCr0ForbidsMmx() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.x87.fsw = 0x8081;
            b.cpu.x87.fcw = 0x37e;
            assertEquals(GuestFault.MF, b.fault("0f fc c1"));
            assertEquals(GuestFault.MF, b.fault("0f 77"));
            b.cpu.cr0 |= CpuSystem.CR0_TS;
            assertEquals(GuestFault.NM, b.fault("0f fc c1"));
            b.cpu.cr0 |= CpuSystem.CR0_EM;
            assertEquals(GuestFault.UD, b.fault("0f fc c1"));
        }
    }
}
