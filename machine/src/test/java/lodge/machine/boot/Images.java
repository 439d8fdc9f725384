package lodge.machine.boot;

import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Makes kernels that are as small as the formats allow. */
final class Images {
    static final int SETUP_BYTES = 1024;
    static final int KERNEL = 0x20_0000;
    static final int PVH_ENTRY = KERNEL + 0x40;

    private Images() {}

    /** A bzImage of protocol 2.15 whose protected-mode kernel is the given bytes. */
    static byte[] bzImage(byte[] kernel, int initSize) {
        int size = (kernel.length + 15) / 16 * 16;
        ByteBuffer image = ByteBuffer.allocate(SETUP_BYTES + size).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1f1, (byte) 1);
        image.putInt(0x1f4, size / 16);
        image.putShort(0x1fe, (short) 0xaa55);
        image.putShort(0x200, (short) 0x6aeb); // jump over the header: it ends at 0x26c
        image.putInt(0x202, 0x5372_6448);
        image.putShort(0x206, (short) 0x20f);
        image.put(0x211, (byte) 1);
        image.putInt(0x214, 0x10_0000);
        image.putInt(0x22c, 0x7fff_ffff);
        image.putInt(0x230, 0x20_0000);
        image.put(0x234, (byte) 1);
        image.putShort(0x236, (short) 1);
        image.putInt(0x238, 64);
        image.putLong(0x258, KERNEL);
        image.putInt(0x260, initSize);
        image.put(SETUP_BYTES, kernel);
        return image.array();
    }

    /** A bzImage that holds a packed ELF kernel behind 32 bytes that stand for the decompressor. */
    static byte[] packed(byte[] payload, int unpackedSize, boolean appendSize) {
        byte[] kernel = new byte[32 + payload.length + (appendSize ? 4 : 0)];
        System.arraycopy(payload, 0, kernel, 32, payload.length);
        if (appendSize) {
            ByteBuffer.wrap(kernel)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(kernel.length - 4, unpackedSize);
        }
        byte[] image = bzImage(kernel, 0x10_0000);
        ByteBuffer header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0x248, 32);
        header.putInt(0x24c, kernel.length - 32);
        return image;
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packing = new GZIPOutputStream(out)) {
            packing.write(bytes);
        }
        return out.toByteArray();
    }

    /** As the kernel's build does it: CRC32 and the filter for x86 code. */
    static byte[] xz(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FilterOptions[] filters = {new X86Options(), new LZMA2Options(1)};
        try (OutputStream packing = new XZOutputStream(out, filters, XZ.CHECK_CRC32)) {
            packing.write(bytes);
        }
        return out.toByteArray();
    }

    /** The format of the older lzma tool, of unknown length, as the kernel's build makes it. */
    static byte[] lzma(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packing = new LZMAOutputStream(out, new LZMA2Options(1), -1)) {
            packing.write(bytes);
        }
        return out.toByteArray();
    }

    /** A Zstandard frame with a checksum and one raw block. */
    static byte[] zstd(byte[] bytes) {
        ByteBuffer out = ByteBuffer.allocate(bytes.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0xfd2f_b528).put((byte) 0xa4).putInt(bytes.length);
        out.put((byte) (1 | bytes.length << 3)).putShort((short) (bytes.length >>> 5));
        out.put(bytes).putInt((int) XxHash64.of(MemorySegment.ofArray(bytes)));
        return out.array();
    }

    /** LZ4's legacy frame, one block of literals only. */
    static byte[] lz4(byte[] bytes) {
        ByteBuffer out =
                ByteBuffer.allocate(bytes.length + bytes.length / 255 + 32)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0x184c_2102).putInt(0);
        out.put((byte) (15 << 4));
        int left = bytes.length - 15;
        for (; left >= 255; left -= 255) {
            out.put((byte) 255);
        }
        out.put((byte) left).put(bytes);
        out.putInt(4, out.position() - 8);
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * An ELF kernel of one segment at {@link #KERNEL}, with or without the note that names a PVH
     * entry.
     */
    static byte[] elf(boolean wide, boolean pvh, int memorySize) {
        ByteBuffer elf = ByteBuffer.allocate(0x300).order(ByteOrder.LITTLE_ENDIAN);
        elf.putInt(0x464c_457f).put((byte) (wide ? 2 : 1)).put((byte) 1).put((byte) 1);
        elf.putShort(16, (short) 2).putShort(18, (short) (wide ? 62 : 3)).putInt(20, 1);
        int table = wide ? 64 : 52;
        int entry = wide ? 56 : 32;
        if (wide) {
            elf.putLong(24, KERNEL + 0x10).putLong(32, table);
        } else {
            elf.putInt(24, KERNEL + 0x10).putInt(28, table);
        }
        elf.putShort(wide ? 54 : 42, (short) entry).putShort(wide ? 56 : 44, (short) (pvh ? 2 : 1));
        header(elf, wide, table, 1, 0x200, 0x100, memorySize);
        for (int i = 0; i < 0x100; i++) {
            elf.put(0x200 + i, (byte) i);
        }
        if (pvh) {
            // A note of another owner first, with sizes that need padding.
            elf.putInt(0x120, 4).putInt(0x124, 5).putInt(0x128, 18);
            elf.put(0x12c, "GNU\0".getBytes(StandardCharsets.US_ASCII));
            elf.putInt(0x138, 4).putInt(0x13c, wide ? 8 : 4).putInt(0x140, 18);
            elf.put(0x144, "Xen\0".getBytes(StandardCharsets.US_ASCII)).putInt(0x148, PVH_ENTRY);
            header(elf, wide, table + entry, 4, 0x120, wide ? 0x30 : 0x2c, 0);
        }
        return elf.array();
    }

    private static void header(
            ByteBuffer elf, boolean wide, int at, int type, int offset, int size, int memory) {
        elf.putInt(at, type);
        if (wide) {
            elf.putLong(at + 8, offset)
                    .putLong(at + 24, KERNEL)
                    .putLong(at + 32, size)
                    .putLong(at + 40, memory);
            elf.putLong(at + 48, 4);
        } else {
            elf.putInt(at + 4, offset)
                    .putInt(at + 12, KERNEL)
                    .putInt(at + 16, size)
                    .putInt(at + 20, memory);
            elf.putInt(at + 28, 4);
        }
    }
}
