package lodge.core.serial;

/**
 * A character device's connection to the host: two bounded queues. The device takes from {@link
 * #toGuest()} and offers to {@link #toHost()}; a host thread owns the file, socket or terminal on
 * the other side, so a vCPU never blocks on the host. When {@code toHost} is full the device keeps
 * its transmitter busy until {@code onSpace}: nothing is lost.
 *
 * @param toHost what the guest sends
 * @param toGuest what the host sends
 */
public record CharPort(ByteQueue toHost, ByteQueue toGuest) {
    /** A connection with 64 KiB towards the host and 4 KiB towards the guest. */
    public CharPort() {
        this(new ByteQueue(64 << 10), new ByteQueue(4 << 10));
    }
}
