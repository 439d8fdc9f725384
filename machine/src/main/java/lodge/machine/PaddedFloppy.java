package lodge.machine;

import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;
import lodge.devices.storage.FloppyFormat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A floppy image that ends before its disk does, as image makers leave out what is empty at the
 * end: what is missing reads as zeros, and writing there fails as on a bad sector.
 */
final class PaddedFloppy implements BlockBackend {
    private final BlockBackend image;
    private final long size;

    private PaddedFloppy(BlockBackend image, long size) {
        this.image = image;
        this.size = size;
    }

    /**
     * Makes an image as large as the smallest high-density disk that holds it.
     *
     * @param image the image
     * @return the image itself when a disk has exactly its size, or none is large enough
     */
    static BlockBackend fit(BlockBackend image) {
        if (FloppyFormat.ofSize(image.sizeBytes()).isPresent()) {
            return image;
        }
        for (FloppyFormat format : new FloppyFormat[] {FloppyFormat.F1440K, FloppyFormat.F2880K}) {
            if (image.sizeBytes() < format.sizeBytes()) {
                return new PaddedFloppy(image, format.sizeBytes());
            }
        }
        return image;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return image.readOnly();
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        long real = Math.clamp(image.sizeBytes() - offset, 0, length);
        if (real > 0) {
            image.read(offset, target, at, real);
        }
        for (long i = real; i < length; i++) {
            target.set(ValueLayout.JAVA_BYTE, at + i, (byte) 0);
        }
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        if (offset + length > image.sizeBytes()) {
            throw new BlockIoException(
                    image
                            + " ends before the sector that the guest writes; make it "
                            + size
                            + " bytes",
                    null);
        }
        image.write(offset, source, at, length);
    }

    @Override
    public void flush() throws BlockIoException {
        image.flush();
    }

    @Override
    public void discard(long offset, long length) throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        if (offset + length <= image.sizeBytes()) {
            image.discard(offset, length);
        }
    }

    @Override
    public void close() {
        image.close();
    }
}
