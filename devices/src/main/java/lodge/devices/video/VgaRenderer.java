package lodge.devices.video;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What a monitor on the VGA would show: text with fonts from plane 2, planar and packed graphics,
 * CGA's interleaved modes, and VBE's depths. Lines and columns that the CRTC only repeats are shown
 * once, so mode 13h gives 320 by 200 pixels. Overscan is not shown, nor is pel panning in text
 * modes.
 */
final class VgaRenderer {
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int OPAQUE = 0xff00_0000;

    /** Shown while no mode has been set. */
    private static final int NO_MODE_WIDTH = 640;

    private static final int NO_MODE_HEIGHT = 480;

    private static final int PLANE_BYTES = 0x10000;
    private static final int FONT_PLANE = 2;
    private static final int FONT_STRIDE = 32;
    private static final int ATTR_GRAPHICS = 1;
    private static final int ATTR_MONO = 2;
    private static final int ATTR_LINE_GRAPHICS = 4;
    private static final int ATTR_BLINK = 8;
    private static final int ATTR_PANNING_COMPATIBLE = 0x20;
    private static final int ATTR_8_BIT_PIXELS = 0x40;
    private static final int ATTR_P54_SELECT = 0x80;
    private static final int GC_SHIFT_INTERLEAVE = 0x20;
    private static final int GC_SHIFT_256 = 0x40;
    private static final int CRTC_NO_BIT_13 = 1;
    private static final int CRTC_NO_BIT_14 = 2;
    private static final int CRTC_ADDRESS_WRAP = 0x20;
    private static final int CRTC_BYTE_MODE = 0x40;
    private static final int CRTC_DOUBLEWORD = 0x40;
    private static final int CURSOR_OFF = 0x20;

    private final Vga vga;
    private final BochsVbe vbe;
    private final MemorySegment memory;
    private final int[] colours = new int[256];
    private final int[] palette = new int[16];

    VgaRenderer(Vga vga, BochsVbe vbe, MemorySegment memory) {
        this.vga = vga;
        this.vbe = vbe;
        this.memory = memory;
    }

    void render(Frame frame) {
        updateColours();
        if (vbe.enabled()) {
            frame.resize(vbe.xres(), vbe.yres());
            renderVbe(frame);
        } else if (vga.crtc(Vga.CR_HORIZONTAL_DISPLAY_END) == 0) {
            frame.resize(NO_MODE_WIDTH, NO_MODE_HEIGHT);
            blank(frame);
        } else if (textMode()) {
            renderText(frame);
        } else {
            renderGraphics(frame);
        }
    }

    boolean textMode() {
        return !vbe.enabled()
                && (vga.attribute[Vga.ATTR_MODE] & ATTR_GRAPHICS) == 0
                && vga.crtc(Vga.CR_HORIZONTAL_DISPLAY_END) != 0;
    }

    private static void blank(Frame frame) {
        java.util.Arrays.fill(frame.pixels(), 0, frame.width() * frame.height(), OPAQUE);
    }

    // ---- colours

    private void updateColours() {
        int mask = vga.dacMask;
        for (int i = 0; i < 256; i++) {
            int at = 3 * (i & mask);
            colours[i] =
                    OPAQUE
                            | (vga.dac[at] & 0xff) << 16
                            | (vga.dac[at + 1] & 0xff) << 8
                            | vga.dac[at + 2] & 0xff;
        }
        boolean p54 = (vga.attribute[Vga.ATTR_MODE] & ATTR_P54_SELECT) != 0;
        int select = vga.attribute[Vga.ATTR_COLOR_SELECT];
        for (int i = 0; i < 16; i++) {
            int colour = vga.attribute[i];
            if (p54) {
                colour = colour & 0xf | (select & 3) << 4;
            }
            palette[i] = colours[colour | (select & 0xc) << 4];
        }
    }

    // ---- text

    private int characterHeight() {
        return (vga.crtc(Vga.CR_MAXIMUM_SCAN_LINE) & 0x1f) + 1;
    }

    private int textColumns() {
        return vga.crtc(Vga.CR_HORIZONTAL_DISPLAY_END) + 1;
    }

    private int startAddress() {
        return vga.crtc(Vga.CR_START_HIGH) << 8 | vga.crtc(Vga.CR_START_LOW);
    }

    private int rowAddresses() {
        return 2 * vga.crtc(Vga.CR_OFFSET);
    }

    /** Lines in CRTC scan lines when a doubled line counts once. */
    private int singleLines() {
        int lines = vga.displayLines();
        return doubled() ? Math.max(1, lines / 2) : lines;
    }

    private boolean doubled() {
        return (vga.crtc(Vga.CR_MAXIMUM_SCAN_LINE) & 0x80) != 0;
    }

    List<String> text() {
        List<String> lines = new ArrayList<>();
        if (!textMode()) {
            return lines;
        }
        int columns = textColumns();
        int rows = singleLines() / characterHeight();
        int start = startAddress();
        StringBuilder line = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            line.setLength(0);
            for (int column = 0; column < columns; column++) {
                int at = planeAddress(start + row * rowAddresses() + column, 0);
                line.append(CodePage437.toUnicode(memory.get(LE32, 4L * at) & 0xff));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private void renderText(Frame frame) {
        int dots = (vga.sequencer[Vga.SEQ_CLOCKING_MODE] & 1) != 0 ? 8 : 9;
        int columns = textColumns();
        int height = characterHeight();
        int lines = singleLines();
        frame.resize(columns * dots, lines);
        if (!vga.displayOn()) {
            blank(frame);
            return;
        }
        boolean blinkOff = (vga.frames() & 0x10) != 0;
        int cursor = vga.crtc(Vga.CR_CURSOR_HIGH) << 8 | vga.crtc(Vga.CR_CURSOR_LOW);
        int cursorStart = vga.crtc(Vga.CR_CURSOR_START);
        int cursorEnd = vga.crtc(Vga.CR_CURSOR_END) & 0x1f;
        boolean cursorOn = (cursorStart & CURSOR_OFF) == 0 && (vga.frames() & 8) == 0;
        cursorStart &= 0x1f;
        int split = lineCompare();
        int base = startAddress() + bytePanning();
        int scan = vga.crtc(Vga.CR_PRESET_ROW_SCAN) & 0x1f;
        int row = 0;
        int[] pixels = frame.pixels();
        for (int y = 0; y < lines; y++) {
            for (int column = 0; column < columns; column++) {
                int address = base + row * rowAddresses() + column;
                int cell = memory.get(LE32, 4L * planeAddress(address, 0));
                boolean underCursor =
                        cursorOn && address == cursor && scan >= cursorStart && scan <= cursorEnd;
                glyphLine(
                        pixels,
                        y * frame.width() + column * dots,
                        dots,
                        cell,
                        scan,
                        blinkOff,
                        underCursor);
            }
            scan++;
            if (scan >= height) {
                scan = 0;
                row++;
            }
            if (y == split) {
                base = 0;
                row = 0;
                scan = 0;
            }
        }
    }

    /** One scan line of a character. */
    private void glyphLine(
            int[] pixels,
            int at,
            int dots,
            int cell,
            int scan,
            boolean blinkOff,
            boolean underCursor) {
        int mode = vga.attribute[Vga.ATTR_MODE];
        int code = cell & 0xff;
        int attribute = cell >> 8 & 0xff;
        int bits =
                memory.get(
                                ValueLayout.JAVA_BYTE,
                                4L * (fontBase(attribute) + code * FONT_STRIDE + scan) + FONT_PLANE)
                        & 0xff;
        int foreground = attribute & 0xf;
        int background = attribute >> 4;
        if ((mode & ATTR_BLINK) != 0) {
            background &= 7;
            if ((attribute & 0x80) != 0 && blinkOff) {
                bits = 0;
            }
        }
        boolean underline =
                (mode & ATTR_MONO) != 0
                        && (attribute & 0x77) == 1
                        && scan == (vga.crtc(Vga.CR_UNDERLINE) & 0x1f);
        if (underline || underCursor) {
            bits = 0xff;
        }
        // The ninth dot is background, except that box-drawing characters go on into it.
        boolean joined = (mode & ATTR_LINE_GRAPHICS) != 0 && code >= 0xc0 && code <= 0xdf;
        int ninth = underline || underCursor || joined ? bits & 1 : 0;
        int wide = bits << 1 | ninth;
        int enabled = vga.attribute[Vga.ATTR_PLANE_ENABLE] & 0xf;
        int on = palette[foreground & enabled];
        int off = palette[background & enabled];
        for (int dot = 0; dot < dots; dot++) {
            pixels[at + dot] = (wide >> 8 - dot & 1) != 0 ? on : off;
        }
    }

    /** Where in plane 2 the font begins that bit 3 of the attribute chooses. */
    private int fontBase(int attribute) {
        int map = vga.sequencer[Vga.SEQ_CHARACTER_MAP];
        int select = (attribute & 8) != 0 ? map >> 2 & 3 | map >> 3 & 4 : map & 3 | map >> 2 & 4;
        return (select & 3) * 0x4000 + (select >> 2) * 0x2000;
    }

    // ---- VGA graphics

    /** The scan line, counted as lines are shown, after which the address counter starts again. */
    private int lineCompare() {
        return doubled() ? vga.lineCompare() / 2 : vga.lineCompare();
    }

    private int bytePanning() {
        return vga.crtc(Vga.CR_PRESET_ROW_SCAN) >> 5 & 3;
    }

    /**
     * The byte of the planes that the CRTC addresses: byte, word or doubleword mode, and the row
     * scan counter in place of address bits 13 and 14 for CGA and Hercules.
     */
    private int planeAddress(int counter, int scan) {
        int mode = vga.crtc(Vga.CR_MODE_CONTROL);
        int address = counter & 0xffff;
        if ((vga.sequencer[Vga.SEQ_MEMORY_MODE] & 8) != 0) {
            return address; // chain-4 memory is linear here, see VgaMemory
        }
        if ((vga.crtc(Vga.CR_UNDERLINE) & CRTC_DOUBLEWORD) != 0) {
            address = address << 2 | address >> 14;
        } else if ((mode & CRTC_BYTE_MODE) == 0) {
            address = address << 1 | address >> ((mode & CRTC_ADDRESS_WRAP) != 0 ? 15 : 13) & 1;
        }
        if ((mode & CRTC_NO_BIT_13) == 0) {
            address = address & ~0x2000 | (scan & 1) << 13;
        }
        if ((mode & CRTC_NO_BIT_14) == 0) {
            address = address & ~0x4000 | (scan >> 1 & 1) << 14;
        }
        return address & PLANE_BYTES - 1;
    }

    private void renderGraphics(Frame frame) {
        boolean wide = (vga.attribute[Vga.ATTR_MODE] & ATTR_8_BIT_PIXELS) != 0;
        int characters = vga.crtc(Vga.CR_HORIZONTAL_DISPLAY_END) + 1;
        int perCharacter = wide ? 4 : 8;
        int scans = characterHeight();
        boolean scanInAddress =
                (vga.crtc(Vga.CR_MODE_CONTROL) & (CRTC_NO_BIT_13 | CRTC_NO_BIT_14))
                        != (CRTC_NO_BIT_13 | CRTC_NO_BIT_14);
        int step = scanInAddress ? 1 : scans;
        int height = (singleLines() + step - 1) / step;
        frame.resize(characters * perCharacter, height);
        if (!vga.displayOn()) {
            blank(frame);
            return;
        }
        int panning = vga.attribute[Vga.ATTR_PANNING] & 0xf;
        panning = wide ? panning >> 1 & 3 : panning & 7;
        int split = lineCompare();
        int base = startAddress() + bytePanning();
        int scan = (vga.crtc(Vga.CR_PRESET_ROW_SCAN) & 0x1f) % scans;
        int row = 0;
        for (int y = 0; y < height; y++) {
            renderLine(frame, y, base + row * rowAddresses(), scan, panning, wide);
            scan += step;
            if (scan >= scans) {
                scan -= scans;
                row++;
            }
            if (split >= y * step && split < (y + 1) * step) {
                base = 0;
                row = 0;
                scan = 0;
                if ((vga.attribute[Vga.ATTR_MODE] & ATTR_PANNING_COMPATIBLE) != 0) {
                    panning = 0;
                }
            }
        }
    }

    private void renderLine(Frame frame, int y, int base, int scan, int panning, boolean wide) {
        int shift = vga.graphics[Vga.GC_MODE] & (GC_SHIFT_256 | GC_SHIFT_INTERLEAVE);
        int width = frame.width();
        int perCharacter = wide ? 4 : 8;
        int[] pixels = frame.pixels();
        int at = y * width;
        int planes = 0;
        int current = -1;
        for (int x = 0; x < width; x++) {
            int shifted = x + panning;
            int character = shifted / perCharacter;
            if (character != current) {
                current = character;
                planes = memory.get(LE32, 4L * planeAddress(base + character, scan));
            }
            int within = shifted % perCharacter;
            if (wide) {
                pixels[at + x] = colours[planes >> 8 * within & 0xff];
            } else {
                int value =
                        shift == 0
                                ? planarPixel(planes, within)
                                : interleavedPixel(planes, within, shift);
                pixels[at + x] = palette[value & vga.attribute[Vga.ATTR_PLANE_ENABLE] & 0xf];
            }
        }
    }

    private static int planarPixel(int planes, int within) {
        int bits = planes >>> 7 - within;
        return bits & 1 | bits >> 7 & 2 | bits >> 14 & 4 | bits >> 21 & 8;
    }

    /**
     * Shift register modes 1 (two planes side by side, two bits a pixel) and 2 (four bits a pixel).
     */
    private static int interleavedPixel(int planes, int within, int shift) {
        if ((shift & GC_SHIFT_256) != 0) {
            return planes >> 8 * (within >> 1) + ((within & 1) == 0 ? 4 : 0) & 0xf;
        }
        int half = planes >> 8 * (within >> 2);
        int position = 6 - 2 * (within & 3);
        return half >> position & 3 | (half >> 16 + position & 3) << 2;
    }

    // ---- VBE

    private void renderVbe(Frame frame) {
        int width = frame.width();
        int[] pixels = frame.pixels();
        int bpp = vbe.bpp();
        for (int y = 0; y < frame.height(); y++) {
            long line = (long) vbe.lineBytes() * (y + vbe.yOffset());
            int at = y * width;
            for (int x = 0; x < width; x++) {
                int column = x + vbe.xOffset();
                pixels[at + x] =
                        OPAQUE
                                | switch (bpp) {
                                    case 4 ->
                                            palette[
                                                    planarPixel(
                                                                    memory.get(
                                                                            LE32,
                                                                            4
                                                                                    * (line
                                                                                            + column
                                                                                                    / 8)),
                                                                    column & 7)
                                                            & vga.attribute[Vga.ATTR_PLANE_ENABLE]
                                                            & 0xf];
                                    case 8 ->
                                            colours[
                                                    memory.get(ValueLayout.JAVA_BYTE, line + column)
                                                            & 0xff];
                                    case 15 -> from555(memory.get(LE16, line + 2L * column));
                                    case 16 -> from565(memory.get(LE16, line + 2L * column));
                                    case 24 -> from888(line + 3L * column);
                                    default -> memory.get(LE32, line + 4L * column);
                                };
            }
        }
    }

    private int from888(long at) {
        return memory.get(LE16, at) & 0xffff
                | (memory.get(ValueLayout.JAVA_BYTE, at + 2) & 0xff) << 16;
    }

    private static int from555(int value) {
        return five(value >> 10) << 16 | five(value >> 5) << 8 | five(value);
    }

    private static int from565(int value) {
        int green = value >> 5 & 0x3f;
        return five(value >> 11) << 16 | (green << 2 | green >> 4) << 8 | five(value);
    }

    private static int five(int value) {
        int bits = value & 0x1f;
        return bits << 3 | bits >> 2;
    }

    /**
     * Returns how many bytes from the start of video memory the picture may depend on, and where
     * they begin.
     */
    long shownFrom() {
        return vbe.packed() ? (long) vbe.lineBytes() * vbe.yOffset() : 0;
    }

    /** Returns the byte of video memory after the last that the picture may depend on. */
    long shownTo() {
        if (!vbe.enabled()) {
            return 4L * PLANE_BYTES;
        }
        long lines = vbe.yres() + (long) vbe.yOffset();
        return Math.min(memory.byteSize(), vbe.lineBytes() * lines * (vbe.packed() ? 1 : 4));
    }
}
