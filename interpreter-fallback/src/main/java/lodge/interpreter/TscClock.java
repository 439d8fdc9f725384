package lodge.interpreter;

/** The time-stamp counter of a machine: nanoseconds since it was made, for all processors. */
final class TscClock {
    /** A TSC this near the machine's belongs to a processor of the same saved machine. */
    private static final long TOGETHER = 1_000_000_000L;

    private volatile long offset = -System.nanoTime();

    long now() {
        return System.nanoTime() + offset;
    }

    /**
     * A processor's state with this TSC was loaded. The first one sets the machine's; the others,
     * saved a moment later, follow it.
     */
    synchronized void restore(long value) {
        long ahead = value - now();
        if (ahead > TOGETHER || ahead < -TOGETHER) {
            offset += ahead;
        }
    }
}
