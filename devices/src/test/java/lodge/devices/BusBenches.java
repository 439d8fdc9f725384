package lodge.devices;

import lodge.core.bus.IrqLine;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.storage.Background;
import lodge.devices.AllDevices.Bench;
import lodge.devices.dma.Dma8237;
import lodge.devices.pci.PciBus;
import lodge.devices.pci.PciHost440Fx;
import lodge.devices.platform.Piix4Ide;
import lodge.devices.platform.Piix4Isa;
import lodge.devices.platform.Piix4Power;
import lodge.devices.storage.AtaChannel;
import lodge.devices.storage.AtaDisk;
import lodge.devices.storage.AtapiCdrom;
import lodge.devices.storage.Floppy82077;
import lodge.devices.storage.FloppyFormat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Benches of the PCI functions and of what does DMA. Random accesses alone rarely make a command,
 * so the host's side of these benches also issues whole ones, as a guest would. Guest memory is
 * read-only: its contents are in no state, and must be the same for a device and its copy.
 */
final class BusBenches {
    private static final int ISA_PLACE = 1 << 3;
    private static final int IDE_PLACE = ISA_PLACE | 1;
    private static final int POWER_PLACE = ISA_PLACE | 3;
    private static final int[] DISK_COMMANDS = {
        0x20, 0x24, 0x25, 0x29, 0xc4, 0xc8, 0x30, 0x34, 0x35, 0x39, 0xc5, 0xca, 0x40, 0x42, 0x70,
        0x10, 0x91, 0xc6, 0xec, 0xef, 0xe7, 0xea, 0xe5, 0xe0, 0xe6, 0xf8, 0x27, 0x90, 0x08, 0xa0,
        0xa1, 0x00
    };
    private static final int[] PACKETS = {
        0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x51,
        0x52, 0x55, 0x5a, 0xa8, 0xb9, 0xbb, 0xbd, 0xbe
    };
    private static final int[] FLOPPY_COMMANDS = {
        0x03, 0x04, 0x07, 0x08, 0x0e, 0x0f, 0x10, 0x12, 0x13, 0x14, 0x94, 0x46, 0xe6, 0x45, 0xc5,
        0x4a, 0x4d, 0x42, 0x4c, 0x49, 0x56, 0xcf, 0x8f, 0x1f
    };

    private BusBenches() {}

    static Stream<Bench> all() {
        return Stream.of(
                new Bench("PciHost440Fx", BusBenches::pciHost440Fx),
                new Bench("Piix4Ide", BusBenches::piix4Ide),
                new Bench("Piix4Power", BusBenches::piix4Power),
                new Bench("AtaChannel", BusBenches::ataChannel),
                new Bench("Dma8237", BusBenches::dma8237),
                new Bench("Floppy82077", BusBenches::floppy82077));
    }

    /**
     * A host bridge and a bus with one or two functions in slot 1, one register of which the guest
     * has selected.
     */
    private static PciBus bus(Rig rig) {
        PciBus bus = new PciBus();
        PciHost440Fx host = new PciHost440Fx("host", bus, (gpa, size, readable, writable) -> {});
        bus.attach(0, 0, host);
        rig.device(host).ports(host, 0xcf8, 8, host);
        return bus;
    }

    private static Piix4Isa isa(Rig rig, PciBus bus) {
        IrqLine[] lines = new IrqLine[16];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = rig.line();
        }
        Piix4Isa isa = new Piix4Isa("isa", lines);
        bus.attach(1, 0, isa);
        rig.device(isa);
        // The levels of the PIRQ wires are the other functions'.
        rig.survivesReset("pirqs");
        return isa;
    }

    private static void selectRegister(Rig rig, RandomGenerator random, int place, int from) {
        rig.io.out(0xcf8, 4, 1 << 31 | place << 8 | random.nextInt(from, 256));
    }

    private static void pciHost440Fx(Rig rig) {
        Piix4Isa isa = isa(rig, bus(rig));
        // PIRQ levels are those of wires, not of the bridge: they survive its reset, but here they
        // are always released.
        rig.stimulus(
                random -> {
                    int pin = random.nextInt(4);
                    isa.line(pin, true);
                    isa.line(pin, false);
                });
        rig.stimulus(
                random -> selectRegister(rig, random, random.nextBoolean() ? 0 : ISA_PLACE, 0));
    }

    private static GuestMemory memory() {
        GuestMemory memory = GuestMemory.forTests();
        MemoryBlock rom = memory.allocate("rom", 1 << 20);
        for (long at = 0; at < rom.size(); at += 8) {
            // Descriptors of a few kilobytes, every fourth the last of its table.
            rom.segment().set(ValueLayout.JAVA_INT, at, (int) (at * 37) & 0xf_fffe);
            rom.segment().set(ValueLayout.JAVA_INT, at + 4, (at & 24) == 24 ? 0x8000_0800 : 0x600);
        }
        memory.window(rom, 0, rom.size(), 0).place(0, false);
        return memory;
    }

    private static AtaChannel channel(Rig rig, GuestMemory memory, String name) {
        AtaDisk disk = new AtaDisk(new ConstantDisk(4 << 20), Background.DIRECT, "DISK", "1");
        AtapiCdrom cd = new AtapiCdrom(new ConstantDisk(2 << 20), Background.DIRECT, "CD", "2");
        return new AtaChannel(name, rig.line(), memory, disk, cd);
    }

    private static void ataChannel(Rig rig) {
        AtaChannel channel = channel(rig, memory(), "ide0");
        channel.enableBusMaster(true);
        rig.device(channel);
        rig.ports(channel, 0x1f0, 8, channel.commandPorts());
        rig.ports(channel, 0x3f6, 1, channel.controlPorts());
        rig.ports(channel, 0xc000, 8, channel.busMasterPorts());
        rig.stimulus(random -> rig.io.out(0x3f6, 1, 0));
        rig.stimulus(random -> ataCommand(rig, random));
        rig.survivesReset("busMaster.enabled");
    }

    private static void ataCommand(Rig rig, RandomGenerator random) {
        boolean cd = random.nextBoolean();
        rig.io.out(0x1f6, 1, (cd ? 0xf0 : 0xe0) | random.nextInt(2) * 0x40);
        rig.io.out(0x1f1, 1, random.nextInt(4));
        rig.io.out(0x1f2, 1, random.nextInt(6));
        rig.io.out(0x1f3, 1, random.nextInt(256));
        rig.io.out(0x1f4, 1, random.nextInt(20));
        rig.io.out(0x1f5, 1, random.nextInt(8) == 0 ? random.nextInt(256) : 0);
        rig.io.out(0xc004, 4, random.nextInt(1 << 20));
        rig.io.out(0xc000, 1, random.nextInt(16));
        if (!cd) {
            rig.io.out(0x1f7, 1, DISK_COMMANDS[random.nextInt(DISK_COMMANDS.length)]);
            return;
        }
        rig.io.out(0x1f7, 1, 0xa0);
        rig.io.out(0x1f0, 2, PACKETS[random.nextInt(PACKETS.length)]);
        for (int i = 0; i < 5; i++) {
            rig.io.out(
                    0x1f0,
                    2,
                    random.nextInt(4) == 0 ? random.nextInt(0x10000) : random.nextInt(3) << 8);
        }
    }

    private static void piix4Ide(Rig rig) {
        PciBus bus = bus(rig);
        GuestMemory memory = memory();
        AtaChannel primary = channel(rig, memory, "ide0");
        AtaChannel secondary = channel(rig, memory, "ide1");
        Piix4Ide ide = new Piix4Ide("ide", rig.io, primary, secondary);
        isa(rig, bus);
        bus.attach(1, 1, ide);
        rig.device(ide).device(primary).device(secondary);
        rig.testPorts(0xc000, 16);
        rig.stimulus(
                random -> {
                    // Moving a BAR allocates, so it is done from here, where nobody counts.
                    bus.write(
                            0,
                            IDE_PLACE,
                            0x20,
                            4,
                            random.nextBoolean() ? 0xc000 : random.nextInt());
                    bus.write(0, IDE_PLACE, 0x04, 2, random.nextInt(8));
                });
        rig.stimulus(random -> selectRegister(rig, random, IDE_PLACE, 0x40));
        rig.survivesReset("busMaster.enabled");
    }

    private static void piix4Power(Rig rig) {
        PciBus bus = bus(rig);
        Piix4Power power = new Piix4Power("power", rig.io, rig.line(), rig.clock, () -> {});
        isa(rig, bus);
        bus.attach(1, 3, power);
        rig.device(power).ports(power, 0xb2, 2, power.apmPorts());
        rig.testPorts(0x600, Piix4Power.PM_PORTS).testPorts(0x700, 16);
        rig.stimulus(
                random -> {
                    bus.write(0, POWER_PLACE, 0x40, 4, 0x600);
                    bus.write(0, POWER_PLACE, 0x80, 1, random.nextInt(8));
                    bus.write(0, POWER_PLACE, 0x90, 4, 0x700);
                    bus.write(0, POWER_PLACE, 0x04, 2, random.nextInt(8));
                });
        rig.stimulus(random -> selectRegister(rig, random, POWER_PLACE, 0x94));
        rig.stimulus(
                random -> {
                    if (random.nextInt(4) == 0) {
                        power.pressPowerButton();
                    }
                });
        rig.survivesReset("timerSeen");
    }

    private static Dma8237 dma(Rig rig) {
        Dma8237 dma = new Dma8237("dma", memory());
        rig.device(dma);
        rig.ports(dma, 0x00, 16, dma.firstPorts());
        rig.ports(dma, 0xc0, 32, dma.secondPorts());
        rig.ports(dma, 0x81, 15, dma.pagePorts());
        return dma;
    }

    private static void dma8237(Rig rig) {
        Dma8237 dma = dma(rig);
        MemorySegment data = MemorySegment.ofArray(new byte[1024]);
        rig.stimulus(
                random -> {
                    int channel = random.nextInt(7);
                    int length = random.nextInt(1025);
                    dma.channel(channel < 4 ? channel : channel + 1)
                            .write(data, 1024 - length, length);
                });
        rig.stimulus(random -> dma.channel(random.nextInt(4)).read(data, 0, random.nextInt(1025)));
        rig.stimulus(
                random -> {
                    dma.channel(5).request(true);
                    dma.channel(5).request(random.nextInt(8) == 0);
                });
    }

    private static void floppy82077(Rig rig) {
        Dma8237 dma = dma(rig);
        Floppy82077 floppy =
                new Floppy82077(
                        "fdc",
                        rig.line(),
                        dma.channel(2),
                        Background.DIRECT,
                        FloppyFormat.F1440K,
                        FloppyFormat.F1200K);
        floppy.insert(0, new ConstantDisk(FloppyFormat.F1440K.sizeBytes()));
        floppy.insert(1, new ConstantDisk(FloppyFormat.F360K.sizeBytes()));
        rig.device(floppy)
                .ports(floppy, 0x3f0, 6, floppy.ports())
                .ports(floppy, 0x3f7, 1, floppy.inputPort());
        rig.stimulus(
                random ->
                        rig.io.out(0x3f2, 1, random.nextInt(16) == 0 ? random.nextInt(256) : 0x1c));
        rig.stimulus(random -> floppyCommand(rig, random));
    }

    private static void floppyCommand(Rig rig, RandomGenerator random) {
        rig.io.out(0x3f7, 1, random.nextInt(2));
        rig.io.out(0x0d4, 1, 0);
        rig.io.out(0x0b, 1, 0x42 | random.nextInt(4) << 2);
        rig.io.out(0x05, 1, random.nextInt(256));
        rig.io.out(0x05, 1, random.nextInt(64));
        rig.io.out(0x0a, 1, 2);
        if ((rig.io.in(0x3f4, 1) & 0xd0) != 0x80) {
            return;
        }
        rig.io.out(0x3f5, 1, FLOPPY_COMMANDS[random.nextInt(FLOPPY_COMMANDS.length)]);
        int head = random.nextInt(2);
        int[] parameters = {
            head << 2 | random.nextInt(2),
            0,
            head,
            random.nextInt(20),
            2,
            9 + random.nextInt(10),
            0x1b,
            0xff
        };
        for (int parameter : parameters) {
            if ((rig.io.in(0x3f4, 1) & 0xd0) == 0x90) {
                rig.io.out(0x3f5, 1, parameter);
            }
        }
    }
}
