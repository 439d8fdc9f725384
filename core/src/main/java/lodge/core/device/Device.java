package lodge.core.device;

/**
 * A chip on the board. Everything that reaches it - the bus, its timers, its host side - runs with
 * the device object's own monitor held, so its fields need no other protection: the bus takes the
 * monitor, timer and host callbacks of a device are {@code synchronized} on it. It may, with its
 * monitor held, set interrupt lines and use guest memory; it must not block.
 *
 * @param <S> the device's state: the saved form, the inspection view and the test oracle in one.
 *     Its component types are those {@link lodge.core.state.StateCodec} names.
 */
public interface Device<S extends Record> {
    /**
     * Returns the device's stable name, unique on its board, for example {@code uart0}; the key of
     * its saved state.
     */
    String name();

    /**
     * Puts the device into its power-on state, as the datasheet's RESET does, and lowers its
     * interrupt lines.
     */
    void reset();

    /**
     * Returns the whole state of the device as a value that nothing changes afterwards (arrays are
     * copies).
     */
    S save();

    /**
     * Takes over a state. Afterwards {@code save()} equals it, and the device's output lines have
     * the level that the state implies. A state comes from a file and may hold any value: a device
     * clamps what would break it.
     *
     * @param state the state
     */
    void load(S state);

    /** Returns the device's counters. */
    Counters counters();
}
