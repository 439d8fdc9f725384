package lodge.vhd;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;
import lodge.core.LodgeException;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Opens disk images of every format that Lodge knows. */
public final class DiskImages {
    private DiskImages() {}

    /** How a file holds a disk. */
    public enum Format {
        /** The file's bytes are the disk's. */
        RAW,
        /** A virtual hard disk, fixed or dynamic. */
        VHD,
        /**
         * VHD when the file's name ends with {@code .vhd}, otherwise raw. A file of another name
         * that looks like a VHD is refused: the guest of a raw disk can write what looks like one,
         * and must not choose how its disk is read next time.
         */
        AUTO
    }

    /**
     * Opens an image. It stays locked until it is closed: one writer, or any number of readers.
     *
     * @param path the file
     * @param format how it holds a disk
     * @param readOnly whether it is opened for reading only
     * @return the disk
     * @throws BadConfigException when the file is missing, not accessible, in use, or {@code AUTO}
     *     cannot decide
     * @throws BadImageException when the file is damaged or of a kind that is not supported
     */
    public static BlockBackend open(Path path, Format format, boolean readOnly) {
        ImageFile file = ImageFile.open(path, readOnly);
        try {
            return open(file, format);
        } catch (BlockIoException e) {
            file.close();
            throw new BadImageException("Disk image " + path + " cannot be read", e);
        } catch (LodgeException e) {
            file.close();
            throw e;
        }
    }

    private static BlockBackend open(ImageFile file, Format format) throws BlockIoException {
        boolean vhd = format == Format.VHD || (format == Format.AUTO && named(file, ".vhd"));
        if (vhd) {
            return VhdImages.open(file);
        }
        if (format == Format.AUTO
                && (hasCookie(file, 0) || hasCookie(file, file.size() - VhdFooter.BYTES))) {
            throw new BadConfigException(
                    "Disk image "
                            + file.path()
                            + " looks like a VHD but is not named so; say format=vhd, or format=raw"
                            + " to use it as it is");
        }
        return new RawImage(file);
    }

    private static boolean named(ImageFile file, String suffix) {
        return file.path().toString().toLowerCase(Locale.ROOT).endsWith(suffix);
    }

    private static boolean hasCookie(ImageFile file, long offset) throws BlockIoException {
        if (offset < 0) {
            return false;
        }
        byte[] cookie = new byte[VhdFooter.COOKIE.length()];
        file.read(offset, MemorySegment.ofArray(cookie), 0, cookie.length);
        return new String(cookie, StandardCharsets.ISO_8859_1).equals(VhdFooter.COOKIE);
    }
}
