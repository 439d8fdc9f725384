package lodge.devices.input;

import lodge.core.time.MachineClock;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Types text on a {@link Ps2Keyboard} at the pace of a fast human, so that no firmware's small
 * buffer overflows: one key goes down or up every {@value #STROKE_NANOS} nanoseconds of machine
 * time, and only after the guest has fetched the codes of the one before. A guest that does not
 * look at its keyboard makes the typist wait, not lose keys.
 */
public final class Typist {
    private static final long STROKE_NANOS = 15_000_000;

    private record Event(Key key, boolean down) {}

    private final Ps2Keyboard keyboard;
    private final MachineClock clock;
    private final MachineClock.Timer timer;
    private final Deque<Event> events = new ArrayDeque<>();

    /**
     * A typist with nothing to type.
     *
     * @param keyboard where to type
     * @param clock the machine's time
     */
    public Typist(Ps2Keyboard keyboard, MachineClock clock) {
        this.keyboard = keyboard;
        this.clock = clock;
        timer = clock.timer(this::next);
    }

    /**
     * Types a text after what is still to be typed; does not wait.
     *
     * @param text characters that {@link KeyMap} knows
     * @throws IllegalArgumentException when a character has no key; nothing of the text is typed
     *     then
     */
    public synchronized void type(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (KeyMap.key(text.charAt(i)) == null) {
                throw new IllegalArgumentException(
                        "No key of a US keyboard types U+%04X; use ASCII"
                                .formatted((int) text.charAt(i)));
            }
        }
        for (int i = 0; i < text.length(); i++) {
            Key key = KeyMap.key(text.charAt(i));
            if (KeyMap.shifted(text.charAt(i))) {
                chord(Key.LEFT_SHIFT, key);
            } else {
                chord(key);
            }
        }
    }

    /**
     * Presses keys one after the other and releases them in reverse order; does not wait.
     *
     * @param keys for example left control, left alt, delete
     */
    public synchronized void chord(Key... keys) {
        for (Key key : keys) {
            events.add(new Event(key, true));
        }
        for (int i = keys.length - 1; i >= 0; i--) {
            events.add(new Event(keys[i], false));
        }
        if (!timer.armed()) {
            timer.arm(clock.nanos());
        }
    }

    /** Returns whether everything was typed and the guest has fetched it. */
    public synchronized boolean done() {
        return events.isEmpty() && !keyboard.busy();
    }

    private synchronized void next() {
        Event event = events.peek();
        if (event == null) {
            return;
        }
        if (!keyboard.busy()) {
            boolean taken =
                    event.down() ? keyboard.press(event.key()) : keyboard.release(event.key());
            if (taken) {
                events.remove();
            }
        }
        timer.arm(clock.nanos() + STROKE_NANOS);
    }
}
