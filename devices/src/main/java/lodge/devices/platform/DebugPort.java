package lodge.devices.platform;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import java.util.function.IntConsumer;

/**
 * The firmware's debug console at port 0x402: SeaBIOS and OVMF write their log there if a read
 * gives 0xe9 (SeaBIOS documentation, "Debugging"). Not a real chip; it came with Bochs's port 0xe9.
 */
public final class DebugPort implements Device<DebugPort.State>, PortDevice {
    private static final int PRESENT = 0xe9;

    private final String name;
    private final Counters counters = new Counters();
    private final IntConsumer log;

    /** The port has no state. */
    public record State() {}

    /**
     * A port.
     *
     * @param name the device's name
     * @param log takes each byte, 0 to 255; must neither block nor throw
     */
    public DebugPort(String name, IntConsumer log) {
        this.name = name;
        this.log = log;
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
    public int in(int offset, int size) {
        return PRESENT;
    }

    @Override
    public void out(int offset, int size, int value) {
        log.accept(value & 0xff);
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
