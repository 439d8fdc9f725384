package lodge.natives.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/**
 * Functions of the C library under their C names and with their C results: -1 means that {@link
 * CallState#errno} tells why.
 *
 * <p>They are all linked as one kind of function, six registers in and one out, because linking a
 * kind costs milliseconds at every start and no cache keeps it. That is the calling convention of
 * integers and pointers on x86-64 and AArch64 Linux, for variadic functions too (System V psABI
 * 3.2.3, AAPCS64 6.8.2): a function looks at as many registers, and at as many of their bits, as it
 * declares.
 */
public final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor SIX_IN_ONE_OUT =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CALL =
            LINKER.downcallHandle(SIX_IN_ONE_OUT, Linker.Option.captureCallState("errno"));

    private static final MemorySegment IOCTL = address("ioctl");
    private static final MemorySegment OPEN = address("open");
    private static final MemorySegment CLOSE = address("close");
    private static final MemorySegment READ = address("read");
    private static final MemorySegment WRITE = address("write");
    private static final MemorySegment POLL = address("poll");
    private static final MemorySegment EVENTFD = address("eventfd");
    private static final MemorySegment MMAP = address("mmap");
    private static final MemorySegment MUNMAP = address("munmap");
    private static final MemorySegment MADVISE = address("madvise");
    private static final MemorySegment SYSCONF = address("sysconf");
    private static final MemorySegment SIGACTION = address("sigaction");
    private static final MemorySegment SIGEMPTYSET = address("sigemptyset");
    private static final MemorySegment SIGADDSET = address("sigaddset");

    /** Those that set no errno, or whose callers have no place for it. */
    private static final class Plain {
        static final MethodHandle CALL = LINKER.downcallHandle(SIX_IN_ONE_OUT);
        static final MemorySegment GETPID = address("getpid");
        static final MemorySegment GETTID = address("gettid");
        static final MemorySegment TGKILL = address("tgkill");
        static final MemorySegment PTHREAD_SIGMASK = address("pthread_sigmask");

        static int call(MemorySegment function, long a, long b, long c) {
            try {
                return (int) (long) CALL.invokeExact(function, a, b, c, 0L, 0L, 0L);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }
    }

    private static final long SIGSET_BYTES = 128;

    private Libc() {}

    /**
     * The address of a function.
     *
     * @param name its C name
     * @return where it is
     */
    public static MemorySegment address(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new AssertionError("The C library has no " + name));
    }

    /**
     * Calls a function with at most four arguments that are integers or addresses.
     *
     * @param state receives errno
     * @param function its {@link #address}
     * @param a first argument; the memory behind an address stays allocated during the call
     * @param b second argument
     * @param c third argument
     * @param d fourth argument
     * @return what the function returns; an int is its lower half
     */
    public static long call(
            CallState state, MemorySegment function, long a, long b, long c, long d) {
        return call(state, function, a, b, c, d, 0, 0);
    }

    private static long call(
            CallState state,
            MemorySegment function,
            long a,
            long b,
            long c,
            long d,
            long e,
            long f) {
        try {
            return (long) CALL.invokeExact(function, state.segment(), a, b, c, d, e, f);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** A segment on the Java heap has no address that C could use. */
    private static long pointer(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("The memory is on the Java heap");
        }
        return segment.address();
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("A downcall threw", e);
    }

    /**
     * ioctl with a number.
     *
     * @param state receives errno
     * @param fd file descriptor
     * @param request request number
     * @param argument argument
     * @return the result, -1 on failure
     */
    public static int ioctl(CallState state, int fd, long request, long argument) {
        return (int) call(state, IOCTL, fd, request, argument, 0);
    }

    /**
     * ioctl with a pointer.
     *
     * @param state receives errno
     * @param fd file descriptor
     * @param request request number
     * @param argument what the pointer points to
     * @return the result, -1 on failure
     */
    public static int ioctl(CallState state, int fd, long request, MemorySegment argument) {
        try {
            return (int) call(state, IOCTL, fd, request, pointer(argument), 0);
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    /**
     * Opens an existing file.
     *
     * @param state receives errno
     * @param path its path
     * @param flags of {@link Posix}, {@code O_}
     * @return a file descriptor, or -1
     */
    public static int open(CallState state, String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call(state, OPEN, arena.allocateFrom(path).address(), flags, 0, 0);
        }
    }

    /**
     * Closes a file descriptor.
     *
     * @param state receives errno
     * @param fd file descriptor
     * @return 0, or -1; it is closed either way
     */
    public static int close(CallState state, int fd) {
        return (int) call(state, CLOSE, fd, 0, 0, 0);
    }

    /**
     * Reads from a file descriptor.
     *
     * @param state receives errno
     * @param fd file descriptor
     * @param buffer native memory
     * @param length at most this many bytes
     * @return how many were read, 0 at the end, -1 on failure
     */
    public static long read(CallState state, int fd, MemorySegment buffer, long length) {
        try {
            return call(state, READ, fd, pointer(buffer), length, 0);
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /**
     * Writes to a file descriptor.
     *
     * @param state receives errno
     * @param fd file descriptor
     * @param buffer native memory
     * @param length at most this many bytes
     * @return how many were written, -1 on failure
     */
    public static long write(CallState state, int fd, MemorySegment buffer, long length) {
        try {
            return call(state, WRITE, fd, pointer(buffer), length, 0);
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /**
     * Waits for file descriptors.
     *
     * @param state receives errno
     * @param fds an array of {@link Pollfd}
     * @param count its length
     * @param timeoutMillis -1 to wait for ever
     * @return how many are ready, 0 after the time, -1 on failure
     */
    public static int poll(CallState state, MemorySegment fds, long count, int timeoutMillis) {
        try {
            return (int) call(state, POLL, pointer(fds), count, timeoutMillis, 0);
        } finally {
            Reference.reachabilityFence(fds);
        }
    }

    /**
     * Makes an eventfd.
     *
     * @param state receives errno
     * @param initial its first value
     * @param flags of {@link Posix}, {@code EFD_}
     * @return a file descriptor, or -1
     */
    public static int eventfd(CallState state, int initial, int flags) {
        return (int) call(state, EVENTFD, initial, flags, 0, 0);
    }

    /**
     * Maps memory at an address of the kernel's choice.
     *
     * @param state receives errno
     * @param length in bytes
     * @param protection of {@link Posix}, {@code PROT_}
     * @param flags of {@link Posix}, {@code MAP_}
     * @param fd file descriptor, or -1
     * @param offset in the file
     * @return the address, -1 on failure
     */
    public static long mmap(
            CallState state, long length, int protection, int flags, int fd, long offset) {
        return call(state, MMAP, 0, length, protection, flags, fd, offset);
    }

    /**
     * Unmaps memory.
     *
     * @param state receives errno
     * @param address where it begins
     * @param length in bytes
     * @return 0, or -1
     */
    public static int munmap(CallState state, long address, long length) {
        return (int) call(state, MUNMAP, address, length, 0, 0);
    }

    /**
     * Tells the kernel what to do with memory.
     *
     * @param state receives errno
     * @param address where it begins
     * @param length in bytes
     * @param advice of {@link Posix}, {@code MADV_}
     * @return 0, or -1
     */
    public static int madvise(CallState state, long address, long length, int advice) {
        return (int) call(state, MADVISE, address, length, advice, 0);
    }

    /**
     * Asks for a limit or a size.
     *
     * @param state receives errno
     * @param name of {@link Posix}, {@code _SC_}
     * @return the value, or -1
     */
    public static long sysconf(CallState state, int name) {
        return call(state, SYSCONF, name, 0, 0, 0);
    }

    /** Returns the process id. */
    public static int getpid() {
        return Plain.call(Plain.GETPID, 0, 0, 0);
    }

    /** Returns the kernel's id of the calling thread. */
    public static int gettid() {
        return Plain.call(Plain.GETTID, 0, 0, 0);
    }

    /**
     * Sends a signal to one thread. Its errno is not kept, so that any thread may call without a
     * place for it.
     *
     * @param process process id
     * @param thread thread id
     * @param signal signal number
     * @return 0, or -1
     */
    public static int tgkill(int process, int thread, int signal) {
        return Plain.call(Plain.TGKILL, process, thread, signal);
    }

    /**
     * Asks for or sets the handling of a signal.
     *
     * @param state receives errno
     * @param signal signal number
     * @param action a {@link Sigaction}, or NULL
     * @param old receives the {@link Sigaction} until now, or NULL
     * @return 0, or -1
     */
    public static int sigaction(
            CallState state, int signal, MemorySegment action, MemorySegment old) {
        try {
            return (int) call(state, SIGACTION, signal, pointer(action), pointer(old), 0);
        } finally {
            Reference.reachabilityFence(action);
            Reference.reachabilityFence(old);
        }
    }

    /**
     * Blocks a signal in the calling thread or lets it through.
     *
     * @param state receives errno
     * @param signal signal number
     * @param how of {@link Posix}, {@code SIG_}
     * @return 0, or an error number
     */
    public static int pthreadSigmask(CallState state, int signal, int how) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SIGSET_BYTES, 8);
            int result = (int) call(state, SIGEMPTYSET, set.address(), 0, 0, 0);
            if (result == 0) {
                result = (int) call(state, SIGADDSET, set.address(), signal, 0, 0);
            }
            return result != 0
                    ? state.errno()
                    : Plain.call(Plain.PTHREAD_SIGMASK, how, set.address(), 0);
        }
    }
}
