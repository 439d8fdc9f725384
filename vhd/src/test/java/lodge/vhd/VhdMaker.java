package lodge.vhd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts VHD structures together for tests, field by field as Microsoft's specification lists them.
 */
final class VhdMaker {
    static final int BLOCK = 1 << 16;

    private VhdMaker() {}

    static byte[] footer(int type, long size, long dataOffset) {
        ByteBuffer footer = ByteBuffer.allocate(512);
        footer.put("conectix".getBytes(StandardCharsets.US_ASCII));
        footer.putInt(2).putInt(0x0001_0000).putLong(dataOffset);
        footer.putInt(0x2000_0000)
                .put("test".getBytes(StandardCharsets.US_ASCII))
                .putInt(0x0001_0000);
        footer.putInt(0x5769_326b).putLong(size).putLong(size);
        footer.putShort((short) 10).put((byte) 4).put((byte) 17).putInt(type);
        footer.putInt(64, checksum(footer.array(), 64));
        return footer.array();
    }

    static byte[] header(int blocks, int blockSize, long tableOffset) {
        ByteBuffer header = ByteBuffer.allocate(1024);
        header.put("cxsparse".getBytes(StandardCharsets.US_ASCII));
        header.putLong(-1)
                .putLong(tableOffset)
                .putInt(0x0001_0000)
                .putInt(blocks)
                .putInt(blockSize);
        header.putInt(36, checksum(header.array(), 36));
        return header.array();
    }

    static int checksum(byte[] bytes, int at) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            sum += i >= at && i < at + 4 ? 0 : bytes[i] & 0xff;
        }
        return ~sum;
    }

    static byte[] fixed(byte[] disk) {
        byte[] file = Arrays.copyOf(disk, disk.length + 512);
        System.arraycopy(footer(2, disk.length, -1), 0, file, disk.length, 512);
        return file;
    }

    /**
     * A dynamic disk of some blocks of 64 KiB. Footer, header, table of one sector, the blocks in
     * the file, footer.
     *
     * @param size the disk's size
     * @param table for each block its number in the file, or -1
     */
    static byte[] dynamic(long size, int... table) {
        int used = (int) Arrays.stream(table).filter(n -> n >= 0).count();
        byte[] file = new byte[512 + 1024 + 512 + used * (512 + BLOCK) + 512];
        ByteBuffer bytes = ByteBuffer.wrap(file);
        byte[] footer = footer(3, size, 512);
        bytes.put(footer).put(header(table.length, BLOCK, 1536));
        for (int place : table) {
            bytes.putInt(place < 0 ? -1 : sectorOf(place));
        }
        bytes.position(file.length - 512);
        bytes.put(footer);
        Arrays.fill(file, 1536 + 4 * table.length, 2048, (byte) -1);
        return file;
    }

    /** The sector of the file where a block in it begins: its bitmap. */
    static int sectorOf(int place) {
        return 4 + place * (1 + BLOCK / 512);
    }

    /** Writes a sector of a block and its bit in the bitmap. */
    static void sector(byte[] file, int place, int sector, int value) {
        int bitmap = 512 * sectorOf(place);
        file[bitmap + sector / 8] |= (byte) (0x80 >>> sector % 8);
        Arrays.fill(
                file, bitmap + 512 + sector * 512, bitmap + 512 + sector * 512 + 512, (byte) value);
    }
}
