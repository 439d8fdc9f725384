package lodge.machine.config;

import java.nio.file.Path;

/**
 * A hard disk.
 *
 * @param file where its contents are
 * @param format how they lie in the file
 * @param bus what it is connected to
 * @param readOnly whether the guest's writes are refused
 */
public record DiskConfig(Path file, DiskFormat format, DiskBus bus, boolean readOnly) {
    /**
     * A writable disk on IDE, its format known from its name.
     *
     * @param file where its contents are
     */
    public DiskConfig(Path file) {
        this(file, DiskFormat.of(file), DiskBus.IDE, false);
    }
}
