package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Floating point: which elements are computed from which, and what exceptions do. */
class SimdFloatUnitTest {
    private static final int IE = 1;
    private static final int ZE = 4;
    private static final int PE = 32;

    private static long d(double v) {
        return Double.doubleToRawLongBits(v);
    }

    /** Two f32, the lower first. */
    private static long f(double low, double high) {
        return Float.floatToRawIntBits((float) low) & 0xffff_ffffL
                | (long) Float.floatToRawIntBits((float) high) << 32;
    }

    @ParameterizedTest
    @CsvSource({
        "addsd, 58, 8.5",
        "mulsd, 59, 15",
        "subsd, 5c, -3.5",
        "minsd, 5d, 2.5",
        "divsd, 5e, 0.4166666666666667",
        "maxsd, 5f, 6",
        "sqrtsd, 51, 2.449489742783178"
    })
    void scalarsKeepTheRest(String text, String opcode, double result) {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(2.5), 7, 8, 9).set(2, d(6), -1, -1, -1).set(3, 0, 55, 1, 1);
            b.run("f20f" + opcode + "ca").expect(1, d(result), 7, 8, 9);
            b.set(1, d(2.5), 7, 8, 9);
            b.run("c5f3" + opcode + "da").expect(3, d(result), 7, 0, 0); // v... xmm3,xmm1,xmm2
        }
    }

    @ParameterizedTest
    @CsvSource({
        "addps, 0f58, 9 10 8 8",
        "subps, 0f5c, -7 -6 -2 0",
        "mulps, 0f59, 8 16 15 16",
        "divps, 0f5e, 0.125 0.25 0.6 1",
        "minps, 0f5d, 1 2 3 4",
        "maxps, 0f5f, 8 8 5 4",
        "haddps, f20f7c, 3 7 16 9",
        "hsubps, f20f7d, -1 -1 0 1",
        "addsubps, f20fd0, -7 10 -2 8"
    })
    void vectorsOfSingles(String text, String opcode, String result) {
        try (VectorBench b = new VectorBench()) {
            b.set(1, f(1, 2), f(3, 4)).set(2, f(8, 8), f(5, 4));
            String[] r = result.split(" ", -1);
            b.run(opcode + "ca");
            b.expect(
                    1,
                    f(Double.parseDouble(r[0]), Double.parseDouble(r[1])),
                    f(Double.parseDouble(r[2]), Double.parseDouble(r[3])));
        }
    }

    @Test
    void dotProductsTakeAndPlaceWhatTheImmediateSays() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, f(1, 2), f(3, 4)).set(2, f(10, 100), f(1000, 10000));
            b.run("660f3a40cad5").expect(1, f(43010, 0), f(43010, 0)); // dpps: 0, 2, 3 to 0 and 2
            b.set(1, d(2), d(3)).set(2, d(5), d(7));
            b.run("660f3a41ca32").expect(1, 0, d(31)); // dppd
            b.set(1, f(1, 1), f(1, 1), f(2, 2), f(2, 2)).set(2, f(3, 3), f(3, 3), f(5, 5), f(5, 5));
            b.run("c4e37540daf1").expect(3, f(12, 0), 0, f(40, 0), 0); // vdpps by halves
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cmpeqsd, f20fc2ca00, 0",
        "cmpltsd, f20fc2ca01, -1",
        "cmpneqsd, f20fc2ca04, -1",
        "legacy ignores bit 3, f20fc2ca09, -1",
        "vcmpgtsd, c5f3c2ca0e, 0",
        "vcmptruesd, c5f3c2ca0f, -1"
    })
    void comparisonsMakeMasks(String text, String code, long mask) {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(2.5), 0).set(2, d(6), 0).run(code).expect(1, mask);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "2, 1, 0", "2, 2, 64", "NaN, 2, 69"})
    void comisdSetsFlags(double a, double b, int flags) {
        try (VectorBench bench = new VectorBench()) {
            bench.cpu.setArithmetic(CpuRegisters.ARITHMETIC);
            bench.set(1, d(a)).set(2, d(b)).run("660f2fca");
            assertEquals(flags, bench.cpu.arithmetic());
            assertEquals(Double.isNaN(a) ? IE : 0, bench.cpu.x87.mxcsr & 63);
            bench.cpu.x87.mxcsr = 0x1f80;
            bench.run("660f2eca"); // ucomisd does not mind quiet NaNs
            assertEquals(flags, bench.cpu.arithmetic());
            assertEquals(0, bench.cpu.x87.mxcsr & 63);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "1, 2", "2, 3", "3, 2"})
    void roundingControlComesFromTheImmediate(int imm, double result) {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(2.5)).run("660f3a0bd10" + imm).expect(2, d(result)); // roundsd xmm2,xmm1
            assertEquals(PE, b.cpu.x87.mxcsr & 63);
            b.cpu.x87.mxcsr = 0x1f80 | imm << 13;
            b.run("660f3a0bd10c").expect(2, d(result)); // by MXCSR, without PE
            assertEquals(0, b.cpu.x87.mxcsr & 63);
        }
    }

    @Test
    void anUnmaskedExceptionWritesNothingButItsFlag() {
        try (VectorBench b = new VectorBench()) {
            b.cpu.x87.mxcsr = 0x1f80 & ~(ZE << 7);
            b.set(1, d(1), d(1)).set(2, d(0), d(3));
            assertEquals(GuestFault.XM, b.fault("660f5eca")); // divpd xmm1,xmm2
            b.expect(1, d(1), d(1));
            // The other element's PE is found after the operation, and hidden (SDM vol. 1, 11.5.3).
            assertEquals(ZE, b.cpu.x87.mxcsr & 63);
            b.cpu.cr4 &= ~CpuSystem.CR4_OSXMMEXCPT;
            assertEquals(GuestFault.UD, b.fault("660f5eca"));
        }
    }

    @Test
    void aMaskedExceptionIsOnlyNoted() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, d(1), d(1)).set(2, d(0), d(4)).run("660f5eca");
            b.expect(1, d(Double.POSITIVE_INFINITY), d(0.25));
            assertEquals(ZE, b.cpu.x87.mxcsr & 63);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vfmadd132sd, c4e2f199da, 43",
        "vfmadd213sd, c4e2f1a9da, 22",
        "vfmadd231sd, c4e2f1b9da, 34",
        "vfmsub132sd, c4e2f19bda, 37",
        "vfnmadd231sd, c4e2f1bdda, -26",
        "vfnmsub213sd, c4e2f1afda, -22"
    })
    void fusedOperandsAreNumbered(String text, String code, double result) {
        try (VectorBench b = new VectorBench()) {
            // xmm3, xmm1 and xmm2 are operands 1, 2 and 3.
            b.set(3, d(4), 5, 6, 7).set(1, d(3), 1, 1, 1).set(2, d(10), 2, 2, 2);
            b.run(code).expect(3, d(result), 5, 0, 0);
        }
    }

    @Test
    void alternatingFormsSubtractEvenOrOddElements() {
        try (VectorBench b = new VectorBench()) {
            b.set(3, d(4), d(4), d(4), d(4)).set(1, d(3), d(3), d(3), d(3));
            b.set(2, d(10), d(20), d(30), d(40));
            b.run("c4e2f5a6da").expect(3, d(2), d(32), d(-18), d(52)); // vfmaddsub213pd ymm3
            b.set(3, f(4, 4), f(4, 4), 9, 9).set(1, f(3, 3), f(3, 3)).set(2, f(1, 1), f(1, 1));
            b.run("c4e271a7da").expect(3, f(13, 11), f(13, 11), 0, 0); // vfmsubadd213ps xmm3
        }
    }
}
