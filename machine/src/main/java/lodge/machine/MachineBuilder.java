package lodge.machine;

import lodge.core.BadConfigException;
import lodge.core.backend.VmShape;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.LocalApicState;
import lodge.core.serial.CharPort;
import lodge.core.storage.BlockBackend;
import lodge.devices.platform.MemoryMap;
import lodge.machine.boot.BootPlan;
import lodge.machine.boot.LinuxLoader;
import lodge.machine.config.BootDevice;
import lodge.machine.config.DiskBus;
import lodge.machine.config.DiskConfig;
import lodge.machine.config.DiskFormat;
import lodge.machine.config.KernelConfig;
import lodge.machine.config.MachineConfig;
import lodge.machine.config.SerialConfig;
import lodge.machine.host.BackendChoice;
import lodge.machine.host.Backends;
import lodge.machine.host.FirmwareLocator;
import lodge.vhd.DiskImages;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Makes a {@link Machine} from its description: opens its files, chooses its backend. */
public final class MachineBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(MachineBuilder.class);
    private static final int IDE_PLACES = 4;
    private static final int CDROM_CHANNEL = 1;
    private static final int SPURIOUS = 0xf0;
    private static final int LVT_LINT0 = 0x350;
    private static final int LVT_LINT1 = 0x360;
    private static final byte EXT_INT = 7;
    private static final byte NMI = 4;

    private MachineBuilder() {}

    /**
     * Builds a machine that is switched off.
     *
     * @param config the description
     * @param serials the host's ends of COM1 to COM4, as many as the description has serial ports
     * @return the machine; close it to close its disks
     * @throws lodge.core.LodgeException when a file is missing or damaged, or the host cannot give
     *     what is needed
     */
    public static Machine build(MachineConfig config, List<CharPort> serials) {
        List<BlockBackend> opened = new ArrayList<>();
        try {
            return build(config, serials, opened);
        } catch (RuntimeException | Error e) {
            opened.forEach(BlockBackend::close);
            throw e;
        }
    }

    private static Machine build(
            MachineConfig config, List<CharPort> serials, List<BlockBackend> opened) {
        BackendChoice choice = Backends.choose(backend(config));
        LOG.debug("{}: backend {}", config.name(), choice);
        FirmwareLocator locator = FirmwareLocator.usualPlaces();
        MemoryMap map = new MemoryMap(config.memoryBytes());
        boolean direct = config.kernel().isPresent();
        byte[] firmware = direct ? new byte[0] : locator.bios(config.firmware());
        byte[] vgaFirmware = direct ? new byte[0] : locator.vgaBios(config.vgaFirmware());
        List<BoardParts.IdeDrive> ide = ideDrives(config, opened);
        List<BlockBackend> floppies = new ArrayList<>();
        config.floppy()
                .ifPresent(
                        file -> {
                            BlockBackend medium =
                                    DiskImages.open(
                                            file, DiskImages.Format.RAW, !Files.isWritable(file));
                            opened.add(medium);
                            floppies.add(PaddedFloppy.fit(medium));
                        });
        if (config.boot().contains(BootDevice.NETWORK)) {
            throw new BadConfigException(
                    "This machine has no network adapter, so it cannot boot from the network; boot"
                            + " an iPXE image with --cdrom, or choose cdrom, disk or floppy");
        }
        BoardParts parts =
                new BoardParts(
                        config.memoryBytes(),
                        firmware,
                        vgaFirmware,
                        ide,
                        floppies,
                        serials,
                        !config.serial().isEmpty()
                                && config.serial().get(0) instanceof SerialConfig.Stdio,
                        config.debugExit(),
                        config.boot().isEmpty() ? defaultBoot(config) : config.boot());
        VmShape shape =
                new VmShape(config.name(), config.cpus(), config.cpuModel(), config.cpuTurns());
        BootSource boot =
                config.kernel()
                        .map(kernel -> kernel(kernel, map, shape, parts))
                        .orElse(BootSource.FIRMWARE);
        return new Machine(choice.hypervisor(), shape, parts, boot);
    }

    /** Processors that take turns leave {@code auto} no choice. */
    private static String backend(MachineConfig config) {
        return config.cpuTurns() ? MachineConfig.TURNS_BACKEND : config.backend();
    }

    private static List<BootDevice> defaultBoot(MachineConfig config) {
        List<BootDevice> order = new ArrayList<>();
        config.floppy().ifPresent(file -> order.add(BootDevice.FLOPPY));
        config.cdrom().ifPresent(file -> order.add(BootDevice.CDROM));
        order.add(BootDevice.DISK);
        return order;
    }

    private static BootSource kernel(
            KernelConfig config, MemoryMap map, VmShape shape, BoardParts parts) {
        LinuxLoader loader = new LinuxLoader(config);
        byte[] acpi = BoardTables.acpi(shape.cpus(), parts).image(MemoryMap.DIRECT_ACPI);
        byte[] smbios =
                BoardTables.smbios(shape.name(), map, shape.cpus()).image(MemoryMap.DIRECT_SMBIOS);
        return (memory, reset) -> {
            memory.write(MemoryMap.DIRECT_ACPI, MemorySegment.ofArray(acpi), 0, acpi.length);
            memory.write(MemoryMap.DIRECT_SMBIOS, MemorySegment.ofArray(smbios), 0, smbios.length);
            BootPlan plan = loader.load(memory, map.forDirectBoot(), MemoryMap.DIRECT_ACPI);
            LOG.debug("{}: kernel enters by its {}", shape.name(), plan.how());
            return virtualWire(plan.enter(reset));
        };
    }

    /**
     * The local APIC as firmware leaves it to an operating system: in virtual wire mode, where
     * LINT0 carries the 8259's INTR and LINT1 the NMI (MultiProcessor Specification 1.4, 3.6.2.2).
     */
    private static CpuState virtualWire(CpuState state) {
        byte[] registers = state.apic().registers().clone();
        registers[LVT_LINT0 + 1] = EXT_INT;
        registers[LVT_LINT0 + 2] = 0;
        registers[LVT_LINT1 + 1] = NMI;
        registers[LVT_LINT1 + 2] = 0;
        // The local vector table holds nothing but masks while the APIC is disabled by software
        // (SVR bit 8).
        registers[SPURIOUS + 1] |= 1;
        return new CpuState(
                state.general(),
                state.segments(),
                state.control(),
                state.debug(),
                state.fpu(),
                state.msrs(),
                new LocalApicState(state.apic().apicBase(), registers),
                state.events(),
                state.mpState());
    }

    /** Disks take the places in their order, but a CD-ROM drive is always the secondary master. */
    private static List<BoardParts.IdeDrive> ideDrives(
            MachineConfig config, List<BlockBackend> opened) {
        List<BoardParts.IdeDrive> drives = new ArrayList<>();
        boolean cdrom = config.cdrom().isPresent();
        int place = 0;
        for (DiskConfig disk : config.disks()) {
            if (disk.bus() == DiskBus.VIRTIO) {
                throw new BadConfigException(
                        "Disk "
                                + disk.file()
                                + ": there is no virtio disk controller yet; use bus=ide");
            }
            if (cdrom && place == CDROM_CHANNEL * 2) {
                place++;
            }
            if (place >= IDE_PLACES) {
                throw new BadConfigException(
                        "Disk %s is one too many; the IDE controller has places for %d disks%s"
                                .formatted(
                                        disk.file(),
                                        cdrom ? 3 : 4,
                                        cdrom ? " beside the CD-ROM drive" : ""));
            }
            DiskImages.Format format =
                    disk.format() == DiskFormat.VHD ? DiskImages.Format.VHD : DiskImages.Format.RAW;
            BlockBackend image = DiskImages.open(disk.file(), format, disk.readOnly());
            opened.add(image);
            drives.add(new BoardParts.IdeDrive(place / 2, place % 2, image, false));
            place++;
        }
        config.cdrom()
                .ifPresent(
                        file -> {
                            BlockBackend medium =
                                    DiskImages.open(file, DiskImages.Format.RAW, true);
                            opened.add(medium);
                            drives.add(new BoardParts.IdeDrive(CDROM_CHANNEL, 0, medium, true));
                        });
        return drives;
    }
}
