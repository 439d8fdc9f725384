package lodge.machine.config;

/** By which door a kernel is entered. */
public enum KernelEntry {
    /**
     * A bzImage is unpacked where Lodge can, and entered like an ELF kernel: by PVH, or else by its
     * entry point. Other bzImages are entered by their 64-bit entry, or 32-bit if that is all they
     * have.
     */
    AUTO,
    /** The Linux 64-bit boot protocol: a bzImage unpacks itself. */
    LINUX64,
    /** The Linux 32-bit boot protocol: a bzImage unpacks itself. */
    LINUX32,
    /**
     * The entry point of the ELF kernel, 64-bit or 32-bit, where a bzImage's own decompressor would
     * enter it; Lodge unpacks a bzImage.
     */
    ELF,
    /** The Xen PVH boot protocol; Lodge unpacks a bzImage to find the door. */
    PVH
}
