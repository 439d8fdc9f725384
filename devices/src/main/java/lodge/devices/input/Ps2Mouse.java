package lodge.devices.input;

import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * A PS/2 mouse (IBM PS/2 Hardware Interface Technical Reference, "Mouse") that turns into an
 * IntelliMouse with a wheel, and then into one with five buttons, when a driver sets the sample
 * rates 200, 100, 80, or 200, 200, 80. It belongs to a {@link Ps2Controller8042} and uses its
 * monitor.
 *
 * <p>Packets go out as fast as the controller takes them; what moves in between is added up. The
 * sample rate and the resolution are kept and have no effect: a count is one pixel of the host.
 */
public final class Ps2Mouse implements Device<Ps2Mouse.State>, Ps2Device {
    private static final int ACK = 0xfa;
    private static final int ERROR = 0xfc;
    private static final int RESEND = 0xfe;
    private static final int SELF_TEST_PASSED = 0xaa;

    private static final int SCALING_1_1 = 0xe6;
    private static final int SCALING_2_1 = 0xe7;
    private static final int SET_RESOLUTION = 0xe8;
    private static final int STATUS_REQUEST = 0xe9;
    private static final int SET_STREAM = 0xea;
    private static final int READ_DATA = 0xeb;
    private static final int RESET_WRAP = 0xec;
    private static final int SET_WRAP = 0xee;
    private static final int SET_REMOTE = 0xf0;
    private static final int IDENTIFY = 0xf2;
    private static final int SET_SAMPLE_RATE = 0xf3;
    private static final int ENABLE = 0xf4;
    private static final int DISABLE = 0xf5;
    private static final int DEFAULTS = 0xf6;
    private static final int RESET = 0xff;

    private static final int STATUS_REMOTE = 0x40;
    private static final int STATUS_ENABLED = 0x20;
    private static final int STATUS_SCALING = 0x10;

    private static final int PLAIN = 0;
    private static final int WHEEL = 3;
    private static final int FIVE_BUTTONS = 4;

    private static final int DEFAULT_RATE = 100;
    private static final int DEFAULT_RESOLUTION = 2;

    /** Movement that nobody fetches stops adding up here. */
    private static final int FARTHEST = 1 << 16;

    private static final int QUEUE = 64;

    /** No packet is longer. */
    private static final int LONGEST = 4;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter packets = counters.counter("packets");
    private final Ps2Controller8042 controller;
    private final ByteFifo replies = new ByteFifo(8);
    private final ByteFifo data = new ByteFifo(QUEUE);
    private int id;
    private boolean enabled;
    private boolean remote;
    private boolean wrap;
    private boolean scaling;
    private int rate = DEFAULT_RATE;
    private int resolution = DEFAULT_RESOLUTION;
    private int rates;
    private int parameterOf;
    private int buttons;
    private int reportedButtons;
    private int dx;
    private int dy;
    private int dz;
    private int lastSent;

    /**
     * The state of the mouse.
     *
     * @param replies answers to commands not sent yet
     * @param data packets not sent yet
     * @param id what it identifies itself as: 0, 3 (wheel), 4 (five buttons)
     * @param enabled whether it reports in stream mode
     * @param remote remote mode instead of stream mode
     * @param wrap wrap mode: it sends back what it gets
     * @param scaling whether 2:1 scaling is on
     * @param rate samples a second
     * @param resolution 0 to 3
     * @param rates the last three sample rates set, 8 bits each, the newest lowest
     * @param parameterOf the command whose parameter is to come, or 0
     * @param buttons the buttons that are down
     * @param reportedButtons those the guest knows of
     * @param dx movement to the right not reported yet
     * @param dy movement upwards not reported yet
     * @param dz wheel movement towards the user not reported yet
     * @param lastSent the byte sent last, for the resend command
     */
    public record State(
            byte[] replies,
            byte[] data,
            int id,
            boolean enabled,
            boolean remote,
            boolean wrap,
            boolean scaling,
            int rate,
            int resolution,
            int rates,
            int parameterOf,
            int buttons,
            int reportedButtons,
            int dx,
            int dy,
            int dz,
            int lastSent) {}

    Ps2Mouse(String name, Ps2Controller8042 controller) {
        this.name = name;
        this.controller = controller;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /**
     * Moves the mouse. Never blocks.
     *
     * @param right counts to the right, negative to the left
     * @param down counts down (towards the user), negative up
     * @param wheel notches of the wheel towards the user (scrolling down), negative away
     */
    public void move(int right, int down, int wheel) {
        synchronized (controller) {
            dx = Math.clamp((long) dx + right, -FARTHEST, FARTHEST);
            dy = Math.clamp((long) dy - down, -FARTHEST, FARTHEST);
            dz = Math.clamp((long) dz + wheel, -FARTHEST, FARTHEST);
            if (data.size() == 0) {
                report();
            }
            controller.deviceReady();
        }
    }

    /**
     * Sets which buttons are down. Never blocks. Each change is reported, unless the guest is so
     * slow that the queue is full: then only the last one is.
     *
     * @param mask bit 0 left, 1 right, 2 middle, 3 and 4 the side buttons
     */
    public void buttons(int mask) {
        synchronized (controller) {
            buttons = mask & 0x1f;
            report();
            controller.deviceReady();
        }
    }

    /** Queues a packet if reporting is on and there is something to report. */
    private void report() {
        if (dz != 0 && id == PLAIN) {
            dz = 0;
        }
        boolean news = (dx | dy | dz) != 0 || buttons != reportedButtons;
        if (enabled && !remote && !wrap && news && data.free() >= LONGEST) {
            packet(data);
        }
    }

    private void packet(ByteFifo target) {
        int x = Math.clamp(dx, -256, 255);
        int y = Math.clamp(dy, -256, 255);
        dx -= x;
        dy -= y;
        reportedButtons = buttons;
        packets.add(1);
        target.put(buttons & 7 | 0x08 | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0));
        target.put(x);
        target.put(y);
        if (id != PLAIN) {
            int z = Math.clamp(dz, -8, 7);
            dz -= z;
            target.put(id == FIVE_BUTTONS ? z & 0x0f | buttons >> 3 << 4 : z);
        }
    }

    @Override
    public boolean ready() {
        return replies.size() > 0 || data.size() > 0;
    }

    @Override
    public int send() {
        if (replies.size() > 0) {
            lastSent = replies.take();
            return lastSent;
        }
        lastSent = data.take();
        if (data.size() == 0) {
            report();
        }
        return lastSent;
    }

    @Override
    public void receive(int value) {
        if (wrap && value != RESET && value != RESET_WRAP) {
            replies.put(value);
            return;
        }
        int command = parameterOf;
        parameterOf = 0;
        int resend = lastSent;
        replies.clear();
        if (command == SET_SAMPLE_RATE && value < SCALING_1_1) {
            setRate(value);
        } else if (command == SET_RESOLUTION && value < SCALING_1_1) {
            resolution = value & 3;
            replies.put(value > 3 ? ERROR : ACK);
        } else {
            // A command in stream mode discards the packets that wait.
            data.clear();
            command(value, resend);
        }
    }

    private void command(int value, int resend) {
        switch (value) {
            case SCALING_1_1, SCALING_2_1 -> {
                scaling = value == SCALING_2_1;
                replies.put(ACK);
            }
            case SET_RESOLUTION, SET_SAMPLE_RATE -> {
                parameterOf = value;
                replies.put(ACK);
            }
            case STATUS_REQUEST -> {
                replies.put(ACK);
                replies.put(status());
                replies.put(resolution);
                replies.put(rate);
            }
            case SET_STREAM, SET_REMOTE -> {
                remote = value == SET_REMOTE;
                forgetMovement();
                replies.put(ACK);
            }
            case READ_DATA -> {
                replies.put(ACK);
                packet(replies);
            }
            case SET_WRAP, RESET_WRAP -> {
                wrap = value == SET_WRAP;
                replies.put(ACK);
            }
            case IDENTIFY -> {
                replies.put(ACK);
                replies.put(id);
            }
            case ENABLE, DISABLE -> {
                enabled = value == ENABLE;
                forgetMovement();
                replies.put(ACK);
            }
            case DEFAULTS -> {
                defaults();
                replies.put(ACK);
            }
            case RESEND -> replies.put(resend);
            case RESET -> {
                defaults();
                id = PLAIN;
                rates = 0;
                replies.put(ACK);
                replies.put(SELF_TEST_PASSED);
                replies.put(PLAIN);
            }
            default -> replies.put(RESEND);
        }
    }

    /**
     * The order of sample rates by which a driver that knows the wheel asks for it (Microsoft
     * IntelliMouse).
     */
    private void setRate(int value) {
        rate = value;
        rates = (rates << 8 | value) & 0xff_ffff;
        if (rates == (200 << 16 | 100 << 8 | 80)) {
            id = WHEEL;
        } else if (rates == (200 << 16 | 200 << 8 | 80)) {
            id = FIVE_BUTTONS;
        }
        replies.put(ACK);
    }

    private int status() {
        int pressed = (buttons & 1) << 2 | (buttons & 2) >> 1 | (buttons & 4) >> 1;
        return (remote ? STATUS_REMOTE : 0)
                | (enabled ? STATUS_ENABLED : 0)
                | (scaling ? STATUS_SCALING : 0)
                | pressed;
    }

    private void forgetMovement() {
        dx = 0;
        dy = 0;
        dz = 0;
        reportedButtons = buttons;
    }

    private void defaults() {
        enabled = false;
        remote = false;
        wrap = false;
        scaling = false;
        rate = DEFAULT_RATE;
        resolution = DEFAULT_RESOLUTION;
        data.clear();
        forgetMovement();
    }

    @Override
    public void reset() {
        load(
                new State(
                        new byte[0],
                        new byte[0],
                        PLAIN,
                        false,
                        false,
                        false,
                        false,
                        DEFAULT_RATE,
                        DEFAULT_RESOLUTION,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0));
    }

    @Override
    public State save() {
        synchronized (controller) {
            return new State(
                    replies.save(),
                    data.save(),
                    id,
                    enabled,
                    remote,
                    wrap,
                    scaling,
                    rate,
                    resolution,
                    rates,
                    parameterOf,
                    buttons,
                    reportedButtons,
                    dx,
                    dy,
                    dz,
                    lastSent);
        }
    }

    @Override
    public void load(State state) {
        synchronized (controller) {
            replies.load(state.replies);
            data.load(state.data);
            id = state.id == WHEEL || state.id == FIVE_BUTTONS ? state.id : PLAIN;
            enabled = state.enabled;
            remote = state.remote;
            wrap = state.wrap;
            scaling = state.scaling;
            rate = state.rate & 0xff;
            resolution = state.resolution & 3;
            rates = state.rates & 0xff_ffff;
            parameterOf = state.parameterOf & 0xff;
            buttons = state.buttons & 0x1f;
            reportedButtons = state.reportedButtons & 0x1f;
            dx = Math.clamp(state.dx, -FARTHEST, FARTHEST);
            dy = Math.clamp(state.dy, -FARTHEST, FARTHEST);
            dz = Math.clamp(state.dz, -FARTHEST, FARTHEST);
            lastSent = state.lastSent & 0xff;
        }
    }
}
