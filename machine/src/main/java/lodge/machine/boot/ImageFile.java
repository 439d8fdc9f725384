package lodge.machine.boot;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;
import lodge.core.memory.GuestMemory;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The bytes of a kernel or initial RAM disk: a file, read piece by piece, or what was unpacked from
 * one.
 */
final class ImageFile implements AutoCloseable {
    private static final int PIECE = 256 << 10;

    private final String what;
    private final long size;
    private final FileChannel channel;
    private final MemorySegment unpacked;

    private ImageFile(String what, long size, FileChannel channel, MemorySegment unpacked) {
        this.what = what;
        this.size = size;
        this.channel = channel;
        this.unpacked = unpacked;
    }

    /**
     * Opens a file.
     *
     * @param kind what it is to be, for messages, for example {@code Kernel}
     * @param file the file
     * @return its bytes
     * @throws BadConfigException when it does not exist or cannot be read
     */
    static ImageFile open(String kind, Path file) {
        String what = kind + " " + file;
        if (Files.isDirectory(file)) {
            throw new BadConfigException(what + " is a folder; name the file in it");
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new ImageFile(what, channel.size(), channel, null);
        } catch (NoSuchFileException e) {
            throw new BadConfigException(what + " does not exist; check the name", e);
        } catch (AccessDeniedException e) {
            throw new BadConfigException(
                    what + " may not be read by you; check its permissions", e);
        } catch (IOException e) {
            throw new BadConfigException(
                    what + " cannot be opened; check that it is a readable file", e);
        }
    }

    /**
     * Takes what was unpacked from this file.
     *
     * @param bytes the bytes; they outlive the result
     * @return the unpacked image, which needs no closing
     */
    ImageFile unpackedAs(MemorySegment bytes) {
        return new ImageFile(what + " (unpacked)", bytes.byteSize(), null, bytes);
    }

    /** Returns kind and name, the subject of messages. */
    String what() {
        return what;
    }

    /** Returns the size in bytes. */
    long size() {
        return size;
    }

    /**
     * Reads a few bytes.
     *
     * @param offset where
     * @param length how many
     * @return little-endian, position 0
     * @throws BadImageException when the file ends before
     */
    ByteBuffer bytes(long offset, int length) {
        byte[] target = new byte[length];
        read(offset, target, length);
        return ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Copies a stretch into guest memory.
     *
     * @param offset where in the image
     * @param memory the guest's memory; there must be RAM
     * @param gpa where in the guest
     * @param length how many bytes
     */
    void load(long offset, GuestMemory memory, long gpa, long length) {
        require(offset, length);
        if (unpacked != null) {
            memory.write(gpa, unpacked, offset, length);
            return;
        }
        byte[] piece = new byte[(int) Math.min(length, PIECE)];
        MemorySegment view = MemorySegment.ofArray(piece);
        for (long done = 0; done < length; done += piece.length) {
            int n = (int) Math.min(piece.length, length - done);
            read(offset + done, piece, n);
            memory.write(gpa + done, view, 0, n);
        }
    }

    /**
     * Opens a stretch for reading from front to back.
     *
     * @param offset where it begins
     * @param length how long it is
     * @return the bytes
     */
    InputStream stream(long offset, long length) {
        require(offset, length);
        return new Stretch(offset, offset + length);
    }

    /** Refuses a stretch that is not inside the image. */
    void require(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new BadImageException(
                    "%s is truncated: it has %d bytes, its header promises more; fetch it again"
                            .formatted(what, size));
        }
    }

    private void read(long offset, byte[] target, int length) {
        require(offset, length);
        if (unpacked != null) {
            MemorySegment.copy(unpacked, ValueLayout.JAVA_BYTE, offset, target, 0, length);
            return;
        }
        ByteBuffer buffer = ByteBuffer.wrap(target, 0, length);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new BadImageException(
                            what + " became shorter while it was read; leave it alone and retry");
                }
            }
        } catch (IOException e) {
            throw new BadImageException(
                    what + " cannot be read (" + e.getMessage() + "); check its disk", e);
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new BadImageException(what + " cannot be closed (" + e.getMessage() + ")", e);
            }
        }
    }

    /** A piece of the image as a stream. */
    private final class Stretch extends InputStream {
        private final byte[] piece = new byte[PIECE];
        private long next;
        private final long end;
        private int at;
        private int filled;

        Stretch(long from, long to) {
            next = from;
            end = to;
        }

        @Override
        public int read() {
            return fill() ? piece[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int from, int length) {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int n = Math.min(length, filled - at);
            System.arraycopy(piece, at, target, from, n);
            at += n;
            return n;
        }

        private boolean fill() {
            if (at == filled && next < end) {
                filled = (int) Math.min(piece.length, end - next);
                ImageFile.this.read(next, piece, filled);
                next += filled;
                at = 0;
            }
            return at < filled;
        }
    }
}
