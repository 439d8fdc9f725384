package lodge.core.memory;

import lodge.core.BadConfigException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Guest memory as consumers see it: blocks of host memory, windows on them in the guest physical
 * address space, and access by guest physical address (GPA) as a bus master has it. Accesses may
 * cross ranges. Reading where there is no memory gives ones, writing there or to read-only memory
 * does nothing - the guest chose the address, so nothing throws - and both say how much was real.
 *
 * <p>Access allocates nothing and takes no lock: the map is replaced as a whole. Placing windows
 * takes this object's monitor, which is a leaf of the lock order.
 */
public final class GuestMemory {
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ATOMIC32 =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle ATOMIC64 =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final long PAGE_MASK = (1L << MemoryBlock.PAGE_SHIFT) - 1;
    private static final long ADDRESS_LIMIT = 1L << 52;

    /** The host's side: where blocks come from and who must know what is mapped. */
    public interface Backing {
        /**
         * Gets zeroed, page-aligned host memory that lives as long as the machine.
         *
         * @param name the block's name, for messages
         * @param bytes a multiple of 4096
         * @return the memory
         * @throws lodge.core.LodgeException when the host cannot give that much
         */
        MemorySegment allocate(String name, long bytes);

        /**
         * Lets the processor see a range.
         *
         * @param range the range; overlaps no mapped one
         */
        void map(MemoryRange range);

        /**
         * Hides a range from the processor.
         *
         * @param range one that was mapped
         */
        void unmap(MemoryRange range);

        /**
         * Switches the processor's dirty log for a mapped range.
         *
         * @param range one that is mapped
         * @param on whether stores are logged from now on
         */
        void logDirty(MemoryRange range, boolean on);

        /**
         * Adds what the processor has written since the last call to the block's bitmap, and clears
         * its own log.
         *
         * @param range one that is mapped and logged
         * @param bitmap pages of the whole block
         */
        void collectDirty(MemoryRange range, DirtyBitmap bitmap);
    }

    private final Backing backing;
    private final List<MemoryBlock> blocks = new ArrayList<>();
    private final List<MemoryWindow> windows = new ArrayList<>();
    private volatile MemoryRange[] ranges = new MemoryRange[0];

    /**
     * An address space without memory.
     *
     * @param backing the host's side
     */
    public GuestMemory(Backing backing) {
        this.backing = backing;
    }

    /** Returns a memory that no processor sees, in Java's heap arena: for tests of devices. */
    public static GuestMemory forTests() {
        return new GuestMemory(new DetachedBacking());
    }

    /**
     * Makes a block.
     *
     * @param name stable and unique in the machine
     * @param bytes size, a positive multiple of 4096
     * @return the block, zeroed, not in the address space
     */
    public synchronized MemoryBlock allocate(String name, long bytes) {
        if (bytes <= 0 || (bytes & PAGE_MASK) != 0) {
            throw new BadConfigException(
                    "Memory %s: size %d is not a positive multiple of 4096".formatted(name, bytes));
        }
        MemoryBlock block = new MemoryBlock(name, backing.allocate(name, bytes));
        blocks.add(block);
        return block;
    }

    /**
     * Makes a window on a part of a block, not placed.
     *
     * @param block whose bytes it shows
     * @param offset where it begins in the block, a multiple of 4096
     * @param size in bytes, a positive multiple of 4096
     * @param priority where windows overlap, the higher is seen (RAM 0, shadow ROM 10, PCI BARs -10
     *     by convention)
     * @return the window
     */
    public synchronized MemoryWindow window(
            MemoryBlock block, long offset, long size, int priority) {
        if (offset < 0
                || size <= 0
                || ((offset | size) & PAGE_MASK) != 0
                || offset > block.size() - size) {
            throw new BadConfigException(
                    "Window of %s: offset 0x%x and size 0x%x must be pages inside its 0x%x bytes"
                            .formatted(block.name(), offset, size, block.size()));
        }
        MemoryWindow window = new MemoryWindow(this, block, offset, size, priority);
        windows.add(window);
        return window;
    }

    /** Returns the blocks in the order they were made. */
    public synchronized List<MemoryBlock> blocks() {
        return List.copyOf(blocks);
    }

    /** Returns what the guest sees now, by ascending address. */
    public List<MemoryRange> map() {
        return List.of(ranges);
    }

    synchronized void place(MemoryWindow window, long gpa, boolean writable) {
        boolean fits = gpa >= 0 && (gpa & PAGE_MASK) == 0 && gpa <= ADDRESS_LIMIT - window.size;
        long target = fits ? gpa : -1;
        if (window.gpa == target && window.writable == writable) {
            return;
        }
        window.gpa = target;
        window.writable = writable;
        remap();
    }

    private void remap() {
        List<MemoryRange> wanted = flatten();
        MemoryRange[] old = ranges;
        MemoryRange[] next = new MemoryRange[wanted.size()];
        boolean[] kept = new boolean[old.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = wanted.get(i);
            for (int j = 0; j < old.length; j++) {
                if (old[j].sameAs(next[i])) {
                    next[i] = old[j];
                    kept[j] = true;
                }
            }
        }
        for (int j = 0; j < old.length; j++) {
            if (!kept[j]) {
                MemoryRange gone = old[j];
                if (gone.block().dirty != null) {
                    backing.collectDirty(gone, gone.block().dirty);
                }
                backing.unmap(gone);
            }
        }
        List<MemoryRange> before = Arrays.asList(old);
        for (MemoryRange range : next) {
            if (!before.contains(range)) {
                backing.map(range);
                if (range.block().dirty != null) {
                    backing.logDirty(range, true);
                }
            }
        }
        ranges = next;
    }

    /**
     * What is seen where windows overlap: every stretch between two window edges shows the topmost
     * window.
     */
    private List<MemoryRange> flatten() {
        List<MemoryWindow> placed = new ArrayList<>(windows);
        placed.removeIf(window -> window.gpa < 0);
        placed.sort(Comparator.comparingInt((MemoryWindow window) -> window.priority).reversed());
        TreeSet<Long> edges = new TreeSet<>();
        for (MemoryWindow window : placed) {
            edges.add(window.gpa);
            edges.add(window.gpa + window.size);
        }
        List<MemoryRange> result = new ArrayList<>();
        MemoryWindow last = null;
        for (Long edge : edges) {
            Long end = edges.higher(edge);
            if (end == null) {
                break;
            }
            MemoryWindow top = null;
            for (MemoryWindow window : placed) {
                if (edge >= window.gpa && edge < window.gpa + window.size) {
                    top = window;
                    break;
                }
            }
            if (top != null && top == last) {
                MemoryRange previous = result.removeLast();
                result.add(range(top, previous.gpa(), end));
            } else if (top != null) {
                result.add(range(top, edge, end));
            }
            last = top;
        }
        return result;
    }

    private static MemoryRange range(MemoryWindow window, long from, long to) {
        return new MemoryRange(
                window.block, window.offset + from - window.gpa, from, to - from, window.writable);
    }

    /**
     * Switches dirty tracking of a block; a page is dirty when the processor or a device wrote to
     * it.
     *
     * @param block the block
     * @param on from now on, or no longer
     */
    public synchronized void trackDirty(MemoryBlock block, boolean on) {
        if ((block.dirty != null) == on) {
            return;
        }
        block.dirty = on ? new DirtyBitmap(block.size() >>> MemoryBlock.PAGE_SHIFT) : null;
        for (MemoryRange range : ranges) {
            if (range.block() == block) {
                backing.logDirty(range, on);
            }
        }
    }

    /**
     * Fetches and clears the pages of a tracked block written since the last call.
     *
     * @param block a block that is tracked
     * @param bitmap receives one bit per 4 KiB page, 64 to a word, or-ed to what is there
     */
    public synchronized void collectDirty(MemoryBlock block, long[] bitmap) {
        DirtyBitmap dirty = block.dirty;
        if (dirty == null) {
            throw new IllegalStateException("Dirty tracking of " + block.name() + " is off");
        }
        for (MemoryRange range : ranges) {
            if (range.block() == block) {
                backing.collectDirty(range, dirty);
            }
        }
        dirty.drainTo(bitmap);
    }

    private MemoryRange find(long gpa) {
        MemoryRange[] map = ranges;
        int low = 0;
        int high = map.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            MemoryRange range = map[middle];
            if (gpa < range.gpa()) {
                high = middle - 1;
            } else if (gpa - range.gpa() >= range.size()) {
                low = middle + 1;
            } else {
                return range;
            }
        }
        return null;
    }

    /**
     * Reads a stretch, as bus-master DMA does.
     *
     * @param gpa first guest physical address
     * @param target where the bytes go
     * @param at offset in {@code target}
     * @param length how many
     * @return how many of them were memory; the others read as 0xff
     */
    public long read(long gpa, MemorySegment target, long at, long length) {
        long real = 0;
        long done = 0;
        while (done < length) {
            MemoryRange range = find(gpa + done);
            long n;
            if (range == null) {
                n = Math.min(length - done, toPageEnd(gpa + done));
                for (long i = 0; i < n; i++) {
                    target.set(ValueLayout.JAVA_BYTE, at + done + i, (byte) 0xff);
                }
            } else {
                long inside = gpa + done - range.gpa();
                n = Math.min(length - done, range.size() - inside);
                MemorySegment.copy(
                        range.block().segment(), range.offset() + inside, target, at + done, n);
                real += n;
            }
            done += n;
        }
        return real;
    }

    /**
     * Writes a stretch, as bus-master DMA does.
     *
     * @param gpa first guest physical address
     * @param source where the bytes are
     * @param at offset in {@code source}
     * @param length how many
     * @return how many of them reached writable memory
     */
    public long write(long gpa, MemorySegment source, long at, long length) {
        long real = 0;
        long done = 0;
        while (done < length) {
            MemoryRange range = find(gpa + done);
            long n;
            if (range == null) {
                n = Math.min(length - done, toPageEnd(gpa + done));
            } else {
                long inside = gpa + done - range.gpa();
                n = Math.min(length - done, range.size() - inside);
                if (range.writable()) {
                    MemorySegment.copy(
                            source, at + done, range.block().segment(), range.offset() + inside, n);
                    range.block().markDirty(range.offset() + inside, n);
                    real += n;
                }
            }
            done += n;
        }
        return real;
    }

    private static long toPageEnd(long gpa) {
        return PAGE_MASK + 1 - (gpa & PAGE_MASK);
    }

    /**
     * Reads one byte.
     *
     * @param gpa guest physical address
     * @return 0 to 255
     */
    public int readByte(long gpa) {
        MemoryRange range = find(gpa);
        return range == null
                ? 0xff
                : range.block()
                                .segment()
                                .get(ValueLayout.JAVA_BYTE, range.offset() + gpa - range.gpa())
                        & 0xff;
    }

    /**
     * Reads 16 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @return 0 to 65535
     */
    public int readShort(long gpa) {
        MemoryRange range = find(gpa);
        return range != null && gpa - range.gpa() <= range.size() - 2
                ? range.block().segment().get(LE16, range.offset() + gpa - range.gpa()) & 0xffff
                : readByte(gpa) | readByte(gpa + 1) << 8;
    }

    /**
     * Reads 32 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @return the value
     */
    public int readInt(long gpa) {
        MemoryRange range = find(gpa);
        return range != null && gpa - range.gpa() <= range.size() - 4
                ? range.block().segment().get(LE32, range.offset() + gpa - range.gpa())
                : readShort(gpa) | readShort(gpa + 2) << 16;
    }

    /**
     * Reads 64 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @return the value
     */
    public long readLong(long gpa) {
        MemoryRange range = find(gpa);
        return range != null && gpa - range.gpa() <= range.size() - 8
                ? range.block().segment().get(LE64, range.offset() + gpa - range.gpa())
                : readInt(gpa) & 0xffff_ffffL | (long) readInt(gpa + 4) << 32;
    }

    /**
     * Writes one byte.
     *
     * @param gpa guest physical address
     * @param value bits above 8 are ignored
     */
    public void writeByte(long gpa, int value) {
        MemoryRange range = find(gpa);
        if (range != null && range.writable()) {
            long at = range.offset() + gpa - range.gpa();
            range.block().segment().set(ValueLayout.JAVA_BYTE, at, (byte) value);
            range.block().markDirty(at, 1);
        }
    }

    /**
     * Writes 16 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @param value bits above 16 are ignored
     */
    public void writeShort(long gpa, int value) {
        MemoryRange range = find(gpa);
        if (range != null && range.writable() && gpa - range.gpa() <= range.size() - 2) {
            long at = range.offset() + gpa - range.gpa();
            range.block().segment().set(LE16, at, (short) value);
            range.block().markDirty(at, 2);
        } else {
            writeByte(gpa, value);
            writeByte(gpa + 1, value >>> 8);
        }
    }

    /**
     * Writes 32 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @param value the value
     */
    public void writeInt(long gpa, int value) {
        MemoryRange range = find(gpa);
        if (range != null && range.writable() && gpa - range.gpa() <= range.size() - 4) {
            long at = range.offset() + gpa - range.gpa();
            range.block().segment().set(LE32, at, value);
            range.block().markDirty(at, 4);
        } else {
            writeShort(gpa, value);
            writeShort(gpa + 2, value >>> 16);
        }
    }

    /**
     * Writes 64 bits, little-endian.
     *
     * @param gpa guest physical address, any alignment
     * @param value the value
     */
    public void writeLong(long gpa, long value) {
        MemoryRange range = find(gpa);
        if (range != null && range.writable() && gpa - range.gpa() <= range.size() - 8) {
            long at = range.offset() + gpa - range.gpa();
            range.block().segment().set(LE64, at, value);
            range.block().markDirty(at, 8);
        } else {
            writeInt(gpa, (int) value);
            writeInt(gpa + 4, (int) (value >>> 32));
        }
    }

    /**
     * Returns whether a stretch is memory throughout, and writable where that is asked.
     *
     * @param gpa first guest physical address
     * @param length how many bytes, 0 or more
     * @param write whether it must be writable
     */
    public boolean isMemory(long gpa, long length, boolean write) {
        long done = 0;
        while (done < length) {
            MemoryRange range = find(gpa + done);
            if (range == null || write && !range.writable()) {
                return false;
            }
            done += range.size() - (gpa + done - range.gpa());
        }
        return true;
    }

    /**
     * Replaces 32 bits if they hold what is expected, in one step for processors and devices alike.
     *
     * @param gpa guest physical address, a multiple of 4
     * @param expected what must be there
     * @param value what is to be there
     * @return whether it was replaced; never where there is no writable memory or the address is
     *     not aligned
     */
    public boolean compareAndSetInt(long gpa, int expected, int value) {
        MemoryRange range = (gpa & 3) == 0 ? find(gpa) : null;
        if (range == null || !range.writable()) {
            return false;
        }
        long at = range.offset() + gpa - range.gpa();
        boolean done = ATOMIC32.compareAndSet(range.block().segment(), at, expected, value);
        if (done) {
            range.block().markDirty(at, 4);
        }
        return done;
    }

    /**
     * Replaces 64 bits if they hold what is expected, in one step for processors and devices alike.
     *
     * @param gpa guest physical address, a multiple of 8
     * @param expected what must be there
     * @param value what is to be there
     * @return whether it was replaced; never where there is no writable memory or the address is
     *     not aligned
     */
    public boolean compareAndSetLong(long gpa, long expected, long value) {
        MemoryRange range = (gpa & 7) == 0 ? find(gpa) : null;
        if (range == null || !range.writable()) {
            return false;
        }
        long at = range.offset() + gpa - range.gpa();
        boolean done = ATOMIC64.compareAndSet(range.block().segment(), at, expected, value);
        if (done) {
            range.block().markDirty(at, 8);
        }
        return done;
    }
}
