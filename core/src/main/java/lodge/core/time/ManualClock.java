package lodge.core.time;

import java.util.ArrayList;
import java.util.List;

/**
 * A clock that moves only when told to: for tests of devices, and for deterministic runs. Timers
 * expire inside {@link #advance} on the caller's thread, in order of their deadlines, each at
 * exactly its deadline.
 */
public final class ManualClock implements MachineClock {
    private final List<ManualTimer> timers = new ArrayList<>();
    private final long epochNanos;
    private long now;

    /** A clock whose wall time at machine time 0 is 2000-01-01T00:00Z. */
    public ManualClock() {
        this(946_684_800_000_000_000L);
    }

    /**
     * A clock with a chosen wall time.
     *
     * @param epochNanos nanoseconds since 1970-01-01T00:00Z at machine time 0
     */
    public ManualClock(long epochNanos) {
        this.epochNanos = epochNanos;
    }

    @Override
    public synchronized long nanos() {
        return now;
    }

    @Override
    public long epochNanosAtStart() {
        return epochNanos;
    }

    @Override
    public synchronized Timer timer(Runnable onExpiry) {
        ManualTimer timer = new ManualTimer(onExpiry);
        timers.add(timer);
        return timer;
    }

    /**
     * Moves time on and runs what expires on the way.
     *
     * @param nanos how far, 0 or more
     */
    public void advance(long nanos) {
        long target = nanos() + nanos;
        for (ManualTimer next = earliest(target); next != null; next = earliest(target)) {
            synchronized (this) {
                now = Math.max(now, next.deadline);
                next.armed = false;
            }
            next.onExpiry.run();
        }
        synchronized (this) {
            now = Math.max(now, target);
        }
    }

    private synchronized ManualTimer earliest(long limit) {
        ManualTimer best = null;
        for (ManualTimer timer : timers) {
            if (timer.armed
                    && timer.deadline <= limit
                    && (best == null || timer.deadline < best.deadline)) {
                best = timer;
            }
        }
        return best;
    }

    private final class ManualTimer implements Timer {
        private final Runnable onExpiry;
        private long deadline;
        private boolean armed;

        ManualTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void arm(long deadlineNanos) {
            synchronized (ManualClock.this) {
                deadline = deadlineNanos;
                armed = true;
            }
        }

        @Override
        public void cancel() {
            synchronized (ManualClock.this) {
                armed = false;
            }
        }

        @Override
        public boolean armed() {
            synchronized (ManualClock.this) {
                return armed;
            }
        }

        @Override
        public long deadline() {
            synchronized (ManualClock.this) {
                return deadline;
            }
        }
    }
}
