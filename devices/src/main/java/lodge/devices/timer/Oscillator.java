package lodge.devices.timer;

/**
 * Exact arithmetic between nanoseconds of machine time and cycles of a clock input. It never
 * drifts: a cycle's number is computed from the time since 0, not from the cycle before.
 *
 * @param hertz cycles a second, 1 to 1 000 000 000
 */
record Oscillator(long hertz) {
    private static final long NANOS = 1_000_000_000L;

    /** Returns how many cycles have ended by a time, for any non-negative time. */
    long cycles(long nanos) {
        return nanos / NANOS * hertz + nanos % NANOS * hertz / NANOS;
    }

    /**
     * Returns the first nanosecond at which {@link #cycles} gives the number; the far future
     * saturates.
     */
    long nanos(long cycle) {
        long seconds = cycle / hertz;
        if (seconds > Long.MAX_VALUE / NANOS - 1) {
            return Long.MAX_VALUE;
        }
        return seconds * NANOS + (cycle % hertz * NANOS + hertz - 1) / hertz;
    }
}
