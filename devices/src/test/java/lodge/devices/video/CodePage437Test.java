package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.charset.Charset;

class CodePage437Test {
    @Test
    void printableCodesAreThoseOfTheJdksOwnTable() {
        Charset ibm437 = Charset.forName("IBM437");
        for (int code = 0x20; code < 0x100; code++) {
            if (code != 0x7f) {
                String expected = new String(new byte[] {(byte) code}, ibm437);
                assertEquals(expected.charAt(0), CodePage437.toUnicode(code), "code " + code);
            }
        }
    }

    @Test
    void controlCodesHaveTheirPictures() {
        assertEquals(' ', CodePage437.toUnicode(0));
        assertEquals('☺', CodePage437.toUnicode(1));
        assertEquals('▼', CodePage437.toUnicode(0x1f));
        assertEquals('⌂', CodePage437.toUnicode(0x7f));
    }
}
