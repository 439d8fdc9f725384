package lodge.machine;

import lodge.core.backend.LocalApics;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.SharedLine;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;
import lodge.core.time.MachineClock;
import lodge.devices.dma.Dma8237;
import lodge.devices.input.Ps2Controller8042;
import lodge.devices.input.Typist;
import lodge.devices.interrupt.IoApic82093;
import lodge.devices.interrupt.Pic8259;
import lodge.devices.pci.PciBus;
import lodge.devices.pci.PciHost440Fx;
import lodge.devices.platform.DebugExit;
import lodge.devices.platform.DebugPort;
import lodge.devices.platform.FwCfg;
import lodge.devices.platform.MemoryMap;
import lodge.devices.platform.Piix4Ide;
import lodge.devices.platform.Piix4Isa;
import lodge.devices.platform.Piix4Power;
import lodge.devices.platform.PortA92;
import lodge.devices.platform.PostPort;
import lodge.devices.platform.ResetControl;
import lodge.devices.serial.Uart16550;
import lodge.devices.storage.AtaChannel;
import lodge.devices.storage.AtaDisk;
import lodge.devices.storage.AtaDrive;
import lodge.devices.storage.AtapiCdrom;
import lodge.devices.storage.Floppy82077;
import lodge.devices.timer.CmosRtc;
import lodge.devices.timer.Pit8254;
import lodge.devices.video.VgaPci;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The board: which chip is soldered where. This list is the port map; {@code docs/port-map.md} is
 * printed from it.
 *
 * <p>ISA interrupts go to the 8259 pair and to the IOAPIC (IRQ 0 to its pin 2, all others to the
 * pin of their number), each through a wired-or so that PCI interrupts can be routed to any of
 * them.
 */
public final class PcBoard implements AutoCloseable {
    /**
     * Hears what the guest does to the machine as a whole. Called with a device's monitor held;
     * must not block.
     */
    public interface Listener {
        /**
         * The guest wants a reset.
         *
         * @param why by which way
         */
        void resetRequested(String why);

        /** The guest switched the power off. */
        void powerOff();

        /**
         * The guest wrote to the debug-exit port.
         *
         * @param code {@code (value << 1) | 1}
         */
        void debugExit(int code);
    }

    private static final Logger LOG = LoggerFactory.getLogger(PcBoard.class);
    private static final int ISA_IRQS = 16;
    private static final int FLOPPY_DMA = 2;
    private static final int[] COM_PORTS = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    private static final int[] COM_IRQS = {4, 3, 4, 3};
    private static final int[] IDE_COMMAND = {0x1f0, 0x170};
    private static final int[] IDE_CONTROL = {0x3f6, 0x376};
    private static final int[] IDE_IRQS = {14, 15};

    private final List<Device<?>> devices = new ArrayList<>();
    private final List<SerialWorker> workers = new ArrayList<>();
    private final List<BlockBackend> images = new ArrayList<>();
    private final SharedLine[] isa = new SharedLine[ISA_IRQS];
    private final IoSpace io;
    private final boolean direct;
    private final FirmwareLog firmwareLog = new FirmwareLog();
    private final PciHost440Fx host;
    private final VgaPci vga;
    private final Ps2Controller8042 keyboardController;
    private final Piix4Power power;
    private final PostPort post;
    private final Typist typist;

    PcBoard(
            VirtualMachine vm,
            IoSpace io,
            MachineClock clock,
            VmShape shape,
            BoardParts parts,
            Listener listener) {
        this.io = io;
        direct = parts.firmware().length == 0;
        final int cpus = shape.cpus();
        final GuestMemory memory = vm.memory();
        final MemoryMap map = new MemoryMap(parts.ramBytes());

        // Interrupt controllers. They are put into the list last: their state is loaded over what
        // other devices' lines did.
        LocalApics apics = vm.localApics();
        Pic8259 master = new Pic8259("pic0", new IrqLine(apics.intr(), 0));
        Pic8259 slave = new Pic8259("pic1", master);
        IoApic82093 ioApic = new IoApic82093("ioapic0", apics);
        apics.externalInterrupts(master);
        apics.onEoi(ioApic::endOfInterrupt);
        for (int irq = 0; irq < ISA_IRQS; irq++) {
            int ioApicPin = irq == 0 ? 2 : irq;
            isa[irq] =
                    new SharedLine(
                            new IrqLine(
                                    (pin, high) -> {
                                        (pin < 8 ? master : slave).line(pin & 7, high);
                                        ioApic.line(ioApicPin, high);
                                    },
                                    irq));
        }
        io.claimPorts(master, 0x20, 2, master);
        io.claimPorts(slave, 0xa0, 2, slave);
        io.claimPorts(master, 0x4d0, 1, master.elcr());
        io.claimPorts(slave, 0x4d1, 1, slave.elcr());
        io.claimMmio(ioApic, MemoryMap.IO_APIC, 0x1000, ioApic);

        // RAM, ROM and what lies between.
        MemoryBlock ram = memory.allocate("ram", map.ramBytes());
        memory.window(ram, 0, MemoryMap.VGA_WINDOW, 0).place(0, true);
        memory.window(ram, MemoryMap.ONE_MIB, map.lowRamEnd() - MemoryMap.ONE_MIB, 0)
                .place(MemoryMap.ONE_MIB, true);
        if (map.highRamBytes() > 0) {
            memory.window(ram, map.lowRamEnd(), map.highRamBytes(), 0)
                    .place(MemoryMap.FOUR_GIB, true);
        }
        MemoryBlock bios = null;
        if (!direct) {
            bios = memory.allocate("bios", parts.firmware().length);
            MemorySegment.copy(
                    MemorySegment.ofArray(parts.firmware()),
                    0,
                    bios.segment(),
                    0,
                    parts.firmware().length);
            memory.window(bios, 0, bios.size(), 0).place(MemoryMap.FOUR_GIB - bios.size(), false);
        }
        PamShadow shadow = new PamShadow(memory, ram, bios);
        io.claimMmio(shadow, PamShadow.BASE, PamShadow.SIZE, shadow);
        devices.add(shadow);

        // PCI: the 440FX, the three functions of the PIIX4, the display adapter.
        PciBus pci = new PciBus();
        host = add(new PciHost440Fx("pci-host", pci, shadow));
        IrqLine[] isaFromPci = new IrqLine[ISA_IRQS];
        Arrays.setAll(isaFromPci, this::irq);
        ResetControl resetControl =
                add(new ResetControl("reset", () -> listener.resetRequested("port 0xcf9")));
        host.connectResetControl(resetControl, resetControl);
        io.claimPorts(host, 0xcf8, 8, host);
        Piix4Isa isaBridge = add(new Piix4Isa("piix4-isa", isaFromPci));
        AtaChannel[] channels = new AtaChannel[2];
        for (int i = 0; i < 2; i++) {
            channels[i] = add(ideChannel(i, memory, parts));
            io.claimPorts(channels[i], IDE_COMMAND[i], 8, channels[i].commandPorts());
            io.claimPorts(channels[i], IDE_CONTROL[i], 1, channels[i].controlPorts());
        }
        Piix4Ide ide = add(new Piix4Ide("piix4-ide", io, channels[0], channels[1]));
        power = add(new Piix4Power("piix4-power", io, irq(9), clock, listener::powerOff));
        io.claimPorts(power, 0xb2, 2, power.apmPorts());
        vga = add(new VgaPci("vga", memory, io, clock, parts.vgaFirmware()));
        io.claimPorts(vga, 0x3b0, 0x30, vga.vga());
        io.claimPorts(vga, 0x1ce, 3, vga.vbe());
        io.claimMmio(vga, MemoryMap.VGA_WINDOW, VgaPci.WINDOW_SIZE, vga.window());
        pci.attach(0, 0, host);
        pci.attach(1, 0, isaBridge);
        pci.attach(1, 1, ide);
        pci.attach(1, 3, power);
        pci.attach(2, 0, vga);

        // The chips of a PC/AT.
        Pit8254 pit = add(new Pit8254("pit", clock, irq(0)));
        io.claimPorts(pit, 0x40, 4, pit);
        io.claimPorts(pit, 0x61, 1, pit.port61());
        CmosRtc rtc = add(new CmosRtc("rtc", clock, irq(8)));
        io.claimPorts(rtc, 0x70, 2, rtc);
        BoardTables.setUpCmos(rtc, map, cpus, parts);
        keyboardController =
                add(
                        new Ps2Controller8042(
                                "ps2",
                                clock,
                                irq(1),
                                irq(12),
                                open -> {},
                                () -> listener.resetRequested("keyboard controller")));
        io.claimPorts(keyboardController, 0x60, 1, keyboardController);
        io.claimPorts(keyboardController, 0x64, 1, keyboardController.commandPort());
        typist = new Typist(keyboardController.keyboard(), clock);
        PortA92 port92 =
                add(new PortA92("port92", open -> {}, () -> listener.resetRequested("port 0x92")));
        io.claimPorts(port92, 0x92, 1, port92);
        Dma8237 dma = add(new Dma8237("dma", memory));
        io.claimPorts(dma, 0x00, 16, dma.firstPorts());
        io.claimPorts(dma, 0x81, 15, dma.pagePorts());
        io.claimPorts(dma, 0xc0, 32, dma.secondPorts());
        if (!parts.floppies().isEmpty()) {
            Floppy82077 floppy =
                    add(
                            new Floppy82077(
                                    "floppy",
                                    irq(6),
                                    dma.channel(FLOPPY_DMA),
                                    worker("floppy"),
                                    BoardTables.driveFormat(parts, 0),
                                    BoardTables.driveFormat(parts, 1)));
            io.claimPorts(floppy, 0x3f0, 6, floppy.ports());
            io.claimPorts(floppy, 0x3f7, 1, floppy.inputPort());
            for (int i = 0; i < parts.floppies().size(); i++) {
                BlockBackend medium = parts.floppies().get(i);
                if (medium != null) {
                    images.add(medium);
                    floppy.insert(i, medium);
                }
            }
        }
        for (int i = 0; i < parts.serials().size(); i++) {
            Uart16550 uart =
                    add(new Uart16550("uart" + i, clock, irq(COM_IRQS[i]), parts.serials().get(i)));
            io.claimPorts(uart, COM_PORTS[i], Uart16550.PORTS, uart);
        }

        // What firmware and tests talk to.
        post = add(new PostPort("post"));
        io.claimPorts(post, 0x80, 1, post);
        DebugPort debugPort = add(new DebugPort("debug-port", firmwareLog));
        io.claimPorts(debugPort, 0x402, 1, debugPort);
        FwCfg fwCfg = add(new FwCfg("fw-cfg", memory));
        io.claimPorts(fwCfg, 0x510, FwCfg.PORTS, fwCfg);
        BoardTables.fill(fwCfg, shape.name(), map, cpus, parts);
        if (parts.debugExit()) {
            DebugExit exit = add(new DebugExit("debug-exit", listener::debugExit));
            io.claimPorts(exit, 0xf4, DebugExit.PORTS, exit);
        }

        devices.add(slave);
        devices.add(master);
        devices.add(ioApic);
    }

    private AtaChannel ideChannel(int channel, GuestMemory memory, BoardParts parts) {
        AtaDrive[] drives = new AtaDrive[2];
        Background worker = worker("ide" + channel);
        for (BoardParts.IdeDrive drive : parts.ide()) {
            if (drive.channel() == channel) {
                if (drive.medium() != null) {
                    images.add(drive.medium());
                }
                String serial = "LODGE%02d%d".formatted(channel, drive.unit());
                drives[drive.unit()] =
                        drive.cdrom()
                                ? new AtapiCdrom(drive.medium(), worker, "LODGE CD-ROM", serial)
                                : new AtaDisk(drive.medium(), worker, "LODGE DISK", serial);
            }
        }
        return new AtaChannel(
                "ide" + channel, irq(IDE_IRQS[channel]), memory, drives[0], drives[1]);
    }

    private Background worker(String name) {
        SerialWorker worker = new SerialWorker(name);
        workers.add(worker);
        return worker;
    }

    private IrqLine irq(int number) {
        return isa[number].newInput();
    }

    private <D extends Device<?>> D add(D device) {
        devices.add(device);
        return device;
    }

    /**
     * Returns all devices in the order in which their states are loaded: interrupt controllers
     * last.
     */
    public List<Device<?>> devices() {
        return List.copyOf(devices);
    }

    /** Returns the map of ports and addresses as it is now. */
    public List<IoSpace.Place> map() {
        return io.map();
    }

    /** Returns the display adapter. */
    public VgaPci vga() {
        return vga;
    }

    /** Returns the keyboard controller with keyboard and mouse. */
    public Ps2Controller8042 keyboardController() {
        return keyboardController;
    }

    /** Returns who types text on the keyboard. */
    public Typist typist() {
        return typist;
    }

    /** Returns what firmware wrote to the debug port so far, at most the last 64 KiB. */
    public String firmwareLog() {
        return firmwareLog.text();
    }

    /** Returns the last power-on self-test code. */
    public int postCode() {
        return post.code();
    }

    /** Presses the power button: the guest hears of it, if it listens. */
    public void pressPowerButton() {
        power.pressPowerButton();
    }

    /**
     * The RESET wire: every chip, in the order of the list. The processors must be parked and no
     * transfer under way.
     */
    void reset() {
        for (Device<?> device : devices) {
            synchronized (device) {
                device.reset();
            }
        }
        if (direct) {
            BoardTables.setUpWithoutFirmware(host, power);
        }
    }

    void awaitTransfers() {
        workers.forEach(SerialWorker::awaitIdle);
    }

    /** Makes what the guest wrote durable; what fails is said, the machine ends all the same. */
    void flush() {
        for (BlockBackend image : images) {
            if (!image.readOnly()) {
                try {
                    image.flush();
                } catch (BlockIoException e) {
                    LOG.error(
                            "A disk could not be flushed; what was written last may be lost: {}",
                            e.getMessage());
                }
            }
        }
    }

    /** Closes the disks. */
    @Override
    public void close() {
        images.forEach(BlockBackend::close);
    }
}
