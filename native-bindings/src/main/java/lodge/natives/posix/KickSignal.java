package lodge.natives.posix;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import lodge.core.NativeCallException;

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
        if (Installed.PROCESS == 0) {
            throw new IllegalStateException("A process cannot have the id 0");
        }
        block(state, false);
        return Libc.gettid();
    }

    /**
     * Keeps the signal waiting, or lets it through.
     *
     * @param state receives errno
     * @param blocked whether it waits from now on
     */
    public static void block(CallState state, boolean blocked) {
        int error =
                Libc.pthreadSigmask(state, SIGNAL, blocked ? Posix.SIG_BLOCK : Posix.SIG_UNBLOCK);
        if (error != 0) {
            throw new NativeCallException("pthread_sigmask", error, Errno.name(error), "");
        }
    }

    /**
     * Interrupts a thread of this process, which has called {@link #prepareThread} and has not
     * ended. Allocates nothing; any thread may call.
     *
     * @param thread the thread's id
     */
    public static void send(int thread) {
        int result = Libc.tgkill(Installed.PROCESS, thread, SIGNAL);
        if (result != 0) {
            throw new IllegalStateException("No thread " + thread + " in this process");
        }
    }
}
