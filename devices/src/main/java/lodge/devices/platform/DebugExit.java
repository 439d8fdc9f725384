package lodge.devices.platform;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import java.util.function.IntConsumer;

/**
 * The port by which a test guest ends its run, known from QEMU as isa-debug-exit: four ports,
 * usually at 0xf4. Writing V, of one to four bytes at any of them, ends the run with exit code (V
 * &lt;&lt; 1) | 1, so that 0 never comes from a guest. Reads give 0.
 */
public final class DebugExit implements Device<DebugExit.State>, PortDevice {
    /** Number of ports. */
    public static final int PORTS = 4;

    private final String name;
    private final Counters counters = new Counters();
    private final IntConsumer exit;

    /** The port has no state. */
    public record State() {}

    /**
     * A port.
     *
     * @param name the device's name
     * @param exit takes (V &lt;&lt; 1) | 1, of which a process shows the low 8 bits; must not block
     */
    public DebugExit(String name, IntConsumer exit) {
        this.name = name;
        this.exit = exit;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public int width() {
        return 4;
    }

    @Override
    public int in(int offset, int size) {
        return 0;
    }

    @Override
    public void out(int offset, int size, int value) {
        exit.accept(value << 1 | 1);
    }

    @Override
    public void reset() {
        // Nothing to forget.
    }

    @Override
    public State save() {
        return new State();
    }

    @Override
    public void load(State state) {
        // Nothing to take over.
    }
}
