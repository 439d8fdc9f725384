package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What an area holds before every instruction, to find and undo what one changed. */
public final class AreaImage {
    private final long address;
    private final MemorySegment area;
    private final MemorySegment original;
    private final MemorySegment expected;

    /**
     * Fills an area.
     *
     * @param address where the guest sees it
     * @param area the guest's memory, of the original's size
     * @param original what it holds
     */
    public AreaImage(long address, MemorySegment area, MemorySegment original) {
        this.address = address;
        this.area = area;
        this.original = original;
        expected = Arena.ofAuto().allocate(original.byteSize(), 64).copyFrom(original);
        area.copyFrom(original);
    }

    /** Puts a record's own memory in. */
    public void open(StateBefore before) {
        long offset = before.windowOffset();
        MemorySegment from = before.segment();
        long at = before.base() + OracleLayout.WINDOW;
        MemorySegment.copy(from, at, area, offset, OracleLayout.WINDOW_SIZE);
        MemorySegment.copy(from, at, expected, offset, OracleLayout.WINDOW_SIZE);
    }

    /**
     * Notes what changed in a part of the area and undoes it.
     *
     * @param from offset of the part, any number; it is cut to the area
     * @param to offset of its end
     */
    public void collect(StateAfter after, long from, long to) {
        long first = Math.max(from, 0) & -8;
        long end = Math.min(to + 7 & -8, area.byteSize());
        for (long i = first; i < end; i += 8) {
            long value = area.get(JAVA_LONG_UNALIGNED, i);
            long old = expected.get(JAVA_LONG_UNALIGNED, i);
            if (value != old) {
                after.addChange(address + i, value);
                area.set(JAVA_LONG_UNALIGNED, i, old);
            }
        }
    }

    /** Returns whether the area holds what it is to hold before an instruction. */
    public boolean clean() {
        return area.mismatch(expected) < 0;
    }

    /** Undoes whatever was changed. */
    public void restore() {
        area.copyFrom(expected);
    }

    /** Takes the record's own memory out again. */
    public void close(long windowOffset) {
        MemorySegment.copy(original, windowOffset, area, windowOffset, OracleLayout.WINDOW_SIZE);
        MemorySegment.copy(
                original, windowOffset, expected, windowOffset, OracleLayout.WINDOW_SIZE);
    }
}
