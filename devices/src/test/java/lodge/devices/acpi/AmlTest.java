package lodge.devices.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

/** Encodings worked out by hand from chapters 6.4 and 20.2 of the ACPI specification. */
class AmlTest {
    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 00",
        "1, 01",
        "0x7f, 0a 7f",
        "0xff, 0a ff",
        "0x100, 0b 00 01",
        "0x12345, 0c 45 23 01 00",
        "0x123456789, 0e 89 67 45 23 01 00 00 00"
    })
    void integersTakeTheirShortestForm(String value, String expected) {
        assertEquals(expected, hex(Aml.integer(Long.decode(value))));
    }

    @Test
    void plugAndPlayIdsAreCompressed() {
        assertEquals("0c 41 d0 0a 03", hex(Aml.eisaId("PNP0A03")));
        assertEquals("0c 41 d0 0c 0f", hex(Aml.eisaId("PNP0C0F")));
        assertEquals("0b 41 d0", hex(Aml.eisaId("PNP0000")));
    }

    @Test
    void namesArePaddedAndPrefixedByTheirCount() {
        assertEquals("49 53 41 5f", hex(Aml.path("ISA")));
        assertEquals("5c 5f 53 42 5f", hex(Aml.path("\\_SB")));
        assertEquals("5c 2e 5f 53 42 5f 4c 4e 4b 41", hex(Aml.path("\\_SB.LNKA")));
        assertEquals("2f 03 5f 53 42 5f 50 43 49 30 49 53 41 5f", hex(Aml.path("_SB.PCI0.ISA")));
    }

    /** A scope of n bytes of name and contents has a length field of 1, 2 or 3 bytes more. */
    @ParameterizedTest
    @CsvSource({
        "58, 10 3f",
        "59, 10 41 04",
        "4089, 10 4f ff",
        "4090, 10 81 00 01",
        "4200, 10 8f 06 01"
    })
    void packageLengthsCountThemselves(int contents, String start) {
        byte[] scope = Aml.scope("ABCD", new byte[contents]);
        String hex = hex(scope);
        assertEquals(start, hex.substring(0, start.length()));
        int lengthBytes = start.split(" ", -1).length - 1;
        assertEquals(1 + lengthBytes + 4 + contents, scope.length);
    }

    @Test
    void resourcesEndWithAnEndTag() {
        assertEquals(
                "11 0d 0a 0a 47 01 60 00 60 00 01 01 79 00", hex(Aml.resources(Aml.io(0x60, 1))));
    }

    @Test
    void resourceDescriptorsHaveTheirFlags() {
        assertEquals("22 00 10", hex(Aml.irq(12)));
        assertEquals("2a 04 00", hex(Aml.dma(2)));
        assertEquals("89 0a 00 09 02 0a 00 00 00 0b 00 00 00", hex(Aml.sharedInterrupt(10, 11)));
        assertEquals(
                "88 0d 00 02 0c 00 00 00 00 00 ff 00 00 00 00 01", hex(Aml.busNumbers(0, 0xff)));
        assertEquals(
                "88 0d 00 01 0c 03 00 00 00 0d ff ff 00 00 00 f3",
                hex(Aml.ioWindow(0xd00, 0xffff)));
        assertEquals(
                "87 17 00 00 0c 01 00 00 00 00 00 00 00 c0 ff ff bf fe 00 00 00 00 00 00 c0 3e",
                hex(Aml.memoryWindow(0xc0000000L, 0xfebfffffL, false)));
    }

    @Test
    void codeIsPrefixNotation() {
        assertEquals(
                "7d 50 52 51 41 0a 80 50 52 51 41",
                hex(Aml.or(Aml.path("PRQA"), Aml.integer(0x80), Aml.path("PRQA"))));
        assertEquals(
                "14 09 5f 53 54 41 00 a4 0a 0f",
                hex(Aml.method("_STA", 0, Aml.give(Aml.integer(0xf)))));
        assertEquals("5b 80 50 49 52 51 02 0a 60 0a 04", hex(Aml.pciConfigRegion("PIRQ", 0x60, 4)));
        assertEquals(
                "5b 81 10 50 49 52 51 01 41 42 43 44 08 45 46 47 48 08",
                hex(Aml.byteFields("PIRQ", "ABCD", "EFGH")));
    }
}
