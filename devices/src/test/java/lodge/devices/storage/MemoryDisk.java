package lodge.devices.storage;

import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A disk in memory that can be made to fail. Sector n begins with the bytes of the number n. */
final class MemoryDisk implements BlockBackend {
    final byte[] bytes;
    private final MemorySegment segment;
    boolean readOnly;
    boolean failing;
    int flushes;

    MemoryDisk(int size) {
        this(size, 512);
    }

    MemoryDisk(int size, int sectorSize) {
        bytes = new byte[size];
        segment = MemorySegment.ofArray(bytes);
        for (int i = 0; i < size / sectorSize; i++) {
            bytes[i * sectorSize] = (byte) i;
            bytes[i * sectorSize + 1] = (byte) (i >>> 8);
            bytes[i * sectorSize + sectorSize - 1] = (byte) ~i;
        }
    }

    @Override
    public long sizeBytes() {
        return bytes.length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (failing) {
            throw new BlockIoException("Made to fail", null);
        }
        MemorySegment.copy(segment, offset, target, at, length);
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length)
            throws BlockIoException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (failing || readOnly) {
            throw new BlockIoException("Made to fail", null);
        }
        MemorySegment.copy(source, at, segment, offset, length);
    }

    @Override
    public void flush() throws BlockIoException {
        if (failing) {
            throw new BlockIoException("Made to fail", null);
        }
        flushes++;
    }

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void close() {}
}
