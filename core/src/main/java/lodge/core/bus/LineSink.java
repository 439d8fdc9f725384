package lodge.core.bus;

/**
 * Where wires end: an interrupt controller's inputs, or a router. Takes its own monitor if it needs
 * one.
 */
@FunctionalInterface
public interface LineSink {
    /**
     * The level of an input has changed.
     *
     * @param pin the input, counted by the chip's datasheet
     * @param high the new level; true is asserted, whatever the electrical polarity
     */
    void line(int pin, boolean high);
}
