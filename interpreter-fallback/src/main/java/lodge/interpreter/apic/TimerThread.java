package lodge.interpreter.apic;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Watches the deadlines of all local APIC timers of a machine in the host's time, on one daemon
 * thread that begins with the first deadline. Setting one costs two stores and a comparison; the
 * thread is woken only by a deadline earlier than the one it waits for.
 */
public final class TimerThread implements TimerSource, AutoCloseable {
    /** The thread is about to look at every deadline, or to look again. */
    private static final long LOOKING = Long.MAX_VALUE;

    private final String name;

    /** What the thread waits for; {@link #LOOKING} makes every arming wake it. */
    private volatile long waitsFor = LOOKING;

    private volatile Thread thread;
    private volatile LongSupplier expire = () -> ApicTimer.NEVER;
    private volatile boolean closed;

    /**
     * Makes a source for one bus.
     *
     * @param machine the machine's name, for the thread's
     */
    public TimerThread(String machine) {
        name = machine + " apic timer";
    }

    @Override
    public void attach(LongSupplier newExpire) {
        expire = newExpire;
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void armed(long deadline) {
        Thread running = thread;
        if (running == null) {
            start();
        } else if (waitsFor == LOOKING || deadline - waitsFor < 0) {
            LockSupport.unpark(running);
        }
    }

    private synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().daemon().name(name).start(this::loop);
        }
    }

    private void loop() {
        while (!closed) {
            // From here on whoever arms a timer leaves a permit behind, so that the look below
            // either sees the new deadline or is repeated.
            waitsFor = LOOKING;
            long next = expire.getAsLong();
            waitsFor = next;
            if (next == ApicTimer.NEVER) {
                LockSupport.park(this);
            } else {
                long nanos = next - nanos();
                if (nanos > 0) {
                    LockSupport.parkNanos(this, nanos);
                }
            }
        }
    }

    /** Ends the thread; no timer expires any more. Returns when it has ended. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
        }
        if (running == null) {
            return;
        }
        LockSupport.unpark(running);
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
