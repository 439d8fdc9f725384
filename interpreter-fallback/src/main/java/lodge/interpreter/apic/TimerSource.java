package lodge.interpreter.apic;

import java.util.function.LongSupplier;

/**
 * The time that local APIC timers run on, and who watches their deadlines. {@link TimerThread} is
 * the host's time; a test or a deterministic machine has its own.
 */
public interface TimerSource {
    /** Returns nanoseconds since some fixed point; never goes backwards. Any thread. */
    long nanos();

    /**
     * Says how timers expire; before any is armed.
     *
     * @param expire {@link ApicBus#expire}
     */
    void attach(LongSupplier expire);

    /**
     * Says that a timer has a new deadline: expiry is to be looked for when it has come, or soon
     * after. Any thread; must not block, allocate or call back.
     *
     * @param deadline in {@link #nanos}; one in the past expires at once
     */
    void armed(long deadline);
}
