package lodge.devices.pci;

/** What the host bridge's PAM registers switch: RAM instead of ROM between 0xc0000 and 0xfffff. */
@FunctionalInterface
public interface ShadowRam {
    /**
     * Switches one segment. Runs with the host bridge's monitor held.
     *
     * @param gpa first guest physical address of the segment
     * @param size in bytes: 16 KiB, or 64 KiB for the one at 0xf0000
     * @param readable whether reads come from RAM; otherwise from what is on the bus (ROM)
     * @param writable whether writes go to RAM; otherwise to the bus, where ROM ignores them
     */
    void segment(int gpa, int size, boolean readable, boolean writable);
}
