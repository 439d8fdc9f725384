package lodge.devices.acpi;

import lodge.core.BadConfigException;

/**
 * What ACPI tables say about a board that differs from one machine to another.
 *
 * @param processors number of processors, 1 to 255; their local APICs are numbered from 0
 * @param pmBase first port of the PIIX4's power management registers (SeaBIOS puts them at 0x600)
 * @param serialPorts number of 16550s, 0 to 4, at 0x3f8, 0x2f8, 0x3e8, 0x2e8
 * @param floppy whether there is a floppy disk controller
 * @param fwCfg whether there is a firmware configuration device
 */
public record AcpiBoard(
        int processors, int pmBase, int serialPorts, boolean floppy, boolean fwCfg) {
    /** Where SeaBIOS puts the PIIX4's power management registers. */
    public static final int DEFAULT_PM_BASE = 0x600;

    /**
     * Checks the numbers.
     *
     * @throws BadConfigException when one is out of range
     */
    public AcpiBoard {
        if (processors < 1 || processors > 255 || serialPorts < 0 || serialPorts > 4) {
            throw new BadConfigException(
                    "A board with %d processors and %d serial ports cannot be described; choose 1 to 255 and 0 to 4"
                            .formatted(processors, serialPorts));
        }
        if (pmBase <= 0 || pmBase > 0xffc0 || (pmBase & 0x3f) != 0) {
            throw new BadConfigException(
                    "Power management port 0x%x does not fit; choose a multiple of 0x40 below 0x10000"
                            .formatted(pmBase));
        }
    }
}
