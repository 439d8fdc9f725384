package lodge.devices.video;

import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.time.ManualClock;

/**
 * An adapter on a bus, and the register tables of the standard modes from IBM's video BIOS
 * documentation.
 */
final class VgaFixture {
    static final Mode TEXT_80X25 =
            new Mode(
                    0x67,
                    "00030002",
                    "5f4f508255 81bf1f004f0d0e00000000 9c0e8f281f96b9a3ff",
                    "00000000001 00e00ff",
                    "000102030405140738393a3b3c3d3e3f0c000f0800");
    static final Mode CGA_320X200 =
            new Mode(
                    0x63,
                    "09030002",
                    "2d2728902b80bf1f00c10000000000009c8e8f140096b9a2ff",
                    "0000000000300f00ff",
                    "001315170204060710111213141516170100030000");
    static final Mode CGA_640X200 =
            new Mode(
                    0x63,
                    "01010006",
                    "5f4f50825480bf1f00c10000000000009c8e8f280096b9c2ff",
                    "0000000000000d00ff",
                    "001717171717171717171717171717170100010000");
    static final Mode PLANAR_640X480 =
            new Mode(
                    0xe3,
                    "010f0006",
                    "5f4f5082 54800b3e0040000000000000ea8cdf2800e704e3ff",
                    "000000000000050fff",
                    "000102030405140738393a3b3c3d3e3f01000f0000");
    static final Mode MODE_13H =
            new Mode(
                    0x63,
                    "010f000e",
                    "5f4f50825480bf1f0041000000000000 9c8e8f284096b9a3ff",
                    "000000000040050fff",
                    "000102030405060708090a0b0c0d0e0f41000f0000");

    record Mode(int misc, String sequencer, String crtc, String graphics, String attribute) {}

    final GuestMemory memory = GuestMemory.forTests();
    final IoSpace io = new IoSpace();
    final ManualClock clock = new ManualClock();
    final VgaPci card;
    final Frame frame = new Frame();

    VgaFixture() {
        this(new byte[0]);
    }

    VgaFixture(byte[] rom) {
        card = new VgaPci("vga", memory, io, clock, rom);
        io.claimPorts(card, 0x3b0, Vga.PORTS, card.vga());
        io.claimPorts(card, 0x1ce, BochsVbe.PORTS, card.vbe());
        io.claimMmio(card, 0xa0000, VgaPci.WINDOW_SIZE, card.window());
    }

    void set(Mode mode) {
        io.out(0x3c2, 1, mode.misc);
        registers(0x3c4, 1, mode.sequencer);
        io.out(0x3d4, 2, 0x0011);
        registers(0x3d4, 0, mode.crtc);
        registers(0x3ce, 0, mode.graphics);
        io.in(0x3da, 1);
        byte[] attribute = bytes(mode.attribute);
        for (int i = 0; i < attribute.length; i++) {
            io.out(0x3c0, 1, i);
            io.out(0x3c0, 1, attribute[i]);
        }
        io.out(0x3c0, 1, 0x20);
        standardPalette();
    }

    /** Colour n of the DAC is red n, green n, blue 63 - n for the first 64, and so on round. */
    private void standardPalette() {
        io.out(0x3c8, 1, 0);
        for (int i = 0; i < 256; i++) {
            io.out(0x3c9, 1, i);
            io.out(0x3c9, 1, i >> 2);
            io.out(0x3c9, 1, 63 - i);
        }
    }

    /** What {@link #standardPalette} makes of a DAC index. */
    static int colour(int index) {
        return 0xff000000 | six(index) << 16 | six(index >> 2) << 8 | six(63 - index);
    }

    private static int six(int value) {
        return (value & 0x3f) << 2 | (value & 0x3f) >> 4;
    }

    private void registers(int port, int first, String values) {
        byte[] all = bytes(values);
        for (int i = 0; i < all.length; i++) {
            io.out(port, 2, first + i | (all[i] & 0xff) << 8);
        }
    }

    private static byte[] bytes(String hex) {
        return java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    void sequencer(int index, int value) {
        io.out(0x3c4, 2, index | value << 8);
    }

    void graphics(int index, int value) {
        io.out(0x3ce, 2, index | value << 8);
    }

    void crtc(int index, int value) {
        io.out(0x3d4, 2, index | value << 8);
    }

    void dispi(int index, int value) {
        io.out(0x1ce, 2, index);
        io.out(0x1cf, 2, value);
    }

    int dispi(int index) {
        io.out(0x1ce, 2, index);
        return io.in(0x1cf, 2);
    }

    /** Stores as a guest does: into memory where it is mapped, else through the bus. */
    void poke(long address, int value) {
        if (memory.map().stream()
                .anyMatch(r -> address >= r.gpa() && address < r.gpa() + r.size())) {
            memory.writeByte(address, value);
        } else {
            io.write(address, 1, value);
        }
    }

    int peek(long address) {
        if (memory.map().stream()
                .anyMatch(r -> address >= r.gpa() && address < r.gpa() + r.size())) {
            return memory.readByte(address);
        }
        return (int) io.read(address, 1);
    }

    int pixel(int x, int y) {
        return frame.pixels()[y * frame.width() + x];
    }

    void render() {
        card.render(frame);
    }
}
