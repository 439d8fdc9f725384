package lodge.machine.boot;

import lodge.core.BadImageException;

import org.tukaani.xz.SingleXZInputStream;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.GZIPInputStream;

/**
 * Gets the ELF kernel out of a bzImage, as its own decompressor would. Knows gzip, xz, the LZ4
 * legacy frame (what Debian's cloud kernels use) and kernels that are not packed at all.
 */
final class KernelUnpacker {
    private static final int XZ_MEMORY_KIB = 256 << 10;
    private static final long LARGEST = 1L << 30;
    private static final int LZ4_LEGACY = 0x184c2102;
    private static final int ELF = 0x464c457f;

    private KernelUnpacker() {}

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
        int magic = file.bytes(image.payloadOffset(), 4).getInt(0);
        // The kernel's build appends the unpacked size to every packed payload; in gzip it is part
        // of the format.
        long size =
                magic == ELF
                        ? length
                        : file.bytes(image.payloadOffset() + length - 4, 4).getInt(0)
                                & 0xffff_ffffL;
        if (size > LARGEST) {
            throw new BadImageException(
                    file.what() + " claims to unpack to more than 1 GiB; fetch it again");
        }
        MemorySegment target = arena.allocate(Math.max(size, 64)).asSlice(0, size);
        try (InputStream packed = file.stream(image.payloadOffset(), length)) {
            unpack(file, magic, packed, target);
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

    private static void unpack(ImageFile file, int magic, InputStream packed, MemorySegment target)
            throws IOException {
        if (magic == ELF) {
            copy(packed, target);
        } else if ((magic & 0xffff) == 0x8b1f) {
            copy(new GZIPInputStream(packed), target);
        } else if (magic == 0x587a37fd) {
            copy(new SingleXZInputStream(packed, XZ_MEMORY_KIB), target);
        } else if (magic == LZ4_LEGACY) {
            packed.skipNBytes(4);
            Lz4.legacyFrame(packed, target);
        } else {
            throw new BadImageException(
                    "%s is packed with %s, which Lodge does not know; unpack it (extract-vmlinux) and use the vmlinux"
                            .formatted(file.what(), method(magic)));
        }
    }

    private static String method(int magic) {
        if (magic == 0xfd2fb528) {
            return "zstd";
        }
        if (magic == 0x4f5a4c89) {
            return "lzo";
        }
        if ((magic & 0xffffff) == 0x685a42) {
            return "bzip2";
        }
        return (magic & 0xffffff) == 0x5d ? "lzma" : "an unknown method";
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
