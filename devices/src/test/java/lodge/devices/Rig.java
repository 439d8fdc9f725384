package lodge.devices;

import lodge.core.backend.LocalApics;
import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.LineSink;
import lodge.core.bus.MmioDevice;
import lodge.core.bus.PortDevice;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.time.ManualClock;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A test bench for one device, or for a few that belong together: a bus, a clock that the test
 * moves, and wires whose levels it sees. {@link AllDevices} solders devices to it.
 */
final class Rig {
    final ManualClock clock = new ManualClock();
    final IoSpace io = new IoSpace();
    final GuestMemory memory = GuestMemory.forTests();
    final List<Device<?>> devices = new ArrayList<>();
    final List<Range> ranges = new ArrayList<>();
    final List<IrqLine> lines = new ArrayList<>();
    final List<String> battery = new ArrayList<>();
    private final List<Consumer<RandomGenerator>> stimuli = new ArrayList<>();
    private final List<Runnable> hostQueues = new ArrayList<>();

    /** Guest addresses at which the device is to be tested. */
    record Range(boolean port, long first, long count) {}

    /** Says that a device is on the bench: it is reset, saved and loaded. */
    Rig device(Device<?> device) {
        devices.add(device);
        return this;
    }

    /** Claims ports and has them tested. */
    Rig ports(Device<?> owner, int first, int count, PortDevice device) {
        io.claimPorts(owner, first, count, device);
        return testPorts(first, count);
    }

    /** Claims addresses and has them tested. */
    Rig mmio(Device<?> owner, long first, long length, MmioDevice device) {
        io.claimMmio(owner, first, length, device);
        return testMmio(first, length);
    }

    /** Has ports tested that somebody else claims, for example a BAR. */
    Rig testPorts(int first, int count) {
        ranges.add(new Range(true, first, count));
        return this;
    }

    /** Has addresses tested that somebody else claims. */
    Rig testMmio(long first, long length) {
        ranges.add(new Range(false, first, length));
        return this;
    }

    /** Has something done from the host's side between accesses. */
    Rig stimulus(Consumer<RandomGenerator> action) {
        stimuli.add(action);
        return this;
    }

    /**
     * Says how to empty queues that are the host's, not the device's: they are not in any state.
     */
    Rig hostQueue(Runnable empty) {
        hostQueues.add(empty);
        return this;
    }

    /** Names fields of the states that survive a reset, because the real chip has a battery. */
    Rig survivesReset(String... fields) {
        battery.addAll(List.of(fields));
        return this;
    }

    /** Returns a wire that ends on the bench. */
    IrqLine line() {
        IrqLine line = new IrqLine((pin, high) -> {}, lines.size());
        lines.add(line);
        return line;
    }

    /** Returns local APICs that take everything and do nothing. */
    LocalApics apics() {
        return new LocalApics() {
            @Override
            public void sendMsi(long address, int data) {}

            @Override
            public void route(int pin, boolean masked, long address, int data) {}

            @Override
            public void onEoi(EoiListener listener) {}

            @Override
            public void externalInterrupts(ExternalInterrupts source) {}

            @Override
            public LineSink intr() {
                return (pin, high) -> {};
            }
        };
    }

    void stimulate(RandomGenerator random) {
        for (Consumer<RandomGenerator> stimulus : stimuli) {
            stimulus.accept(random);
        }
    }

    void emptyHostQueues() {
        hostQueues.forEach(Runnable::run);
    }
}
