package lodge.core.bus;

/**
 * A wired-or of up to 64 inputs onto one output, as PCI's INTA# to INTD# are: the output is
 * asserted while any input is. Its monitor is a leaf of the lock order but for the interrupt
 * controllers behind it.
 */
public final class SharedLine implements LineSink {
    private final IrqLine output;
    private long asserted;
    private int inputs;

    /**
     * A junction without inputs.
     *
     * @param output the wire that carries the result; nobody else may set it
     */
    public SharedLine(IrqLine output) {
        this.output = output;
    }

    /** Returns a new input, low at first. */
    public synchronized IrqLine newInput() {
        if (inputs == Long.SIZE) {
            throw new IllegalStateException("A shared line has 64 inputs at most");
        }
        return new IrqLine(this, inputs++);
    }

    @Override
    public synchronized void line(int pin, boolean high) {
        asserted = high ? asserted | 1L << pin : asserted & ~(1L << pin);
        output.set(asserted != 0);
    }
}
