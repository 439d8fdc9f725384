package lodge.machine;

import lodge.core.time.MachineClock;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The machine's clock on a real host: it follows {@link System#nanoTime} while the machine runs and
 * stands still while it is paused. One daemon thread runs what expires, in order of the deadlines.
 * Arming and cancelling are cheap enough for a guest that reprograms its timer at every tick: a
 * binary heap, no allocation, and the thread is woken only for a deadline earlier than all others.
 */
final class HostClock implements MachineClock, AutoCloseable {
    /** The longest sleep, so that a lost wake-up could never stop a machine for good. */
    private static final long LONGEST_PARK_NANOS = 1_000_000_000L;

    private final Thread thread;
    private final long epochNanos;
    private HostTimer[] heap = new HostTimer[8];
    private int armed;
    private long origin;
    private long stoppedAt;
    private boolean running;
    private boolean closed;
    private volatile boolean expiring;

    /**
     * A clock at machine time 0, stopped.
     *
     * @param machine the machine's name, for the thread's
     */
    HostClock(String machine) {
        java.time.Instant now = java.time.Instant.now();
        epochNanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        thread = Thread.ofPlatform().daemon().name(machine + " clock").unstarted(this::runTimers);
        thread.start();
    }

    @Override
    public synchronized long nanos() {
        return running ? System.nanoTime() - origin : stoppedAt;
    }

    @Override
    public long epochNanosAtStart() {
        return epochNanos;
    }

    @Override
    public Timer timer(Runnable onExpiry) {
        return new HostTimer(onExpiry);
    }

    /** Lets time pass. */
    void start() {
        synchronized (this) {
            if (!running) {
                origin = System.nanoTime() - stoppedAt;
                running = true;
            }
        }
        LockSupport.unpark(thread);
    }

    /**
     * Stops time; returns once no timer callback runs. Must not be called from one, nor with a
     * device's monitor held.
     */
    void stop() {
        synchronized (this) {
            stoppedAt = nanos();
            running = false;
        }
        awaitCallbacks();
    }

    /**
     * Sets machine time, of a stopped clock: a saved machine goes on where it was.
     *
     * @param nanos machine time
     */
    synchronized void set(long nanos) {
        if (running) {
            throw new IllegalStateException("The clock runs");
        }
        stoppedAt = nanos;
    }

    private synchronized void awaitCallbacks() {
        boolean interrupted = false;
        while (expiring && Thread.currentThread() != thread) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread. */
    @Override
    public void close() {
        synchronized (this) {
            running = false;
            closed = true;
        }
        LockSupport.unpark(thread);
    }

    private void runTimers() {
        while (true) {
            HostTimer due = null;
            long park = LONGEST_PARK_NANOS;
            synchronized (this) {
                expiring = false;
                notifyAll();
                if (closed) {
                    return;
                }
                if (running && armed > 0) {
                    long left = heap[0].deadline - nanos();
                    if (left <= 0) {
                        due = heap[0];
                        remove(due);
                        expiring = true;
                    } else {
                        park = Math.min(park, left);
                    }
                }
            }
            if (due != null) {
                due.onExpiry.run();
            } else {
                LockSupport.parkNanos(this, park);
            }
        }
    }

    private void add(HostTimer timer) {
        if (armed == heap.length) {
            heap = Arrays.copyOf(heap, armed * 2);
        }
        put(timer, armed++);
        up(timer.index);
    }

    private void remove(HostTimer timer) {
        int hole = timer.index;
        HostTimer last = heap[--armed];
        heap[armed] = null;
        timer.index = -1;
        if (last != timer) {
            put(last, hole);
            up(hole);
            down(last.index);
        }
    }

    private void up(int start) {
        int at = start;
        while (at > 0 && heap[at].deadline < heap[(at - 1) / 2].deadline) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void down(int start) {
        int at = start;
        while (true) {
            int child = 2 * at + 1;
            if (child + 1 < armed && heap[child + 1].deadline < heap[child].deadline) {
                child++;
            }
            if (child >= armed || heap[at].deadline <= heap[child].deadline) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int a, int b) {
        HostTimer timer = heap[a];
        put(heap[b], a);
        put(timer, b);
    }

    private void put(HostTimer timer, int at) {
        heap[at] = timer;
        timer.index = at;
    }

    private final class HostTimer implements Timer {
        private final Runnable onExpiry;
        private long deadline;
        private int index = -1;

        HostTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadlineNanos) {
            boolean first;
            synchronized (HostClock.this) {
                if (index >= 0) {
                    remove(this);
                }
                deadline = deadlineNanos;
                add(this);
                first = index == 0;
            }
            if (first && Thread.currentThread() != thread) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void cancel() {
            synchronized (HostClock.this) {
                if (index >= 0) {
                    remove(this);
                }
            }
        }

        @Override
        public boolean armed() {
            synchronized (HostClock.this) {
                return index >= 0;
            }
        }

        @Override
        public long deadline() {
            synchronized (HostClock.this) {
                return deadline;
            }
        }
    }
}
