package lodge.tests.bench;

import lodge.core.backend.CpuModel;
import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.PortDevice;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;

/**
 * Six integer loops on the processor in pure Java, in 64-bit mode with paging: million guest
 * instructions a second after warm-up, the ratio to the same machine code run natively in the same
 * run, and the bytes allocated meanwhile. The instructions are counted by stepping once through
 * each loop. Needs gcc.
 */
public final class Loops {
    private static final String[] NAMES = {"sieve", "sha256", "fib", "bytecode", "sort", "list"};
    private static final long STACK = 0x7f_0000;
    private static final long TABLES = 0x8_0000;
    private static final int ROUNDS = 10;
    private static final long INSTRUCTIONS_A_ROUND = 50_000_000;
    private static final double WANTED_MIPS = 250;

    private Loops() {}

    /**
     * Measures and prints.
     *
     * @param args none
     * @throws IOException if the compiler cannot be started
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("lodge-loops");
        Path source = folder.resolve("loops.c");
        try (InputStream in = Loops.class.getResourceAsStream("loops.c")) {
            Files.copy(in, source);
        }
        call(folder, "gcc", "-O2", "-DNATIVE", "-o", "native", "loops.c");
        call(
                folder,
                "gcc",
                "-O2",
                "-ffreestanding",
                "-nostdlib",
                "-static",
                "-fno-pic",
                "-no-pie",
                "-mno-sse",
                "-fno-tree-vectorize",
                "-fno-asynchronous-unwind-tables",
                "-fcf-protection=none",
                "-Wl,-Ttext-segment=0x400000,--build-id=none",
                "-o",
                "guest.elf",
                "loops.c");
        byte[] guest = Files.readAllBytes(folder.resolve("guest.elf"));
        Hypervisor interpreter =
                ServiceLoader.load(Hypervisor.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(it -> it.name().equals("interpreter"))
                        .findAny()
                        .orElseThrow();
        IoSpace io = new IoSpace();
        try (VirtualMachine vm =
                interpreter.create(new VmShape("loops", 1, CpuModel.LODGE_V2), io)) {
            new Run(vm, io, guest).measure(folder);
        }
    }

    /** One machine with the loops in its memory. */
    private static final class Run {
        private final Vcpu cpu;
        private final CpuState entry;
        private final long start;

        /** Copies the segments of an ELF file to their addresses. Returns its entry point. */
        private static long place(byte[] file, MemoryBlock ram) {
            ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            int headers = (int) elf.getLong(32);
            for (int n = 0; n < elf.getShort(56); n++) {
                int at = headers + 56 * n;
                if (elf.getInt(at) == 1) {
                    MemorySegment.copy(
                            file,
                            (int) elf.getLong(at + 8),
                            ram.segment(),
                            ValueLayout.JAVA_BYTE,
                            elf.getLong(at + 24),
                            (int) elf.getLong(at + 32));
                }
            }
            return elf.getLong(24);
        }

        Run(VirtualMachine vm, IoSpace io, byte[] guest) {
            GuestMemory memory = vm.memory();
            MemoryBlock ram = memory.allocate("ram", 16 << 20);
            memory.window(ram, 0, 16 << 20, 0).place(0, true);
            start = place(guest, ram);
            // 4 KiB pages for the first 16 MiB, so that the TLB works as under a kernel.
            memory.writeLong(TABLES, TABLES + 0x1000 | 3);
            memory.writeLong(TABLES + 0x1000, TABLES + 0x2000 | 3);
            for (int table = 0; table < 8; table++) {
                long at = TABLES + 0x3000 + 0x1000 * table;
                memory.writeLong(TABLES + 0x2000 + 8 * table, at | 3);
                for (int page = 0; page < 512; page++) {
                    memory.writeLong(at + 8 * page, ((long) table << 9 | page) << 12 | 3);
                }
            }
            cpu = vm.createVcpu(0);
            Stop stop = new Stop(cpu);
            io.claimPorts(stop, 0x10, 1, stop);
            CpuState reset = CpuState.reset(0, vm.cpuSignature());
            ControlRegisters control =
                    new ControlRegisters(
                            ControlRegisters.CR0_PG
                                    | ControlRegisters.CR0_PE
                                    | ControlRegisters.CR0_ET,
                            0,
                            TABLES,
                            ControlRegisters.CR4_PAE,
                            0,
                            ControlRegisters.EFER_LME | ControlRegisters.EFER_LMA,
                            1);
            SegmentRegisters segments =
                    SegmentRegisters.uniform(
                            SegmentRegister.flat(8, 0xb, SegmentRegister.LONG),
                            SegmentRegister.flat(16, 0x3, SegmentRegister.DEFAULT_BIG));
            entry = reset.with(reset.general(), segments, control);
        }

        private void begin(int loop) {
            GeneralRegisters general =
                    new GeneralRegisters(
                            0, 0, 0, 0, 0, loop, 0, STACK, 0, 0, 0, 0, 0, 0, 0, 0, start, 2);
            cpu.load(entry.with(general, entry.segments(), entry.control()));
        }

        /** Steps through a loop. Returns how many instructions it has. */
        private long count(int loop) {
            begin(loop);
            cpu.debug(DebugControl.step());
            long count = 0;
            while (cpu.run() == Exit.Signal.DEBUG_STOP) {
                count++;
            }
            cpu.debug(DebugControl.NONE);
            return count;
        }

        private void measure(Path folder) throws IOException, InterruptedException {
            long[] counts = new long[NAMES.length];
            double[] best = new double[NAMES.length];
            double[] ratio = new double[NAMES.length];
            java.util.Arrays.fill(ratio, Double.MAX_VALUE);
            for (int loop = 0; loop < NAMES.length; loop++) {
                counts[loop] = count(loop);
            }
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = 0;
            long executed = 0;
            for (int round = 0; round < ROUNDS; round++) {
                List<String> natively =
                        call(folder, folder.resolve("native").toString()).lines().toList();
                for (int loop = 0; loop < NAMES.length; loop++) {
                    int times = (int) Math.max(1, INSTRUCTIONS_A_ROUND / counts[loop]);
                    long nanos = 0;
                    for (int n = 0; n < times; n++) {
                        begin(loop);
                        long bytes = threads.getCurrentThreadAllocatedBytes();
                        long began = System.nanoTime();
                        Exit exit = cpu.run();
                        nanos += System.nanoTime() - began;
                        if (exit != Exit.Signal.KICKED) {
                            throw new IllegalStateException("The guest ended with " + exit);
                        }
                        if (round == ROUNDS - 1) {
                            allocated += threads.getCurrentThreadAllocatedBytes() - bytes;
                            executed += counts[loop];
                        }
                    }
                    String[] nativeResult = natively.get(loop).split(" ", -1);
                    long result = cpu.save().general().rax();
                    if (result != Long.parseUnsignedLong(nativeResult[0])) {
                        throw new IllegalStateException(
                                "%s gives %d, natively %s"
                                        .formatted(NAMES[loop], result, nativeResult[0]));
                    }
                    double each = (double) nanos / times;
                    best[loop] = Math.max(best[loop], 1e3 * counts[loop] / each);
                    ratio[loop] = Math.min(ratio[loop], each / Long.parseLong(nativeResult[1]));
                }
            }
            double mips = 1;
            double slower = 1;
            for (int loop = 0; loop < NAMES.length; loop++) {
                System.out.printf(
                        Locale.ROOT,
                        "%-10s %9d instructions  %5.0f MIPS  %5.1f times native%n",
                        NAMES[loop],
                        counts[loop],
                        best[loop],
                        ratio[loop]);
                mips *= best[loop];
                slower *= ratio[loop];
            }
            mips = Math.pow(mips, 1.0 / NAMES.length);
            System.out.printf(
                    Locale.ROOT,
                    "geometric mean: %.0f MIPS (promised: %.0f), %.1f times native; %d bytes"
                            + " allocated in %d million instructions%n",
                    mips,
                    WANTED_MIPS,
                    Math.pow(slower, 1.0 / NAMES.length),
                    allocated,
                    executed / 1_000_000);
        }
    }

    /** The port by which a guest says that it is done. */
    private static final class Stop implements PortDevice, Device<Stop.State> {
        private final Vcpu cpu;
        private final Counters counters = new Counters();

        Stop(Vcpu cpu) {
            this.cpu = cpu;
        }

        /** Nothing. */
        record State() {}

        @Override
        public int in(int offset, int size) {
            return 0xff;
        }

        @Override
        public void out(int offset, int size, int value) {
            cpu.kick();
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
    }

    private static String call(Path folder, String... command)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + output);
        }
        return output;
    }
}
