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
    private static final int PATTERN = 4096;
    private static final int LARGEST_READ = 1 << 18;

    private final MemorySegment contents = MemorySegment.ofArray(new byte[PATTERN + LARGEST_READ]);
    private final long size;

    ConstantDisk(long size) {
        this.size = size;
        for (long i = 0; i < contents.byteSize(); i++) {
            contents.set(ValueLayout.JAVA_BYTE, i, (byte) (i % PATTERN / 13));
        }
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
        MemorySegment.copy(contents, offset % PATTERN, target, at, length);
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
