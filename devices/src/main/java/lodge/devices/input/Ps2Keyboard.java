package lodge.devices.input;

import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * A PS/2 keyboard with 104 keys (IBM PS/2 Hardware Interface Technical Reference, "Keyboards";
 * Microsoft Keyboard Scan Code Specification): scan code sets 1, 2 and 3, all commands. It belongs
 * to a {@link Ps2Controller8042} and uses its monitor.
 *
 * <p>Not emulated: its own key repeat (the host's keyboard repeats: press a key again while it is
 * held), single keys of set 3 as make-only or typematic (all are make/break), the shift codes that
 * set 2 puts around grey keys while Num Lock is on, and the 0xaa that a real one sends after
 * power-on without being asked.
 */
public final class Ps2Keyboard implements Device<Ps2Keyboard.State>, Ps2Device {
    private static final int ACK = 0xfa;
    private static final int RESEND = 0xfe;
    private static final int SELF_TEST_PASSED = 0xaa;

    private static final int SET_LEDS = 0xed;
    private static final int ECHO = 0xee;
    private static final int SCAN_CODE_SET = 0xf0;
    private static final int IDENTIFY = 0xf2;
    private static final int TYPEMATIC = 0xf3;
    private static final int ENABLE = 0xf4;
    private static final int DISABLE = 0xf5;
    private static final int DEFAULTS = 0xf6;
    private static final int FIRST_ALL_KEYS = 0xf7;
    private static final int LAST_ALL_KEYS = 0xfa;
    private static final int LAST_SINGLE_KEY = 0xfd;
    private static final int RESET = 0xff;

    /** 10.9 characters a second after half a second. */
    private static final int DEFAULT_TYPEMATIC = 0x2b;

    private static final int QUEUE = 128;

    /**
     * Presses leave this much room for the releases of what is held; no key's codes are longer than
     * {@link #LONGEST}.
     */
    private static final int RESERVED = 64;

    private static final int LONGEST = 8;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter keys = counters.counter("keys");
    private final Counters.Counter refused = counters.counter("refused");
    private final Ps2Controller8042 controller;
    private final ByteFifo replies = new ByteFifo(8);
    private final ByteFifo codes = new ByteFifo(QUEUE);
    private final long[] held = new long[4];
    private int set = 2;
    private boolean scanning = true;
    private int leds;
    private int typematic = DEFAULT_TYPEMATIC;
    private int parameterOf;
    private int lastSent;

    /**
     * The state of the keyboard.
     *
     * @param replies answers to commands not sent yet
     * @param codes scan codes not sent yet
     * @param held one bit for each key that is down, by usage
     * @param set scan code set, 1 to 3
     * @param scanning whether keys are reported
     * @param leds bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock
     * @param typematic rate and delay as set by the guest
     * @param parameterOf the command whose parameter is to come, or 0
     * @param lastSent the byte sent last, for the resend command
     */
    public record State(
            byte[] replies,
            byte[] codes,
            long[] held,
            int set,
            boolean scanning,
            int leds,
            int typematic,
            int parameterOf,
            int lastSent) {}

    Ps2Keyboard(String name, Ps2Controller8042 controller) {
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
     * Presses a key; pressed again while it is held, it repeats. Never blocks.
     *
     * @param key the key
     * @return false when the guest has so many codes waiting that the key was not taken; try again
     *     later
     */
    public boolean press(Key key) {
        synchronized (controller) {
            if (codes.free() < RESERVED + LONGEST) {
                refused.add(1);
                return false;
            }
            keys.add(1);
            if (scanning) {
                makeCode(key);
            }
            held[key.usage() >> 6] |= 1L << key.usage();
            controller.deviceReady();
            return true;
        }
    }

    /**
     * Releases a key; nothing happens if it is not held. Never blocks.
     *
     * @param key the key
     * @return false when there is no room for its codes; the key is still held, try again later
     */
    public boolean release(Key key) {
        synchronized (controller) {
            if (!isHeld(key)) {
                return true;
            }
            if (codes.free() < LONGEST) {
                refused.add(1);
                return false;
            }
            held[key.usage() >> 6] &= ~(1L << key.usage());
            if (scanning) {
                breakCode(key);
            }
            controller.deviceReady();
            return true;
        }
    }

    /** Returns the lamps: bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock. */
    public int leds() {
        synchronized (controller) {
            return leds;
        }
    }

    /** Returns whether the guest has not yet fetched all codes. */
    public boolean busy() {
        synchronized (controller) {
            return codes.size() > 0;
        }
    }

    private boolean isHeld(Key key) {
        return (held[key.usage() >> 6] >> key.usage() & 1) != 0;
    }

    private boolean shifted() {
        return isHeld(Key.LEFT_SHIFT) || isHeld(Key.RIGHT_SHIFT);
    }

    private boolean controlled() {
        return isHeld(Key.LEFT_CONTROL) || isHeld(Key.RIGHT_CONTROL);
    }

    private void makeCode(Key key) {
        if (set == 3) {
            codes.put(key.set3());
            return;
        }
        switch (key) {
            case PAUSE -> {
                if (controlled()) {
                    // Break: pressed and released at once.
                    code(0x7e, true, false);
                    code(0x7e, true, true);
                } else {
                    codes.put(ScanCodes.PAUSE);
                    code(Key.LEFT_CONTROL.set2(), false, false);
                    code(Key.PAUSE.set2(), false, false);
                    codes.put(ScanCodes.PAUSE);
                    code(Key.LEFT_CONTROL.set2(), false, true);
                    code(Key.PAUSE.set2(), false, true);
                }
            }
            case PRINT_SCREEN -> {
                if (isHeld(Key.LEFT_ALT) || isHeld(Key.RIGHT_ALT)) {
                    code(0x84, false, false);
                } else {
                    if (!shifted() && !controlled()) {
                        code(Key.LEFT_SHIFT.set2(), true, false);
                    }
                    code(key.set2(), true, false);
                }
            }
            default -> code(key.set2(), key.extended(), false);
        }
    }

    private void breakCode(Key key) {
        if (set == 3) {
            codes.put(ScanCodes.BREAK);
            codes.put(key.set3());
            return;
        }
        switch (key) {
            case PAUSE -> {
                // It sent its release together with its press.
            }
            case PRINT_SCREEN -> {
                if (isHeld(Key.LEFT_ALT) || isHeld(Key.RIGHT_ALT)) {
                    code(0x84, false, true);
                } else {
                    code(key.set2(), true, true);
                    if (!shifted() && !controlled()) {
                        code(Key.LEFT_SHIFT.set2(), true, true);
                    }
                }
            }
            default -> code(key.set2(), key.extended(), true);
        }
    }

    /** Queues a code of set 2, or the code of set 1 that corresponds to it. */
    private void code(int set2, boolean extended, boolean released) {
        if (extended) {
            codes.put(ScanCodes.EXTENDED);
        }
        if (set == 1) {
            codes.put(ScanCodes.set1(set2) | (released ? 0x80 : 0));
        } else {
            if (released) {
                codes.put(ScanCodes.BREAK);
            }
            codes.put(set2);
        }
    }

    @Override
    public boolean ready() {
        return replies.size() > 0 || codes.size() > 0;
    }

    @Override
    public int send() {
        lastSent = replies.size() > 0 ? replies.take() : codes.take();
        return lastSent;
    }

    @Override
    public void receive(int value) {
        int command = parameterOf;
        parameterOf = 0;
        if (command != 0 && value < SET_LEDS) {
            parameter(command, value);
            return;
        }
        // A command ends whatever answer was still on its way.
        int resend = lastSent;
        replies.clear();
        switch (value) {
            case SET_LEDS, SCAN_CODE_SET, TYPEMATIC -> expect(value);
            case ECHO -> replies.put(ECHO);
            case IDENTIFY -> {
                replies.put(ACK);
                replies.put(0xab);
                replies.put(0x83);
            }
            case ENABLE -> {
                codes.clear();
                scanning = true;
                replies.put(ACK);
            }
            case DISABLE -> {
                defaults();
                scanning = false;
                replies.put(ACK);
            }
            case DEFAULTS -> {
                defaults();
                replies.put(ACK);
            }
            case RESEND -> replies.put(resend);
            case RESET -> {
                defaults();
                leds = 0;
                scanning = true;
                replies.put(ACK);
                replies.put(SELF_TEST_PASSED);
            }
            default -> {
                if (value >= FIRST_ALL_KEYS && value <= LAST_ALL_KEYS) {
                    replies.put(ACK);
                } else if (value > LAST_ALL_KEYS && value <= LAST_SINGLE_KEY) {
                    expect(value);
                } else {
                    replies.put(RESEND);
                }
            }
        }
    }

    private void expect(int command) {
        parameterOf = command;
        replies.put(ACK);
    }

    private void parameter(int command, int value) {
        replies.clear();
        switch (command) {
            case SET_LEDS -> {
                leds = value & 7;
                replies.put(ACK);
            }
            case SCAN_CODE_SET -> {
                if (value > 3) {
                    replies.put(RESEND);
                    parameterOf = command;
                    return;
                }
                replies.put(ACK);
                if (value == 0) {
                    replies.put(set);
                } else {
                    set = value;
                    codes.clear();
                }
            }
            case TYPEMATIC -> {
                typematic = value & 0x7f;
                replies.put(ACK);
            }
            default -> {
                // One of the keys whose type commands 0xfb to 0xfd set; more may follow.
                replies.put(ACK);
                parameterOf = command;
            }
        }
    }

    private void defaults() {
        codes.clear();
        set = 2;
        typematic = DEFAULT_TYPEMATIC;
    }

    @Override
    public void reset() {
        load(new State(new byte[0], new byte[0], new long[4], 2, true, 0, DEFAULT_TYPEMATIC, 0, 0));
    }

    @Override
    public State save() {
        synchronized (controller) {
            return new State(
                    replies.save(),
                    codes.save(),
                    held.clone(),
                    set,
                    scanning,
                    leds,
                    typematic,
                    parameterOf,
                    lastSent);
        }
    }

    @Override
    public void load(State state) {
        synchronized (controller) {
            replies.load(state.replies);
            codes.load(state.codes);
            for (int i = 0; i < held.length; i++) {
                held[i] = i < state.held.length ? state.held[i] : 0;
            }
            set = Math.clamp(state.set, 1, 3);
            scanning = state.scanning;
            leds = state.leds & 7;
            typematic = state.typematic & 0x7f;
            parameterOf = state.parameterOf & 0xff;
            lastSent = state.lastSent & 0xff;
        }
    }
}
