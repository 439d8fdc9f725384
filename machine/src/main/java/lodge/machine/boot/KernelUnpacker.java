package lodge.machine.boot;

import lodge.core.BadImageException;

import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.GZIPInputStream;

/**
 * Gets the ELF kernel out of a bzImage, as its own decompressor would. Knows gzip, xz, lzma, zstd,
 * the LZ4 legacy frame (what Debian's cloud kernels use) and kernels that are not packed at all;
 * bzip2 and lzo, which no distribution uses, are left to the guest's own decompressor.
 */
final class KernelUnpacker {
    private static final int MEMORY_KIB = 256 << 10;
    private static final long LARGEST = 1L << 30;
    private static final int ELF = 0x464c457f;

    /** How a kernel may be packed, by the first bytes of its payload. */
    private enum Method {
        NONE("not packed", ELF, -1),
        GZIP("gzip", 0x8b1f, 0xffff),
        XZ("xz", 0x587a37fd, -1),
        LZMA("lzma", 0x5d, 0xff_ffff),
        LZ4("lz4", 0x184c2102, -1),
        ZSTD("zstd", 0xfd2fb528, -1),
        LZO("lzo", 0x4f5a4c89, -1),
        BZIP2("bzip2", 0x685a42, 0xff_ffff),
        OTHER("an unknown method", 0, 0);

        private final String title;
        private final int magic;
        private final int mask;

        Method(String title, int magic, int mask) {
            this.title = title;
            this.magic = magic;
            this.mask = mask;
        }

        static Method of(int start) {
            for (Method method : values()) {
                if ((start & method.mask) == method.magic) {
                    return method;
                }
            }
            return OTHER;
        }

        boolean known() {
            return compareTo(ZSTD) <= 0;
        }
    }

    private KernelUnpacker() {}

    /**
     * Returns whether {@link #unpack} knows how a bzImage is packed; it may be damaged all the
     * same.
     *
     * @param file the bzImage
     * @param image its header
     */
    static boolean knows(ImageFile file, BzImage image) {
        return image.payloadOffset() != 0
                && image.payloadLength() >= 16
                && image.payloadOffset() + image.payloadLength() <= file.size()
                && Method.of(file.bytes(image.payloadOffset(), 4).getInt(0)).known();
    }

    /**
     * Unpacks.
     *
     * @param file the bzImage
     * @param image its header
     * @param arena gives the memory for it
     * @return the ELF kernel, usable as long as the arena
     * @throws BadImageException when there is none, or it is damaged or packed in a way not known
     *     here
     */
    static ImageFile unpack(ImageFile file, BzImage image, Arena arena) {
        long length = image.payloadLength();
        if (image.payloadOffset() == 0 || length < 16) {
            throw new BadImageException(
                    file.what()
                            + " does not say where its ELF kernel is; use a vmlinux, or another"
                            + " kernel entry");
        }
        file.require(image.payloadOffset(), length);
        Method method = Method.of(file.bytes(image.payloadOffset(), 4).getInt(0));
        if (!method.known()) {
            throw new BadImageException(
                    "%s is packed with %s, which Lodge does not know; unpack it (extract-vmlinux) and use the vmlinux, or let it unpack itself (entry=linux64)"
                            .formatted(file.what(), method.title));
        }
        // The kernel's build appends the unpacked size to every packed payload; in gzip it is part
        // of the format.
        long size =
                method == Method.NONE
                        ? length
                        : file.bytes(image.payloadOffset() + length - 4, 4).getInt(0)
                                & 0xffff_ffffL;
        if (size > LARGEST) {
            throw new BadImageException(
                    file.what() + " claims to unpack to more than 1 GiB; fetch it again");
        }
        MemorySegment target = arena.allocate(Math.max(size, 64)).asSlice(0, size);
        try (InputStream packed = file.stream(image.payloadOffset(), length)) {
            unpack(method, packed, target);
        } catch (IOException e) {
            throw new BadImageException(
                    file.what() + " is damaged: its kernel does not unpack; fetch it again", e);
        }
        ImageFile unpacked = file.unpackedAs(target);
        if (size < 64 || !ElfKernel.recognises(unpacked.bytes(0, 64))) {
            throw new BadImageException(
                    file.what() + " holds something that is not an ELF kernel; use a vmlinux");
        }
        return unpacked;
    }

    private static void unpack(Method method, InputStream packed, MemorySegment target)
            throws IOException {
        switch (method) {
            case NONE -> copy(packed, target);
            case GZIP -> copy(new GZIPInputStream(packed), target);
            case XZ -> copy(new SingleXZInputStream(packed, MEMORY_KIB), target);
            case LZMA -> copy(new LZMAInputStream(packed, MEMORY_KIB), target);
            case LZ4 -> {
                packed.skipNBytes(4);
                Lz4.legacyFrame(packed, target);
            }
            case ZSTD -> {
                packed.skipNBytes(4);
                Zstd.frame(packed, target);
            }
            case LZO, BZIP2, OTHER ->
                    throw new IllegalArgumentException(method + " cannot be unpacked");
        }
    }

    private static void copy(InputStream from, MemorySegment target) throws IOException {
        byte[] piece = new byte[64 << 10];
        long at = 0;
        while (at < target.byteSize()) {
            int n = from.read(piece, 0, (int) Math.min(piece.length, target.byteSize() - at));
            if (n < 0) {
                throw new IOException("The packed kernel ends early");
            }
            MemorySegment.copy(MemorySegment.ofArray(piece), 0, target, at, n);
            at += n;
        }
    }
}
