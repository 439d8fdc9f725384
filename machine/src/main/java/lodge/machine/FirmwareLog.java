package lodge.machine;

import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/** The last 64 KiB of what firmware wrote to its debug port. */
final class FirmwareLog implements IntConsumer {
    private final byte[] ring = new byte[64 << 10];
    private long written;

    @Override
    public synchronized void accept(int value) {
        ring[(int) (written++ % ring.length)] = (byte) value;
    }

    synchronized String text() {
        int length = (int) Math.min(written, ring.length);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ring[(int) ((written - length + i) % ring.length)];
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
