package lodge.devices;

import lodge.core.serial.CharPort;
import lodge.devices.input.Key;
import lodge.devices.input.Ps2Controller8042;
import lodge.devices.interrupt.IoApic82093;
import lodge.devices.interrupt.Pic8259;
import lodge.devices.platform.DebugExit;
import lodge.devices.platform.DebugPort;
import lodge.devices.platform.FwCfg;
import lodge.devices.platform.PortA92;
import lodge.devices.platform.PostPort;
import lodge.devices.platform.ResetControl;
import lodge.devices.serial.Uart16550;
import lodge.devices.timer.CmosRtc;
import lodge.devices.timer.Pit8254;
import lodge.devices.video.BochsVbe;
import lodge.devices.video.Vga;
import lodge.devices.video.VgaPci;

import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Every device there is, each soldered to a bench: what {@link DeviceContractTest} tests. Add yours
 * here.
 */
final class AllDevices {
    private AllDevices() {}

    /** A bench by its name; {@code build} solders the same device to any number of benches. */
    record Bench(String name, Consumer<Rig> build) {
        Rig make() {
            return make(0);
        }

        /** A bench whose devices are new at a machine time in nanoseconds. */
        Rig make(long now) {
            Rig rig = new Rig();
            rig.clock.advance(now);
            build.accept(rig);
            return rig;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Bench> all() {
        return Stream.concat(isaDevices(), BusBenches.all());
    }

    private static Stream<Bench> isaDevices() {
        return Stream.of(
                new Bench("Pic8259", AllDevices::pic8259),
                new Bench("IoApic82093", AllDevices::ioApic82093),
                new Bench("Pit8254", AllDevices::pit8254),
                new Bench("CmosRtc", AllDevices::cmosRtc),
                new Bench("Uart16550", AllDevices::uart16550),
                new Bench("Ps2Controller8042", AllDevices::ps2Controller8042),
                new Bench("PortA92", AllDevices::portA92),
                new Bench("ResetControl", AllDevices::resetControl),
                new Bench("DebugPort", AllDevices::debugPort),
                new Bench("PostPort", AllDevices::postPort),
                new Bench("DebugExit", AllDevices::debugExit),
                new Bench("FwCfg", AllDevices::fwCfg),
                new Bench("VgaPci", AllDevices::vgaPci));
    }

    private static void pic8259(Rig rig) {
        Pic8259 master = new Pic8259("pic0", rig.line());
        Pic8259 slave = new Pic8259("pic1", master);
        rig.device(master).device(slave);
        rig.ports(master, 0x20, 2, master).ports(master, 0xa0, 2, slave);
        rig.ports(master, 0x4d0, 1, master.elcr()).ports(master, 0x4d1, 1, slave.elcr());
        rig.stimulus(random -> master.line(random.nextInt(3, 8), random.nextBoolean()));
        rig.stimulus(random -> slave.line(random.nextInt(8), random.nextBoolean()));
        rig.stimulus(random -> master.acknowledge());
    }

    private static void ioApic82093(Rig rig) {
        IoApic82093 ioApic = new IoApic82093("ioapic", rig.apics());
        rig.device(ioApic).mmio(ioApic, 0xfec0_0000L, 0x100, ioApic);
        rig.stimulus(random -> ioApic.line(random.nextInt(24), random.nextBoolean()));
        rig.stimulus(random -> ioApic.endOfInterrupt(random.nextInt(256)));
    }

    private static void pit8254(Rig rig) {
        Pit8254 pit = new Pit8254("pit", rig.clock, rig.line());
        rig.device(pit).ports(pit, 0x40, 4, pit).ports(pit, 0x61, 1, pit.port61());
    }

    private static void cmosRtc(Rig rig) {
        CmosRtc rtc = new CmosRtc("rtc", rig.clock, rig.line());
        rig.device(rtc).ports(rtc, 0x70, 2, rtc);
        rig.survivesReset("ram", "baseSecond", "phase", "weekdayShift", "seen");
    }

    private static void uart16550(Rig rig) {
        CharPort host = new CharPort();
        Uart16550 uart = new Uart16550("uart0", rig.clock, rig.line(), host);
        rig.device(uart).ports(uart, 0x3f8, Uart16550.PORTS, uart);
        rig.stimulus(random -> host.toGuest().offer(random.nextInt()));
        rig.stimulus(random -> host.toHost().poll());
        rig.hostQueue(
                () -> {
                    while (host.toHost().poll() >= 0) {}
                    while (host.toGuest().poll() >= 0) {}
                });
    }

    private static void ps2Controller8042(Rig rig) {
        Ps2Controller8042 kbc =
                new Ps2Controller8042(
                        "kbc", rig.clock, rig.line(), rig.line(), open -> {}, () -> {});
        rig.device(kbc).device(kbc.keyboard()).device(kbc.mouse());
        rig.ports(kbc, 0x60, 1, kbc).ports(kbc, 0x64, 1, kbc.commandPort());
        Key[] keys = Key.values();
        rig.stimulus(random -> kbc.keyboard().press(keys[random.nextInt(keys.length)]));
        rig.stimulus(random -> kbc.keyboard().release(keys[random.nextInt(keys.length)]));
        rig.stimulus(
                random ->
                        kbc.mouse()
                                .move(
                                        random.nextInt(-300, 300),
                                        random.nextInt(-300, 300),
                                        random.nextInt(-2, 3)));
        rig.stimulus(random -> kbc.mouse().buttons(random.nextInt()));
    }

    private static void portA92(Rig rig) {
        PortA92 port = new PortA92("port92", open -> {}, () -> {});
        rig.device(port).ports(port, 0x92, 1, port);
    }

    private static void resetControl(Rig rig) {
        ResetControl port = new ResetControl("reset", () -> {});
        rig.device(port).ports(port, 0xcf9, 1, port);
    }

    private static void debugPort(Rig rig) {
        DebugPort port = new DebugPort("debug", value -> {});
        rig.device(port).ports(port, 0x402, 1, port);
    }

    private static void postPort(Rig rig) {
        PostPort port = new PostPort("post");
        rig.device(port).ports(port, 0x80, 1, port);
    }

    private static void debugExit(Rig rig) {
        DebugExit port = new DebugExit("exit", code -> {});
        rig.device(port).ports(port, 0xf4, DebugExit.PORTS, port);
    }

    private static void fwCfg(Rig rig) {
        FwCfg fwCfg = new FwCfg("fw-cfg", rig.memory);
        rig.memory.window(rig.memory.allocate("ram", 1 << 16), 0, 1 << 16, 0).place(0, true);
        fwCfg.addFile("etc/one", new byte[] {1, 2, 3});
        fwCfg.addFile("etc/two", new byte[100]);
        rig.device(fwCfg).ports(fwCfg, 0x510, FwCfg.PORTS, fwCfg);
        rig.stimulus(
                random -> {
                    int at = random.nextInt(0x100);
                    int command = random.nextInt(64) << 16 | random.nextInt(0x20);
                    rig.memory.writeInt(at, Integer.reverseBytes(command));
                    rig.memory.writeInt(at + 4, Integer.reverseBytes(random.nextInt(0x1000)));
                    rig.memory.writeLong(at + 8, Long.reverseBytes(random.nextInt(0x18000)));
                });
    }

    private static void vgaPci(Rig rig) {
        VgaPci vga = new VgaPci("vga", rig.memory, rig.io, rig.clock, new byte[0], 1 << 20, false);
        rig.device(vga).ports(vga, 0x3b0, Vga.PORTS, vga.vga());
        rig.ports(vga, 0x1ce, BochsVbe.PORTS, vga.vbe());
        rig.mmio(vga, 0xa0000, VgaPci.WINDOW_SIZE, vga.window());
        rig.testMmio(0xfebf_0400L, 0x20).testMmio(0xfebf_0500L, 0x16);
        rig.stimulus(random -> vga.configWrite(random.nextInt(256), 4, random.nextInt()));
        rig.stimulus(
                random -> {
                    vga.configWrite(0x18, 4, 0xfebf_0000);
                    vga.configWrite(0x04, 2, 3);
                });
        // Without these two nearly everything would soon read as open bus.
        rig.stimulus(random -> rig.io.out(0x3c3, 1, 1));
        rig.stimulus(random -> rig.io.out(0x3c2, 1, random.nextInt() | 2));
    }
}
