package lodge.vhd;

import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A dynamic VHD ("Virtual Hard Disk Image Format Specification", Microsoft, October 2006): a block
 * of the disk takes space in the file once something is written to it. Every block in the file
 * begins with a bitmap of the sectors that were written; the others read as zeros.
 *
 * <p>A new block is written in the order data, bitmap, block allocation table, footer, so that a
 * process that dies in between leaves a disk as it was before the write or after it; the footer's
 * copy at the start bridges the gap without one at the end. Every structure is checked when the
 * image is opened: a damaged table can never lead a write into another block.
 *
 * <p>{@link #discard} does nothing; compacting an image is a tool's job.
 */
final class DynamicVhd implements BlockBackend {
    private static final int SECTOR = RawImage.SECTOR;
    private static final int HEADER_BYTES = 1024;
    private static final String HEADER_COOKIE = "cxsparse";
    private static final int TABLE_OFFSET_AT = 16;
    private static final int VERSION_AT = 24;
    private static final int ENTRIES_AT = 28;
    private static final int BLOCK_SIZE_AT = 32;
    private static final int CHECKSUM_AT = 36;
    private static final int SMALLEST_BLOCK = 1 << 16;
    private static final int LARGEST_BLOCK = 1 << 28;
    private static final int UNUSED = -1;
    private static final int CACHED_BITMAPS = 64;

    private final ImageFile file;
    private final byte[] footer;
    private final long size;
    private final int blockSize;
    private final int bitmapBytes;
    private final long tableOffset;
    private final int[] table;
    private final Map<Integer, byte[]> bitmaps =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
                    return size() > CACHED_BITMAPS;
                }
            };

    /** Where the footer is, or will be: the end of everything else. */
    private long end;

    private DynamicVhd(ImageFile file, VhdFooter footer, ByteBuffer header, int[] table) {
        this.file = file;
        this.footer = footer.bytes();
        size = footer.size();
        blockSize = header.getInt(BLOCK_SIZE_AT);
        bitmapBytes = roundUp(blockSize / SECTOR / 8);
        tableOffset = header.getLong(TABLE_OFFSET_AT);
        this.table = table;
    }

    private static int roundUp(int bytes) {
        return (bytes + SECTOR - 1) / SECTOR * SECTOR;
    }

    /**
     * Opens a disk and checks it; when the footer at the end is missing, puts it back if the file
     * may be written.
     */
    static DynamicVhd open(ImageFile file, VhdFooter footer, boolean endFooterValid)
            throws BlockIoException {
        long fileSize = file.size();
        ByteBuffer header = header(file, footer, fileSize);
        int blockSize = header.getInt(BLOCK_SIZE_AT);
        if (Integer.bitCount(blockSize) != 1
                || blockSize < SMALLEST_BLOCK
                || blockSize > LARGEST_BLOCK) {
            throw VhdImages.bad(
                    file,
                    "has an impossible block size of %d bytes; restore it from a copy"
                            .formatted(blockSize));
        }
        int blocks = (int) ((footer.size() + blockSize - 1) / blockSize);
        long tableOffset = header.getLong(TABLE_OFFSET_AT);
        int entries = header.getInt(ENTRIES_AT);
        if (entries < blocks) {
            throw VhdImages.bad(
                    file,
                    "has a table of %d blocks for a disk of %d; restore it from a copy"
                            .formatted(entries, blocks));
        }
        if (tableOffset < VhdFooter.BYTES
                || tableOffset % SECTOR != 0
                || tableOffset + 4L * entries > fileSize
                || tableOffset > fileSize) {
            throw VhdImages.bad(
                    file,
                    "has its block table outside the file; it was cut off, restore it from a copy");
        }
        ByteBuffer tableBytes = ByteBuffer.allocate(4 * blocks);
        file.read(tableOffset, MemorySegment.ofBuffer(tableBytes), 0, tableBytes.capacity());
        int[] table = new int[blocks];
        tableBytes.asIntBuffer().get(table);
        DynamicVhd disk = new DynamicVhd(file, footer, header, table);
        disk.checkBlocks(
                entries,
                footer.dataOffset() + HEADER_BYTES,
                endFooterValid ? fileSize - VhdFooter.BYTES : fileSize);
        if (!endFooterValid && !file.readOnly()) {
            disk.writeFooter();
        }
        return disk;
    }

    private static ByteBuffer header(ImageFile file, VhdFooter footer, long fileSize)
            throws BlockIoException {
        long at = footer.dataOffset();
        if (at < VhdFooter.BYTES || at % SECTOR != 0 || at > fileSize - HEADER_BYTES) {
            throw VhdImages.bad(
                    file, "has its dynamic disk header outside the file; restore it from a copy");
        }
        byte[] bytes = new byte[HEADER_BYTES];
        file.read(at, MemorySegment.ofArray(bytes), 0, bytes.length);
        ByteBuffer header = ByteBuffer.wrap(bytes);
        boolean good =
                new String(bytes, 0, HEADER_COOKIE.length(), StandardCharsets.ISO_8859_1)
                                .equals(HEADER_COOKIE)
                        && header.getInt(CHECKSUM_AT) == VhdFooter.checksum(bytes, CHECKSUM_AT)
                        && header.getShort(VERSION_AT) == 1;
        if (!good) {
            throw VhdImages.bad(file, "has a damaged dynamic disk header; restore it from a copy");
        }
        return header;
    }

    /**
     * Checks that no block lies outside the file, on the headers or on another block, and finds the
     * end.
     */
    private void checkBlocks(int entries, long headerEnd, long limit) {
        long tableEnd = tableOffset + (4L * entries + SECTOR - 1) / SECTOR * SECTOR;
        long first = Math.max(headerEnd, tableEnd);
        long[] used =
                Arrays.stream(table)
                        .filter(entry -> entry != UNUSED)
                        .mapToLong(DynamicVhd::offset)
                        .sorted()
                        .toArray();
        long free = first;
        for (long at : used) {
            if (at < free) {
                throw VhdImages.bad(
                        file,
                        "has a block at byte %d that overlaps %s; restore it from a copy"
                                .formatted(at, at < first ? "the headers" : "another"));
            }
            free = at + bitmapBytes + blockSize;
        }
        if (free > limit) {
            throw VhdImages.bad(
                    file, "ends in the middle of a block; it was cut off, restore it from a copy");
        }
        // The footer has to be the last thing in the file, so space behind the last block stays
        // unused.
        end = (limit + SECTOR - 1) / SECTOR * SECTOR;
    }

    /** Table entries are unsigned numbers of sectors. */
    private static long offset(int entry) {
        return (entry & 0xffff_ffffL) * SECTOR;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return file.readOnly();
    }

    @Override
    public synchronized void read(long offset, MemorySegment target, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        long done = 0;
        while (done < length) {
            int block = (int) ((offset + done) / blockSize);
            int inside = (int) ((offset + done) % blockSize);
            long rest = Math.min(length - done, blockSize - inside);
            int n = table[block] == UNUSED ? (int) rest : sameBits(bitmap(block), inside, rest);
            if (table[block] == UNUSED || !written(bitmap(block), inside / SECTOR)) {
                target.asSlice(at + done, n).fill((byte) 0);
            } else {
                file.read(dataAt(block) + inside, target, at + done, n);
            }
            done += n;
        }
    }

    /** How far the sectors from a place in a block on are all written, or all not. */
    private static int sameBits(byte[] bitmap, int inside, long length) {
        int sector = inside / SECTOR;
        boolean first = written(bitmap, sector);
        int run = SECTOR - inside % SECTOR;
        while (run < length && written(bitmap, ++sector) == first) {
            run += SECTOR;
        }
        return (int) Math.min(run, length);
    }

    /** The most significant bit of a byte is its first sector. */
    private static boolean written(byte[] bitmap, int sector) {
        return (bitmap[sector >>> 3] & 0x80 >>> (sector & 7)) != 0;
    }

    private long dataAt(int block) {
        return offset(table[block]) + bitmapBytes;
    }

    private byte[] bitmap(int block) throws BlockIoException {
        byte[] bitmap = bitmaps.get(block);
        if (bitmap == null) {
            bitmap = new byte[bitmapBytes];
            file.read(offset(table[block]), MemorySegment.ofArray(bitmap), 0, bitmapBytes);
            bitmaps.put(block, bitmap);
        }
        return bitmap;
    }

    @Override
    public synchronized void write(long offset, MemorySegment source, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        if (file.readOnly()) {
            throw new BlockIoException("Disk image " + file.path() + " is read-only", null);
        }
        long done = 0;
        while (done < length) {
            int block = (int) ((offset + done) / blockSize);
            int inside = (int) ((offset + done) % blockSize);
            int n = (int) Math.min(length - done, blockSize - inside);
            if (table[block] == UNUSED) {
                allocate(block, inside, source, at + done, n);
            } else {
                overwrite(block, inside, source, at + done, n);
            }
            done += n;
        }
    }

    private void overwrite(int block, int inside, MemorySegment source, long at, int length)
            throws BlockIoException {
        byte[] bitmap = bitmap(block);
        // A sector that was never written may hold anything, and a write need not cover it whole.
        clearPartial(block, bitmap, inside);
        clearPartial(block, bitmap, inside + length);
        file.write(dataAt(block) + inside, source, at, length);
        if (mark(bitmap, inside, length)) {
            writeBitmap(block, bitmap);
        }
    }

    private void clearPartial(int block, byte[] bitmap, int edge) throws BlockIoException {
        int sector = edge / SECTOR;
        if (edge % SECTOR != 0 && !written(bitmap, sector)) {
            byte[] zeros = new byte[SECTOR];
            file.write(
                    dataAt(block) + (long) sector * SECTOR,
                    MemorySegment.ofArray(zeros),
                    0,
                    SECTOR);
        }
    }

    /** Sets the bits of the sectors that a write touches; returns whether one was not set. */
    private static boolean mark(byte[] bitmap, int inside, int length) {
        boolean changed = false;
        for (int sector = inside / SECTOR; sector <= (inside + length - 1) / SECTOR; sector++) {
            changed |= !written(bitmap, sector);
            bitmap[sector >>> 3] |= (byte) (0x80 >>> (sector & 7));
        }
        return changed;
    }

    private void writeBitmap(int block, byte[] bitmap) throws BlockIoException {
        boolean done = false;
        try {
            file.write(offset(table[block]), MemorySegment.ofArray(bitmap), 0, bitmapBytes);
            done = true;
        } finally {
            if (!done) {
                // What is in the file is unknown; it is read again when needed.
                bitmaps.remove(block);
            }
        }
    }

    private void allocate(int block, int inside, MemorySegment source, long at, int length)
            throws BlockIoException {
        long place = end;
        long entry = place / SECTOR;
        if (entry >= 0xffff_ffffL) {
            throw new BlockIoException("Disk image " + file.path() + " cannot grow any more", null);
        }
        // The whole block, so that the file reaches to its end and nothing of an earlier, lost
        // block shows through.
        MemorySegment data = MemorySegment.ofArray(new byte[blockSize]);
        MemorySegment.copy(source, at, data, inside, length);
        file.write(place + bitmapBytes, data, 0, blockSize);
        byte[] bitmap = new byte[bitmapBytes];
        mark(bitmap, inside, length);
        file.write(place, MemorySegment.ofArray(bitmap), 0, bitmapBytes);
        byte[] bytes = ByteBuffer.allocate(4).putInt((int) entry).array();
        file.write(tableOffset + 4L * block, MemorySegment.ofArray(bytes), 0, 4);
        table[block] = (int) entry;
        end = place + bitmapBytes + blockSize;
        bitmaps.put(block, bitmap);
        writeFooter();
    }

    private void writeFooter() throws BlockIoException {
        file.write(end, MemorySegment.ofArray(footer), 0, VhdFooter.BYTES);
    }

    @Override
    public synchronized void flush() throws BlockIoException {
        file.flush();
    }

    @Override
    public void discard(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
    }

    @Override
    public synchronized void close() {
        file.close();
    }

    @Override
    public String toString() {
        return file.path() + " (dynamic VHD)";
    }
}
