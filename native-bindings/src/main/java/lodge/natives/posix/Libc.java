package lodge.natives.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Functions of the C library under their C names and with their C results: -1 means that {@link
 * CallState#errno} tells why. The groups are linked when they are first used, so that starting
 * costs only what is needed.
 */
public final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final long SIGSET_BYTES = 128;
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private Libc() {}

    private static MethodHandle link(
            String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(address(name), type, options);
    }

    /**
     * The address of a function.
     *
     * @param name its C name
     * @return where it is
     */
    static MemorySegment address(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new AssertionError("The C library has no " + name));
    }

    /**
     * Links a function that sets errno; its first parameter becomes the segment {@link #errnoOf}
     * gives.
     *
     * @param name its C name
     * @param type its type
     * @return the function
     */
    public static MethodHandle function(String name, FunctionDescriptor type) {
        return link(name, type, ERRNO);
    }

    /**
     * Links a function that cannot fail.
     *
     * @param name its C name
     * @param type its type
     * @return the function
     */
    public static MethodHandle plainFunction(String name, FunctionDescriptor type) {
        return link(name, type);
    }

    /**
     * The first argument of a {@link #function}.
     *
     * @param state where errno is to go
     * @return the argument
     */
    public static MemorySegment errnoOf(CallState state) {
        return state.segment();
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("A downcall threw", e);
    }

    private static final class Ioctl {
        static final MethodHandle LONG =
                link(
                        "ioctl",
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
                        ERRNO,
                        Linker.Option.firstVariadicArg(2));
        static final MethodHandle POINTER =
                link(
                        "ioctl",
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                        ERRNO,
                        Linker.Option.firstVariadicArg(2));
    }

    private static final class Files {
        static final MethodHandle OPEN =
                link(
                        "open",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                        ERRNO,
                        Linker.Option.firstVariadicArg(2));
        static final MethodHandle CLOSE =
                link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), ERRNO);
    }

    private static final class Transfer {
        static final MethodHandle READ =
                link("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG), ERRNO);
        static final MethodHandle WRITE =
                link(
                        "write",
                        FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
                        ERRNO);
        static final MethodHandle POLL =
                link("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), ERRNO);
        static final MethodHandle EVENTFD =
                link("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
    }

    private static final class Memory {
        static final MethodHandle MMAP =
                link(
                        "mmap",
                        FunctionDescriptor.of(
                                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                                JAVA_LONG),
                        ERRNO);
        static final MethodHandle MUNMAP =
                link("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG), ERRNO);
        static final MethodHandle MADVISE =
                link(
                        "madvise",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
                        ERRNO);
        static final MethodHandle SYSCONF =
                link("sysconf", FunctionDescriptor.of(JAVA_LONG, JAVA_INT), ERRNO);
    }

    private static final class Threads {
        static final MethodHandle GETPID = link("getpid", FunctionDescriptor.of(JAVA_INT));
        static final MethodHandle GETTID = link("gettid", FunctionDescriptor.of(JAVA_INT));
        static final MethodHandle TGKILL =
                link("tgkill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    }

    private static final class Signals {
        static final MethodHandle SIGACTION =
                link(
                        "sigaction",
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS),
                        ERRNO);
        static final MethodHandle PTHREAD_SIGMASK =
                link(
                        "pthread_sigmask",
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        static final MethodHandle SIGEMPTYSET =
                link("sigemptyset", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        static final MethodHandle SIGADDSET =
                link("sigaddset", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), ERRNO);
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
        try {
            return (int) Ioctl.LONG.invokeExact(state.segment(), fd, request, argument);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
            return (int) Ioctl.POINTER.invokeExact(state.segment(), fd, request, argument);
        } catch (Throwable e) {
            throw unexpected(e);
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
            return (int)
                    Files.OPEN.invokeExact(state.segment(), arena.allocateFrom(path), flags, 0);
        } catch (Throwable e) {
            throw unexpected(e);
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
        try {
            return (int) Files.CLOSE.invokeExact(state.segment(), fd);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
            return (long) Transfer.READ.invokeExact(state.segment(), fd, buffer, length);
        } catch (Throwable e) {
            throw unexpected(e);
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
            return (long) Transfer.WRITE.invokeExact(state.segment(), fd, buffer, length);
        } catch (Throwable e) {
            throw unexpected(e);
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
            return (int) Transfer.POLL.invokeExact(state.segment(), fds, count, timeoutMillis);
        } catch (Throwable e) {
            throw unexpected(e);
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
        try {
            return (int) Transfer.EVENTFD.invokeExact(state.segment(), initial, flags);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
        try {
            MemorySegment result =
                    (MemorySegment)
                            Memory.MMAP.invokeExact(
                                    state.segment(),
                                    MemorySegment.NULL,
                                    length,
                                    protection,
                                    flags,
                                    fd,
                                    offset);
            return result.address();
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
        try {
            return (int)
                    Memory.MUNMAP.invokeExact(
                            state.segment(), MemorySegment.ofAddress(address), length);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
        try {
            return (int)
                    Memory.MADVISE.invokeExact(
                            state.segment(), MemorySegment.ofAddress(address), length, advice);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Asks for a limit or a size.
     *
     * @param state receives errno
     * @param name of {@link Posix}, {@code _SC_}
     * @return the value, or -1
     */
    public static long sysconf(CallState state, int name) {
        try {
            return (long) Memory.SYSCONF.invokeExact(state.segment(), name);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the process id. */
    public static int getpid() {
        try {
            return (int) Threads.GETPID.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Returns the kernel's id of the calling thread. */
    public static int gettid() {
        try {
            return (int) Threads.GETTID.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
        try {
            return (int) Threads.TGKILL.invokeExact(process, thread, signal);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
            return (int) Signals.SIGACTION.invokeExact(state.segment(), signal, action, old);
        } catch (Throwable e) {
            throw unexpected(e);
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
            int result = (int) Signals.SIGEMPTYSET.invokeExact(set);
            if (result == 0) {
                result = (int) Signals.SIGADDSET.invokeExact(state.segment(), set, signal);
            }
            return result != 0
                    ? state.errno()
                    : (int) Signals.PTHREAD_SIGMASK.invokeExact(how, set, MemorySegment.NULL);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }
}
