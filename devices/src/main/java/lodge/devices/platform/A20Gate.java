package lodge.devices.platform;

/**
 * The gate of address line 20, as one of the chips that drive it sees it. On a PC two do, port 0x92
 * and the 8042, and the line is open while either wants it so: the board joins them. Processors
 * under KVM and WHP have no such line; there the gate does nothing, and only the chips' own bits
 * remember what was written.
 */
@FunctionalInterface
public interface A20Gate {
    /**
     * Says what the chip wants; called on changes, with its monitor held.
     *
     * @param open whether addresses keep their bit 20
     */
    void open(boolean open);
}
