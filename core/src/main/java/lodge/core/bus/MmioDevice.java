package lodge.core.bus;

/**
 * A range of guest physical addresses behind which a chip sits. The bus calls it with the owner's
 * monitor held and only with accesses of 1, 2, 4 or 8 bytes that lie wholly inside the claim and
 * are no wider than {@link #width()}; others arrive as bytes, lowest address first.
 */
public interface MmioDevice {
    /**
     * A read by the guest.
     *
     * @param offset from the start of the claim; any alignment
     * @param size 1, 2, 4 or 8 bytes, at most {@link #width()}
     * @return the value; bits above {@code size} bytes are ignored
     */
    long read(long offset, int size);

    /**
     * A write by the guest.
     *
     * @param offset from the start of the claim; any alignment
     * @param size 1, 2, 4 or 8 bytes, at most {@link #width()}
     * @param value the value, zero-extended
     */
    void write(long offset, int size, long value);

    /**
     * Returns the widest access in bytes this device takes as one: 1, 2, 4 or 8 (the default). Must
     * never change.
     */
    default int width() {
        return 8;
    }
}
