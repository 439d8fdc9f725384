package lodge.machine.boot;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;

/**
 * LZ4 as kernels are packed with it: the legacy frame (LZ4 frame format description, "Legacy
 * frame"), blocks of up to 8 MiB that do not refer to each other, each a sequence of literals and
 * matches (LZ4 block format description).
 */
final class Lz4 {
    private static final int BLOCK = 8 << 20;
    private static final int LARGEST_PACKED = BLOCK + BLOCK / 255 + 16;
    private static final int MINIMUM_MATCH = 4;

    private final byte[] in;
    private final int inEnd;
    private final byte[] out;
    private int at;
    private int filled;

    private Lz4(byte[] in, int inEnd, byte[] out) {
        this.in = in;
        this.inEnd = inEnd;
        this.out = out;
    }

    /**
     * Unpacks a legacy frame behind its magic number, up to as many bytes as the target has.
     *
     * @param packed the blocks
     * @param target where to put the bytes
     * @throws IOException when the blocks are damaged, or hold less
     */
    static void legacyFrame(InputStream packed, MemorySegment target) throws IOException {
        byte[] in = new byte[LARGEST_PACKED];
        byte[] out = new byte[BLOCK];
        long done = 0;
        while (done < target.byteSize()) {
            byte[] size = packed.readNBytes(4);
            if (size.length < 4) {
                throw new IOException("The LZ4 frame ends early");
            }
            int length =
                    size[0] & 0xff
                            | (size[1] & 0xff) << 8
                            | (size[2] & 0xff) << 16
                            | (size[3] & 0xff) << 24;
            if (length <= 0
                    || length > LARGEST_PACKED
                    || packed.readNBytes(in, 0, length) < length) {
                throw new IOException("An LZ4 block is longer than what is left");
            }
            int n = block(in, length, out);
            if (n == 0 || n > target.byteSize() - done) {
                throw new IOException("An LZ4 block holds another number of bytes than it should");
            }
            MemorySegment.copy(MemorySegment.ofArray(out), 0, target, done, n);
            done += n;
        }
    }

    /**
     * Unpacks one block.
     *
     * @param in the packed bytes
     * @param length how many
     * @param out where to put the bytes, from index 0
     * @return how many they are
     * @throws IOException when the block is damaged or does not fit
     */
    static int block(byte[] in, int length, byte[] out) throws IOException {
        return new Lz4(in, length, out).run();
    }

    private int run() throws IOException {
        while (true) {
            int token = next();
            literals(length(token >>> 4));
            if (at == inEnd) {
                return filled;
            }
            int distance = next() | next() << 8;
            match(distance, length(token & 0xf) + MINIMUM_MATCH);
        }
    }

    private int next() throws IOException {
        if (at == inEnd) {
            throw new IOException("An LZ4 block ends early");
        }
        return in[at++] & 0xff;
    }

    /** 15 is continued by bytes that are added up, until one is not 255. */
    private int length(int nibble) throws IOException {
        int sum = nibble;
        if (nibble == 15) {
            int more;
            do {
                more = next();
                sum += more;
            } while (more == 255);
        }
        return sum;
    }

    private void literals(int count) throws IOException {
        if (count > inEnd - at || count > out.length - filled) {
            throw new IOException("LZ4 literals reach beyond the block");
        }
        System.arraycopy(in, at, out, filled, count);
        at += count;
        filled += count;
    }

    private void match(int distance, int count) throws IOException {
        if (distance == 0 || distance > filled || count > out.length - filled) {
            throw new IOException("An LZ4 match reaches beyond the block");
        }
        if (distance >= count) {
            System.arraycopy(out, filled - distance, out, filled, count);
            filled += count;
            return;
        }
        // The match overlaps what it writes: byte by byte it repeats itself.
        for (int end = filled + count; filled < end; filled++) {
            out[filled] = out[filled - distance];
        }
    }
}
