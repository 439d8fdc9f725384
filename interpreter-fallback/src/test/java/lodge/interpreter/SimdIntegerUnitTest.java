package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;
import java.util.stream.Stream;

/**
 * Packed integer arithmetic against definitions element by element, in MMX, XMM and YMM registers;
 * shuffles against tables.
 */
class SimdIntegerUnitTest {
    private static final long SEED = 0x5eed_0001L;

    /** Elements at which something saturates, overflows or changes sign. */
    private static final long[] EDGES = {
        0,
        -1,
        1,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        0x8080_8080_8080_8080L,
        0x7f7f_7f7f_7f7f_7f7fL,
        0x8000_8000_8000_8000L,
        0x7fff_7fff_7fff_7fffL,
        0x8000_0000_8000_0000L,
        0x7fff_ffff_7fff_ffffL,
        0x0102_0304_0506_0708L,
        0xff00_ff00_ff00_ff00L
    };

    private static Arguments row(String opcode, int bytes, boolean mmx, LongBinaryOperator f) {
        return arguments(opcode, bytes, mmx, f);
    }

    private static long clamp(long v, long low, long high) {
        return Math.max(low, Math.min(high, v));
    }

    private static long u(long v, int bytes) {
        return CpuRegisters.unsigned(v, bytes);
    }

    /** Opcodes behind 0F, bytes of an element, whether MMX has it; elements come sign-extended. */
    static Stream<Arguments> elementwise() {
        return Stream.of(
                row("fc", 1, true, Long::sum),
                row("fd", 2, true, Long::sum),
                row("fe", 4, true, Long::sum),
                row("d4", 8, true, Long::sum),
                row("f8", 1, true, (a, b) -> a - b),
                row("f9", 2, true, (a, b) -> a - b),
                row("fa", 4, true, (a, b) -> a - b),
                row("fb", 8, true, (a, b) -> a - b),
                row("ec", 1, true, (a, b) -> clamp(a + b, -128, 127)),
                row("ed", 2, true, (a, b) -> clamp(a + b, -32768, 32767)),
                row("dc", 1, true, (a, b) -> clamp(u(a, 1) + u(b, 1), 0, 255)),
                row("dd", 2, true, (a, b) -> clamp(u(a, 2) + u(b, 2), 0, 65535)),
                row("e8", 1, true, (a, b) -> clamp(a - b, -128, 127)),
                row("e9", 2, true, (a, b) -> clamp(a - b, -32768, 32767)),
                row("d8", 1, true, (a, b) -> clamp(u(a, 1) - u(b, 1), 0, 255)),
                row("d9", 2, true, (a, b) -> clamp(u(a, 2) - u(b, 2), 0, 65535)),
                row("db", 8, true, (a, b) -> a & b),
                row("df", 8, true, (a, b) -> ~a & b),
                row("eb", 8, true, (a, b) -> a | b),
                row("ef", 8, true, (a, b) -> a ^ b),
                row("74", 1, true, (a, b) -> a == b ? -1 : 0),
                row("75", 2, true, (a, b) -> a == b ? -1 : 0),
                row("76", 4, true, (a, b) -> a == b ? -1 : 0),
                row("3829", 8, false, (a, b) -> a == b ? -1 : 0),
                row("64", 1, true, (a, b) -> a > b ? -1 : 0),
                row("65", 2, true, (a, b) -> a > b ? -1 : 0),
                row("66", 4, true, (a, b) -> a > b ? -1 : 0),
                row("3837", 8, false, (a, b) -> a > b ? -1 : 0),
                row("d5", 2, true, (a, b) -> a * b),
                row("e5", 2, true, (a, b) -> a * b >> 16),
                row("e4", 2, true, (a, b) -> u(a, 2) * u(b, 2) >> 16),
                row("380b", 2, true, (a, b) -> (a * b >> 14) + 1 >> 1),
                row("3840", 4, false, (a, b) -> a * b),
                row("f4", 8, true, (a, b) -> u(a, 4) * u(b, 4)),
                row("3828", 8, false, (a, b) -> (long) (int) a * (int) b),
                row("e0", 1, true, (a, b) -> u(a, 1) + u(b, 1) + 1 >> 1),
                row("e3", 2, true, (a, b) -> u(a, 2) + u(b, 2) + 1 >> 1),
                row("da", 1, true, (a, b) -> Math.min(u(a, 1), u(b, 1))),
                row("de", 1, true, (a, b) -> Math.max(u(a, 1), u(b, 1))),
                row("ea", 2, true, Math::min),
                row("ee", 2, true, Math::max),
                row("3838", 1, false, Math::min),
                row("3839", 4, false, Math::min),
                row("383a", 2, false, (a, b) -> Math.min(u(a, 2), u(b, 2))),
                row("383b", 4, false, (a, b) -> Math.min(u(a, 4), u(b, 4))),
                row("383c", 1, false, Math::max),
                row("383d", 4, false, Math::max),
                row("383e", 2, false, (a, b) -> Math.max(u(a, 2), u(b, 2))),
                row("383f", 4, false, (a, b) -> Math.max(u(a, 4), u(b, 4))),
                row("381c", 1, true, (a, b) -> Math.abs(b)),
                row("381d", 2, true, (a, b) -> Math.abs(b)),
                row("381e", 4, true, (a, b) -> Math.abs(b)),
                row("3808", 1, true, (a, b) -> a * Long.signum(b)),
                row("3809", 2, true, (a, b) -> a * Long.signum(b)),
                row("380a", 4, true, (a, b) -> a * Long.signum(b)));
    }

    private static long each(long a, long b, int bytes, LongBinaryOperator f) {
        long r = 0;
        for (int k = 0; k < 8; k += bytes) {
            long x = CpuRegisters.signed(a >> 8 * k, bytes);
            long y = CpuRegisters.signed(b >> 8 * k, bytes);
            r |= u(f.applyAsLong(x, y), bytes) << 8 * k;
        }
        return r;
    }

    private static long value(SplittableRandom random) {
        return random.nextInt(3) == 0
                ? EDGES[random.nextInt(EDGES.length)]
                : random.nextLong() >> random.nextInt(3) * 16;
    }

    @ParameterizedTest(name = "0F {0}")
    @MethodSource("elementwise")
    void everyElementIsComputedAlone(String opcode, int bytes, boolean mmx, LongBinaryOperator f) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 100; round++) {
            long[] a = {value(random), value(random), value(random), value(random)};
            long[] b = {value(random), value(random), value(random), value(random)};
            if (round % 4 == 0) {
                b[0] = a[0];
            }
            long[] r = new long[4];
            for (int k = 0; k < 4; k++) {
                r[k] = each(a[k], b[k], bytes, f);
            }
            try (VectorBench bench = new VectorBench()) {
                // op xmm1,xmm2
                bench.set(1, a).set(2, b).run("66 0f" + opcode + "ca");
                bench.expect(1, r[0], r[1], a[2], a[3]);
                // vop ymm3,ymm1,[rbx], where pabs has no second operand
                boolean unary = opcode.startsWith("381");
                bench.set(1, a).memory(0, b);
                bench.run(
                        opcode.length() == 2
                                ? "c5 f5" + opcode + "1b"
                                : "c4 e2" + (unary ? "7d" : "75") + opcode.substring(2) + "1b");
                bench.expect(3, r);
                if (mmx) {
                    bench.cpu.setReg64(CpuRegisters.FPR + 16, a[0]);
                    bench.cpu.setReg64(CpuRegisters.FPR + 32, b[0]);
                    bench.run("0f" + opcode + "ca"); // op mm1,mm2
                    assertEquals(r[0], bench.cpu.reg64(CpuRegisters.FPR + 16));
                }
            }
        }
    }

    @Test
    void sumsOfProductsAndDifferencesJoinElements() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0x8000_8000_0003_0002L, 0).set(2, 0x8000_8000_0005_0007L, 0);
            b.run("66 0f f5 ca").expect(1, 0x8000_0000_0000_001dL, 0); // pmaddwd
            b.set(1, 0xffff_ffff_0203_ff01L, 0).set(2, 0x7f7f_8080_04fe_01ffL, 0);
            // pmaddubsw: 1*-1+255*1, 3*-2+2*4, 255*-128*2, 255*127*2
            b.run("66 0f 38 04 ca").expect(1, 0x7fff_8000_0002_00feL, 0);
            b.set(1, 0x00ff_0102_0304_0506L, -1).set(2, 0xff00_0000_0000_0000L, 0);
            b.run("66 0f f6 ca").expect(1, 2 * 255 + 21, 8 * 255); // psadbw
            b.set(1, 0x0807_0605_0403_0201L, 0x100f_0e0d_0c0b_0a09L).set(2, 0x0403_0201L, 0);
            // mpsadbw xmm1,xmm2,0: distances of 4 bytes at 0 to 7
            b.run("66 0f 3a 42 ca 00").expect(1, 0x000c_0008_0004_0000L, 0x001c_0018_0014_0010L);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "psllw 4, 660f71f104, 8000123400018000, 0000234000100000",
        "psllw 16, 660f71f110, 8000123400018000, 0000000000000000",
        "psrlw 4, 660f71d104, 8000123400018000, 0800012300000800",
        "psraw 4, 660f71e104, 8000123400018000, f80001230000f800",
        "psraw 99, 660f71e163, 8000123400018000, ffff00000000ffff",
        "pslld 8, 660f72f108, 8000123400018000, 0012340001800000",
        "psrld 8, 660f72d108, 8000123400018000, 0080001200000180",
        "psrad 8, 660f72e108, 8000123400018000, ff80001200000180",
        "psrad 40, 660f72e128, 8000123400018000, ffffffff00000000",
        "psllq 12, 660f73f10c, 8000123400018000, 0123400018000000",
        "psrlq 12, 660f73d10c, 8000123400018000, 0008000123400018",
        "psrlq 64, 660f73d140, 8000123400018000, 0000000000000000"
    })
    void shiftsByAnImmediateSaturateTheCount(String text, String code, String from, String to) {
        try (VectorBench b = new VectorBench()) {
            long v = Long.parseUnsignedLong(from, 16);
            long r = Long.parseUnsignedLong(to, 16);
            b.set(1, v, v).run(code).expect(1, r, r);
        }
    }

    @Test
    void shiftsByARegisterUseAll64BitsOfTheCount() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, -1, -1).set(2, 0x1_0000_0004L, 0);
            b.run("66 0f d1 ca").expect(1, 0, 0); // psrlw xmm1,xmm2
            b.set(1, -1, -1, -1, -1).set(2, 4, -1);
            b.run("c5 f5 d2 da"); // vpsrld ymm3,ymm1,xmm2
            b.expect(3, 0x0fff_ffff_0fff_ffffL, 0x0fff_ffff_0fff_ffffL, 0x0fff_ffff_0fff_ffffL);
            b.set(2, 0x0000_0020_0000_0004L, 0x0000_001f_8000_0000L, 0, 0);
            b.run("c4 e2 75 47 da"); // vpsllvd ymm3,ymm1,ymm2
            b.expect(3, 0xffff_fff0L, 0x8000_0000_0000_0000L, -1, -1);
            b.set(2, 64, 8, 63, 0);
            b.run("c4 e2 f5 45 da").expect(3, 0, -1L >>> 8, 1, -1); // vpsrlvq ymm3,ymm1,ymm2
            b.set(1, 0x8000_0000_7000_0000L, 0).set(2, 0x0000_0040_0000_0004L, 0);
            // vpsravd xmm3,xmm1,xmm2
            b.run("c4 e2 71 46 da").expect(3, 0xffff_ffff_0700_0000L, 0, 0, 0);
        }
    }

    private static final String LOW = "0706050403020100";
    private static final String HIGH = "0f0e0d0c0b0a0908";

    @ParameterizedTest
    @CsvSource({
        "pslldq 3, 660f73f903, 0403020100000000, 0c0b0a0908070605",
        "psrldq 3, 660f73d903, 0a09080706050403, 0000000f0e0d0c0b",
        "psrldq 16, 660f73d910, 0, 0",
        "palignr 3, 660f3a0fca03, 1a19181716151413, 0201001f1e1d1c1b",
        "palignr 19, 660f3a0fca13, 0a09080706050403, 0000000f0e0d0c0b",
        "palignr 32, 660f3a0fca20, 0, 0",
        "punpcklbw, 660f60ca, 1303120211011000, 1707160615051404",
        "punpckhwd, 660f69ca, 1b1a0b0a19180908, 1f1e0f0e1d1c0d0c",
        "punpckldq, 660f62ca, 1312111003020100, 1716151407060504",
        "punpckhqdq, 660f6dca, 0f0e0d0c0b0a0908, 1f1e1d1c1b1a1918",
        "pshufd 1b, 660f70ca1b, 1b1a19181f1e1d1c, 1312111017161514",
        "pshuflw 93, f20f70ca93, 1514131211101716, 1f1e1d1c1b1a1918",
        "pshufhw 93, f30f70ca93, 1716151413121110, 1d1c1b1a19181f1e",
        "shufps 4e, 0fc6ca4e, 0f0e0d0c0b0a0908, 1716151413121110",
        "shufpd 1, 660fc6ca01, 0f0e0d0c0b0a0908, 1716151413121110",
        "pblendw 81, 660f3a0eca81, 0706050403021110, 1f1e0d0c0b0a0908",
        "blendps 6, 660f3a0cca06, 1716151403020100, 0f0e0d0c1b1a1918",
        "blendpd 2, 660f3a0dca02, 0706050403020100, 1f1e1d1c1b1a1918",
        "packuswb, 660f67ca, ffffffffffffffff, ffffffffffffffff",
        "insertps 9d, 660f3a21ca9d, 1b1a191800000000, 0",
        "pmovzxbw, 660f3830ca, 0013001200110010, 0017001600150014"
    })
    void elementsChangePlaces(String text, String code, String low, String high) {
        try (VectorBench b = new VectorBench()) {
            long x = Long.parseUnsignedLong(LOW, 16);
            long y = Long.parseUnsignedLong(HIGH, 16);
            long z = 0x1010_1010_1010_1010L;
            b.set(1, x, y).set(2, x | z, y | z).run(code);
            b.expect(1, Long.parseUnsignedLong(low, 16), Long.parseUnsignedLong(high, 16));
        }
    }

    @Test
    void narrowingSaturates() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0x7fff_8000_0080_ff7fL, 0x0001_ffff_007f_ff80L).set(2, 0, -1);
            b.run("66 0f 63 ca").expect(1, 0x01ff_7f80_7f80_7f80L, 0xffff_ffff_0000_0000L);
            b.set(1, 0x0001_0000_8000_0000L, 0x0000_7fff_ffff_8000L).set(2, 0, -1);
            b.run("66 0f 6b ca").expect(1, 0x7fff_8000_7fff_8000L, 0xffff_ffff_0000_0000L);
            b.set(1, 0x0001_0000_8000_0000L, 0x0000_7fff_ffff_8000L).set(2, 0, -1);
            b.run("66 0f 38 2b ca").expect(1, 0x7fff_0000_ffff_0000L, 0); // packusdw
            b.set(1, 0x7fff_0001_0002_0003L, 0).set(2, 0x8000_ffff_0000_0005L, 0);
            b.run("66 0f 38 03 ca").expect(1, 0x0000_0000_7fff_0005L, 0x8000_0005L); // phaddsw
        }
    }

    @Test
    void bytesAreChosenByBytes() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L);
            b.set(2, 0x80ff_0f1f_0001_0e4fL, 0x0808_0808_0808_0808L);
            b.run("66 0f 38 00 ca"); // pshufb xmm1,xmm2
            b.expect(1, 0x0000_0f0f_0001_0e0fL, 0x0808_0808_0808_0808L);
            b.set(0, 0x8000_0000_0000_0080L, 0).set(1, 0, 0).set(2, -1, -1);
            b.run("66 0f 38 10 ca").expect(1, 0xff00_0000_0000_00ffL, 0); // pblendvb
            b.set(5, 0x8000_0000_0000_0080L, Long.MIN_VALUE, 0, -1).set(1, 0, 0, 0, 0);
            b.set(2, -1, -1, -1, -1);
            b.run("c4 e3 75 4b da 50").expect(3, -1, -1, 0, -1); // vblendvpd ymm3,ymm1,ymm2,ymm5
        }
    }
}
