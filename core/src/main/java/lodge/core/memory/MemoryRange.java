package lodge.core.memory;

import java.lang.foreign.MemorySegment;

/**
 * A contiguous piece of the guest physical address space that shows a piece of a block: what a
 * backend maps. Identity matters: a backend is given the same object to unmap that it was given to
 * map.
 */
public final class MemoryRange {
    private final MemoryBlock block;
    private final long offset;
    private final long gpa;
    private final long size;
    private final boolean writable;

    MemoryRange(MemoryBlock block, long offset, long gpa, long size, boolean writable) {
        this.block = block;
        this.offset = offset;
        this.gpa = gpa;
        this.size = size;
        this.writable = writable;
    }

    /** Returns the block behind the range. */
    public MemoryBlock block() {
        return block;
    }

    /** Returns where in the block the range begins, in bytes. */
    public long offset() {
        return offset;
    }

    /** Returns the guest physical address of the first byte. */
    public long gpa() {
        return gpa;
    }

    /** Returns the size in bytes. */
    public long size() {
        return size;
    }

    /**
     * Returns whether guest stores reach memory; otherwise they reach {@link
     * lodge.core.bus.IoSpace#write}.
     */
    public boolean writable() {
        return writable;
    }

    /** Returns the bytes of the range. */
    public MemorySegment segment() {
        return block.segment().asSlice(offset, size);
    }

    boolean sameAs(MemoryRange other) {
        return block == other.block
                && offset == other.offset
                && gpa == other.gpa
                && size == other.size
                && writable == other.writable;
    }
}
