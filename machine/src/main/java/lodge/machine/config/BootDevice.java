package lodge.machine.config;

/** Where firmware looks for something to boot. */
public enum BootDevice {
    /** The CD-ROM drive. */
    CDROM,
    /** The first hard disk. */
    DISK,
    /** The first floppy drive. */
    FLOPPY,
    /** The network card's boot ROM. */
    NETWORK
}
