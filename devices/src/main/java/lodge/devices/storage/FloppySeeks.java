package lodge.devices.storage;

import java.util.Arrays;

/**
 * What SENSE INTERRUPT STATUS of an 82077AA (datasheet 290166, section 6.2.4) has to tell: ends of
 * seeks, and after a reset the change of all drives' ready state.
 */
public final class FloppySeeks {
    /** ST0: the seek went wrong. */
    static final int ABNORMAL = 0x40;

    /** ST0: equipment check, the head did not find track 0. */
    static final int CHECK = 0x10;

    private static final int POLLING = 0xc0;
    private static final int SEEK_END = 0x20;
    private static final int UNITS = 4;

    /**
     * What is not sensed yet.
     *
     * @param polled drives whose polling interrupt after reset is pending, one bit each
     * @param ended drives whose seek has ended, one bit each
     * @param status ST0 of those seeks
     */
    public record State(int polled, int ended, int[] status) {}

    private int polled;
    private int ended;
    private final int[] status = new int[UNITS];

    FloppySeeks() {}

    void seekEnded(int unit, int bits) {
        status[unit] = SEEK_END | bits | unit;
        ended |= 1 << unit;
    }

    void reset() {
        polled = 0;
        ended = 0;
    }

    void poll() {
        polled = (1 << UNITS) - 1;
    }

    void forgetPolling() {
        polled = 0;
    }

    boolean seekPending() {
        return ended != 0;
    }

    boolean pending() {
        return (polled | ended) != 0;
    }

    /** Returns ST0 of the first drive that has something to tell, which is then told. */
    int sense() {
        if (polled != 0) {
            int unit = Integer.numberOfTrailingZeros(polled);
            polled &= polled - 1;
            return POLLING | unit;
        }
        int unit = Integer.numberOfTrailingZeros(ended);
        ended &= ended - 1;
        return status[unit];
    }

    void powerOn() {
        reset();
        Arrays.fill(status, 0);
    }

    State save() {
        return new State(polled, ended, status.clone());
    }

    void load(State state) {
        int units = (1 << UNITS) - 1;
        polled = state.polled & units;
        ended = state.ended & units;
        for (int i = 0; i < Math.min(state.status.length, UNITS); i++) {
            status[i] = state.status[i] & 0xff;
        }
    }
}
