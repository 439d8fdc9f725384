package lodge.machine.boot;

import java.io.IOException;

/** A decoding table of Zstandard's prefix codes for literals (RFC 8878, section 4.2). */
final class HuffmanTable {
    private static final int MOST_BITS = 11;
    private static final int MOST_SYMBOLS = 256;
    private static final int MOST_WEIGHT_LOG = 6;

    private final int log;
    private final byte[] symbols;
    private final byte[] bits;

    /** How many bytes the description took. */
    final int bytes;

    private HuffmanTable(int log, int bytes) {
        this.log = log;
        this.bytes = bytes;
        symbols = new byte[1 << log];
        bits = new byte[1 << log];
    }

    /**
     * Reads a tree's description (RFC 8878, section 4.2.1).
     *
     * @param in where it is
     * @param from its first byte
     * @param to the first byte that is not its
     * @return the table
     * @throws IOException when the description is damaged
     */
    static HuffmanTable read(byte[] in, int from, int to) throws IOException {
        if (from >= to) {
            throw damaged();
        }
        int header = in[from] & 0xff;
        byte[] weights = new byte[MOST_SYMBOLS];
        int count;
        int end;
        if (header >= 128) {
            count = header - 127;
            end = from + 1 + (count + 1 >> 1);
            if (end > to) {
                throw damaged();
            }
            for (int i = 0; i < count; i++) {
                int pair = in[from + 1 + (i >> 1)] & 0xff;
                weights[i] = (byte) ((i & 1) == 0 ? pair >>> 4 : pair & 0xf);
            }
        } else {
            end = from + 1 + header;
            if (end > to) {
                throw damaged();
            }
            count = unpackWeights(in, from + 1, end, weights);
        }
        return build(weights, count, end - from);
    }

    /** Weights are packed with two states of one table that take turns. */
    private static int unpackWeights(byte[] in, int from, int to, byte[] weights)
            throws IOException {
        FseTable table = FseTable.read(in, from, to, MOST_WEIGHT_LOG, MOST_BITS + 2);
        BitsBackwards stream = new BitsBackwards();
        stream.open(in, from + table.bytes, to);
        int state = stream.read(table.log);
        int other = stream.read(table.log);
        int count = 0;
        // The last weight follows from the others, so that at most 255 are written down.
        while (count < MOST_SYMBOLS - 2) {
            weights[count++] = (byte) table.symbol(state);
            int next = table.next(state, stream);
            if (stream.left() < 0) {
                weights[count++] = (byte) table.symbol(other);
                return count;
            }
            state = other;
            other = next;
        }
        throw damaged();
    }

    private static HuffmanTable build(byte[] weights, int count, int bytes) throws IOException {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            if (weights[i] > MOST_BITS) {
                throw damaged();
            }
            sum += 1 << weights[i] >> 1;
        }
        int log = 32 - Integer.numberOfLeadingZeros(sum);
        int rest = (1 << log) - sum;
        if (sum == 0 || log > MOST_BITS || Integer.bitCount(rest) != 1) {
            throw damaged();
        }
        weights[count] = (byte) (32 - Integer.numberOfLeadingZeros(rest));
        HuffmanTable table = new HuffmanTable(log, bytes);
        int at = 0;
        for (int weight = 1; weight <= log; weight++) {
            for (int s = 0; s <= count; s++) {
                if (weights[s] == weight) {
                    for (int end = at + (1 << weight - 1); at < end; at++) {
                        table.symbols[at] = (byte) s;
                        table.bits[at] = (byte) (log + 1 - weight);
                    }
                }
            }
        }
        return table;
    }

    /**
     * Decodes a stream that must end exactly with the last byte wanted.
     *
     * @param stream the bits
     * @param out where to put the bytes
     * @param from index of the first
     * @param to index behind the last
     * @throws IOException when the stream is longer or shorter
     */
    void decode(BitsBackwards stream, byte[] out, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            int index = stream.peek(log);
            out[i] = symbols[index];
            stream.skip(bits[index]);
        }
        if (stream.left() != 0) {
            throw damaged();
        }
    }

    private static IOException damaged() {
        return new IOException("Zstandard literals are damaged");
    }
}
