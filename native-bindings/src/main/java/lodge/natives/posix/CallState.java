package lodge.natives.posix;

import lodge.core.NativeCallException;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * Where the linker puts {@code errno} after a call. Each object that owns a file descriptor has one
 * of its own; two threads must not make calls through the same one at a time.
 */
public final class CallState {
    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO = LAYOUT.byteOffset(PathElement.groupElement("errno"));

    private final MemorySegment segment = Arena.ofAuto().allocate(LAYOUT);

    /** A place for errno, 0 at first. */
    public CallState() {}

    MemorySegment segment() {
        return segment;
    }

    /**
     * Returns errno of the last call through this object; only meaningful when that call failed.
     */
    public int errno() {
        return segment.get(ValueLayout.JAVA_INT, ERRNO);
    }

    /**
     * Makes the exception for the last call, which failed.
     *
     * @param call the call as a C programmer would write it
     * @param remedy what the user can do, or empty
     * @return the exception, to be thrown
     */
    public NativeCallException failure(String call, String remedy) {
        int errno = errno();
        return new NativeCallException(call, errno, Errno.name(errno), remedy);
    }
}
