package lodge.vhd;

import lodge.core.BadImageException;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Finds out which kind of VHD a file is. */
final class VhdImages {
    /**
     * The largest disk of the format: 2040 GiB (32-bit sector offsets in the block allocation
     * table).
     */
    private static final long LARGEST = 2040L << 30;

    private VhdImages() {}

    static BlockBackend open(ImageFile file) throws BlockIoException {
        long fileSize = file.size();
        if (fileSize < VhdFooter.BYTES) {
            throw bad(file, "is too short to be a VHD; check the path, or say format=raw");
        }
        Optional<VhdFooter> end = footer(file, fileSize - VhdFooter.BYTES);
        Optional<VhdFooter> copy = footer(file, 0).filter(start -> start.type() != VhdFooter.FIXED);
        // The copy at the start is there for the case that the one at the end is damaged; only
        // dynamic disks have it.
        VhdFooter footer =
                end.or(() -> copy)
                        .orElseThrow(
                                () ->
                                        bad(
                                                file,
                                                "has no valid footer; restore it from a copy, or"
                                                        + " say format=raw if it is not a VHD"));
        if (footer.size() <= 0 || footer.size() > LARGEST || footer.size() % RawImage.SECTOR != 0) {
            throw bad(
                    file,
                    "has an impossible disk size of %d bytes; restore it from a copy"
                            .formatted(footer.size()));
        }
        return switch (footer.type()) {
            case VhdFooter.FIXED -> {
                if (footer.size() > fileSize - VhdFooter.BYTES) {
                    throw bad(
                            file,
                            "is shorter than its disk; it was cut off, restore it from a copy");
                }
                yield new FixedVhd(file, footer.size());
            }
            case VhdFooter.DYNAMIC -> DynamicVhd.open(file, footer, end.isPresent());
            case VhdFooter.DIFFERENCING ->
                    throw bad(
                            file,
                            "is a differencing disk, which Lodge does not open yet; merge it into"
                                    + " its parent first");
            default ->
                    throw bad(
                            file,
                            "has the unknown disk type %d; restore it from a copy"
                                    .formatted(footer.type()));
        };
    }

    private static Optional<VhdFooter> footer(ImageFile file, long offset) throws BlockIoException {
        byte[] bytes = new byte[VhdFooter.BYTES];
        file.read(offset, MemorySegment.ofArray(bytes), 0, bytes.length);
        return VhdFooter.parse(bytes);
    }

    static BadImageException bad(ImageFile file, String what) {
        return new BadImageException("VHD " + file.path() + " " + what);
    }
}
