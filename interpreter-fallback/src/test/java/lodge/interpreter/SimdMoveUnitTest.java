package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Moves between vector registers, memory and general registers, and what forbids them. */
class SimdMoveUnitTest {
    private static final long A = 0x1111_2222_3333_4444L;
    private static final long B = 0x5555_6666_7777_8888L;
    private static final long C = 0x9999_aaaa_bbbb_ccccL;
    private static final long D = 0xdddd_eeee_ffff_0123L;

    /** YMM1 holds A to D, YMM2 their complements. */
    private static VectorBench bench() {
        return new VectorBench().set(1, A, B, C, D).set(2, ~A, ~B, ~C, ~D);
    }

    @Test
    void legacyMovesKeepTheUpperHalfAndVexClearsIt() {
        try (VectorBench b = bench()) {
            b.run("66 0f 6f d1").expect(2, A, B, ~C, ~D); // movdqa xmm2,xmm1
        }
        try (VectorBench b = bench()) {
            b.run("c5 f9 6f d1").expect(2, A, B, 0, 0); // vmovdqa xmm2,xmm1
            b.run("c5 fd 6f d1").expect(2, A, B, C, D); // vmovdqa ymm2,ymm1
        }
    }

    @Test
    void storesAndLoadsGoThroughMemory() {
        try (VectorBench b = bench()) {
            // movups [rbx+1],xmm1; movups xmm3,[rbx+1]; vmovdqu [rbx+64],ymm1; vmovdqa
            // ymm4,[rbx+64]
            b.run("0f 11 4b 01 0f 10 5b 01 c5 fe 7f 4b 40 c5 fd 6f 63 40");
            b.expect(3, A, B).expect(4, A, B, C, D);
            // The same once more, through translations that are known by now.
            b.set(3, 0, 0).set(4, 0, 0, 0, 0);
            b.run("0f 11 4b 01 0f 10 5b 01 c5 fe 7f 4b 40 c5 fd 6f 63 40");
            b.expect(3, A, B).expect(4, A, B, C, D);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "movdqa xmm2 [rbx+8], 660f6f5308, 13",
        "movaps [rbx+8] xmm2, 0f295308, 13",
        "movntdqa xmm2 [rbx+4], 660f382a5304, 13",
        "movsldup xmm2 [rbx+8], f30f125308, 13",
        "pxor xmm2 [rbx+8], 660fef5308, 13",
        "vmovdqa ymm2 [rbx+16], c5fd6f5310, 13",
        "vmovaps [rbx+16] ymm2, c5fc295310, 13",
        "vmovdqa xmm2 [rbx+16], c5f96f5310, -1",
        "movups xmm2 [rbx+8], 0f105308, -1",
        "lddqu xmm2 [rbx+1], f20ff05301, -1",
        "vpxor xmm2 xmm2 [rbx+1], c5e9ef5301, -1",
        "movddup xmm2 [rbx+1], f20f125301, -1",
        "pmovzxbw xmm2 [rbx+1], 660f38305301, -1",
        "pcmpistri xmm2 [rbx+1] 0, 660f3a63530100, -1"
    })
    void onlyLegacyOperandsAndAlignedMovesAskForAlignment(String text, String code, int vector) {
        try (VectorBench b = bench()) {
            assertEquals(vector, b.fault(code), text);
        }
    }

    @Test
    void aStoreOverTwoPagesOfWhichOneIsMissingStoresNothing() {
        try (VectorBench b = bench()) {
            // The entry for 2 MiB at 1 MiB is made not present: memory ends there, too.
            b.bench.memory.writeLong(0x82000 + 8, 0);
            b.cpu.setReg64(CpuRegisters.RBX, 0x20_0000 - 8);
            assertEquals(GuestFault.PF, b.fault("0f 11 0b")); // movups [rbx],xmm1
            assertEquals(0x20_0000, b.cpu.cr2);
        }
    }

    @Test
    void scalarsFromMemoryClearAndFromRegistersMerge() {
        try (VectorBench b = bench()) {
            b.memory(0, 0xffff_ffff_1234_5678L);
            b.run("f3 0f 10 13").expect(2, 0x1234_5678L, 0, ~C, ~D); // movss xmm2,[rbx]
        }
        try (VectorBench b = bench()) {
            // movss xmm2,xmm1
            b.run("f3 0f 10 d1").expect(2, 0xeeee_dddd_3333_4444L, ~B, ~C, ~D);
        }
        try (VectorBench b = bench()) {
            b.run("c5 eb 10 d9").expect(3, A, ~B, 0, 0); // vmovsd xmm3,xmm2,xmm1
        }
        try (VectorBench b = bench()) {
            b.run("c5 eb 11 cb").expect(3, A, ~B, 0, 0); // the same in the form of a store
        }
        try (VectorBench b = bench()) {
            b.memory(0, A);
            b.run("c5 ff 10 13").expect(2, A, 0, 0, 0); // vmovsd xmm2,[rbx] with VEX.L
        }
    }

    @Test
    void halvesMoveAlone() {
        try (VectorBench b = bench()) {
            b.run("0f 12 d1").expect(2, B, ~B, ~C, ~D); // movhlps xmm2,xmm1
        }
        try (VectorBench b = bench()) {
            b.run("0f 16 d1").expect(2, ~A, A, ~C, ~D); // movlhps xmm2,xmm1
        }
        try (VectorBench b = bench()) {
            // movhpd [rbx],xmm1; movlpd xmm2,[rbx]
            b.run("66 0f 17 0b 66 0f 12 13").expect(2, B, ~B, ~C, ~D);
        }
        try (VectorBench b = bench()) {
            b.run("c5 ff 12 d9").expect(3, A, A, C, C); // vmovddup ymm3,ymm1
        }
        try (VectorBench b = bench()) {
            // movshdup xmm2,xmm1
            b.run("f3 0f 16 d1").expect(2, 0x1111_2222_1111_2222L, 0x5555_6666_5555_6666L);
        }
    }

    @Test
    void generalRegistersExchangeFourOrEightBytes() {
        try (VectorBench b = bench()) {
            // movd eax,xmm1; movq rcx,xmm1; movd xmm2,ecx; movq xmm3,rcx
            b.run("66 0f 7e c8 66 48 0f 7e c9 66 0f 6e d1 66 48 0f 6e d9");
            assertEquals(0x3333_4444L, b.bench.reg(CpuRegisters.RAX));
            assertEquals(A, b.bench.reg(CpuRegisters.RCX));
            b.expect(2, 0x3333_4444L, 0, ~C, ~D).expect(3, A, 0);
        }
    }

    @Test
    void controlRegistersForbidOrTrapSse() {
        try (VectorBench b = bench()) {
            b.cpu.cr0 |= CpuSystem.CR0_TS;
            assertEquals(GuestFault.NM, b.fault("0f 28 d1"));
            assertEquals(GuestFault.NM, b.fault("c5 f8 28 d1"));
            b.cpu.cr0 |= CpuSystem.CR0_EM;
            assertEquals(GuestFault.UD, b.fault("0f 28 d1"));
            b.cpu.cr0 &= ~(CpuSystem.CR0_EM | CpuSystem.CR0_TS);
            b.cpu.cr4 &= ~CpuSystem.CR4_OSFXSR;
            assertEquals(GuestFault.UD, b.fault("0f 28 d1"));
            assertEquals(-1, b.fault("c5 f8 28 d1"));
        }
    }

    @Test
    void vexNeedsItsStateEnabledAndProtectedMode() {
        try (VectorBench b = bench()) {
            assertEquals(-1, b.fault("c5 f8 28 d1"));
            b.cpu.xcr0 = 3;
            assertEquals(GuestFault.UD, b.fault("c5 f8 28 d1"));
            b.cpu.xcr0 = 7;
            b.cpu.cr4 &= ~CpuSystem.CR4_OSXSAVE;
            assertEquals(GuestFault.UD, b.fault("c5 f8 28 d1"));
        }
        try (VectorBench b = bench()) {
            b.bench.real16();
            b.cpu.cr4 = CpuSystem.CR4_OSXSAVE | CpuSystem.CR4_OSFXSR;
            assertEquals(GuestFault.UD, b.fault("c5 f8 28 d1"));
            assertEquals(-1, b.fault("0f 28 d1"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vmovaps with vvvv not 1111, c5e828d1",
        "66 in front of VEX, 66c5f828d1",
        "REX in front of VEX, 40c5f828d1",
        "vmovd with VEX.L, c5fd6ed1",
        "lock movaps, f00f2813",
        "vpermd with W1, c4e2f536d1"
    })
    void whatVexForbidsIsUndefined(String text, String code) {
        try (VectorBench b = bench()) {
            assertEquals(GuestFault.UD, b.fault(code), text);
        }
    }

    @Test
    void outside64BitModeTheWideMovesAreNarrow() {
        try (VectorBench b = bench()) {
            b.bench.flat32();
            b.cpu.cr4 |= CpuSystem.CR4_OSXSAVE;
            assertEquals(-1, b.general("c4 e1 f9 7e c8")); // vmovq rax,xmm1: vmovd eax,xmm1
            assertEquals(0x3333_4444L, b.bench.reg(CpuRegisters.RAX));
        }
    }
}
