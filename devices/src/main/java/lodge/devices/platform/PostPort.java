package lodge.devices.platform;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * The port 0x80 where a firmware shows how far its power-on self test got; a POST card displays it.
 * Kernels write to it for a short delay. It reads back what was written last, as the page register
 * of the DMA controller's first, unused entry does.
 */
public final class PostPort implements Device<PostPort.State>, PortDevice {
    private final String name;
    private final Counters counters = new Counters();
    private int code;

    /**
     * The state of the port.
     *
     * @param code what was written last
     */
    public record State(int code) {}

    /**
     * A port that shows 0.
     *
     * @param name the device's name
     */
    public PostPort(String name) {
        this.name = name;
    }

    /**
     * Returns the code written last, 0 to 255: the first thing to look at when a firmware stands
     * still.
     */
    public synchronized int code() {
        return code;
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
        return code;
    }

    @Override
    public void out(int offset, int size, int value) {
        code = value & 0xff;
    }

    @Override
    public synchronized void reset() {
        code = 0;
    }

    @Override
    public synchronized State save() {
        return new State(code);
    }

    @Override
    public synchronized void load(State state) {
        code = state.code & 0xff;
    }
}
