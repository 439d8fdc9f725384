package lodge.devices.dma;

import java.lang.foreign.MemorySegment;

/**
 * One channel of the DMA controller as its device sees it: DREQ, DACK and TC. The device calls it
 * with its own monitor held; the channel takes the controller's. A device that wants to move data
 * asks the channel to carry as much as it is programmed for.
 */
public interface DmaChannel {
    /** What a transfer came to, besides its length. */
    int TERMINAL_COUNT = 1 << 31;

    /** What the channel's mode register says about the direction. */
    enum Direction {
        /** The device writes to memory. */
        TO_MEMORY,
        /** The device reads from memory. */
        FROM_MEMORY,
        /** Addresses and counts run, nothing is moved. */
        VERIFY
    }

    /**
     * Asserts or releases DREQ; software sees it in the status register.
     *
     * @param asserted the level
     */
    void request(boolean asserted);

    /**
     * Returns whether the controller would serve a request now: enabled, not masked, not in cascade
     * mode.
     */
    boolean ready();

    /** Returns the direction the channel is programmed for. */
    Direction direction();

    /**
     * Moves bytes from the device to memory, or counts them when the channel verifies. Nothing
     * moves when the channel is not ready or programmed for the other direction.
     *
     * @param source where the device's bytes are
     * @param at offset of the first
     * @param length how many the device has
     * @return how many were taken, or-ed with {@link #TERMINAL_COUNT} when the count ran out with
     *     the last of them
     */
    int write(MemorySegment source, int at, int length);

    /**
     * Moves bytes from memory to the device, or counts them when the channel verifies. Nothing
     * moves when the channel is not ready or programmed for the other direction.
     *
     * @param target where the device takes them
     * @param at offset of the first
     * @param length how many the device takes
     * @return how many were given, or-ed with {@link #TERMINAL_COUNT} when the count ran out with
     *     the last of them
     */
    int read(MemorySegment target, int at, int length);

    /** Returns a channel that nobody serves: for boards and tests without a controller. */
    static DmaChannel unconnected() {
        return new DmaChannel() {
            @Override
            public void request(boolean asserted) {}

            @Override
            public boolean ready() {
                return false;
            }

            @Override
            public Direction direction() {
                return Direction.VERIFY;
            }

            @Override
            public int write(MemorySegment source, int at, int length) {
                return 0;
            }

            @Override
            public int read(MemorySegment target, int at, int length) {
                return 0;
            }
        };
    }
}
