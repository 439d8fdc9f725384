package lodge.machine.config;

/** What a disk is connected to. */
public enum DiskBus {
    /** The board's IDE channels: four drives, the CD-ROM drive among them. */
    IDE,
    /** A virtio block device on PCI. */
    VIRTIO
}
