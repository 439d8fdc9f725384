package lodge.natives.posix;

import static lodge.natives.CLayout.U64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A counter in the kernel that a thread can wait for with poll. Any thread may signal; one drains.
 */
public final class EventFd implements AutoCloseable {
    private final Fd fd;
    private final CallState signalState = new CallState();
    private final MemorySegment one = Arena.ofAuto().allocate(U64);
    private final MemorySegment value = Arena.ofAuto().allocate(U64);

    /** A counter at 0. */
    public EventFd() {
        CallState state = new CallState();
        int number = Libc.eventfd(state, 0, Posix.EFD_CLOEXEC | Posix.EFD_NONBLOCK);
        if (number < 0) {
            throw state.failure("eventfd", "raise the limit of open files (ulimit -n)");
        }
        fd = new Fd(state, "eventfd", number);
        one.set(U64, 0, 1);
    }

    /** Returns the file descriptor. */
    public int number() {
        return fd.number();
    }

    /** Adds one, so that the descriptor becomes readable. */
    public synchronized void signal() {
        // Fails only when the counter is full, and then the descriptor is readable already.
        Libc.write(signalState, fd.number(), one, Long.BYTES);
    }

    /**
     * Takes the count and sets it to 0.
     *
     * @return how often {@link #signal} was called since the last time
     */
    public long drain() {
        long read = Libc.read(fd.state(), fd.number(), value, Long.BYTES);
        return read == Long.BYTES ? value.get(U64, 0) : 0;
    }

    @Override
    public void close() {
        fd.close();
    }
}
