package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Elements to and from vector registers, widening, sign bits, tests, MXCSR. */
class SimdTransferUnitTest {
    private static final long A = 0x8877_6655_4433_2211L;
    private static final long B = 0x00ff_eedd_ccbb_aa99L;

    @ParameterizedTest
    @CsvSource({
        "pextrb 15, 660f3a14c80f, 00",
        "pextrb 6, 660f3a14c806, 77",
        "pextrw 7 older, 660fc5c107, ff",
        "pextrw 2, 660f3a15c802, 6655",
        "pextrd 3, 660f3a16c803, ffeedd",
        "pextrq 1, 66480f3a16c801, ffeeddccbbaa99",
        "extractps 1, 660f3a17c801, 88776655",
        "pmovmskb, 660fd7c1, 7f80",
        "movmskps, 0f50c1, 6",
        "movmskpd, 660f50c1, 1"
    })
    void elementsGoToGeneralRegisters(String text, String code, String value) {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.RAX, -1);
            b.set(1, A, B).run(code);
            assertEquals(
                    value.replaceFirst("^0+(?=.)", ""),
                    Long.toHexString(b.bench.reg(CpuRegisters.RAX)),
                    text);
        }
    }

    @Test
    void elementsComeFromGeneralRegistersAndMemory() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0x0123_4567_89ab_cdefL);
            b.set(1, 0, 0, 7, 7).run("66 0f 3a 20 c8 09").expect(1, 0, 0xef00, 7, 7); // pinsrb
            b.run("66 0f c4 c8 03").expect(1, 0xcdef_0000_0000_0000L, 0xef00); // pinsrw
            b.memory(0, 0x1111_1111_2222_2222L);
            b.run("66 0f 3a 22 0b 00").expect(1, 0xcdef_0000_2222_2222L, 0xef00); // pinsrd
            b.set(2, 5, 6, 7, 8);
            // vpinsrq xmm1,xmm2,rax,1
            b.run("c4 e3 e9 22 c8 01").expect(1, 5, 0x0123_4567_89ab_cdefL, 0, 0);
        }
    }

    @Test
    void storesOfElementsTouchNoOtherByte() {
        try (VectorBench b = new VectorBench()) {
            b.memory(0, -1).set(1, A, B);
            b.run("66 0f 3a 14 4b 01 00"); // pextrb [rbx+1],xmm1,0
            assertEquals(0xffff_ffff_ffff_11ffL, b.memory(0));
            b.run("66 0f 3a 15 4b 04 00"); // pextrw [rbx+4],xmm1,0
            assertEquals(0xffff_2211_ffff_11ffL, b.memory(0));
        }
    }

    @Test
    void wideningExtendsFromTheLowestElements() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0x0000_0000_8000_80ffL, 0);
            b.run("66 0f 38 21 d1").expect(2, 0xffff_ff80_ffff_ffffL, 0xffff_ff80_0000_0000L);
            b.run("66 0f 38 32 d1").expect(2, 0xff, 0x80); // pmovzxbq
            // vpmovsxwq ymm2,xmm1
            b.run("c4 e2 7d 24 d1").expect(2, -32513, -32768, 0, 0);
            b.run("66 0f 38 20 c9").expect(1, 0xff80_0000_ff80_ffffL, 0); // pmovsxbw onto itself
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0ff0, f0ff, 0", // some bits in common, and others not
        "0f00, f0f0, 64",
        "ffff, f0f0, 1",
        "0, 0, 65"
    })
    void ptestSaysWhetherNoneOrAllAreSet(String a, String b, int flags) {
        try (VectorBench bench = new VectorBench()) {
            bench.cpu.setArithmetic(CpuRegisters.ARITHMETIC);
            bench.set(1, 0, Long.parseLong(a, 16)).set(2, 0, Long.parseLong(b, 16));
            bench.run("66 0f 38 17 ca");
            assertEquals(flags, bench.cpu.arithmetic());
        }
    }

    @Test
    void vtestpsLooksAtSignBitsOnly() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, -1, 0, 0, 0).set(2, 0x7fff_ffff_7fff_ffffL, -1, 0, 0);
            b.run("c4 e2 79 0e ca"); // vtestps xmm1,xmm2
            assertEquals(CpuRegisters.ZF, b.cpu.arithmetic());
        }
    }

    @Test
    void phminposuwFindsTheFirstSmallestWord() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0xffff_0002_8000_0003L, 0x0002_ffff_ffff_ffffL, 9, 9);
            b.run("66 0f 38 41 d1").expect(2, 0x2_0002, 0); // phminposuw xmm2,xmm1
        }
    }

    @Test
    void maskmovdquStoresChosenBytes() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.RDI, Bench.DATA + 3);
            b.memory(0, 0, 0, 0).set(1, A, B).set(2, 0x8000_0000_0000_0080L, 0x80);
            b.run("66 0f f7 ca");
            assertEquals(0x11_00_0000L, b.memory(0));
            assertEquals(0x9988_0000L, b.memory(8));
            assertEquals(0, b.memory(16));
        }
    }

    @Test
    void mxcsrHas16Bits() {
        try (VectorBench b = new VectorBench()) {
            b.memory(0, 0xffff_0000_ffffL);
            b.run("0f ae 13 0f ae 5b 08"); // ldmxcsr [rbx]; stmxcsr [rbx+8]
            assertEquals(0xffff, b.cpu.x87.mxcsr);
            assertEquals(0xffff, b.memory(8));
            b.memory(0, 0x1_1f80L);
            assertEquals(GuestFault.GP, b.fault("0f ae 13"));
            assertEquals(0xffff, b.cpu.x87.mxcsr);
        }
    }
}
