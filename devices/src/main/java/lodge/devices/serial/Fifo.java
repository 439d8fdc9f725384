package lodge.devices.serial;

import java.util.Arrays;

/**
 * One of a 16550's two FIFOs: sixteen bytes, each with its error bits. The chip's monitor protects
 * it.
 */
final class Fifo {
    static final int SIZE = 16;

    private final byte[] bytes = new byte[SIZE];
    private final byte[] errors = new byte[SIZE];
    private int head;
    private int count;

    int count() {
        return count;
    }

    /** Appends a byte; there must be room. */
    void put(int value, int errorBits) {
        int at = head + count & SIZE - 1;
        bytes[at] = (byte) value;
        errors[at] = (byte) errorBits;
        count++;
    }

    /** The oldest byte; there must be one. */
    int first() {
        return bytes[head] & 0xff;
    }

    /** Removes the oldest byte; there must be one. */
    void removeFirst() {
        head = head + 1 & SIZE - 1;
        count--;
    }

    /** Removes the newest byte; there must be one. */
    void removeLast() {
        count--;
    }

    /**
     * Takes the error bits of the oldest byte, which has none afterwards; 0 when there is no byte.
     */
    int takeErrorsOfFirst() {
        int value = count > 0 ? errors[head] : 0;
        errors[head] = 0;
        return value;
    }

    boolean hasErrors() {
        for (int i = 0; i < count; i++) {
            if (errors[head + i & SIZE - 1] != 0) {
                return true;
            }
        }
        return false;
    }

    void clear() {
        head = 0;
        count = 0;
    }

    byte[] saveBytes() {
        return save(bytes);
    }

    byte[] saveErrors() {
        return save(errors);
    }

    private byte[] save(byte[] ring) {
        byte[] copy = new byte[count];
        for (int i = 0; i < count; i++) {
            copy[i] = ring[head + i & SIZE - 1];
        }
        return copy;
    }

    /** Takes over saved contents, as much of them as the FIFO holds. */
    void load(byte[] savedBytes, byte[] savedErrors, int capacity, int errorMask) {
        head = 0;
        count = Math.min(savedBytes.length, capacity);
        Arrays.fill(errors, (byte) 0);
        System.arraycopy(savedBytes, 0, bytes, 0, count);
        for (int i = 0; i < Math.min(count, savedErrors.length); i++) {
            errors[i] = (byte) (savedErrors[i] & errorMask);
        }
    }
}
