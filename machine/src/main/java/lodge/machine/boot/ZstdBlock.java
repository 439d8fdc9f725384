package lodge.machine.boot;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Compressed blocks of a Zstandard frame (RFC 8878, section 3.1.1.3), and what one block leaves to
 * the next: tables and the last three offsets.
 */
final class ZstdBlock {
    private static final int LARGEST_BLOCK = 128 << 10;
    private static final int TREELESS = 3;
    private static final int LONGEST_HEADER = 5;

    private static final int[] LITERAL_BASE = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48,
        64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536
    };
    private static final int[] LITERAL_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16
    };
    private static final int[] MATCH_BASE = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        28, 29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027,
        2051, 4099, 8195, 16387, 32771, 65539
    };
    private static final int[] MATCH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    };

    /** What one of the three kinds of numbers in a sequence may look like, and its table so far. */
    private static final class Kind {
        final int mostLog;
        final int symbols;
        final FseTable predefined;
        FseTable table;

        Kind(int mostLog, int symbols, FseTable predefined) {
            this.mostLog = mostLog;
            this.symbols = symbols;
            this.predefined = predefined;
        }
    }

    private final MemorySegment target;
    private final byte[] literals = new byte[LARGEST_BLOCK];
    private final BitsBackwards stream = new BitsBackwards();
    private final long[] offsets = {1, 4, 8};
    private final Kind literalLengths =
            new Kind(
                    9,
                    36,
                    FseTable.of(
                            6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                            2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1));
    private final Kind offsetCodes =
            new Kind(
                    8,
                    32,
                    FseTable.of(
                            5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                            1, -1, -1, -1, -1, -1));
    private final Kind matchLengths =
            new Kind(
                    9,
                    53,
                    FseTable.of(
                            6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1,
                            -1, -1, -1, -1, -1, -1));
    private HuffmanTable huffman;

    private byte[] in;
    private int at;
    private int end;
    private int literalCount;
    private int literalAt;
    private long filled;

    /**
     * A decoder for the blocks of one frame.
     *
     * @param target where the frame's bytes go
     */
    ZstdBlock(MemorySegment target) {
        this.target = target;
    }

    /**
     * Unpacks one block.
     *
     * @param block the block without its header
     * @param size its length in bytes
     * @param done how many bytes of the target are filled
     * @return how many are filled now
     * @throws IOException when the block is damaged
     */
    long unpack(byte[] block, int size, long done) throws IOException {
        in = block;
        at = 0;
        end = size;
        filled = done;
        readLiterals();
        sequences();
        if (filled - done + literalCount - literalAt > LARGEST_BLOCK) {
            throw damaged();
        }
        copyLiterals(literalCount - literalAt);
        return filled;
    }

    private static IOException damaged() {
        return new IOException("A Zstandard block is damaged");
    }

    private int next() throws IOException {
        if (at >= end) {
            throw damaged();
        }
        return in[at++] & 0xff;
    }

    private void readLiterals() throws IOException {
        int first = next();
        int type = first & 3;
        int format = first >>> 2 & 3;
        literalAt = 0;
        if (type < 2) {
            plainLiterals(first, type, format);
            return;
        }
        int width = format < 2 ? 10 : format == 2 ? 14 : 18;
        int bytes = format < 2 ? 3 : format + 2;
        long header = first;
        for (int i = 1; i < Math.min(bytes, LONGEST_HEADER); i++) {
            header |= (long) next() << 8 * i;
        }
        int mask = (1 << width) - 1;
        literalCount = (int) (header >>> 4) & mask;
        int packedEnd = at + ((int) (header >>> 4 + width) & mask);
        if (literalCount > LARGEST_BLOCK || packedEnd > end) {
            throw damaged();
        }
        if (type != TREELESS) {
            huffman = HuffmanTable.read(in, at, packedEnd);
            at += huffman.bytes;
        } else if (huffman == null) {
            throw damaged();
        }
        if (format == 0) {
            decode(at, packedEnd, 0, literalCount);
        } else {
            fourStreams(packedEnd);
        }
        at = packedEnd;
    }

    private void plainLiterals(int first, int type, int format) throws IOException {
        literalCount =
                switch (format) {
                    case 1 -> first >>> 4 | next() << 4;
                    case 3 -> first >>> 4 | next() << 4 | next() << 12;
                    default -> first >>> 3;
                };
        if (literalCount > LARGEST_BLOCK) {
            throw damaged();
        }
        if (type == 0) {
            if (literalCount > end - at) {
                throw damaged();
            }
            System.arraycopy(in, at, literals, 0, literalCount);
            at += literalCount;
        } else {
            Arrays.fill(literals, 0, literalCount, (byte) next());
        }
    }

    /** A table of three sizes, then four streams of equal numbers of literals. */
    private void fourStreams(int packedEnd) throws IOException {
        int streamAt = at + 6;
        if (streamAt > packedEnd) {
            throw damaged();
        }
        int each = literalCount + 3 >> 2;
        if (3 * each > literalCount) {
            throw damaged();
        }
        for (int i = 0; i < 4; i++) {
            int size = i == 3 ? packedEnd - streamAt : next() | next() << 8;
            if (size > packedEnd - streamAt) {
                throw damaged();
            }
            decode(streamAt, streamAt + size, i * each, i == 3 ? literalCount : (i + 1) * each);
            streamAt += size;
        }
    }

    private void decode(int from, int to, int first, int last) throws IOException {
        stream.open(in, from, to);
        huffman.decode(stream, literals, first, last);
    }

    private void sequences() throws IOException {
        int count = next();
        if (count == 0) {
            if (at != end) {
                throw damaged();
            }
            return;
        }
        if (count == 255) {
            count = next() + (next() << 8) + 0x7f00;
        } else if (count >= 128) {
            count = (count - 128 << 8) + next();
        }
        int modes = next();
        if ((modes & 3) != 0) {
            throw damaged();
        }
        readTable(literalLengths, modes >>> 6);
        readTable(offsetCodes, modes >>> 4 & 3);
        readTable(matchLengths, modes >>> 2 & 3);
        stream.open(in, at, end);
        FseTable lengths = literalLengths.table;
        FseTable codes = offsetCodes.table;
        FseTable matches = matchLengths.table;
        int length = stream.read(lengths.log);
        int code = stream.read(codes.log);
        int match = stream.read(matches.log);
        for (int left = count; left > 0; left--) {
            int offsetBits = codes.symbol(code);
            int matchCode = matches.symbol(match);
            int literalCode = lengths.symbol(length);
            if (offsetBits > 31 || matchCode >= 53 || literalCode >= 36 || stream.left() < 0) {
                throw damaged();
            }
            long value = (1L << offsetBits) + (stream.read(offsetBits) & 0xffff_ffffL);
            int matchLength = MATCH_BASE[matchCode] + stream.read(MATCH_BITS[matchCode]);
            int literalLength = LITERAL_BASE[literalCode] + stream.read(LITERAL_BITS[literalCode]);
            if (stream.left() < 0) {
                throw damaged();
            }
            copyLiterals(literalLength);
            copyMatch(offset(value, literalLength), matchLength);
            if (left > 1) {
                length = lengths.next(length, stream);
                match = matches.next(match, stream);
                code = codes.next(code, stream);
            }
        }
        if (stream.left() != 0) {
            throw damaged();
        }
    }

    private void readTable(Kind kind, int mode) throws IOException {
        switch (mode) {
            case 0 -> kind.table = kind.predefined;
            case 1 -> kind.table = FseTable.always(next());
            case 2 -> {
                kind.table = FseTable.read(in, at, end, kind.mostLog, kind.symbols);
                at += kind.table.bytes;
            }
            default -> {
                if (kind.table == null) {
                    throw damaged();
                }
            }
        }
    }

    /** Numbers 1 to 3 stand for offsets used before (RFC 8878, section 3.1.1.5). */
    private long offset(long value, int literalLength) {
        long offset;
        int from;
        if (value > 3) {
            offset = value - 3;
            from = 2;
        } else {
            from = (int) value - (literalLength == 0 ? 0 : 1);
            offset = from == 3 ? offsets[0] - 1 : offsets[from];
            from = Math.min(from, 2);
        }
        for (int i = from; i > 0; i--) {
            offsets[i] = offsets[i - 1];
        }
        offsets[0] = offset;
        return offset;
    }

    private void copyLiterals(int count) throws IOException {
        if (count > literalCount - literalAt || count > target.byteSize() - filled) {
            throw damaged();
        }
        MemorySegment.copy(literals, literalAt, target, ValueLayout.JAVA_BYTE, filled, count);
        literalAt += count;
        filled += count;
    }

    private void copyMatch(long offset, int count) throws IOException {
        if (offset <= 0 || offset > filled || count > target.byteSize() - filled) {
            throw damaged();
        }
        if (offset >= count) {
            MemorySegment.copy(target, filled - offset, target, filled, count);
        } else {
            // The match overlaps what it writes: byte by byte it repeats itself.
            for (long i = filled; i < filled + count; i++) {
                byte one = target.get(ValueLayout.JAVA_BYTE, i - offset);
                target.set(ValueLayout.JAVA_BYTE, i, one);
            }
        }
        filled += count;
    }
}
