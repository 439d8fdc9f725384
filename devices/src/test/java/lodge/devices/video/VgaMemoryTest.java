package lodge.devices.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class VgaMemoryTest {
    private static final long A0000 = 0xa0000;
    private final VgaFixture vga = new VgaFixture();

    @BeforeEach
    void planarMode() {
        vga.set(VgaFixture.PLANAR_640X480);
    }

    /** Reads one plane in read mode 0. */
    private int plane(int plane, long address) {
        vga.graphics(Vga.GC_READ_MAP_SELECT, plane);
        return vga.peek(address);
    }

    private String planes(long address) {
        return "%02x %02x %02x %02x"
                .formatted(
                        plane(0, address), plane(1, address), plane(2, address), plane(3, address));
    }

    private void fill(long address, int p0, int p1, int p2, int p3) {
        int[] values = {p0, p1, p2, p3};
        for (int i = 0; i < 4; i++) {
            vga.sequencer(Vga.SEQ_MAP_MASK, 1 << i);
            vga.poke(address, values[i]);
        }
        vga.sequencer(Vga.SEQ_MAP_MASK, 0xf);
    }

    @Test
    void theMapMaskChoosesThePlanesWritten() {
        vga.sequencer(Vga.SEQ_MAP_MASK, 0b0101);
        vga.poke(A0000 + 9, 0x3c);
        assertEquals("3c 00 3c 00", planes(A0000 + 9));
    }

    @Test
    void writeMode0RotatesSetsAndMasks() {
        fill(A0000, 0x11, 0x22, 0x44, 0x88);
        vga.peek(A0000);
        vga.graphics(Vga.GC_DATA_ROTATE, 4);
        vga.graphics(Vga.GC_ENABLE_SET_RESET, 0b0011);
        vga.graphics(Vga.GC_SET_RESET, 0b0001);
        vga.graphics(Vga.GC_BIT_MASK, 0xf0);
        vga.poke(A0000, 0x5a);
        // Planes 0 and 1 take set/reset (ones, zeros), 2 and 3 the data 0xa5; the low nibbles come
        // from the latches.
        assertEquals("f1 02 a4 a8", planes(A0000));
    }

    @Test
    void theFunctionSelectCombinesWithTheLatches() {
        fill(A0000, 0x0f, 0x33, 0x55, 0xff);
        vga.peek(A0000);
        vga.graphics(Vga.GC_DATA_ROTATE, 1 << 3);
        vga.poke(A0000 + 1, 0x3c);
        vga.graphics(Vga.GC_DATA_ROTATE, 2 << 3);
        vga.poke(A0000 + 2, 0x3c);
        vga.graphics(Vga.GC_DATA_ROTATE, 3 << 3);
        vga.poke(A0000 + 3, 0x3c);
        assertEquals("0c 30 14 3c", planes(A0000 + 1));
        assertEquals("3f 3f 7d ff", planes(A0000 + 2));
        assertEquals("33 0f 69 c3", planes(A0000 + 3));
    }

    @Test
    void writeMode1CopiesTheLatches() {
        fill(A0000 + 5, 1, 2, 3, 4);
        vga.peek(A0000 + 5);
        vga.graphics(Vga.GC_MODE, 1);
        vga.graphics(Vga.GC_BIT_MASK, 0x0f);
        vga.poke(A0000 + 6, 0xee);
        assertEquals("01 02 03 04", planes(A0000 + 6));
    }

    @Test
    void writeMode2SpreadsTheDataBitsOverThePlanes() {
        fill(A0000, 0, 0, 0xff, 0xff);
        vga.peek(A0000);
        vga.graphics(Vga.GC_MODE, 2);
        vga.graphics(Vga.GC_BIT_MASK, 0x80);
        vga.poke(A0000, 0b0101);
        assertEquals("80 00 ff 7f", planes(A0000));
    }

    @Test
    void writeMode3UsesTheDataAsBitMask() {
        fill(A0000, 0, 0xff, 0, 0xff);
        vga.peek(A0000);
        vga.graphics(Vga.GC_MODE, 3);
        vga.graphics(Vga.GC_SET_RESET, 0b0011);
        vga.graphics(Vga.GC_DATA_ROTATE, 1);
        vga.graphics(Vga.GC_BIT_MASK, 0x7f);
        vga.poke(A0000, 0x83); // rotated: 0xc1, masked: 0x41
        assertEquals("41 ff 00 be", planes(A0000));
    }

    @Test
    void readMode1ComparesColours() {
        fill(A0000, 0b11110000, 0b11001100, 0b10101010, 0);
        vga.graphics(Vga.GC_MODE, 8);
        vga.graphics(Vga.GC_COLOR_COMPARE, 0b0101);
        vga.graphics(Vga.GC_COLOR_DONT_CARE, 0b1111);
        assertEquals(0b00100000, vga.peek(A0000));
        vga.graphics(Vga.GC_COLOR_DONT_CARE, 0b0001);
        assertEquals(0b11110000, vga.peek(A0000));
        vga.graphics(Vga.GC_COLOR_DONT_CARE, 0);
        assertEquals(0xff, vga.peek(A0000));
    }

    @Test
    void oddEvenPutsCharactersAndAttributesIntoPlanes0And1() {
        vga.set(VgaFixture.TEXT_80X25);
        vga.io.write(0xb8000, 4, 0x1f420741);
        assertEquals(0x1f420741, vga.io.read(0xb8000, 4));
        vga.graphics(Vga.GC_MODE, 0);
        vga.graphics(Vga.GC_MISCELLANEOUS, 4);
        vga.sequencer(Vga.SEQ_MEMORY_MODE, 6);
        assertEquals("41 07 00 00", planes(A0000));
        assertEquals("42 1f 00 00", planes(A0000 + 2));
    }

    @Test
    void theMemoryMapSelectPlacesTheWindow() {
        vga.poke(A0000, 0x12);
        int[][] ranges = {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x18000}, {0x18000, 0x20000}};
        for (int map = 0; map < 4; map++) {
            vga.graphics(Vga.GC_MISCELLANEOUS, 1 | map << 2);
            assertEquals(0x12, vga.peek(A0000 + ranges[map][0]), "map " + map);
            for (long at : new long[] {0, 0x10000, 0x18000, 0x1ffff}) {
                boolean inside = at >= ranges[map][0] && at < ranges[map][1];
                vga.io.write(A0000 + at, 1, 0x12);
                assertEquals(inside ? 0x12 : 0xff, vga.io.read(A0000 + at, 1), map + " " + at);
            }
        }
    }

    @Test
    void plainChain4IsMappedSoThatTheGuestDrawsWithoutExits() {
        vga.set(VgaFixture.MODE_13H);
        assertEquals(1, vga.memory.map().size());
        assertEquals(A0000, vga.memory.map().getFirst().gpa());
        vga.poke(A0000 + 5, 0x77);
        vga.sequencer(Vga.SEQ_MEMORY_MODE, 6);
        assertTrue(vga.memory.map().isEmpty());
        assertEquals("00 77 00 00", planes(A0000 + 1));
    }

    @Test
    void theMappedAndTheEmulatedWindowShowTheSame() {
        vga.set(VgaFixture.MODE_13H);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 1000; i++) {
            vga.poke(A0000 + random.nextInt(0x10000), random.nextInt(256));
        }
        for (int at = 0; at < 0x10000; at += 8) {
            assertEquals(vga.memory.readLong(A0000 + at), vga.io.read(A0000 + at, 8));
        }
        // A map mask that is not all ones takes the mapping away, and then writes obey it.
        vga.sequencer(Vga.SEQ_MAP_MASK, 0b1110);
        assertTrue(vga.memory.map().isEmpty());
        vga.io.write(A0000, 4, 0);
        int kept = vga.peek(A0000);
        vga.io.write(A0000, 4, 0x99999999L);
        assertEquals(kept | 0x99999900L, vga.io.read(A0000, 4));
    }

    @Test
    void aClosedWindowReadsAsOnesAndIsNotMapped() {
        vga.set(VgaFixture.MODE_13H);
        vga.io.out(0x3c2, 1, 0x61);
        assertTrue(vga.memory.map().isEmpty());
        assertEquals(0xffffffffL, vga.io.read(A0000, 4));
        vga.io.out(0x3c2, 1, 0x63);
        assertFalse(vga.memory.map().isEmpty());
    }
}
