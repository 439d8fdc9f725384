package lodge.devices.platform;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * The reset control register of the PIIX at port 0xcf9 (Intel 82371AB, 4.2.5.3): the rise of bit 2
 * resets the machine, hard or soft by bit 1. Lodge resets the whole board either way.
 *
 * <p>The port lies inside PCI's configuration address register, which takes accesses of four bytes
 * only: the host bridge owns the ports and hands accesses of one byte to this object. So it takes
 * its own monitor.
 */
public final class ResetControl implements Device<ResetControl.State>, PortDevice {
    private static final int RESET_CPU = 0x04;
    private static final int WRITABLE = 0x06;

    private final String name;
    private final Counters counters = new Counters();
    private final Runnable resetLine;
    private int value;

    /**
     * The state of the register.
     *
     * @param value what was written last
     */
    public record State(int value) {}

    /**
     * A register that is 0.
     *
     * @param name the device's name
     * @param resetLine run when the guest resets the machine; must not block
     */
    public ResetControl(String name, Runnable resetLine) {
        this.name = name;
        this.resetLine = resetLine;
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
    public synchronized int in(int offset, int size) {
        return value;
    }

    @Override
    public synchronized void out(int offset, int size, int written) {
        int rising = ~value & written & RESET_CPU;
        value = written & WRITABLE;
        if (rising != 0) {
            resetLine.run();
        }
    }

    @Override
    public synchronized void reset() {
        value = 0;
    }

    @Override
    public synchronized State save() {
        return new State(value);
    }

    @Override
    public synchronized void load(State state) {
        value = state.value & WRITABLE;
    }
}
