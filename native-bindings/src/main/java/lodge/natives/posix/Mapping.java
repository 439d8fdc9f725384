package lodge.natives.posix;

import lodge.core.NativeCallException;

import java.lang.foreign.MemorySegment;

/**
 * Memory from mmap. Its segment lives in the global scope, so that access costs no liveness check.
 */
public final class Mapping implements AutoCloseable {
    private final CallState state = new CallState();
    private final long bytes;
    private final MemorySegment segment;
    private boolean closed;

    private Mapping(String what, long bytes, int flags, int fd) {
        this.bytes = bytes;
        long address = Libc.mmap(state, bytes, Posix.PROT_READ | Posix.PROT_WRITE, flags, fd, 0);
        if (address == -1) {
            throw state.failure("mmap of " + bytes + " bytes for " + what, "");
        }
        // SAFETY: the kernel has just mapped this many bytes here, and nobody unmaps them before
        // close(), which the
        // owner calls when no thread can use the segment any more.
        segment = MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /**
     * Maps zeroed memory whose pages come when they are first touched; swap space is not set aside.
     *
     * @param what for messages
     * @param bytes a positive multiple of the page size
     * @return the mapping
     * @throws NativeCallException when the kernel refuses
     */
    public static Mapping anonymous(String what, long bytes) {
        return new Mapping(
                what, bytes, Posix.MAP_PRIVATE | Posix.MAP_ANONYMOUS | Posix.MAP_NORESERVE, -1);
    }

    /**
     * Maps the start of a file or device.
     *
     * @param what for messages
     * @param fd file descriptor
     * @param bytes a positive multiple of the page size
     * @return the mapping
     * @throws NativeCallException when the kernel refuses
     */
    public static Mapping shared(String what, int fd, long bytes) {
        return new Mapping(what, bytes, Posix.MAP_SHARED, fd);
    }

    /** Returns the memory; not to be touched after {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Gives the kernel advice.
     *
     * @param advice of {@link Posix}, {@code MADV_}
     * @return whether the kernel took it
     */
    public boolean advise(int advice) {
        return Libc.madvise(state, segment.address(), bytes, advice) == 0;
    }

    /** Unmaps the memory; a second call does nothing. No thread may use it any more. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (Libc.munmap(state, segment.address(), bytes) != 0) {
                throw state.failure("munmap", "");
            }
        }
    }
}
