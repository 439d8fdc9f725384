package lodge.core.time;

/**
 * The machine's own time: it starts at 0 when the machine is switched on, stands still while it is
 * paused, and goes on where it was when a saved machine is resumed. Devices never ask the host for
 * the time.
 */
public interface MachineClock {
    /** Returns nanoseconds of machine time; never goes backwards while the machine runs. */
    long nanos();

    /**
     * Makes a timer, not armed. The callback runs on a thread of the clock with no lock held, so a
     * device synchronizes it on itself; it may come late, never early, and may still come once when
     * {@link Timer#cancel} raced with it.
     *
     * @param onExpiry what to run
     * @return the timer
     */
    Timer timer(Runnable onExpiry);

    /**
     * Returns the wall clock (for CMOS RTC): nanoseconds since 1970-01-01T00:00Z at machine time 0.
     */
    long epochNanosAtStart();

    /** One deadline. Arming and cancelling allocate nothing. */
    interface Timer {
        /**
         * Sets the deadline, in place of any earlier one. A deadline in the past expires at once
         * (on the clock's thread).
         *
         * @param deadlineNanos machine time in nanoseconds
         */
        void arm(long deadlineNanos);

        /** Takes the deadline away. */
        void cancel();

        /** Returns whether a deadline is set that has not expired. */
        boolean armed();

        /**
         * Returns the deadline in nanoseconds of machine time; meaningful while {@link #armed()}.
         */
        long deadline();
    }
}
