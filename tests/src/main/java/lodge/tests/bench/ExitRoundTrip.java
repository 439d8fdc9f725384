package lodge.tests.bench;

import com.sun.management.ThreadMXBean;

import lodge.core.backend.Availability;
import lodge.core.backend.CpuModel;
import lodge.core.backend.Exit;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.MemoryBlock;
import lodge.core.serial.ByteQueue;
import lodge.core.serial.CharPort;
import lodge.core.time.ManualClock;
import lodge.devices.serial.Uart16550;
import lodge.kvm.KvmHypervisor;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * How long the way from a guest's OUT to Lodge and back takes, compared with the shortest loop in C
 * on the same {@code /dev/kvm}. Rounds of both alternate, so that whatever else the host does
 * strikes both; of each the best burst counts, which is the one that was disturbed least. Beside
 * the ratio stand the bytes allocated per exit.
 */
public final class ExitRoundTrip {
    private static final int STOP_PORT = 0x10;
    private static final int CODE = 0x1000;
    private static final int EXITS = 250;
    private static final int BURSTS = 100;
    private static final int ROUNDS = 15;
    private static final int WARM_UP = 400;

    /**
     * Who answers the guest's OUT.
     *
     * @param name for the report
     * @param port the port it writes to
     * @param board claims what is there
     */
    public record Scenario(String name, int port, Consumer<IoSpace> board) {}

    /**
     * What was measured.
     *
     * @param scenario what
     * @param nanosInC nanoseconds per exit of the loop in C, in its best burst
     * @param nanosInJava the same of Lodge
     * @param bytesPerExit bytes allocated
     */
    public record Result(
            String scenario, double nanosInC, double nanosInJava, double bytesPerExit) {
        /** Returns Lodge's time over C's. */
        public double ratio() {
            return nanosInJava / nanosInC;
        }
    }

    private ExitRoundTrip() {}

    /** Returns what {@code ./dev bench exit} measures. */
    public static List<Scenario> scenarios() {
        return List.of(
                new Scenario("OUT to an unclaimed port", 0xed, io -> {}),
                new Scenario("OUT to the UART", 0x3f8, ExitRoundTrip::uart));
    }

    /** A 16550 whose other end is read by a thread, as a console's is. */
    private static void uart(IoSpace io) {
        CharPort port = new CharPort();
        Uart16550 uart = new Uart16550("uart", new ManualClock(), IrqLine.unconnected(), port);
        io.claimPorts(uart, 0x3f8, Uart16550.PORTS, uart);
        Thread reader = Thread.ofPlatform().daemon().unstarted(() -> drain(port.toHost()));
        reader.start();
    }

    private static void drain(ByteQueue queue) {
        byte[] buffer = new byte[4096];
        try {
            while (queue.take(buffer) >= 0) {
                Thread.onSpinWait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Runs all scenarios and prints one line for each.
     *
     * @param args none
     * @throws IOException when the C program cannot be built
     * @throws InterruptedException when interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (new KvmHypervisor().probe() instanceof Availability.Missing missing) {
            System.err.println(missing.reason() + "; " + missing.remedy());
            System.exit(1);
        }
        Path folder = Files.createTempDirectory("lodge-bench");
        try {
            Path program = compile(folder);
            for (Scenario scenario : scenarios()) {
                Result result = measure(scenario, program);
                System.out.printf(
                        "%-28s C %7.0f ns   Lodge %7.0f ns   ratio %.3f   %.3f bytes per exit%n",
                        result.scenario(),
                        result.nanosInC(),
                        result.nanosInJava(),
                        result.ratio(),
                        result.bytesPerExit());
            }
        } finally {
            for (String name : List.of("probe", "probe.c")) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.delete(folder);
        }
    }

    private static Path compile(Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve("probe.c");
        try (InputStream text = ExitRoundTrip.class.getResourceAsStream("exit_round_trip.c")) {
            Files.copy(text, source);
        }
        Path program = folder.resolve("probe");
        run(List.of("cc", "-O2", "-o", program.toString(), source.toString()));
        return program;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command.getFirst() + " failed; see its message above");
        }
        return output.strip();
    }

    /**
     * {@code again: mov ecx, EXITS; loop: out dx, al; dec ecx; jnz loop; out 0x10, al; jmp again}.
     */
    private static byte[] guest(int port) {
        String code =
                "66b9%s ba%s ee 6649 75fb e610 ebee"
                        .formatted(littleEndian(EXITS, 4), littleEndian(port, 2));
        return HexFormat.of().parseHex(code.replace(" ", ""));
    }

    private static String littleEndian(int value, int bytes) {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < bytes; i++) {
            hex.append("%02x".formatted(value >>> 8 * i & 0xff));
        }
        return hex.toString();
    }

    private static Result measure(Scenario scenario, Path program)
            throws IOException, InterruptedException {
        byte[] guest = guest(scenario.port());
        List<String> probe =
                List.of(
                        program.toString(),
                        Integer.toString(scenario.port()),
                        Integer.toString(BURSTS),
                        HexFormat.of().formatHex(guest));
        double[] inC = new double[ROUNDS];
        double[] inJava = new double[ROUNDS];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        IoSpace io = new IoSpace();
        scenario.board().accept(io);
        try (VirtualMachine machine =
                new KvmHypervisor().create(new VmShape("bench", 1, CpuModel.LODGE_V2), io)) {
            MemoryBlock ram = machine.memory().allocate("ram", 0x10000);
            machine.memory().window(ram, 0, 0x10000, 0).place(0, true);
            MemorySegment.copy(guest, 0, ram.segment(), ValueLayout.JAVA_BYTE, CODE, guest.length);
            Vcpu vcpu = machine.createVcpu(0);
            StopPort stop = new StopPort(vcpu);
            io.claimPorts(stop, STOP_PORT, 1, stop);
            start(vcpu, machine.cpuSignature());
            for (int i = 0; i < WARM_UP; i++) {
                round(vcpu);
            }
            threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                inC[i] = Long.parseLong(run(probe)) / (double) EXITS;
                long before = threads.getCurrentThreadAllocatedBytes();
                long best = Long.MAX_VALUE;
                for (int j = 0; j < BURSTS; j++) {
                    best = Math.min(best, round(vcpu));
                }
                bytes += threads.getCurrentThreadAllocatedBytes() - before;
                inJava[i] = best / (double) EXITS;
            }
        }
        return new Result(
                scenario.name(),
                Arrays.stream(inC).min().orElseThrow(),
                Arrays.stream(inJava).min().orElseThrow(),
                bytes / (double) ROUNDS / BURSTS / EXITS);
    }

    private static long round(Vcpu vcpu) {
        long start = System.nanoTime();
        Exit exit = vcpu.run();
        long nanos = System.nanoTime() - start;
        if (exit != Exit.Signal.KICKED) {
            throw new IllegalStateException("The guest ended with " + exit);
        }
        return nanos;
    }

    private static void start(Vcpu vcpu, int signature) {
        CpuState reset = CpuState.reset(0, signature);
        SegmentRegisters segments =
                SegmentRegisters.uniform(
                        SegmentRegister.real(0, 0xb), SegmentRegister.real(0, 0x3));
        vcpu.load(reset.with(GeneralRegisters.entry(CODE, 0, 0), segments, reset.control()));
    }

    private static final class StopPort implements Device<StopPort.State>, PortDevice {
        private final Vcpu vcpu;
        private final Counters counters = new Counters();

        private record State() {}

        private StopPort(Vcpu vcpu) {
            this.vcpu = vcpu;
        }

        @Override
        public String name() {
            return "stop";
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
            vcpu.kick();
        }
    }
}
