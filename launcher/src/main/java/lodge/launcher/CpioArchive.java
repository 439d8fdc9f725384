package lodge.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes a cpio archive in the "newc" format, as Linux takes it for its initial RAM file system
 * (Linux kernel documentation, "initramfs buffer format"). Everything belongs to root and was last
 * changed in 1970, so the same content gives the same bytes.
 */
public final class CpioArchive implements Closeable {
    private static final String MAGIC = "070701";
    private static final String TRAILER = "TRAILER!!!";
    private static final int HEADER = 110;
    private static final int BLOCK = 512;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int SYMBOLIC_LINK = 0120000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int PERMISSIONS = 07777;

    private final OutputStream out;
    private long written;
    private int inode;

    /**
     * An empty archive.
     *
     * @param out where it goes; closed with the archive
     */
    public CpioArchive(OutputStream out) {
        this.out = out;
    }

    /**
     * Adds a directory; those above it must have been added before.
     *
     * @param name its path, without a leading slash
     * @param permissions its mode's lowest 12 bits, for example 0755
     * @throws IOException when the archive cannot be written
     */
    public void directory(String name, int permissions) throws IOException {
        entry(name, DIRECTORY | check(permissions), 2, 0, 0, new byte[0]);
    }

    /**
     * Adds a file.
     *
     * @param name its path, without a leading slash
     * @param permissions its mode's lowest 12 bits
     * @param content its bytes
     * @throws IOException when the archive cannot be written
     */
    public void file(String name, int permissions, byte[] content) throws IOException {
        entry(name, REGULAR | check(permissions), 1, 0, 0, content);
    }

    /**
     * Adds a symbolic link.
     *
     * @param name its path, without a leading slash
     * @param target what it points at
     * @throws IOException when the archive cannot be written
     */
    public void link(String name, String target) throws IOException {
        byte[] content = target.getBytes(StandardCharsets.UTF_8);
        entry(name, SYMBOLIC_LINK | 0777, 1, 0, 0, content);
    }

    /**
     * Adds a character device.
     *
     * @param name its path, without a leading slash
     * @param permissions its mode's lowest 12 bits
     * @param major which driver
     * @param minor which of the driver's devices
     * @throws IOException when the archive cannot be written
     */
    public void device(String name, int permissions, int major, int minor) throws IOException {
        entry(name, CHARACTER_DEVICE | check(permissions), 1, major, minor, new byte[0]);
    }

    private static int check(int permissions) {
        if ((permissions & ~PERMISSIONS) != 0) {
            throw new IllegalArgumentException("No permissions: " + permissions);
        }
        return permissions;
    }

    private void entry(String name, int mode, int links, int major, int minor, byte[] content)
            throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        StringBuilder header = new StringBuilder(HEADER).append(MAGIC);
        int[] fields = {
            name.equals(TRAILER) ? 0 : ++inode,
            mode,
            0,
            0,
            links,
            0,
            content.length,
            0,
            0,
            major,
            minor,
            path.length + 1,
            0
        };
        for (int field : fields) {
            header.append(String.format(Locale.ROOT, "%08X", field));
        }
        write(header.toString().getBytes(StandardCharsets.US_ASCII));
        write(path);
        write(new byte[1]);
        pad(4);
        write(content);
        pad(4);
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private void pad(int multiple) throws IOException {
        write(new byte[(int) (-written & multiple - 1)]);
    }

    /** Writes the end, and closes what it was written to. */
    @Override
    public void close() throws IOException {
        try (out) {
            entry(TRAILER, 0, 1, 0, 0, new byte[0]);
            pad(BLOCK);
        }
    }
}
