package lodge.devices.platform;

import lodge.core.BadConfigException;

import java.util.ArrayList;
import java.util.List;

/**
 * Where things lie in the guest physical address space of the PC board.
 *
 * <pre>
 * 0x0000_0000  RAM, 640 KiB
 * 0x000a_0000  VGA window, 128 KiB
 * 0x000c_0000  option ROMs, BIOS; RAM behind the 440FX's PAM registers, 256 KiB
 * 0x0010_0000  RAM, to its end or to 0xc000_0000
 * 0xc000_0000  PCI memory
 * 0xfec0_0000  IOAPIC
 * 0xfee0_0000  local APICs
 * 0xfef0_0000  pages KVM needs for real mode on VT-x
 * 0xfffc_0000  BIOS ROM (its place depends on its size; it ends at 4 GiB)
 * 4 GiB        the rest of RAM
 * </pre>
 *
 * @param ramBytes size of RAM in bytes
 */
public record MemoryMap(long ramBytes) {
    /** End of conventional memory; the VGA window begins. */
    public static final long VGA_WINDOW = 0xa0000;

    /** End of the VGA window; the range of the PAM registers begins. */
    public static final long SHADOW = 0xc0000;

    /** Where ACPI tables go when no firmware places them. */
    public static final long DIRECT_ACPI = 0xe0000;

    /**
     * Where SMBIOS tables go when no firmware places them; an operating system looks for their
     * anchor from here on.
     */
    public static final long DIRECT_SMBIOS = 0xf0000;

    /** RAM goes on after the range of the PAM registers. */
    public static final long ONE_MIB = 0x100000;

    /** Where PCI memory begins and RAM below 4 GiB ends at the latest. */
    public static final long PCI_HOLE = 0xc000_0000L;

    /** The IOAPIC's registers. */
    public static final long IO_APIC = 0xfec0_0000L;

    /** The local APICs' registers; PCI memory ends at {@link #IO_APIC}. */
    public static final long LOCAL_APIC = 0xfee0_0000L;

    /** First of the pages a backend may take for itself. */
    public static final long BACKEND_PAGES = 0xfef0_0000L;

    /**
     * Size of the range at {@link #BACKEND_PAGES}: three pages of a task state segment and one page
     * table.
     */
    public static final long BACKEND_PAGES_SIZE = 0x4000;

    /** Where RAM beyond 3 GiB goes on. */
    public static final long FOUR_GIB = 1L << 32;

    /** Size of the extended BIOS data area at the end of conventional memory. */
    private static final long EBDA = 0x400;

    /** The largest BIOS ROM a 440FX decodes at the top of 4 GiB. */
    private static final long ROM = 0x40000;

    private static final long SMALLEST = 2 * ONE_MIB;
    private static final long LARGEST = 1L << 39;

    /**
     * Checks the size.
     *
     * @throws BadConfigException when it is not a whole number of MiB from 2 MiB to 512 GiB
     */
    public MemoryMap {
        if (ramBytes < SMALLEST || ramBytes > LARGEST || ramBytes % ONE_MIB != 0) {
            throw new BadConfigException(
                    "Memory size of %d bytes does not fit the board; choose whole MiB from 2 MiB to 512 GiB"
                            .formatted(ramBytes));
        }
    }

    /** Returns where RAM below 4 GiB ends; also the RAM block's offset of what lies at 4 GiB. */
    public long lowRamEnd() {
        return Math.min(ramBytes, PCI_HOLE);
    }

    /** Returns how many bytes of RAM lie from 4 GiB on, 0 or more. */
    public long highRamBytes() {
        return ramBytes - lowRamEnd();
    }

    /**
     * Returns RAM between 1 MiB and 64 MiB in KiB, at most 65535, as CMOS bytes 0x17/0x18 and
     * 0x30/0x31 hold it.
     */
    public int cmosExtendedKib() {
        return (int) Math.min((lowRamEnd() - ONE_MIB) >> 10, 0xffff);
    }

    /** Returns RAM between 16 MiB and 4 GiB in units of 64 KiB, as CMOS bytes 0x34/0x35 hold it. */
    public int cmosAbove16Mib() {
        return (int) Math.max(0, (lowRamEnd() - 16 * ONE_MIB) >> 16);
    }

    /** Returns RAM from 4 GiB on in units of 64 KiB, as CMOS bytes 0x5b to 0x5d hold it. */
    public int cmosAbove4Gib() {
        return (int) (highRamBytes() >> 16);
    }

    /**
     * Returns the map for SeaBIOS ({@code etc/e820}): all of RAM, and what the backend has taken.
     * SeaBIOS itself adds what it reserves below 1 MiB and for the ROM.
     */
    public List<E820Entry> forFirmware() {
        List<E820Entry> map = new ArrayList<>();
        map.add(new E820Entry(0, lowRamEnd(), E820Entry.Type.RAM));
        map.add(new E820Entry(BACKEND_PAGES, BACKEND_PAGES_SIZE, E820Entry.Type.RESERVED));
        addHighRam(map);
        return List.copyOf(map);
    }

    /**
     * Returns the map for an operating system that is started without firmware: with the EBDA, the
     * area from {@link #DIRECT_ACPI} to 1 MiB that holds our tables, the backend's pages and the
     * ROM reserved.
     */
    public List<E820Entry> forDirectBoot() {
        List<E820Entry> map = new ArrayList<>();
        map.add(new E820Entry(0, VGA_WINDOW - EBDA, E820Entry.Type.RAM));
        map.add(new E820Entry(VGA_WINDOW - EBDA, EBDA, E820Entry.Type.RESERVED));
        map.add(new E820Entry(DIRECT_ACPI, ONE_MIB - DIRECT_ACPI, E820Entry.Type.RESERVED));
        map.add(new E820Entry(ONE_MIB, lowRamEnd() - ONE_MIB, E820Entry.Type.RAM));
        map.add(new E820Entry(BACKEND_PAGES, BACKEND_PAGES_SIZE, E820Entry.Type.RESERVED));
        map.add(new E820Entry(FOUR_GIB - ROM, ROM, E820Entry.Type.RESERVED));
        addHighRam(map);
        return List.copyOf(map);
    }

    private void addHighRam(List<E820Entry> map) {
        if (highRamBytes() > 0) {
            map.add(new E820Entry(FOUR_GIB, highRamBytes(), E820Entry.Type.RAM));
        }
    }
}
