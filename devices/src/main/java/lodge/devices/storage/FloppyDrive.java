package lodge.devices.storage;

import lodge.core.storage.BlockBackend;

/**
 * One floppy drive: where its head is and which disk is in it. Runs under its controller's monitor.
 */
final class FloppyDrive {
    /** The innermost place that the head reaches. */
    static final int LAST_CYLINDER = 83;

    /** RECALIBRATE gives up after so many steps (82077AA datasheet, section 5.2.1). */
    private static final int RECALIBRATE_STEPS = 79;

    /**
     * The tracks per side of the drive's own format: 40-track disks in 80-track drives lie on every
     * second cylinder.
     */
    private final int tracks;

    BlockBackend image;
    FloppyFormat format;
    int cylinder;
    boolean changed = true;

    FloppyDrive(FloppyFormat type) {
        tracks = type.tracks();
    }

    /** Puts another disk in, or none; returns the one before. */
    BlockBackend change(BlockBackend newImage, FloppyFormat newFormat) {
        BlockBackend old = image;
        image = newImage;
        format = newFormat;
        changed = true;
        return old;
    }

    /** Moves the head; a step pulse with a disk in the drive clears DSKCHG. */
    void seek(int target) {
        int bounded = Math.clamp(target, 0, LAST_CYLINDER);
        if (bounded != cylinder && image != null) {
            changed = false;
        }
        cylinder = bounded;
    }

    /** Moves the head to track 0; returns whether it arrived. */
    boolean recalibrate() {
        if (cylinder > 0 && image != null) {
            changed = false;
        }
        cylinder = Math.max(0, cylinder - RECALIBRATE_STEPS);
        return cylinder == 0;
    }

    /** Returns the disk's track under the head, or -1 when there is none. */
    int track() {
        if (format == null) {
            return -1;
        }
        int step = tracks > format.tracks() ? 2 : 1;
        int track = cylinder / step;
        return cylinder % step == 0 && track < format.tracks() ? track : -1;
    }

    /** Returns where a sector of the track under the head begins in the image. */
    long offset(int head, int sector) {
        return (((long) track() * format.heads() + head) * format.sectors() + sector - 1)
                * FloppyFormat.SECTOR;
    }

    void powerOn() {
        cylinder = 0;
        changed = true;
    }
}
