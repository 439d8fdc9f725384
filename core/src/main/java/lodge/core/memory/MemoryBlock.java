package lodge.core.memory;

import java.lang.foreign.MemorySegment;

/**
 * Host memory that holds guest RAM, ROM or video memory; lives as long as its machine. Windows show
 * parts of it.
 */
public final class MemoryBlock {
    static final int PAGE_SHIFT = 12;

    private final String name;
    private final MemorySegment segment;
    volatile DirtyBitmap dirty;
    private volatile WriteListener listener;

    /** Hears of stores that do not come from a processor: a backend that keeps decoded code. */
    @FunctionalInterface
    public interface WriteListener {
        /**
         * Bytes of the block were written; called by the writer's thread, after the bytes.
         *
         * @param offset first byte
         * @param length how many, at least 1
         */
        void written(long offset, long length);
    }

    MemoryBlock(String name, MemorySegment segment) {
        this.name = name;
        this.segment = segment;
    }

    /**
     * Returns the block's stable name, for example {@code ram}; the key under which its pages are
     * saved.
     */
    public String name() {
        return name;
    }

    /**
     * Returns the bytes themselves, page-aligned; what is written here directly is not seen by
     * dirty tracking.
     */
    public MemorySegment segment() {
        return segment;
    }

    /** Returns the size in bytes, a multiple of 4096. */
    public long size() {
        return segment.byteSize();
    }

    /**
     * Tells dirty tracking that a range was changed through {@link #segment()}.
     *
     * @param offset first byte
     * @param length how many
     */
    public void markDirty(long offset, long length) {
        DirtyBitmap bitmap = dirty;
        if (bitmap != null && length > 0) {
            bitmap.mark(offset >>> PAGE_SHIFT, offset + length - 1 >>> PAGE_SHIFT);
        }
        WriteListener to = listener;
        if (to != null && length > 0) {
            to.written(offset, length);
        }
    }

    /**
     * Sets who hears of stores by devices and by the host.
     *
     * @param newListener the listener; null for nobody
     */
    public void onWrite(WriteListener newListener) {
        listener = newListener;
    }
}
