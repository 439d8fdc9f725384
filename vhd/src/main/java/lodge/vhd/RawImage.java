package lodge.vhd;

import lodge.core.BadImageException;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A file whose bytes are the disk's bytes. A file whose size is not a multiple of 512 is seen with
 * zeros up to the next multiple; writing there makes the file so much longer, and nothing ever
 * makes it longer than that.
 *
 * <p>{@link #discard} does nothing: making holes needs a system call that Java does not have.
 */
public final class RawImage implements BlockBackend {
    static final int SECTOR = 512;

    private final ImageFile file;
    private final long size;

    RawImage(ImageFile file) throws BlockIoException {
        this.file = file;
        long bytes = file.size();
        if (bytes == 0) {
            throw new BadImageException(
                    "Disk image "
                            + file.path()
                            + " is empty; make it as large as the disk is to be");
        }
        size = (bytes + SECTOR - 1) / SECTOR * SECTOR;
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
        return file.path() + " (raw)";
    }
}
