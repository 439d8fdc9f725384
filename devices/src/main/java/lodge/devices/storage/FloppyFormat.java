package lodge.devices.storage;

import lodge.core.BadImageException;

import java.util.Optional;

/**
 * The layout of a floppy disk with 512-byte sectors, found by the size of its image; sectors lie in
 * the image in the order cylinder, head, sector.
 */
public enum FloppyFormat {
    /** 5.25", one side, 8 sectors. */
    F160K(40, 1, 8, FloppyFormat.RATE_300K | FloppyFormat.RATE_250K),
    /** 5.25", one side, 9 sectors. */
    F180K(40, 1, 9, FloppyFormat.RATE_300K | FloppyFormat.RATE_250K),
    /** 5.25", two sides, 8 sectors. */
    F320K(40, 2, 8, FloppyFormat.RATE_300K | FloppyFormat.RATE_250K),
    /** 5.25", two sides, 9 sectors. */
    F360K(40, 2, 9, FloppyFormat.RATE_300K | FloppyFormat.RATE_250K),
    /** 3.5", double density. */
    F720K(80, 2, 9, FloppyFormat.RATE_250K),
    /** 5.25", high density. */
    F1200K(80, 2, 15, FloppyFormat.RATE_500K),
    /** 3.5", high density. */
    F1440K(80, 2, 18, FloppyFormat.RATE_500K),
    /** 3.5", extra density. */
    F2880K(80, 2, 36, FloppyFormat.RATE_1M);

    private static final int RATE_500K = 1;
    private static final int RATE_300K = 1 << 1;
    private static final int RATE_250K = 1 << 2;
    private static final int RATE_1M = 1 << 3;

    /** Bytes of a sector. */
    static final int SECTOR = 512;

    private final int tracks;
    private final int heads;
    private final int sectors;
    private final int rates;

    FloppyFormat(int tracks, int heads, int sectors, int rates) {
        this.tracks = tracks;
        this.heads = heads;
        this.sectors = sectors;
        this.rates = rates;
    }

    /** Returns the number of tracks on a side. */
    public int tracks() {
        return tracks;
    }

    /** Returns the number of sides. */
    public int heads() {
        return heads;
    }

    /** Returns the number of sectors on a track. */
    public int sectors() {
        return sectors;
    }

    /** Returns the size of an image in bytes. */
    public long sizeBytes() {
        return (long) tracks * heads * sectors * SECTOR;
    }

    /** Returns whether the data can be read at a rate as CCR and DSR select it: 0 to 3. */
    boolean readableAt(int rate) {
        return (rates & 1 << rate) != 0;
    }

    /**
     * Finds the format of an image.
     *
     * @param bytes the image's size
     * @return the format, or empty when no floppy disk has that size
     */
    public static Optional<FloppyFormat> ofSize(long bytes) {
        for (FloppyFormat format : values()) {
            if (format.sizeBytes() == bytes) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** Returns the format of an image, or refuses it. */
    static FloppyFormat require(long bytes) {
        return ofSize(bytes)
                .orElseThrow(
                        () ->
                                new BadImageException(
                                        ("A floppy disk of %d bytes does not exist; use an image of"
                                             + " 160, 180, 320, 360, 720, 1200, 1440 or 2880 KiB")
                                                .formatted(bytes)));
    }
}
