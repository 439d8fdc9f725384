package lodge.interpreter.apic;

import java.util.function.LongSupplier;

/**
 * The timer of a local APIC (SDM vol. 3A, 11.5.4). Its bus clock has 1 GHz, so that one tick before
 * the divider is a nanosecond of its {@link TimerSource}. It counts in host time whether or not its
 * processor runs, as a real one does.
 *
 * <p>A periodic timer that could not be served in time skips the periods it missed but keeps its
 * phase, and interrupts at most once in {@link #SHORTEST_PERIOD}: a guest cannot keep a host
 * processor busy with it.
 */
final class ApicTimer {
    /** Timer modes: bits 18:17 of the timer's local vector table entry; 0 is one-shot. */
    static final int PERIODIC = 1 << 17;

    static final int TSC_DEADLINE = 1 << 18;

    /** What {@link #deadline} returns when nothing is to happen. */
    static final long NEVER = Long.MAX_VALUE;

    /** Nanoseconds between two interrupts of a periodic timer, at least. */
    static final long SHORTEST_PERIOD = 100_000;

    /** The farthest away that a deadline may be, so that no sum overflows: 73 years. */
    private static final long FARTHEST = Long.MAX_VALUE / 4;

    private static final long SECOND = 1_000_000_000L;
    private static final int MODES = PERIODIC | TSC_DEADLINE;

    private final TimerSource source;
    private final LongSupplier tsc;
    private final long tscHz;

    private int mode;
    private int divide;
    private int shift;
    private long initial;
    private long tscDeadline;

    /** Read without the monitor by who looks for the earliest. */
    private volatile long deadline = NEVER;

    /**
     * A timer at rest.
     *
     * @param tsc the processor's time-stamp counter
     * @param tscHz its frequency, 1 to 2^33
     */
    ApicTimer(TimerSource source, LongSupplier tsc, long tscHz) {
        if (tscHz < 1 || tscHz > 1L << 33) {
            throw new IllegalArgumentException("a time-stamp counter of " + tscHz + " Hz");
        }
        this.source = source;
        this.tsc = tsc;
        this.tscHz = tscHz;
        reset();
    }

    /** Returns when the counter reaches zero, in time of the source, or {@link #NEVER}. */
    long deadline() {
        return deadline;
    }

    synchronized void reset() {
        deadline = NEVER;
        mode = 0;
        divide(0);
        initial = 0;
        tscDeadline = 0;
    }

    /** Takes over the mode from the local vector table entry. */
    synchronized void mode(int entry) {
        int wanted = entry & MODES;
        if (wanted == mode) {
            return;
        }
        boolean counts = mode <= PERIODIC && wanted <= PERIODIC;
        mode = wanted;
        if (!counts) {
            // 11.5.4.1: going to TSC-deadline mode or leaving it disarms the timer.
            deadline = NEVER;
            initial = 0;
            tscDeadline = 0;
        }
    }

    synchronized int divide() {
        return divide;
    }

    /** Sets the divide configuration register; a running count goes on at the new pace. */
    synchronized void writeDivide(int value) {
        long count = count();
        divide(value);
        if (deadline != NEVER && mode <= PERIODIC) {
            arm(source.nanos() + (count << shift));
        }
    }

    /** Bits 3, 1 and 0 choose 2, 4, 8, ... 128, and 1. */
    private void divide(int value) {
        divide = value & 0xb;
        shift = (divide >>> 1 & 4 | divide & 3) + 1 & 7;
    }

    synchronized int initial() {
        return (int) initial;
    }

    /** Starts a count; 0 stops it. Nothing happens in TSC-deadline mode. */
    synchronized void writeInitial(int value) {
        if (mode > PERIODIC) {
            return;
        }
        initial = value & 0xffff_ffffL;
        if (initial == 0) {
            deadline = NEVER;
        } else {
            arm(source.nanos() + (initial << shift));
        }
    }

    /** Returns the current count register. */
    synchronized int current() {
        return (int) count();
    }

    private long count() {
        long at = deadline;
        if (at == NEVER || mode > PERIODIC) {
            return 0;
        }
        long left = at - source.nanos();
        if (left <= 0) {
            if (mode != PERIODIC) {
                return 0;
            }
            // Its expiry is late, but the counter has long begun anew.
            long period = initial << shift;
            left = period - -left % period;
        }
        return Math.min(left + (1L << shift) - 1 >>> shift, initial);
    }

    /** Goes on with a count that was saved. */
    synchronized void load(int savedInitial, int savedCurrent) {
        deadline = NEVER;
        initial = mode > PERIODIC ? 0 : savedInitial & 0xffff_ffffL;
        long count = Math.min(savedCurrent & 0xffff_ffffL, initial);
        if (count != 0) {
            arm(source.nanos() + (count << shift));
        }
    }

    /** Returns IA32_TSC_DEADLINE: 0 when the timer is disarmed. */
    synchronized long tscDeadline() {
        return tscDeadline;
    }

    /** Writes IA32_TSC_DEADLINE; 0 disarms. Nothing happens in the other modes. */
    synchronized void writeTscDeadline(long value) {
        if (mode != TSC_DEADLINE) {
            return;
        }
        tscDeadline = value;
        if (value == 0) {
            deadline = NEVER;
        } else {
            arm(source.nanos() + tscNanos());
        }
    }

    /** Tells that the time-stamp counter was set. */
    synchronized void tscChanged() {
        if (tscDeadline != 0) {
            arm(source.nanos() + tscNanos());
        }
    }

    /** Returns nanoseconds until the time-stamp counter reaches the deadline. */
    private long tscNanos() {
        long now = tsc.getAsLong();
        if (Long.compareUnsigned(now, tscDeadline) >= 0) {
            return 0;
        }
        long ticks = tscDeadline - now;
        long seconds = Long.divideUnsigned(ticks, tscHz);
        if (seconds >= FARTHEST / SECOND) {
            return FARTHEST;
        }
        // Rounded up: never early. The product has at most 33 + 30 bits.
        long rest = Long.remainderUnsigned(ticks, tscHz) * SECOND;
        return seconds * SECOND + Long.divideUnsigned(rest + tscHz - 1, tscHz);
    }

    private void arm(long wanted) {
        // A nanosecond late rather than never.
        long at = wanted == NEVER ? wanted + 1 : wanted;
        deadline = at;
        source.armed(at);
    }

    /** Returns whether the timer has reached zero, and begins the next period if it has one. */
    synchronized boolean expire() {
        long at = deadline;
        long now = source.nanos();
        if (at == NEVER || at - now > 0) {
            return false;
        }
        if (mode == TSC_DEADLINE) {
            long left = tscNanos();
            if (left > 0) {
                arm(now + left);
                return false;
            }
            tscDeadline = 0;
        }
        if (mode == PERIODIC) {
            long period = initial << shift;
            long after = Math.max(now - at, SHORTEST_PERIOD);
            arm(at + (after + period - 1) / period * period);
        } else {
            deadline = NEVER;
        }
        return true;
    }
}
