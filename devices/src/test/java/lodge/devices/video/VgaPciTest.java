package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;

import org.junit.jupiter.api.Test;

class VgaPciTest {
    private static final long LFB = 0xfd00_0000L;
    private static final long REGISTERS = 0xfebf_0000L;
    private static final long ROM = 0xfebe_0000L;
    private final VgaFixture vga = new VgaFixture(rom());

    VgaPciTest() {
        vga.card.configWrite(0x10, 4, (int) LFB);
        vga.card.configWrite(0x18, 4, (int) REGISTERS);
        vga.card.configWrite(0x30, 4, (int) ROM | 1);
        vga.card.configWrite(4, 2, 3);
    }

    private static byte[] rom() {
        byte[] rom = new byte[39936];
        rom[0] = 0x55;
        rom[1] = (byte) 0xaa;
        rom[39935] = 0x5a;
        return rom;
    }

    private void mode(int width, int height, int depth) {
        vga.dispi(BochsVbe.ENABLE, 0);
        vga.dispi(BochsVbe.XRES, width);
        vga.dispi(BochsVbe.YRES, height);
        vga.dispi(BochsVbe.BPP, depth);
        vga.dispi(BochsVbe.ENABLE, BochsVbe.ENABLED | BochsVbe.LFB_ENABLED);
    }

    @Test
    void theHeaderIsThatOfTheStandardVga() {
        assertEquals(0x11111234, vga.card.configRead(0, 4));
        assertEquals(0x030000, vga.card.configRead(8, 4) >>> 8);
        vga.card.configWrite(0x10, 4, -1);
        assertEquals(0xff000008, vga.card.configRead(0x10, 4));
        vga.card.configWrite(0x18, 4, -1);
        assertEquals(0xfffff000, vga.card.configRead(0x18, 4));
        vga.card.configWrite(0x30, 4, -2);
        assertEquals(0xffff0000, vga.card.configRead(0x30, 4));
    }

    @Test
    void theRomShowsTheVideoBios() {
        assertEquals(0xaa55, vga.memory.readShort(ROM));
        assertEquals(0x5a, vga.memory.readByte(ROM + 39935));
        assertEquals(0, vga.memory.readByte(ROM + 39936));
        vga.memory.writeByte(ROM, 0);
        assertEquals(0xaa55, vga.memory.readShort(ROM));
        assertThrows(BadConfigException.class, () -> new VgaFixture(new byte[100]));
    }

    @Test
    void theVersionIsTheOneAskedForUpToB0c5() {
        assertEquals(0xb0c5, vga.dispi(BochsVbe.ID));
        vga.dispi(BochsVbe.ID, 0xb0c2);
        assertEquals(0xb0c2, vga.dispi(BochsVbe.ID));
        vga.dispi(BochsVbe.ID, 0xb0c6);
        assertEquals(0xb0c2, vga.dispi(BochsVbe.ID));
        assertEquals(256, vga.dispi(BochsVbe.VIDEO_MEMORY_64K));
    }

    @Test
    void capabilitiesAreReadInPlaceOfTheMode() {
        mode(800, 600, 16);
        assertEquals(800, vga.dispi(BochsVbe.XRES));
        vga.dispi(BochsVbe.ENABLE, BochsVbe.ENABLED | BochsVbe.GETCAPS);
        assertEquals(2560, vga.dispi(BochsVbe.XRES));
        assertEquals(1600, vga.dispi(BochsVbe.YRES));
        assertEquals(32, vga.dispi(BochsVbe.BPP));
    }

    @Test
    void aModeIsFixedWhileItIsOn() {
        mode(640, 480, 32);
        vga.dispi(BochsVbe.XRES, 320);
        vga.dispi(BochsVbe.BPP, 8);
        assertEquals(640, vga.dispi(BochsVbe.XRES));
        assertEquals(32, vga.dispi(BochsVbe.BPP));
        vga.render();
        assertEquals(640, vga.frame.width());
        assertEquals(480, vga.frame.height());
    }

    @Test
    void everyDepthHasItsColours() {
        mode(640, 480, 32);
        vga.memory.writeInt(LFB + 4 * 641, 0x00123456);
        assertShown(0xff123456);
        mode(640, 480, 24);
        vga.memory.writeInt(LFB + 3 * 641, 0x00abcdef);
        assertShown(0xffabcdef);
        mode(640, 480, 16);
        vga.memory.writeShort(LFB + 2 * 641, 0b11111_000000_10000);
        assertShown(0xffff0084);
        mode(640, 480, 15);
        vga.memory.writeShort(LFB + 2 * 641, 0b0_11111_00001_00000);
        assertShown(0xffff0800);
        vga.set(VgaFixture.MODE_13H);
        mode(640, 480, 8);
        vga.memory.writeByte(LFB + 641, 0x9c);
        assertShown(VgaFixture.colour(0x9c));
    }

    private void assertShown(int colour) {
        vga.render();
        assertEquals(colour, vga.pixel(1, 1));
        assertEquals(0, vga.pixel(2, 1) & 0xffffff & ~VgaFixture.colour(0));
    }

    @Test
    void switchingOnClearsTheScreenUnlessToldNotTo() {
        mode(640, 480, 8);
        vga.memory.writeByte(LFB, 0x11);
        vga.dispi(BochsVbe.ENABLE, 0);
        vga.dispi(BochsVbe.ENABLE, BochsVbe.ENABLED | BochsVbe.NO_CLEAR_MEMORY);
        assertEquals(0x11, vga.memory.readByte(LFB));
        mode(640, 480, 8);
        assertEquals(0, vga.memory.readByte(LFB));
    }

    @Test
    void offsetsMoveTheVisiblePartOfTheVirtualScreen() {
        mode(640, 480, 32);
        vga.dispi(BochsVbe.VIRT_WIDTH, 1024);
        assertEquals(4096, vga.dispi(BochsVbe.VIRT_HEIGHT));
        vga.dispi(BochsVbe.X_OFFSET, 100);
        vga.dispi(BochsVbe.Y_OFFSET, 50);
        vga.memory.writeInt(LFB + 4 * (1024 * 51 + 101), 0x777777);
        vga.render();
        assertEquals(0xff777777, vga.pixel(1, 1));
        vga.dispi(BochsVbe.Y_OFFSET, 0xffff);
        assertEquals(4096 - 480, vga.dispi(BochsVbe.Y_OFFSET));
        vga.render();
        vga.card.changes();
    }

    @Test
    void theBankRegisterMovesTheWindow() {
        vga.set(VgaFixture.MODE_13H);
        mode(1024, 768, 8);
        vga.dispi(BochsVbe.BANK, 5);
        vga.poke(0xa0123, 0x42);
        assertEquals(0x42, vga.memory.readByte(LFB + 0x50123));
        assertTrue(vga.memory.map().stream().anyMatch(range -> range.gpa() == 0xa0000), "mapped");
        vga.io.write(0xa0124, 4, 0x11223344);
        assertEquals(0x11223344, vga.memory.readInt(LFB + 0x50124));
        vga.dispi(BochsVbe.BANK, 0xffff);
        assertEquals(255, vga.dispi(BochsVbe.BANK));
    }

    @Test
    void fourBitModesArePlanar() {
        vga.set(VgaFixture.PLANAR_640X480);
        mode(1024, 768, 4);
        vga.dispi(BochsVbe.BANK, 1);
        vga.sequencer(Vga.SEQ_MAP_MASK, 0b0100);
        int at = 128 * 600 + 3 - 0x10000;
        vga.poke(0xa0000 + at, 0x80);
        vga.render();
        assertEquals(1024, vga.frame.width());
        assertEquals(VgaFixture.colour(4), vga.pixel(24, 600));
        assertEquals(VgaFixture.colour(0), vga.pixel(25, 600));
    }

    @Test
    void theDacTakesEightBitsWhenAsked() {
        mode(640, 480, 8);
        vga.dispi(BochsVbe.ENABLE, BochsVbe.ENABLED | BochsVbe.DAC_8_BITS);
        vga.io.out(0x3c8, 1, 0);
        vga.io.out(0x3c9, 1, 0x81);
        vga.io.out(0x3c9, 1, 0x82);
        vga.io.out(0x3c9, 1, 0x83);
        vga.render();
        assertEquals(0xff818283, vga.pixel(0, 0));
        vga.io.out(0x3c7, 1, 0);
        assertEquals(0x81, vga.io.in(0x3c9, 1));
    }

    @Test
    void theMemoryBarShowsVgaPortsAndVbeRegisters() {
        vga.io.write(REGISTERS + 0x500 + 2 * BochsVbe.XRES, 2, 1280);
        vga.io.write(REGISTERS + 0x500 + 2 * BochsVbe.YRES, 2, 720);
        vga.io.write(REGISTERS + 0x500 + 2 * BochsVbe.BPP, 2, 32);
        vga.io.write(REGISTERS + 0x500 + 2 * BochsVbe.ENABLE, 2, BochsVbe.ENABLED);
        assertEquals(1280, vga.dispi(BochsVbe.XRES));
        assertEquals(1280 | 720 << 16, vga.io.read(REGISTERS + 0x502, 4));
        assertEquals(0xb0c5, vga.io.read(REGISTERS + 0x500, 2));
        vga.io.write(REGISTERS + 0x400 + 0xe, 2, 0x3608);
        assertEquals(0x36, vga.io.read(REGISTERS + 0x40f, 1));
        assertEquals(4, vga.io.read(REGISTERS + 0x600, 4));
        assertEquals(0, vga.io.read(REGISTERS, 4), "no EDID");
    }

    @Test
    void hostileGeometryIsClamped() {
        for (int depth : new int[] {4, 8, 15, 16, 24, 32, 0, 77}) {
            for (int size : new int[] {0, 1, 7, 8, 0xfff, 0xffff}) {
                mode(size, size, depth);
                vga.dispi(BochsVbe.VIRT_WIDTH, size);
                vga.dispi(BochsVbe.X_OFFSET, size);
                vga.dispi(BochsVbe.Y_OFFSET, size);
                vga.dispi(BochsVbe.VIRT_WIDTH, 0xffff);
                vga.dispi(BochsVbe.Y_OFFSET, 0xffff);
                vga.dispi(BochsVbe.X_OFFSET, 0xffff);
                vga.render();
                vga.card.changes();
                VgaPci.State state = vga.card.save();
                vga.card.load(state);
                assertEquals(state.vbe(), vga.card.save().vbe());
            }
        }
    }
}
