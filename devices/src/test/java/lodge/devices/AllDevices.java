package lodge.devices;

import lodge.core.serial.CharPort;
import lodge.devices.input.Key;
import lodge.devices.input.Ps2Controller8042;
import lodge.devices.interrupt.IoApic82093;
import lodge.devices.interrupt.Pic8259;
import lodge.devices.platform.DebugExit;
import lodge.devices.platform.DebugPort;
import lodge.devices.platform.PortA92;
import lodge.devices.platform.PostPort;
import lodge.devices.platform.ResetControl;
import lodge.devices.serial.Uart16550;
import lodge.devices.timer.CmosRtc;
import lodge.devices.timer.Pit8254;

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
                new Bench("DebugExit", AllDevices::debugExit));
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
}
