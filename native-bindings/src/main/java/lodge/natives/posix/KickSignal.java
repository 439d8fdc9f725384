package lodge.natives.posix;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The signal that makes a thread's blocking system call return. Its handler is the C library's
 * {@code abs}: a function that takes an int, touches no memory, makes no call and sets no errno, so
 * it is safe wherever a signal may strike, and no Java code runs in it.
 *
 * <p>The signal is SIGURG: the JVM, its debuggers and its profilers do not use it (HotSpot has
 * SIGUSR2, the network library SIGRTMAX-2, glibc 32 and 33, profilers SIGPROF), several that wait
 * are delivered as one, and where no handler is set it is ignored rather than deadly. System calls
 * that can be restarted are ({@code SA_RESTART}); KVM_RUN is not one of them.
 */
public final class KickSignal {
    private static final int SIGNAL = Posix.SIGURG;

    private KickSignal() {}

    private static final class Installed {
        static final int PROCESS = install();

        private static int install() {
            CallState state = new CallState();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment old = arena.allocate(Sigaction.LAYOUT);
                if (Libc.sigaction(state, SIGNAL, MemorySegment.NULL, old) != 0) {
                    throw state.failure("sigaction(SIGURG)", "");
                }
                long handler = old.get(U64, Sigaction.SA_HANDLER);
                long ours = Libc.address("abs").address();
                if (handler > 1 && handler != ours) {
                    throw new IllegalStateException(
                            "Another library of this process handles SIGURG, which Lodge needs; do"
                                    + " not load it");
                }
                MemorySegment action = arena.allocate(Sigaction.LAYOUT);
                action.set(U64, Sigaction.SA_HANDLER, ours);
                action.set(U32, Sigaction.SA_FLAGS, Posix.SA_RESTART | Posix.SA_ONSTACK);
                if (Libc.sigaction(state, SIGNAL, action, MemorySegment.NULL) != 0) {
                    throw state.failure("sigaction(SIGURG)", "");
                }
            }
            return Libc.getpid();
        }
    }

    /**
     * Prepares the calling thread: installs the handler once per process and lets the signal
     * through.
     *
     * @param state receives errno
     * @return the thread's id, for {@link #send}
     */
    public static int prepareThread(CallState state) {
        int process = Installed.PROCESS;
        int error = Libc.unblockSignal(state, SIGNAL);
        if (error != 0) {
            throw new lodge.core.NativeCallException(
                    "pthread_sigmask in process " + process, error, Errno.name(error), "");
        }
        return Libc.gettid();
    }

    /**
     * Interrupts a thread of this process. Allocates nothing.
     *
     * @param state receives errno
     * @param thread the thread's id
     * @return 0, or -1
     */
    public static int send(CallState state, int thread) {
        return Libc.tgkill(state, Installed.PROCESS, thread, SIGNAL);
    }
}
