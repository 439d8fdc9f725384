package lodge.natives.posix;

import lodge.core.NativeCallException;

import java.lang.foreign.MemorySegment;

/**
 * A file descriptor with the errno of its calls. Whoever shares one between threads serialises its
 * calls; the classes made from it say which of theirs may be called by any thread.
 */
public class Fd implements AutoCloseable {
    private final CallState state;
    private final String name;
    private final int fd;
    private boolean closed;

    /**
     * Takes over an open file descriptor.
     *
     * @param state through which it was opened; becomes the new object's own
     * @param name what it is, for messages
     * @param fd the descriptor, 0 or more
     */
    public Fd(CallState state, String name, int fd) {
        this.state = state;
        this.name = name;
        this.fd = fd;
    }

    /** Returns the number of the descriptor. */
    public final int number() {
        return fd;
    }

    /** Returns where errno of the calls goes. */
    public final CallState state() {
        return state;
    }

    /**
     * Makes a request that must succeed.
     *
     * @param call the request's C name
     * @param request its number
     * @param argument its argument
     * @return the result, 0 or more
     */
    public final int request(String call, long request, long argument) {
        int result = Libc.ioctl(state, fd, request, argument);
        return result >= 0 ? result : fail(call);
    }

    /**
     * Makes a request that must succeed.
     *
     * @param call the request's C name
     * @param request its number
     * @param argument what the pointer points to
     * @return the result, 0 or more
     */
    public final int request(String call, long request, MemorySegment argument) {
        int result = Libc.ioctl(state, fd, request, argument);
        return result >= 0 ? result : fail(call);
    }

    private int fail(String call) {
        throw failure("ioctl(" + name + ", " + call + ")");
    }

    /**
     * Makes the exception for the last call, which failed.
     *
     * @param call the call
     * @return the exception, to be thrown
     */
    protected NativeCallException failure(String call) {
        return state.failure(call, remedy(state.errno()));
    }

    private static String remedy(int errno) {
        return switch (errno) {
            case Errno.ENOMEM -> "free some memory or give the machine less";
            case Errno.EMFILE, Errno.ENFILE -> "raise the limit of open files (ulimit -n)";
            case Errno.ENOTTY, Errno.ENOSYS -> "use a newer Linux kernel";
            case Errno.EACCES, Errno.EPERM -> "ask for the permission";
            default -> "";
        };
    }

    /** Closes the descriptor; a second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            // Linux closes the descriptor whatever close() returns, and nothing here has data left
            // to write.
            Libc.close(state, fd);
        }
    }
}
