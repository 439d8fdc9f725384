package lodge.tests.guests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.backend.Availability;
import lodge.core.backend.CpuModel;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.PortDevice;
import lodge.core.cpu.CpuState;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A backend of ours with as little around it as a guest program needs: 16 MiB, the ROM image at
 * 0xf0000 and below 4 GiB, a UART that only transmits, and a port 0xf4 that stops the machine. A
 * triple fault resets all processors, as a PC does.
 */
final class LodgeMachine implements Emulator {
    private static final long RAM = 16L << 20;
    private static final long TOP = 0x1_0000_0000L;
    private static final long LOW_ROM = 0xf0000;

    private final String backend;
    private final CpuModel model;

    LodgeMachine(String backend, CpuModel model) {
        this.backend = backend;
        this.model = model;
    }

    @Override
    public String name() {
        return backend;
    }

    @Override
    public String run(GuestProgram program, Path image, Path work, Duration limit) {
        Hypervisor hypervisor =
                ServiceLoader.load(Hypervisor.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(candidate -> candidate.name().equals(backend))
                        .findAny()
                        .orElseThrow(() -> new AssertionError("no backend named " + backend));
        if (hypervisor.probe() instanceof Availability.Missing missing) {
            assumeTrue(false, "Skipped: " + missing.reason() + "; remedy: " + missing.remedy());
        }
        try (Running machine = new Running(hypervisor, program, model, image)) {
            return machine.output(limit);
        }
    }

    @Override
    public String toString() {
        return backend + " as " + model;
    }

    /** Transmits at once; reads of its other registers say so, as an unclaimed port would. */
    private static final class Transmitter implements Device<Transmitter.State>, PortDevice {
        record State() {}

        private final Counters counters = new Counters();
        private final StringBuilder text = new StringBuilder();

        @Override
        public String name() {
            return "transmitter";
        }

        @Override
        public void reset() {}

        @Override
        public State save() {
            return new State();
        }

        @Override
        public void load(State state) {}

        @Override
        public Counters counters() {
            return counters;
        }

        @Override
        public int in(int offset, int size) {
            return 0xff;
        }

        @Override
        public void out(int offset, int size, int value) {
            if (offset == 0) {
                text.append((char) (value & 0xff));
            }
        }
    }

    /** One run. */
    private static final class Running implements AutoCloseable {
        private final Transmitter transmitter = new Transmitter();
        private final VirtualMachine vm;
        private final List<Vcpu> cpus = new ArrayList<>();
        private final boolean resets;
        private final CyclicBarrier resetPoint;
        private final AtomicReference<String> problem = new AtomicReference<>("");
        private volatile boolean stopped;
        private volatile boolean resetting;

        Running(Hypervisor hypervisor, GuestProgram program, CpuModel model, Path image) {
            int count = program.cpus();
            resets = program.resets();
            IoSpace io = new IoSpace();
            vm = hypervisor.create(new VmShape("guest-program", count, model), io);
            GuestMemory memory = vm.memory();
            MemoryBlock ram = memory.allocate("ram", RAM);
            memory.window(ram, 0, RAM, 0).place(0, true);
            byte[] bytes = read(image);
            MemoryBlock rom = memory.allocate("rom", bytes.length);
            MemorySegment.copy(bytes, 0, rom.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            memory.window(rom, 0, bytes.length, 1).place(LOW_ROM, false);
            memory.window(rom, 0, bytes.length, 1).place(TOP - bytes.length, false);
            for (int i = 0; i < count; i++) {
                cpus.add(vm.createVcpu(i));
            }
            resetPoint = new CyclicBarrier(count);
            io.claimPorts(transmitter, 0x3f8, 8, transmitter);
            io.claimPorts(transmitter, 0xf4, 4, new StopPort());
        }

        private static byte[] read(Path image) {
            try {
                return Files.readAllBytes(image);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private final class StopPort implements PortDevice {
            @Override
            public int in(int offset, int size) {
                return 0xff;
            }

            @Override
            public void out(int offset, int size, int value) {
                stop("");
            }
        }

        private void stop(String why) {
            problem.compareAndSet("", why);
            stopped = true;
            cpus.forEach(Vcpu::kick);
        }

        String output(Duration limit) {
            List<Thread> threads = new ArrayList<>();
            for (Vcpu cpu : cpus) {
                threads.add(Thread.ofPlatform().name("cpu " + cpu.id()).start(() -> life(cpu)));
            }
            long end = System.nanoTime() + limit.toNanos();
            try {
                for (Thread thread : threads) {
                    long left = Math.max(1, (end - System.nanoTime()) / 1_000_000);
                    if (!thread.join(Duration.ofMillis(left))) {
                        stop("stopped after " + limit);
                        thread.join();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
            String text = transmitter.text.toString();
            return problem.get().isEmpty() ? text : text + "\n" + problem.get() + "\n";
        }

        private void life(Vcpu cpu) {
            try {
                while (!stopped) {
                    switch (cpu.run()) {
                        case Exit.Signal.KICKED -> {
                            if (resetting) {
                                reset(cpu);
                            }
                        }
                        case Exit.Signal.SHUTDOWN, Exit.Signal.RESET -> {
                            if (!resets) {
                                stop("cpu " + cpu.id() + " shut down by a triple fault");
                                break;
                            }
                            resetting = true;
                            cpus.stream()
                                    .filter(other -> other.id() != cpu.id())
                                    .forEach(Vcpu::kick);
                            reset(cpu);
                        }
                        case Exit other -> stop("cpu " + cpu.id() + " ended with " + other);
                    }
                }
            } catch (RuntimeException e) {
                stop("cpu " + cpu.id() + " threw " + e + " at " + e.getStackTrace()[0]);
            } catch (InterruptedException | BrokenBarrierException e) {
                stop("cpu " + cpu.id() + ": " + e);
            }
        }

        private void reset(Vcpu cpu) throws InterruptedException, BrokenBarrierException {
            resetPoint.await();
            resetting = false;
            cpu.load(CpuState.reset(cpu.id(), vm.cpuSignature()));
            resetPoint.await();
        }

        @Override
        public void close() {
            vm.close();
        }
    }
}
