package lodge.interpreter;

import java.util.concurrent.locks.LockSupport;

/**
 * What other threads leave for a processor: attention bits, INIT, start-up IPI and NMI; and the
 * place where it sleeps until something comes. Nothing that is left is lost, whether it comes
 * before, during or after the processor falls asleep.
 */
final class Mailbox {
    private final long attention;
    private volatile Thread sleeper;

    /** The processor's place when a machine's processors take turns, or null. */
    Turns.Seat seat;

    /** An INIT has come. */
    volatile boolean init;

    /** The vector of a start-up IPI that has come, or -1. */
    volatile int startup = -1;

    /** An NMI has come. */
    volatile boolean nmi;

    Mailbox(long struct) {
        attention = struct + CpuRegisters.ATTENTION;
    }

    /** Leaves attention bits and wakes the processor; any thread, never blocks. */
    void post(int bits) {
        RawMemory.getAndOr(attention, bits);
        Thread t = sleeper;
        if (t != null) {
            LockSupport.unpark(t);
        }
    }

    /** Takes all attention bits. */
    int take() {
        return RawMemory.getAndAnd(attention, 0);
    }

    /**
     * Waits until there is an attention bit, and has the turn again then; the processor's thread.
     */
    void await() {
        if (seat == null) {
            sleep();
        } else {
            seat.leave();
            try {
                sleep();
            } finally {
                seat.take();
            }
        }
    }

    private void sleep() {
        sleeper = Thread.currentThread();
        while (RawMemory.getIntVolatile(attention) == 0) {
            LockSupport.park(this);
            // An interrupted thread would spin here; the flag is put back when it wakes up.
            if (Thread.interrupted()) {
                interrupted = true;
            }
        }
        sleeper = null;
        if (interrupted) {
            interrupted = false;
            Thread.currentThread().interrupt();
        }
    }

    private boolean interrupted;
}
