package lodge.machine.boot;

import java.io.IOException;

/** A decoding table of Finite State Entropy (RFC 8878, section 4.1). */
final class FseTable {
    private static final int SMALLEST_LOG = 5;

    /** How many bits a state has. */
    final int log;

    private final byte[] symbols;
    private final byte[] bits;
    private final char[] bases;

    /** How many bytes of the input the table's description took; 0 when it was not read. */
    final int bytes;

    private FseTable(int log, int bytes) {
        this.log = log;
        this.bytes = bytes;
        symbols = new byte[1 << log];
        bits = new byte[1 << log];
        bases = new char[1 << log];
    }

    /** Returns the symbol of a state. */
    int symbol(int state) {
        return symbols[state] & 0xff;
    }

    /** Returns the state that follows. */
    int next(int state, BitsBackwards in) {
        return bases[state] + in.read(bits[state]);
    }

    /** A table with one state that needs no bits. */
    static FseTable always(int symbol) {
        FseTable table = new FseTable(0, 0);
        table.symbols[0] = (byte) symbol;
        return table;
    }

    /**
     * Builds a table.
     *
     * @param log how many bits a state has
     * @param counts how many states each symbol has; -1 for one of less than one
     * @return the table
     */
    static FseTable of(int log, int... counts) {
        return build(log, 0, counts, counts.length);
    }

    /**
     * Reads a table's description (RFC 8878, section 4.1.1).
     *
     * @param in where it is
     * @param from its first byte
     * @param to the first byte that is not its
     * @param mostLog most bits a state may have
     * @param mostSymbols most symbols there may be
     * @return the table
     * @throws IOException when the description is damaged
     */
    static FseTable read(byte[] in, int from, int to, int mostLog, int mostSymbols)
            throws IOException {
        long end = (to - from) * 8L;
        long at = 4;
        int log = bitsAt(in, from, to, 0, 4) + SMALLEST_LOG;
        if (log > mostLog) {
            throw new IOException("A Zstandard table is larger than it may be");
        }
        int[] counts = new int[mostSymbols];
        int symbol = 0;
        int left = 1 << log;
        while (left > 0) {
            if (symbol >= mostSymbols || at > end) {
                throw new IOException("A Zstandard table has too many symbols");
            }
            // Values that cannot occur any more make room for shorter codes.
            int width = 32 - Integer.numberOfLeadingZeros(left + 1);
            int value = bitsAt(in, from, to, at, width);
            int mask = (1 << width - 1) - 1;
            int threshold = (1 << width) - 2 - left;
            if ((value & mask) < threshold) {
                value &= mask;
                at += width - 1;
            } else {
                at += width;
                if (value > mask) {
                    value -= threshold;
                }
            }
            int count = value - 1;
            left -= Math.abs(count);
            counts[symbol++] = count;
            if (count == 0) {
                int more;
                do {
                    more = bitsAt(in, from, to, at, 2);
                    at += 2;
                    symbol += more;
                } while (more == 3 && symbol < mostSymbols);
            }
        }
        if (left < 0 || at > end || symbol > mostSymbols) {
            throw new IOException("A Zstandard table is damaged");
        }
        return build(log, (int) (at + 7 >> 3), counts, symbol);
    }

    /** Bits of a stream that is read forwards; behind its end there are zeros. */
    private static int bitsAt(byte[] in, int from, int to, long position, int width) {
        int value = 0;
        int first = from + (int) (position >> 3);
        for (int i = 0; i < 3; i++) {
            value |= (first + i < to ? in[first + i] & 0xff : 0) << 8 * i;
        }
        return value >>> (int) (position & 7) & (1 << width) - 1;
    }

    private static FseTable build(int log, int bytes, int[] counts, int symbols) {
        FseTable table = new FseTable(log, bytes);
        int size = 1 << log;
        int[] next = new int[symbols];
        int high = size;
        for (int s = 0; s < symbols; s++) {
            if (counts[s] == -1) {
                table.symbols[--high] = (byte) s;
            }
            next[s] = Math.abs(counts[s]);
        }
        int step = (size >> 1) + (size >> 3) + 3;
        int at = 0;
        for (int s = 0; s < symbols; s++) {
            for (int i = 0; i < counts[s]; i++) {
                table.symbols[at] = (byte) s;
                do {
                    at = at + step & size - 1;
                } while (at >= high);
            }
        }
        for (int state = 0; state < size; state++) {
            int x = next[table.symbol(state)]++;
            int width = log - (31 - Integer.numberOfLeadingZeros(x));
            table.bits[state] = (byte) width;
            table.bases[state] = (char) ((x << width) - size);
        }
        return table;
    }
}
