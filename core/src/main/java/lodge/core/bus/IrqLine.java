package lodge.core.bus;

/**
 * The wire from a device to an interrupt controller; an unchanged level costs nothing. A line
 * belongs to one device and is set with that device's monitor held; to join several devices on one
 * input use {@link SharedLine}.
 */
public final class IrqLine {
    private final LineSink sink;
    private final int pin;
    private boolean high;

    /**
     * A wire to an input, low at first.
     *
     * @param sink the receiver
     * @param pin the receiver's input
     */
    public IrqLine(LineSink sink, int pin) {
        this.sink = sink;
        this.pin = pin;
    }

    /** Returns a wire that ends nowhere. */
    public static IrqLine unconnected() {
        return new IrqLine((pin, high) -> {}, 0);
    }

    /**
     * Sets the level.
     *
     * @param level true is asserted
     */
    public void set(boolean level) {
        if (level != high) {
            high = level;
            sink.line(pin, level);
        }
    }

    /** Returns the present level. */
    public boolean high() {
        return high;
    }
}
