package lodge.machine;

import lodge.core.storage.BlockBackend;
import lodge.devices.acpi.AcpiBoard;
import lodge.devices.acpi.AcpiTables;
import lodge.devices.acpi.SmbiosTables;
import lodge.devices.pci.PciFunction;
import lodge.devices.pci.PciHost440Fx;
import lodge.devices.platform.E820Entry;
import lodge.devices.platform.FwCfg;
import lodge.devices.platform.MemoryMap;
import lodge.devices.platform.Piix4Power;
import lodge.devices.storage.FloppyFormat;
import lodge.devices.timer.CmosRtc;
import lodge.machine.config.BootDevice;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** What the board tells firmware: bytes of CMOS, files of fw_cfg. */
final class BoardTables {
    private static final int FLOPPY_TYPES = 0x10;
    private static final int EQUIPMENT = 0x14;
    private static final int BASE_MEMORY = 0x15;
    private static final int EXTENDED_MEMORY = 0x17;
    private static final int EXTENDED_MEMORY_COPY = 0x30;
    private static final int ABOVE_16_MIB = 0x34;
    private static final int BOOT_FLAG_1 = 0x38;
    private static final int BOOT_FLAG_2 = 0x3d;
    private static final int ABOVE_4_GIB = 0x5b;
    private static final int CPUS = 0x5f;
    private static final int COM1 = 0x3f8;

    /**
     * The virtual hardware's version, not the program's: it changes when a guest could tell the
     * difference.
     */
    private static final String BOARD_VERSION = "1";

    private static final int PM_BASE = AcpiBoard.DEFAULT_PM_BASE;

    private static final int PMBA = 0x40;
    private static final int PMREGMISC = 0x80;
    private static final int PAM0 = 0x59;
    private static final int PAM_REGISTERS = 7;
    private static final int BASE_KIB = 640;

    private BoardTables() {}

    static void setUpCmos(CmosRtc rtc, MemoryMap map, int cpus, BoardParts parts) {
        put16(rtc, BASE_MEMORY, BASE_KIB);
        put16(rtc, EXTENDED_MEMORY, map.cmosExtendedKib());
        put16(rtc, EXTENDED_MEMORY_COPY, map.cmosExtendedKib());
        put16(rtc, ABOVE_16_MIB, map.cmosAbove16Mib());
        put16(rtc, ABOVE_4_GIB, map.cmosAbove4Gib());
        rtc.nvram(ABOVE_4_GIB + 2, map.cmosAbove4Gib() >> 16);
        rtc.nvram(CPUS, cpus - 1);
        int floppies = parts.floppies().size();
        rtc.nvram(FLOPPY_TYPES, driveType(parts, 0) << 4 | driveType(parts, 1));
        // Bits: mouse port, FPU, a floppy drive, number of floppy drives less one.
        rtc.nvram(EQUIPMENT, 0x06 | (floppies == 0 ? 0 : 1 | floppies - 1 << 6));
        int[] order = new int[3];
        for (int i = 0; i < Math.min(order.length, parts.bootOrder().size()); i++) {
            order[i] = bootCode(parts.bootOrder().get(i));
        }
        rtc.nvram(BOOT_FLAG_2, order[0] | order[1] << 4);
        // Bit 0: boot a floppy even when its sector does not end in 55 aa.
        rtc.nvram(BOOT_FLAG_1, order[2] << 4 | 1);
    }

    /** The format that a floppy drive is made for, so that it reads the disk in it. */
    static FloppyFormat driveFormat(BoardParts parts, int drive) {
        if (drive >= parts.floppies().size()) {
            return null;
        }
        BlockBackend medium = parts.floppies().get(drive);
        long bytes = medium == null ? FloppyFormat.F1440K.sizeBytes() : medium.sizeBytes();
        if (bytes == FloppyFormat.F2880K.sizeBytes()) {
            return FloppyFormat.F2880K;
        }
        boolean threeAndAHalfInch =
                bytes == FloppyFormat.F1440K.sizeBytes() || bytes == FloppyFormat.F720K.sizeBytes();
        return threeAndAHalfInch ? FloppyFormat.F1440K : FloppyFormat.F1200K;
    }

    private static int driveType(BoardParts parts, int drive) {
        return switch (driveFormat(parts, drive)) {
            case null -> 0;
            case F1200K -> 2;
            case F2880K -> 5;
            default -> 4;
        };
    }

    private static int bootCode(BootDevice device) {
        return switch (device) {
            case FLOPPY -> 1;
            case DISK -> 2;
            case CDROM -> 3;
            case NETWORK -> 4;
        };
    }

    private static void put16(CmosRtc rtc, int at, int value) {
        rtc.nvram(at, value);
        rtc.nvram(at + 1, value >> 8);
    }

    static AcpiTables acpi(int cpus, BoardParts parts) {
        int serials = (int) parts.serials().stream().filter(port -> port != null).count();
        boolean direct = parts.firmware().length == 0;
        return new AcpiTables(
                new AcpiBoard(cpus, PM_BASE, serials, !parts.floppies().isEmpty(), !direct));
    }

    /**
     * The machine's identity follows from its name, so that a guest finds the same machine at every
     * start.
     */
    static SmbiosTables smbios(String name, MemoryMap map, int cpus) {
        UUID uuid = UUID.nameUUIDFromBytes(("lodge/" + name).getBytes(StandardCharsets.UTF_8));
        return new SmbiosTables(map, cpus, uuid, BOARD_VERSION, "");
    }

    static void fill(FwCfg fwCfg, String name, MemoryMap map, int cpus, BoardParts parts) {
        fwCfg.addLong(FwCfg.RAM_SIZE, map.ramBytes());
        fwCfg.addShort(FwCfg.NB_CPUS, cpus);
        fwCfg.addShort(FwCfg.MAX_CPUS, cpus);
        fwCfg.addShort(FwCfg.BOOT_MENU, 0);
        fwCfg.addFile("etc/e820", E820Entry.toBytes(map.forFirmware()));
        acpi(cpus, parts).addTo(fwCfg);
        smbios(name, map, cpus).addTo(fwCfg);
        if (parts.serialConsole()) {
            fwCfg.addNumberFile("etc/sercon-port", COM1);
        }
    }

    /**
     * What firmware would have done before it starts a kernel: all of 0xc0000 to 0xfffff is RAM, as
     * the tables for the kernel are there, and the power management registers are where those
     * tables say.
     */
    static void setUpWithoutFirmware(PciHost440Fx host, Piix4Power power) {
        synchronized (host) {
            for (int i = 0; i < PAM_REGISTERS; i++) {
                host.configWrite(PAM0 + i, 1, i == 0 ? 0x30 : 0x33);
            }
        }
        synchronized (power) {
            power.configWrite(PMBA, 4, PM_BASE);
            power.configWrite(PMREGMISC, 1, 1);
            power.configWrite(PciFunction.COMMAND, 2, PciFunction.COMMAND_IO);
        }
    }
}
