package lodge.machine.config;

/** By which door a kernel is entered. */
public enum KernelEntry {
    /**
     * A bzImage by its 64-bit entry, or 32-bit if that is all it has; an ELF kernel by PVH, or
     * 64-bit.
     */
    AUTO,
    /** The Linux 64-bit boot protocol. */
    LINUX64,
    /** The Linux 32-bit boot protocol. */
    LINUX32,
    /** The Xen PVH boot protocol; Lodge unpacks a bzImage to find the door. */
    PVH
}
