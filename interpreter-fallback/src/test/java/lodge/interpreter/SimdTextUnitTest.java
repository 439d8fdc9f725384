package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Comparison of strings: XMM1 against XMM2. */
class SimdTextUnitTest {
    private static void text(VectorBench b, int n, String text) {
        byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.ISO_8859_1), 16);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        b.set(n, buffer.getLong(), buffer.getLong());
    }

    private static String flags(int flags) {
        return ((flags & CpuRegisters.CF) != 0 ? "C" : "")
                + ((flags & CpuRegisters.ZF) != 0 ? "Z" : "")
                + ((flags & CpuRegisters.SF) != 0 ? "S" : "")
                + ((flags & CpuRegisters.OF) != 0 ? "O" : "")
                + ((flags & (CpuRegisters.AF | CpuRegisters.PF)) != 0 ? "?" : "");
    }

    @ParameterizedTest
    @CsvSource({
        "aeiou, processor, 00, 2, CZS", // any of
        "aeiou, processor, 40, 7, CZS", // the last of any
        "aeiou, processor, 10, 0, CZSO", // none of, to the end of the register
        "aeiou, processor, 70, 8, CZSO", // the last that is none of
        "az, THE lower, 04, 4, CZS", // ranges
        "azAZ, 0123456789abcdef, 04, 10, CS",
        "interpret, interplay, 08, 0, CZSO", // each
        "interpret, interplay, 18, 6, CZS", // the first difference
        "same, same, 18, 16, ZS",
        "ss, processor, 0c, 5, CZS", // substring
        "ort, this is a support, 0c, 14, CS", // begins at the end
        "'', abc, 0c, 0, CZSO", // the empty string is everywhere
        "abc, '', 00, 16, ZS"
    })
    void pcmpistriFindsAnIndex(String a, String b, String imm, int index, String flags) {
        try (VectorBench bench = new VectorBench()) {
            bench.cpu.setReg64(CpuRegisters.RCX, -1);
            bench.cpu.setArithmetic(CpuRegisters.ARITHMETIC);
            text(bench, 1, a);
            text(bench, 2, b);
            bench.run("660f3a63ca" + imm);
            assertEquals(index, bench.bench.reg(CpuRegisters.RCX));
            assertEquals(flags, flags(bench.cpu.arithmetic()));
        }
    }

    @Test
    void pcmpistrmMakesMasks() {
        try (VectorBench b = new VectorBench()) {
            text(b, 1, "s");
            text(b, 2, "processor");
            b.run("660f3a62ca00").expect(0, 0x60, 0); // bits
            b.run("660f3a62ca40").expect(0, 0x00ff_ff00_0000_0000L, 0); // bytes
            b.set(0, 1, 2, 3, 4).run("c4e37962ca00").expect(0, 0x60, 0, 0, 0);
        }
    }

    @Test
    void explicitLengthsAreAbsoluteAndSaturate() {
        try (VectorBench b = new VectorBench()) {
            text(b, 1, "ab");
            text(b, 2, "xxxxabxxxxabxxxx");
            b.cpu.setReg64(CpuRegisters.RAX, 0xffff_fffeL); // -2
            b.cpu.setReg64(CpuRegisters.RDX, 100);
            b.run("660f3a61ca0c"); // pcmpestri: substring
            assertEquals(4, b.bench.reg(CpuRegisters.RCX));
            assertEquals("CS", flags(b.cpu.arithmetic()));
            // With REX.W all 64 bits count: 2^32 - 2 is more than 16.
            b.run("66480f3a61ca0c");
            assertEquals(16, b.bench.reg(CpuRegisters.RCX));
            assertEquals("", flags(b.cpu.arithmetic()));
        }
    }

    @Test
    void wordsAndSignsAreTheFormats() {
        try (VectorBench b = new VectorBench()) {
            b.set(1, 0x0001_8000L, 0).set(2, 0x0000_7fff_ffff_0005L, 0);
            b.run("660f3a63ca07"); // signed words in the range -32768 to 1: ffff is one
            assertEquals(1, b.bench.reg(CpuRegisters.RCX));
            b.run("660f3a63ca05"); // unsigned, 8000 to 1 is empty
            assertEquals(8, b.bench.reg(CpuRegisters.RCX));
        }
    }
}
