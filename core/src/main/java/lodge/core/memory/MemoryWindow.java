package lodge.core.memory;

/**
 * A view of a part of a block that can be placed in the guest physical address space, moved and
 * taken away: RAM above 1 MiB, one 16 KiB piece of a 440FX PAM register, a video memory BAR. Where
 * placed windows overlap the higher priority is seen.
 */
public final class MemoryWindow {
    private final GuestMemory memory;
    final MemoryBlock block;
    final long size;
    final int priority;
    long offset;
    long gpa = -1;
    boolean writable;

    MemoryWindow(GuestMemory memory, MemoryBlock block, long offset, long size, int priority) {
        this.memory = memory;
        this.block = block;
        this.offset = offset;
        this.size = size;
        this.priority = priority;
    }

    /**
     * Shows the window at an address; the same place again costs nothing. A place that is not
     * page-aligned or beyond 2^52 is no place.
     *
     * @param newGpa guest physical address
     * @param newWritable whether guest stores reach the memory
     */
    public void place(long newGpa, boolean newWritable) {
        memory.place(this, newGpa, newWritable);
    }

    /** Takes the window out of the address space. */
    public void remove() {
        memory.place(this, -1, writable);
    }

    /** Returns the guest physical address, or -1 when the window is not placed. */
    public long gpa() {
        synchronized (memory) {
            return gpa;
        }
    }

    /** Returns the size in bytes. */
    public long size() {
        return size;
    }

    /** Returns the block it shows. */
    public MemoryBlock block() {
        return block;
    }
}
