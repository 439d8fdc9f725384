package lodge.core.storage;

/**
 * Where a controller sends a transfer that may block on the host. A task runs with no lock held,
 * does the host I/O and then takes the device's monitor to complete the command. The machine counts
 * tasks: it saves no state while one is under way.
 */
@FunctionalInterface
public interface Background {
    /** Runs each task at once on the calling thread: for tests and for memory-backed images. */
    Background DIRECT = Runnable::run;

    /**
     * Runs a task soon, tasks of one background in the order they came.
     *
     * @param task what to run; must not throw
     */
    void submit(Runnable task);
}
