package lodge.core.storage;

import java.lang.foreign.MemorySegment;

/**
 * A disk's contents as its controller sees them: positional, no seek, ever. Calls may come from
 * several threads at once. Offsets and lengths are in bytes, any alignment. What is outside {@code
 * [0, sizeBytes())} is the caller's error and throws {@link IndexOutOfBoundsException}; a failing
 * host file throws {@link BlockIoException}, which a controller reports to its guest as the
 * device's own error.
 */
public interface BlockBackend extends AutoCloseable {
    /** Returns the size in bytes, a multiple of 512. */
    long sizeBytes();

    /** Returns whether writes are refused. */
    boolean readOnly();

    /**
     * Reads.
     *
     * @param offset where in the image
     * @param target where to put the bytes
     * @param at offset in {@code target}
     * @param length how many
     * @throws BlockIoException when the host cannot deliver them
     */
    void read(long offset, MemorySegment target, long at, long length) throws BlockIoException;

    /**
     * Writes. The bytes are safe from a crash of the host only after {@link #flush}.
     *
     * @param offset where in the image
     * @param source where the bytes are
     * @param at offset in {@code source}
     * @param length how many
     * @throws BlockIoException when the host cannot take them, or the image is read-only
     */
    void write(long offset, MemorySegment source, long at, long length) throws BlockIoException;

    /**
     * Makes all completed writes durable.
     *
     * @throws BlockIoException when the host cannot
     */
    void flush() throws BlockIoException;

    /**
     * Says that a range is no longer needed; it reads as zeros or as before.
     *
     * @param offset where
     * @param length how many bytes
     * @throws BlockIoException when the host fails
     */
    void discard(long offset, long length) throws BlockIoException;

    @Override
    void close();
}
