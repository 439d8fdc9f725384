package lodge.machine.config;

import java.nio.file.Path;
import java.util.Locale;

/** How a disk's sectors lie in its file. */
public enum DiskFormat {
    /** Sector after sector. */
    RAW,
    /** Virtual Hard Disk. */
    VHD;

    /**
     * What a file holds when nobody says: its name decides, never its contents, because a guest can
     * write any contents into a raw disk.
     *
     * @param file the file
     * @return {@link #VHD} for a name that ends in {@code .vhd}, otherwise {@link #RAW}
     */
    public static DiskFormat of(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".vhd") ? VHD : RAW;
    }
}
