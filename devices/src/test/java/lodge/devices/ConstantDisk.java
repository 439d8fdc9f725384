package lodge.devices;

import lodge.core.storage.BlockBackend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A disk whose contents no write changes, so that two copies of a device always read the same.
 * Allocates nothing.
 */
final class ConstantDisk implements BlockBackend {
    private final long size;

    ConstantDisk(long size) {
        this.size = size;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) {
        Objects.checkFromIndexSize(offset, length, size);
        for (long i = 0; i < length; i += 64) {
            target.set(ValueLayout.JAVA_BYTE, at + i, (byte) ((offset + i) >>> 6));
        }
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) {
        Objects.checkFromIndexSize(offset, length, size);
        Objects.checkFromIndexSize(at, length, source.byteSize());
    }

    @Override
    public void flush() {}

    @Override
    public void discard(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
    }

    @Override
    public void close() {}
}
