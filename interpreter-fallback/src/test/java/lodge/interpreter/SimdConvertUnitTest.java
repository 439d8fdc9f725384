package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversions: widths, registers of all kinds, and the x87's state. */
class SimdConvertUnitTest {
    private static final int PE = 32;

    private static long d(double v) {
        return Double.doubleToRawLongBits(v);
    }

    private static long f(double low, double high) {
        return Float.floatToRawIntBits((float) low) & 0xffff_ffffL
                | (long) Float.floatToRawIntBits((float) high) << 32;
    }

    private static long i(int low, int high) {
        return low & 0xffff_ffffL | (long) high << 32;
    }

    @Test
    void packedElementsChangeTheirWidth() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, f(1.5, -2), f(3, 4), 9, 9).run("0f5ad1").expect(2, d(1.5), d(-2)); // cvtps2pd
            b.run("c5fc5ad1").expect(2, d(1.5), d(-2), d(3), d(4)); // vcvtps2pd ymm2,xmm1
            b.run("c5fd5ad2").expect(2, f(1.5, -2), f(3, 4), 0, 0); // vcvtpd2ps xmm2,ymm2
            b.set(1, d(2.5), d(-3.5)).set(3, 1, 2);
            b.run("f20fe6d9").expect(3, i(2, -4), 0); // cvtpd2dq rounds to even
            b.run("660fe6d9").expect(3, i(2, -3), 0); // cvttpd2dq
            b.run("f30fe6db").expect(3, d(2), d(-3)); // cvtdq2pd onto itself
            b.set(1, i(7, -8), i(16777217, 0)).run("0f5bd9"); // cvtdq2ps
            b.expect(3, f(7, -8), f(16777216, 0));
            b.set(1, f(2.5, -2.5), f(3e9, 0)).run("f30f5bd9"); // cvttps2dq
            b.expect(3, i(2, -2), i(Integer.MIN_VALUE, 0));
        }
    }

    @Test
    void scalarsKeepTheRest() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(0.1), 5, 6, 7).set(2, f(0.5, 9), 1, 1, 1);
            b.run("f30f5aca").expect(1, d(0.5), 5, 6, 7); // cvtss2sd
            b.set(1, d(0.25), 5).set(3, -1, -2, -3, -4).set(2, 1, 2, 3, 4);
            b.run("c5eb5ad9").expect(3, f(0.25, 0), 2, 0, 0); // vcvtsd2ss xmm3,xmm2,xmm1
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cvtsd2si eax, f20f2dc1, 3000000000, 80000000",
        "cvtsd2si rax, f2480f2dc1, 3000000000, b2d05e00",
        "cvttsd2si eax, f20f2cc1, -1.9, ffffffff",
        "cvttsd2si rax, f2480f2cc1, -1.9, ffffffffffffffff",
        "cvtsd2si eax rounded, f20f2dc1, 2.5, 2"
    })
    void doublesBecomeIntegers(String text, String code, double value, String result) {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(value)).run(code);
            assertEquals(result, Long.toHexString(b.bench.reg(CpuRegisters.RAX)), text);
        }
    }

    @Test
    void integersBecomeNumbers() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0xffff_ffff_8000_0000L);
            b.set(1, 3, 4).run("f20f2ac8").expect(1, d(-2147483648.0), 4); // cvtsi2sd xmm1,eax
            assertEquals(0, b.cpu.x87.mxcsr & 63);
            b.cpu.setReg64(CpuRegisters.RAX, Long.MAX_VALUE);
            b.run("f2480f2ac8").expect(1, d(0x1p63), 4); // cvtsi2sd xmm1,rax
            assertEquals(PE, b.cpu.x87.mxcsr & 63);
        }
    }

    @Test
    void mmxRegistersTakePartInConversions() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.setReg64(CpuRegisters.FPR + 16, i(-5, 6));
            b.set(1, 1, 2).run("0f2ac9").expect(1, f(-5, 6), 2); // cvtpi2ps xmm1,mm1
            assertEquals(0, b.cpu.x87.ftw);
            b.run("660f2ac9").expect(1, d(-5), d(6)); // cvtpi2pd xmm1,mm1
            b.set(1, d(1.5), d(-1.5)).run("660f2cd1"); // cvttpd2pi mm2,xmm1
            assertEquals(i(1, -1), b.cpu.reg64(CpuRegisters.FPR + 32));
            assertEquals(0xffff, b.cpu.reg16(CpuRegisters.FPR + 32 + 8));
            b.set(1, f(2.5, 3.5)).run("0f2dd1"); // cvtps2pi mm2,xmm1
            assertEquals(i(2, 4), b.cpu.reg64(CpuRegisters.FPR + 32));
        }
    }

    @Test
    void integersInMemoryLeaveTheX87Alone() {
        try (VectorBench b = new VectorBench()) {
            b.memory(0, i(-5, 6)).run("660f2a0b").expect(1, d(-5), d(6)); // cvtpi2pd xmm1,[rbx]
            assertEquals(0xffff, b.cpu.x87.ftw);
        }
    }

    @Test
    void halvesOfSingles() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, f(1, -2), f(65504, 1e-7), f(0, 0.5), f(1e9, 3));
            b.run("c4e37d1dca00"); // vcvtps2ph xmm2,ymm1,0
            b.expect(2, 0x0002_7bff_c000_3c00L, 0x4200_7c00_3800_0000L, 0, 0);
            b.run("c4e27d13da"); // vcvtph2ps ymm3,xmm2
            b.expect(3, f(1, -2), f(65504, 0x1p-23), f(0, 0.5));
            b.memory(0, -1, -1).run("c4e3791d0b03"); // vcvtps2ph [rbx],xmm1,3
            assertEquals(0x0001_7bff_c000_3c00L, b.memory(0));
            assertEquals(-1, b.memory(8));
        }
    }

    @Test
    void packedOperandsOfMmxConversionsAreAlignedOrShort() {
        try (VectorBench b = new VectorBench()) {
            assertEquals(GuestFault.GP, b.fault("660f2c4b08")); // cvttpd2pi mm1,[rbx+8]
            assertEquals(-1, b.fault("0f2c4b04")); // cvttps2pi mm1,[rbx+4]
            assertEquals(-1, b.fault("0f5a4b04")); // cvtps2pd xmm1,[rbx+4]
            assertEquals(GuestFault.GP, b.fault("0f5b4b04")); // cvtdq2ps xmm1,[rbx+4]
        }
    }
}
