package lodge.devices.platform;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * System control port A at 0x92 (IBM PS/2 Hardware Interface Technical Reference, "System Control
 * Port A"; Intel 82371AB, 4.2.5.2): the fast A20 gate and the fast processor reset. The other bits
 * - disk activity lamp, security lock, watchdog - are kept and mean nothing.
 */
public final class PortA92 implements Device<PortA92.State>, PortDevice {
    private static final int RESET = 0x01;
    private static final int A20 = 0x02;

    private final String name;
    private final Counters counters = new Counters();
    private final A20Gate a20;
    private final Runnable resetLine;
    private int value;

    /**
     * The state of the port.
     *
     * @param value what was written last
     */
    public record State(int value) {}

    /**
     * A port with A20 closed on its part.
     *
     * @param name the device's name
     * @param a20 told of changes of bit 1
     * @param resetLine run when the guest pulls the processors' reset line; must not block
     */
    public PortA92(String name, A20Gate a20, Runnable resetLine) {
        this.name = name;
        this.a20 = a20;
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
    public int in(int offset, int size) {
        return value;
    }

    @Override
    public void out(int offset, int size, int written) {
        int changed = (value ^ written) & 0xff;
        value = written & 0xff;
        if ((changed & A20) != 0) {
            a20.open((value & A20) != 0);
        }
        if ((changed & value & RESET) != 0) {
            // The reset is a pulse that the rise of the bit makes.
            resetLine.run();
        }
    }

    @Override
    public synchronized void reset() {
        set(0);
    }

    @Override
    public synchronized State save() {
        return new State(value);
    }

    @Override
    public synchronized void load(State state) {
        set(state.value & 0xff);
    }

    private void set(int newValue) {
        value = newValue;
        a20.open((newValue & A20) != 0);
    }
}
