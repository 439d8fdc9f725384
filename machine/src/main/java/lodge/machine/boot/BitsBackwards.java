package lodge.machine.boot;

import java.io.IOException;

/**
 * A bit stream that is read from its end to its beginning (RFC 8878, section 4.1): the highest set
 * bit of the last byte marks where the bits begin. Bits in front of the first byte read as zeros,
 * and are counted.
 */
final class BitsBackwards {
    private byte[] in;
    private int start;
    private long left;

    /**
     * Begins to read.
     *
     * @param bytes where the stream is
     * @param from its first byte
     * @param to the first byte behind it
     * @throws IOException when it is empty or its last byte has no mark
     */
    void open(byte[] bytes, int from, int to) throws IOException {
        if (to <= from || to > bytes.length || bytes[to - 1] == 0) {
            throw new IOException("A Zstandard bit stream has no end");
        }
        in = bytes;
        start = from;
        int mark = 31 - Integer.numberOfLeadingZeros(bytes[to - 1] & 0xff);
        left = (to - from - 1) * 8L + mark;
    }

    /** Returns how many bits are left; negative when more were read than there are. */
    long left() {
        return left;
    }

    /** Reads up to 31 bits. */
    int read(int bits) {
        left -= bits;
        return bits == 0 ? 0 : at(left, bits);
    }

    /** Returns the next bits, at most 24, and leaves them where they are. */
    int peek(int bits) {
        return at(left - bits, bits);
    }

    /** Steps over bits. */
    void skip(int bits) {
        left -= bits;
    }

    private int at(long position, int bits) {
        long value = 0;
        int first = (int) (position >> 3);
        int shift = (int) (position & 7);
        int bytes = shift + bits + 7 >> 3;
        for (int i = 0; i < bytes; i++) {
            int index = first + i;
            if (index >= 0) {
                value |= (in[start + index] & 0xffL) << 8 * i;
            }
        }
        return (int) (value >>> shift & (1L << bits) - 1);
    }
}
