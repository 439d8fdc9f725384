package lodge.machine.boot;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Unpacks a Zstandard frame (RFC 8878, section 3.1.1) that needs no dictionary. The whole output is
 * in memory, so matches may reach back as far as the frame likes: no window is kept.
 */
final class Zstd {
    private static final int LARGEST_BLOCK = 128 << 10;
    private static final int RAW = 0;
    private static final int RLE = 1;
    private static final int COMPRESSED = 2;

    private final InputStream packed;
    private final MemorySegment target;
    private long filled;

    private Zstd(InputStream packed, MemorySegment target) {
        this.packed = packed;
        this.target = target;
    }

    /**
     * Unpacks one frame behind its magic number.
     *
     * @param packed the frame's header, blocks and checksum; what follows them is left alone
     * @param target where to put the bytes; the frame must hold exactly as many
     * @throws IOException when the frame is damaged, needs a dictionary, or holds another number of
     *     bytes
     */
    static void frame(InputStream packed, MemorySegment target) throws IOException {
        new Zstd(packed, target).run();
    }

    private void run() throws IOException {
        boolean checksum = header();
        byte[] block = new byte[LARGEST_BLOCK];
        ZstdBlock decoder = new ZstdBlock(target);
        boolean last = false;
        while (!last) {
            int header = (int) number(3);
            last = (header & 1) != 0;
            int size = header >>> 3;
            switch (header >>> 1 & 3) {
                case RAW -> {
                    room(size);
                    read(block, size);
                    MemorySegment.copy(block, 0, target, ValueLayout.JAVA_BYTE, filled, size);
                    filled += size;
                }
                case RLE -> {
                    room(size);
                    target.asSlice(filled, size).fill((byte) number(1));
                    filled += size;
                }
                case COMPRESSED -> {
                    if (size > LARGEST_BLOCK) {
                        throw new IOException("A Zstandard block is too large");
                    }
                    read(block, size);
                    filled = decoder.unpack(block, size, filled);
                }
                default -> throw new IOException("A Zstandard block is of no known type");
            }
        }
        if (filled != target.byteSize()) {
            throw new IOException("The Zstandard frame holds fewer bytes than it should");
        }
        if (checksum && number(4) != (XxHash64.of(target) & 0xffff_ffffL)) {
            throw new IOException("The Zstandard frame's checksum is wrong");
        }
    }

    /** Reads the frame header; returns whether a checksum follows the blocks. */
    private boolean header() throws IOException {
        int descriptor = (int) number(1);
        boolean single = (descriptor & 0x20) != 0;
        if ((descriptor & 0x08) != 0) {
            throw new IOException("The Zstandard frame uses a reserved bit");
        }
        if (!single) {
            number(1); // the window, which is of no interest here
        }
        int dictionary = descriptor & 3;
        if (number(dictionary == 3 ? 4 : dictionary) != 0) {
            throw new IOException("The Zstandard frame needs a dictionary");
        }
        int width = descriptor >>> 6;
        if (width != 0 || single) {
            long size = number(1 << width);
            // Two bytes begin to count where one byte ends.
            if (size + (width == 1 ? 256 : 0) != target.byteSize()) {
                throw new IOException("The Zstandard frame holds another number of bytes");
            }
        }
        return (descriptor & 4) != 0;
    }

    private void room(int size) throws IOException {
        if (size > LARGEST_BLOCK || size > target.byteSize() - filled) {
            throw new IOException("A Zstandard block holds more than it may");
        }
    }

    private void read(byte[] into, int size) throws IOException {
        if (packed.readNBytes(into, 0, size) < size) {
            throw new IOException("The Zstandard frame ends early");
        }
    }

    /** Reads a little-endian number of up to eight bytes. */
    private long number(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            int next = packed.read();
            if (next < 0) {
                throw new IOException("The Zstandard frame ends early");
            }
            value |= (long) next << 8 * i;
        }
        return value;
    }
}
