package lodge.vhd;

import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A fixed VHD: the disk's bytes, then the footer, which is never written. {@link #discard} does
 * nothing.
 */
final class FixedVhd implements BlockBackend {
    private final ImageFile file;
    private final long size;

    FixedVhd(ImageFile file, long size) {
        this.file = file;
        this.size = size;
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
    public void read(long offset, MemorySegment target, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        file.read(offset, target, at, length);
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, size);
        file.write(offset, source, at, length);
    }

    @Override
    public void flush() throws BlockIoException {
        file.flush();
    }

    @Override
    public void discard(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return file.path() + " (fixed VHD)";
    }
}
