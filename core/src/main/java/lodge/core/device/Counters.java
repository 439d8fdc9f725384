package lodge.core.device;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Always-on counters of one device. The bus counts accesses while it holds the device's monitor, so
 * plain fields suffice; a reader without the monitor sees a value that may be a little old, never a
 * torn or negative one on 64-bit JVMs.
 */
public final class Counters {
    private final Map<String, Counter> named = Collections.synchronizedMap(new LinkedHashMap<>());

    /** Reads and writes that reached the device, in accesses; a burst of n elements counts n. */
    public final Counter portReads = counter("portReads");

    /** Writes by OUT, in accesses. */
    public final Counter portWrites = counter("portWrites");

    /** Reads by memory access, in accesses. */
    public final Counter mmioReads = counter("mmioReads");

    /** Writes by memory access, in accesses. */
    public final Counter mmioWrites = counter("mmioWrites");

    /** One number that only grows. */
    public static final class Counter {
        private long value;

        private Counter() {}

        /**
         * Adds to the counter; the device's monitor must be held.
         *
         * @param n how much, 0 or more
         */
        public void add(long n) {
            value += n;
        }

        /** Returns the count since the machine was made. */
        public long value() {
            return value;
        }
    }

    /**
     * A counter of the device's own, for example {@code sectorsRead}; made on first use, so call it
     * when the device is made.
     *
     * @param name the name under which it is shown
     * @return the counter of that name
     */
    public Counter counter(String name) {
        return named.computeIfAbsent(name, n -> new Counter());
    }

    /** Returns all counters with their values, in the order they were made. */
    public Map<String, Long> snapshot() {
        Map<String, Long> values = new LinkedHashMap<>();
        synchronized (named) {
            named.forEach((name, counter) -> values.put(name, counter.value()));
        }
        return values;
    }
}
