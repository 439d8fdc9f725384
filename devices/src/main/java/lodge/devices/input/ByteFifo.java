package lodge.devices.input;

/** A small bounded queue of bytes inside a device; its owner's monitor protects it. */
final class ByteFifo {
    private final byte[] ring;
    private int head;
    private int count;

    ByteFifo(int capacity) {
        ring = new byte[capacity];
    }

    int size() {
        return count;
    }

    int free() {
        return ring.length - count;
    }

    /** Appends a byte if there is room. */
    void put(int value) {
        if (count < ring.length) {
            ring[(head + count) % ring.length] = (byte) value;
            count++;
        }
    }

    /** Removes the oldest byte; there must be one. */
    int take() {
        int value = ring[head] & 0xff;
        head = (head + 1) % ring.length;
        count--;
        return value;
    }

    void clear() {
        head = 0;
        count = 0;
    }

    byte[] save() {
        byte[] copy = new byte[count];
        for (int i = 0; i < count; i++) {
            copy[i] = ring[(head + i) % ring.length];
        }
        return copy;
    }

    void load(byte[] bytes) {
        clear();
        for (byte value : bytes) {
            put(value);
        }
    }
}
