package lodge.devices.acpi;

import static lodge.devices.acpi.Aml.ARG0;
import static lodge.devices.acpi.Aml.LOCAL0;
import static lodge.devices.acpi.Aml.and;
import static lodge.devices.acpi.Aml.busNumbers;
import static lodge.devices.acpi.Aml.byteFields;
import static lodge.devices.acpi.Aml.device;
import static lodge.devices.acpi.Aml.dma;
import static lodge.devices.acpi.Aml.dwordField;
import static lodge.devices.acpi.Aml.eisaId;
import static lodge.devices.acpi.Aml.give;
import static lodge.devices.acpi.Aml.ifElse;
import static lodge.devices.acpi.Aml.integer;
import static lodge.devices.acpi.Aml.io;
import static lodge.devices.acpi.Aml.ioWindow;
import static lodge.devices.acpi.Aml.irq;
import static lodge.devices.acpi.Aml.join;
import static lodge.devices.acpi.Aml.list;
import static lodge.devices.acpi.Aml.memoryWindow;
import static lodge.devices.acpi.Aml.method;
import static lodge.devices.acpi.Aml.name;
import static lodge.devices.acpi.Aml.nowhere;
import static lodge.devices.acpi.Aml.or;
import static lodge.devices.acpi.Aml.path;
import static lodge.devices.acpi.Aml.pciConfigRegion;
import static lodge.devices.acpi.Aml.resources;
import static lodge.devices.acpi.Aml.scope;
import static lodge.devices.acpi.Aml.serializedMethod;
import static lodge.devices.acpi.Aml.sharedInterrupt;
import static lodge.devices.acpi.Aml.store;
import static lodge.devices.acpi.Aml.string;

import lodge.devices.pci.PciBus;
import lodge.devices.platform.MemoryMap;

/**
 * The differentiated system description: the devices of the board that an operating system cannot
 * find by itself, in AML.
 *
 * <p>SeaBIOS reads this table too, with a parser that knows declarations only: keep code inside
 * methods, or it stops looking for the keyboard and the serial ports.
 */
final class Dsdt {
    /**
     * ISA interrupts that the PIIX4 may route a PCI interrupt to; the MADT calls them
     * level-triggered.
     */
    private static final int[] PCI_INTERRUPTS = {5, 10, 11};

    private static final int SLOTS = 32;
    private static final int PINS = 4;
    private static final int ISA_ADDRESS = 0x0001_0000;
    private static final int PIRQRC = 0x60;
    private static final int ROUTING_DISABLED = 0x80;
    private static final int PRESENT_DISABLED = 0x09;
    private static final int PRESENT_ENABLED = 0x0b;
    private static final int[] SERIAL_FIRST = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    private static final int[] SERIAL_IRQ = {4, 3, 4, 3};

    /** Where the interrupt number stands in an extended interrupt descriptor. */
    private static final int INTERRUPT_OFFSET = 5;

    private Dsdt() {}

    static byte[] body(AcpiBoard board) {
        return join(
                scope("\\_SB", pciRoot(board), links(), processors(board.processors())),
                // Soft off: SLP_TYP 0 in the PIIX4's PMCNTRL.
                name("\\_S5", list(integer(0), integer(0), integer(0), integer(0))));
    }

    private static byte[] processors(int count) {
        byte[] all = {};
        for (int i = 0; i < count; i++) {
            all =
                    join(
                            all,
                            device(
                                    "C%03X".formatted(i),
                                    name("_HID", string("ACPI0007")),
                                    name("_UID", integer(i))));
        }
        return all;
    }

    private static byte[] pciRoot(AcpiBoard board) {
        return device(
                "PCI0",
                name("_HID", eisaId("PNP0A03")),
                name("_UID", integer(0)),
                name(
                        "_CRS",
                        resources(
                                busNumbers(0, 0xff),
                                io(0xcf8, 8),
                                ioWindow(0, 0xcf7),
                                ioWindow(0xd00, 0xffff),
                                memoryWindow(MemoryMap.VGA_WINDOW, MemoryMap.SHADOW - 1, true),
                                memoryWindow(MemoryMap.PCI_HOLE, MemoryMap.IO_APIC - 1, false))),
                name("_PRT", routing()),
                isaBridge(board));
    }

    private static byte[] routing() {
        byte[][] rows = new byte[SLOTS * PINS][];
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int pin = 0; pin < PINS; pin++) {
                rows[slot * PINS + pin] =
                        list(
                                integer((long) slot << 16 | 0xffff),
                                integer(pin),
                                path("\\_SB." + link(PciBus.pirq(slot, pin + 1))),
                                integer(0));
            }
        }
        return list(rows);
    }

    private static String link(int pirq) {
        return "LNK" + (char) ('A' + pirq);
    }

    private static String register(int pirq) {
        return "PRQ" + (char) ('A' + pirq);
    }

    /** One interrupt link device for each PIRQRC register, and what they share. */
    private static byte[] links() {
        byte[] all =
                join(
                        method(
                                "IQST",
                                1,
                                ifElse(
                                        and(ARG0, integer(ROUTING_DISABLED), nowhere()),
                                        give(integer(PRESENT_DISABLED)),
                                        give(integer(PRESENT_ENABLED)))),
                        serializedMethod(
                                "IQCR",
                                1,
                                name("BUF0", resources(sharedInterrupt(0))),
                                dwordField(path("BUF0"), INTERRUPT_OFFSET, "IRQN"),
                                ifElse(
                                        and(ARG0, integer(ROUTING_DISABLED), nowhere()),
                                        store(integer(0), path("IRQN")),
                                        and(ARG0, integer(0xf), path("IRQN"))),
                                give(path("BUF0"))));
        for (int pirq = 0; pirq < PINS; pirq++) {
            byte[] routed = path("\\_SB.PCI0.ISA." + register(pirq));
            all =
                    join(
                            all,
                            device(
                                    link(pirq),
                                    name("_HID", eisaId("PNP0C0F")),
                                    name("_UID", integer(pirq)),
                                    name("_PRS", resources(sharedInterrupt(PCI_INTERRUPTS))),
                                    method("_STA", 0, give(join(path("\\_SB.IQST"), routed))),
                                    method(
                                            "_DIS",
                                            0,
                                            or(routed, integer(ROUTING_DISABLED), routed)),
                                    method("_CRS", 0, give(join(path("\\_SB.IQCR"), routed))),
                                    method(
                                            "_SRS",
                                            1,
                                            dwordField(ARG0, INTERRUPT_OFFSET, "IRQN"),
                                            store(path("IRQN"), LOCAL0),
                                            store(LOCAL0, routed))));
        }
        return all;
    }

    private static byte[] isaBridge(AcpiBoard board) {
        return device(
                "ISA",
                name("_ADR", integer(ISA_ADDRESS)),
                pciConfigRegion("PIRQ", PIRQRC, PINS),
                byteFields("PIRQ", register(0), register(1), register(2), register(3)),
                isa("PIC", "PNP0000", io(0x20, 2), io(0xa0, 2), io(0x4d0, 2), irq(2)),
                isa("TIMR", "PNP0100", io(0x40, 4), irq(0)),
                isa("DMAC", "PNP0200", io(0x00, 0x10), io(0x81, 0xf), io(0xc0, 0x20), dma(4)),
                isa("RTC", "PNP0B00", io(0x70, 2), irq(8)),
                isa("KBD", "PNP0303", io(0x60, 1), io(0x64, 1), irq(1)),
                isa("MOU", "PNP0F13", irq(12)),
                isa("SPKR", "PNP0800", io(0x61, 1)),
                isa("FPU", "PNP0C04", io(0xf0, 1), irq(13)),
                boardResources(board),
                serialPorts(board.serialPorts()),
                board.floppy()
                        ? isa("FDC", "PNP0700", io(0x3f2, 4), io(0x3f7, 1), irq(6), dma(2))
                        : new byte[0],
                board.fwCfg() ? fwCfg() : new byte[0]);
    }

    private static byte[] isa(String name, String id, byte[]... resources) {
        return device(name, name("_HID", eisaId(id)), name("_CRS", resources(resources)));
    }

    /** Ports that belong to nobody's driver, so that nobody is put there. */
    private static byte[] boardResources(AcpiBoard board) {
        return isa("MBRD", "PNP0C02", io(0x92, 1), io(0xb2, 2), io(board.pmBase(), 0x40));
    }

    private static byte[] serialPorts(int count) {
        byte[] all = {};
        for (int i = 0; i < count; i++) {
            all =
                    join(
                            all,
                            device(
                                    "COM" + (i + 1),
                                    name("_HID", eisaId("PNP0501")),
                                    name("_UID", integer(i + 1)),
                                    name(
                                            "_CRS",
                                            resources(
                                                    io(SERIAL_FIRST[i], 8), irq(SERIAL_IRQ[i])))));
        }
        return all;
    }

    private static byte[] fwCfg() {
        return device(
                "FWCF",
                name("_HID", string("QEMU0002")),
                name("_STA", integer(PRESENT_ENABLED)),
                name("_CRS", resources(io(0x510, 12))));
    }
}
