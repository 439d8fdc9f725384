package lodge.vhd;

import lodge.core.BadConfigException;
import lodge.core.LodgeException;
import lodge.core.storage.BlockIoException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The host file behind an image: positional access only, whole transfers, errors that name the
 * file, and a lock that keeps two writers, or a writer and a reader, from sharing it.
 *
 * <p>The lock is on bytes far beyond the end. A writer locks all {@value #LOCK_SLOTS} of them, a
 * reader one, shared: the host keeps processes apart by it, and Java, which refuses every overlap
 * inside one process, still lets several machines of one process read the same CD, each with a byte
 * of its own.
 *
 * <p>A thread that is interrupted in here closes the file (see {@link
 * java.nio.channels.InterruptibleChannel}), so threads that do disk I/O are never interrupted.
 */
final class ImageFile implements AutoCloseable {
    private static final long LOCK_AT = 1L << 62;
    private static final int LOCK_SLOTS = 1024;
    private static final int LARGEST_TRANSFER = 1 << 30;

    private final Path path;
    private final FileChannel channel;
    private final boolean readOnly;

    private ImageFile(Path path, FileChannel channel, boolean readOnly) {
        this.path = path;
        this.channel = channel;
        this.readOnly = readOnly;
    }

    /**
     * Opens and locks a file.
     *
     * @throws BadConfigException when it is not there, not a file, not accessible or in use
     */
    static ImageFile open(Path path, boolean readOnly) {
        if (Files.isDirectory(path)) {
            throw new BadConfigException("Disk image " + path + " is a folder; name a file");
        }
        FileChannel channel = null;
        try {
            channel =
                    readOnly
                            ? FileChannel.open(path, StandardOpenOption.READ)
                            : FileChannel.open(
                                    path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            lock(path, channel, readOnly);
            return new ImageFile(path, channel, readOnly);
        } catch (NoSuchFileException e) {
            throw new BadConfigException(
                    "Disk image " + path + " does not exist; check the path", e);
        } catch (AccessDeniedException e) {
            throw new BadConfigException(
                    "No permission to "
                            + (readOnly ? "read" : "write")
                            + " disk image "
                            + path
                            + "; change its permissions"
                            + (readOnly ? "" : " or use it read-only"),
                    e);
        } catch (IOException e) {
            close(channel, e);
            throw new BadConfigException("Disk image " + path + " cannot be opened", e);
        } catch (LodgeException e) {
            close(channel, e);
            throw e;
        }
    }

    private static void close(FileChannel channel, Exception because) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    private static void lock(Path path, FileChannel channel, boolean shared) throws IOException {
        for (int slot = 0; slot < LOCK_SLOTS; slot++) {
            try {
                FileLock lock =
                        shared
                                ? channel.tryLock(LOCK_AT + slot, 1, true)
                                : channel.tryLock(LOCK_AT, LOCK_SLOTS, false);
                if (lock != null) {
                    return;
                }
                throw new BadConfigException(
                        "Disk image "
                                + path
                                + " is in use by another process; stop the machine that uses it, or"
                                + " work on a copy");
            } catch (OverlappingFileLockException e) {
                if (!shared || slot == LOCK_SLOTS - 1) {
                    throw new BadConfigException(
                            "Disk image "
                                    + path
                                    + " is in use twice by this process; give each drive its own"
                                    + " copy",
                            e);
                }
            }
        }
    }

    Path path() {
        return path;
    }

    boolean readOnly() {
        return readOnly;
    }

    long size() throws BlockIoException {
        try {
            return channel.size();
        } catch (IOException e) {
            throw new BlockIoException("Disk image " + path + " has no readable size", e);
        }
    }

    /** Reads; what is beyond the end of the file reads as zeros. */
    void read(long offset, MemorySegment target, long at, long length) throws BlockIoException {
        long done = 0;
        while (done < length) {
            int n = (int) Math.min(length - done, LARGEST_TRANSFER);
            ByteBuffer bytes = target.asSlice(at + done, n).asByteBuffer();
            int got;
            try {
                got = channel.read(bytes, offset + done);
            } catch (IOException e) {
                throw failed("read", offset + done, e);
            }
            if (got < 0) {
                target.asSlice(at + done, length - done).fill((byte) 0);
                return;
            }
            done += got;
        }
    }

    void write(long offset, MemorySegment source, long at, long length) throws BlockIoException {
        if (readOnly) {
            throw new BlockIoException("Disk image " + path + " is read-only", null);
        }
        long done = 0;
        while (done < length) {
            int n = (int) Math.min(length - done, LARGEST_TRANSFER);
            ByteBuffer bytes = source.asSlice(at + done, n).asByteBuffer();
            try {
                done += channel.write(bytes, offset + done);
            } catch (IOException e) {
                throw failed("written", offset + done, e);
            }
        }
    }

    private BlockIoException failed(String what, long offset, IOException cause) {
        return new BlockIoException(
                "Disk image %s cannot be %s at byte %d".formatted(path, what, offset), cause);
    }

    void flush() throws BlockIoException {
        if (!readOnly) {
            try {
                channel.force(false);
            } catch (IOException e) {
                throw new BlockIoException("Disk image " + path + " cannot be flushed", e);
            }
        }
    }

    /** Closes the file, which gives the lock back. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadConfigException(
                    "Disk image " + path + " could not be closed; check the disk it is on", e);
        }
    }
}
