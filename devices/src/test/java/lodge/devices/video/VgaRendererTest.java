package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

class VgaRendererTest {
    private static final int FRAME_NANOS = 14_268_000;
    private final VgaFixture vga = new VgaFixture();

    private void text(int row, int column, String text, int attribute) {
        for (int i = 0; i < text.length(); i++) {
            vga.io.write(0xb8000 + 2 * (80 * row + column + i), 2, text.charAt(i) | attribute << 8);
        }
    }

    /** Loads one glyph as the video BIOS does: plane 2 alone, sequential, at 0xa0000. */
    private void glyph(int font, int code, int... lines) {
        vga.sequencer(Vga.SEQ_MAP_MASK, 4);
        vga.sequencer(Vga.SEQ_MEMORY_MODE, 7);
        vga.graphics(Vga.GC_MODE, 0);
        vga.graphics(Vga.GC_MISCELLANEOUS, 4);
        for (int i = 0; i < lines.length; i++) {
            vga.io.write(0xa0000 + font * 0x2000 + code * 32 + i, 1, lines[i]);
        }
        vga.sequencer(Vga.SEQ_MAP_MASK, 3);
        vga.sequencer(Vga.SEQ_MEMORY_MODE, 2);
        vga.graphics(Vga.GC_MODE, 0x10);
        vga.graphics(Vga.GC_MISCELLANEOUS, 0xe);
    }

    private void noCursor() {
        vga.crtc(Vga.CR_CURSOR_START, 0x20);
    }

    private String bits(int x, int y, int count, int on) {
        StringBuilder bits = new StringBuilder();
        for (int i = 0; i < count; i++) {
            bits.append(vga.pixel(x + i, y) == on ? '#' : '.');
        }
        return bits.toString();
    }

    @Test
    void theTextScreenIsReadAsCharacters() {
        vga.set(VgaFixture.TEXT_80X25);
        text(0, 0, "SeaBIOS (version 1.16.2)", 7);
        text(2, 4, "GRUB", 0x70);
        vga.io.write(0xb8000 + 160 * 24, 2, 0x07db);
        List<String> screen = vga.card.textScreen();
        assertEquals(25, screen.size());
        assertEquals("SeaBIOS (version 1.16.2)", screen.getFirst());
        assertEquals("    GRUB", screen.get(2));
        assertEquals("█", screen.getLast());
        vga.set(VgaFixture.MODE_13H);
        assertEquals(List.of(), vga.card.textScreen());
    }

    @Test
    void theStartAddressScrollsTheText() {
        vga.set(VgaFixture.TEXT_80X25);
        text(1, 0, "second", 7);
        vga.crtc(Vga.CR_START_LOW, 80);
        assertEquals("second", vga.card.textScreen().getFirst());
    }

    @Test
    void charactersAreDrawnFromPlane2InNineDots() {
        vga.set(VgaFixture.TEXT_80X25);
        noCursor();
        glyph(0, 'A', 0b10000001, 0b01111111);
        glyph(0, 0xc4, 0b11111111);
        text(0, 0, "A", 0x1e);
        vga.io.write(0xb8002, 2, 0x1ec4);
        vga.render();
        assertEquals(720, vga.frame.width());
        assertEquals(400, vga.frame.height());
        int yellow = VgaFixture.colour(0x3e);
        assertEquals("#......#.", bits(0, 0, 9, yellow));
        assertEquals(".#######.", bits(0, 1, 9, yellow));
        assertEquals("#########", bits(9, 0, 9, yellow));
        assertEquals(VgaFixture.colour(1), vga.pixel(1, 0));
    }

    @Test
    void attributeBit3ChoosesTheSecondFont() {
        vga.set(VgaFixture.TEXT_80X25);
        noCursor();
        glyph(0, 'A', 0xf0);
        glyph(1, 'A', 0x0f);
        vga.sequencer(Vga.SEQ_CHARACTER_MAP, 0x20); // map A is font 4 (at 8 KiB), map B font 0
        text(0, 0, "A", 0x07);
        text(0, 1, "A", 0x0f);
        vga.render();
        assertEquals("####.....", bits(0, 0, 9, VgaFixture.colour(7)));
        assertEquals("....####.", bits(9, 0, 9, VgaFixture.colour(0x3f)));
    }

    @Test
    void charactersBlinkEverySixteenFrames() {
        vga.set(VgaFixture.TEXT_80X25);
        noCursor();
        glyph(0, 'A', 0xff);
        text(0, 0, "A", 0x87);
        vga.render();
        assertEquals("########.", bits(0, 0, 9, VgaFixture.colour(7)));
        vga.clock.advance(17L * FRAME_NANOS);
        vga.render();
        assertEquals(".........", bits(0, 0, 9, VgaFixture.colour(7)));
        vga.io.in(0x3da, 1);
        vga.io.out(0x3c0, 1, 0x30);
        vga.io.out(0x3c0, 1, 0x04); // blinking off: bit 7 is a bright background
        vga.render();
        assertEquals("########.", bits(0, 0, 9, VgaFixture.colour(7)));
        assertEquals(VgaFixture.colour(0x38), vga.pixel(0, 1));
    }

    @Test
    void theCursorShowsBetweenItsLinesAndBlinks() {
        vga.set(VgaFixture.TEXT_80X25);
        text(0, 0, "  ", 0x07);
        vga.crtc(Vga.CR_CURSOR_LOW, 1);
        vga.render();
        assertEquals("...", bits(9, 12, 3, VgaFixture.colour(7)));
        assertEquals("###", bits(9, 13, 3, VgaFixture.colour(7)));
        assertEquals("###", bits(9, 14, 3, VgaFixture.colour(7)));
        assertEquals("...", bits(9, 15, 3, VgaFixture.colour(7)));
        assertEquals("...", bits(0, 13, 3, VgaFixture.colour(7)));
        vga.clock.advance(9L * FRAME_NANOS);
        vga.render();
        assertEquals("...", bits(9, 13, 3, VgaFixture.colour(7)));
    }

    @Test
    void lineCompareStartsAgainAtAddress0() {
        vga.set(VgaFixture.TEXT_80X25);
        noCursor();
        glyph(0, 'A', 0xff);
        text(0, 0, "A", 7);
        vga.crtc(Vga.CR_START_LOW, 160);
        vga.crtc(Vga.CR_OVERFLOW, 0x0f);
        vga.crtc(Vga.CR_MAXIMUM_SCAN_LINE, 0x0f);
        vga.crtc(Vga.CR_LINE_COMPARE, 99);
        vga.render();
        assertEquals(".", bits(0, 0, 1, VgaFixture.colour(7)));
        assertEquals("#", bits(0, 100, 1, VgaFixture.colour(7)));
    }

    @Test
    void planarPixelsTakeOneBitFromEachPlane() {
        vga.set(VgaFixture.PLANAR_640X480);
        vga.sequencer(Vga.SEQ_MAP_MASK, 0b1010);
        vga.poke(0xa0000 + 80 * 479 + 79, 0x01);
        vga.render();
        assertEquals(640, vga.frame.width());
        assertEquals(480, vga.frame.height());
        assertEquals(VgaFixture.colour(0x3a), vga.pixel(639, 479));
        assertEquals(VgaFixture.colour(0), vga.pixel(638, 479));
    }

    @Test
    void pelPanningMovesThePictureToTheLeft() {
        vga.set(VgaFixture.PLANAR_640X480);
        vga.poke(0xa0000, 0x10);
        vga.io.in(0x3da, 1);
        vga.io.out(0x3c0, 1, 0x33);
        vga.io.out(0x3c0, 1, 3);
        vga.render();
        assertEquals(VgaFixture.colour(0x3f), vga.pixel(0, 0));
        assertEquals(VgaFixture.colour(0), vga.pixel(3, 0));
    }

    @Test
    void mode13hIsABytePerPixel() {
        vga.set(VgaFixture.MODE_13H);
        vga.poke(0xa0000 + 320 * 199 + 318, 0xc5);
        vga.render();
        assertEquals(320, vga.frame.width());
        assertEquals(200, vga.frame.height());
        assertEquals(VgaFixture.colour(0xc5), vga.pixel(318, 199));
        assertEquals(VgaFixture.colour(0), vga.pixel(319, 199));
    }

    @Test
    void modeXHasAPlaneForEveryFourthPixel() {
        vga.set(VgaFixture.MODE_13H);
        vga.sequencer(Vga.SEQ_MEMORY_MODE, 6);
        vga.crtc(Vga.CR_UNDERLINE, 0);
        vga.crtc(Vga.CR_MODE_CONTROL, 0xe3);
        vga.sequencer(Vga.SEQ_MAP_MASK, 1 << 2);
        vga.poke(0xa0000 + 80 * 10 + 5, 0x42);
        vga.render();
        assertEquals(VgaFixture.colour(0x42), vga.pixel(22, 10));
        vga.crtc(Vga.CR_START_LOW, 80);
        vga.render();
        assertEquals(VgaFixture.colour(0x42), vga.pixel(22, 9));
    }

    @Test
    void cgaFourColourLinesAlternateBetweenTwoBanks() {
        vga.set(VgaFixture.CGA_320X200);
        vga.io.write(0xb8000, 1, 0b00_01_10_11);
        vga.io.write(0xb8001, 1, 0b11_00_00_00);
        vga.io.write(0xb8000 + 0x2000, 1, 0b10_00_00_00);
        vga.io.write(0xb8000 + 80, 1, 0b01_00_00_00);
        vga.render();
        assertEquals(320, vga.frame.width());
        assertEquals(200, vga.frame.height());
        int[] expected = {0, 0x13, 0x15, 0x17, 0x17, 0};
        for (int x = 0; x < expected.length; x++) {
            assertEquals(VgaFixture.colour(expected[x]), vga.pixel(x, 0), "pixel " + x);
        }
        assertEquals(VgaFixture.colour(0x15), vga.pixel(0, 1));
        assertEquals(VgaFixture.colour(0x13), vga.pixel(0, 2));
    }

    @Test
    void cgaTwoColourModeHasEightPixelsInAByte() {
        vga.set(VgaFixture.CGA_640X200);
        vga.io.write(0xb8000 + 79, 1, 0x01);
        vga.io.write(0xb8000 + 0x2000, 1, 0x80);
        vga.render();
        assertEquals(640, vga.frame.width());
        assertEquals(200, vga.frame.height());
        assertEquals(VgaFixture.colour(0x17), vga.pixel(639, 0));
        assertEquals(VgaFixture.colour(0x17), vga.pixel(0, 1));
        assertEquals(VgaFixture.colour(0), vga.pixel(1, 1));
    }

    @Test
    void colourSelectReplacesTheHighBitsOfThePalette() {
        vga.set(VgaFixture.PLANAR_640X480);
        vga.io.in(0x3da, 1);
        vga.io.out(0x3c0, 1, 0x30);
        vga.io.out(0x3c0, 1, 0x81);
        vga.io.out(0x3c0, 1, 0x34);
        vga.io.out(0x3c0, 1, 0x06);
        vga.poke(0xa0000, 0x80);
        vga.render();
        assertEquals(VgaFixture.colour(0x6f), vga.pixel(0, 0));
    }

    @Test
    void thePelMaskLimitsTheDacIndex() {
        vga.set(VgaFixture.MODE_13H);
        vga.poke(0xa0000, 0xf7);
        vga.io.out(0x3c6, 1, 0x0f);
        vga.render();
        assertEquals(VgaFixture.colour(0x07), vga.pixel(0, 0));
    }

    @Test
    void screenOffShowsBlack() {
        vga.set(VgaFixture.MODE_13H);
        vga.poke(0xa0000, 0x44);
        vga.sequencer(Vga.SEQ_CLOCKING_MODE, 0x21);
        vga.render();
        assertEquals(0xff000000, vga.pixel(0, 0));
    }

    @Test
    void theChangeCounterMovesOnlyWhenThePictureMay() {
        vga.set(VgaFixture.TEXT_80X25);
        long first = vga.card.changes();
        vga.io.in(0x3da, 1);
        assertEquals(first, vga.card.changes());
        text(3, 3, "x", 7);
        long second = vga.card.changes();
        assertNotEquals(first, second);
        vga.io.out(0x3c8, 1, 1);
        vga.io.out(0x3c9, 1, 1);
        vga.io.out(0x3c9, 1, 1);
        vga.io.out(0x3c9, 1, 1);
        assertNotEquals(second, vga.card.changes());
    }
}
