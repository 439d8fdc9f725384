package lodge.core.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

class GuestMemoryTest {
    private static final int PAGE = 4096;

    /** Checks what a backend is told: never two mapped ranges over the same page. */
    private static final class Checker implements GuestMemory.Backing {
        final List<MemoryRange> mapped = new ArrayList<>();
        int calls;

        @Override
        public MemorySegment allocate(String name, long bytes) {
            return Arena.ofAuto().allocate(bytes, PAGE);
        }

        @Override
        public void map(MemoryRange range) {
            calls++;
            for (MemoryRange other : mapped) {
                assertTrue(
                        range.gpa() + range.size() <= other.gpa()
                                || other.gpa() + other.size() <= range.gpa(),
                        "overlap");
            }
            mapped.add(range);
        }

        @Override
        public void unmap(MemoryRange range) {
            calls++;
            assertTrue(mapped.remove(range));
        }

        @Override
        public void logDirty(MemoryRange range, boolean on) {
            assertTrue(mapped.contains(range));
        }

        @Override
        public void collectDirty(MemoryRange range, DirtyBitmap bitmap) {
            assertTrue(mapped.contains(range));
        }
    }

    private final Checker backing = new Checker();
    private final GuestMemory memory = new GuestMemory(backing);

    @Test
    void accessesCrossRangesAndHoles() {
        MemoryBlock ram = memory.allocate("ram", 4 * PAGE);
        memory.window(ram, 0, PAGE, 0).place(0, true);
        memory.window(ram, 3 * PAGE, PAGE, 0).place(PAGE, true);
        memory.writeLong(PAGE - 3, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, memory.readLong(PAGE - 3));
        assertEquals(0x44, memory.readByte(PAGE + 1));
        memory.writeInt(2 * PAGE - 2, 0x55667788);
        assertEquals(0xffff7788, memory.readInt(2 * PAGE - 2));
        byte[] buffer = new byte[6];
        assertEquals(2, memory.read(2 * PAGE - 2, MemorySegment.ofArray(buffer), 0, 6));
        assertArrayEquals(new byte[] {(byte) 0x88, 0x77, -1, -1, -1, -1}, buffer);
        assertEquals(0, memory.write(1L << 40, MemorySegment.ofArray(buffer), 0, 6));
        assertEquals(0xff, memory.readByte(-1));
    }

    @Test
    void readOnlyWindowsKeepTheirContents() {
        MemoryBlock rom = memory.allocate("rom", PAGE);
        memory.window(rom, 0, PAGE, 0).place(0xf000L, false);
        memory.writeInt(0xf000, 5);
        assertEquals(0, memory.readInt(0xf000));
        assertEquals(0, memory.write(0xf000, MemorySegment.ofArray(new byte[4]), 0, 4));
    }

    @Test
    void higherPriorityIsSeenAndMovesUncoverWhatIsBelow() {
        MemoryBlock ram = memory.allocate("ram", 16 * PAGE);
        MemoryBlock rom = memory.allocate("rom", 2 * PAGE);
        memory.window(ram, 0, 16 * PAGE, 0).place(0, true);
        MemoryWindow shadow = memory.window(rom, 0, 2 * PAGE, 10);
        memory.writeByte(5 * PAGE, 1);
        shadow.place(5 * PAGE, false);
        assertEquals(0, memory.readByte(5 * PAGE));
        assertEquals(3, memory.map().size());
        shadow.remove();
        assertEquals(1, memory.readByte(5 * PAGE));
        assertEquals(1, memory.map().size());
        shadow.place(5 * PAGE + 1, false);
        assertEquals(-1, shadow.gpa());
        shadow.place(1L << 53, false);
        assertEquals(-1, shadow.gpa());
    }

    @Test
    void theSamePlaceAgainCostsNothing() {
        MemoryBlock ram = memory.allocate("ram", PAGE);
        MemoryWindow window = memory.window(ram, 0, PAGE, 0);
        window.place(0, true);
        int before = backing.calls;
        window.place(0, true);
        assertEquals(before, backing.calls);
    }

    @Test
    void randomPlacesAlwaysShowTheTopmostWindow() {
        SplittableRandom random = new SplittableRandom(42);
        MemoryBlock block = memory.allocate("block", 64 * PAGE);
        MemoryWindow[] windows = new MemoryWindow[12];
        for (int i = 0; i < windows.length; i++) {
            windows[i] = memory.window(block, i * PAGE, (1 + i % 5) * PAGE, i);
        }
        for (int round = 0; round < 2000; round++) {
            windows[random.nextInt(windows.length)].place(
                    random.nextInt(8) == 0 ? -1 : random.nextInt(20) * PAGE, random.nextBoolean());
            for (long gpa = 0; gpa < 26 * PAGE; gpa += PAGE) {
                MemoryWindow top = null;
                for (MemoryWindow window : windows) {
                    if (window.gpa >= 0 && gpa >= window.gpa && gpa < window.gpa + window.size) {
                        top = window;
                    }
                }
                MemoryRange seen = null;
                for (MemoryRange range : backing.mapped) {
                    if (gpa >= range.gpa() && gpa < range.gpa() + range.size()) {
                        seen = range;
                    }
                }
                assertEquals(top == null, seen == null);
                if (top != null) {
                    assertEquals(top.offset + gpa - top.gpa, seen.offset() + gpa - seen.gpa());
                    assertEquals(top.writable, seen.writable());
                }
            }
        }
    }

    @Test
    void devicesWritesAreDirty() {
        MemoryBlock ram = memory.allocate("ram", 130 * PAGE);
        memory.window(ram, 0, 130 * PAGE, 0).place(0, true);
        memory.writeByte(0, 1);
        memory.trackDirty(ram, true);
        memory.writeInt(PAGE - 2, 1);
        memory.write(128L * PAGE, MemorySegment.ofArray(new byte[PAGE + 1]), 0, PAGE + 1);
        long[] bitmap = new long[3];
        memory.collectDirty(ram, bitmap);
        assertArrayEquals(new long[] {3, 0, 3}, bitmap);
        long[] again = new long[3];
        memory.collectDirty(ram, again);
        assertArrayEquals(new long[3], again);
    }

    @Test
    void whatIsComparedAndSetIsAlignedWritableMemory() {
        MemoryBlock ram = memory.allocate("ram", 2 * PAGE);
        memory.window(ram, 0, PAGE, 0).place(0, true);
        memory.window(ram, PAGE, PAGE, 0).place(PAGE, false);
        memory.trackDirty(ram, true);
        memory.writeLong(8, 5);
        memory.collectDirty(ram, new long[1]);
        assertFalse(memory.compareAndSetLong(8, 4, 6));
        long[] bitmap = new long[1];
        memory.collectDirty(ram, bitmap);
        assertEquals(0, bitmap[0]);
        assertTrue(memory.compareAndSetLong(8, 5, 6));
        assertTrue(memory.compareAndSetInt(12, 0, 7));
        assertEquals(0x7_0000_0006L, memory.readLong(8));
        memory.collectDirty(ram, bitmap);
        assertEquals(1, bitmap[0]);
        assertFalse(memory.compareAndSetLong(4, 0, 1));
        assertFalse(memory.compareAndSetInt(2, 0, 1));
        assertFalse(memory.compareAndSetLong(PAGE, 0, 1));
        assertFalse(memory.compareAndSetInt(PAGE, 0, 1));
        assertFalse(memory.compareAndSetLong(2 * PAGE, -1, 1));
    }

    @Test
    void aStretchIsMemoryOnlyIfAllOfItIs() {
        MemoryBlock ram = memory.allocate("ram", 2 * PAGE);
        memory.window(ram, 0, PAGE, 0).place(0, true);
        memory.window(ram, PAGE, PAGE, 0).place(PAGE, false);
        assertTrue(memory.isMemory(PAGE - 8, 16, false));
        assertFalse(memory.isMemory(PAGE - 8, 16, true));
        assertTrue(memory.isMemory(PAGE - 8, 8, true));
        assertFalse(memory.isMemory(2 * PAGE - 8, 9, false));
        assertTrue(memory.isMemory(5 * PAGE, 0, true));
    }

    @Test
    void sizesThatAreNotPagesAreRefused() {
        assertThrows(BadConfigException.class, () -> memory.allocate("x", 100));
        assertThrows(BadConfigException.class, () -> memory.allocate("x", 0));
        MemoryBlock ram = memory.allocate("ram", PAGE);
        assertThrows(BadConfigException.class, () -> memory.window(ram, PAGE, PAGE, 0));
    }
}
