package lodge.machine.host;

import lodge.core.BadStateException;
import lodge.core.backend.CpuModel;
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

import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Measures how fast a hypervisor executes kernel code: a loop in ring 0 of 64-bit mode with paging,
 * where operating systems run. A hypervisor that uses the processor does thousands of millions of
 * instructions a second there, one that emulates it some millions.
 *
 * <p>A hypervisor that is fast beyond doubt is let go early, so that starting a machine with it
 * costs hardly more than a second machine's making.
 *
 * <p>The guest counts in rounds, each twice as long as all before, and after each writes its count
 * to a port. The port takes the time, and stops the processor when the rounds have got long enough;
 * the best round is the measure. So neither making the machine nor first touches of memory count,
 * and nothing must be interrupted.
 */
final class BackendMeter {
    /** How long it takes to tell a processor from an emulation, in nanoseconds. */
    static final long BRIEFLY = 2_000_000;

    /** No speed is enough to stop early. */
    static final double ANY = Double.MAX_VALUE;

    private static final int PORT = 0x80;
    private static final int MEMORY = 0x10000;
    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int PAGE_DIRECTORY = 0x3000;
    private static final int CODE = 0x4000;
    private static final int PRESENT_WRITABLE = 3;
    private static final int LARGE_PAGE = 1 << 7;
    private static final int FIRST_ROUND = 64;
    private static final int INSTRUCTIONS_IN_LOOP = 3;

    /** A round of fewer instructions is too short to be sure of anything. */
    private static final double SURE = 150_000;

    /** So many that a host that was busy elsewhere during some of them does no harm. */
    private static final int LEAST_ROUNDS = 4;

    private static final int RUNS_WITHOUT_END = 1000;

    private static final byte[] LOOP = {
        (byte) 0xef, // 0: out dx,eax
        (byte) 0x89,
        (byte) 0xd9, // 1: mov ecx,ebx
        (byte) 0xff,
        (byte) 0xc0, // 3: inc eax
        (byte) 0xff,
        (byte) 0xc9, // 5: dec ecx
        0x75,
        (byte) 0xfa, // 7: jnz 3
        0x01,
        (byte) 0xdb, // 9: add ebx,ebx
        (byte) 0xeb,
        (byte) 0xf3, // b: jmp 0
    };

    private final LongSupplier nanos;

    /**
     * A meter.
     *
     * @param nanos the time
     */
    BackendMeter(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Measures.
     *
     * @param hypervisor one that works here
     * @param duration nanoseconds it may take, about
     * @param enough millions of instructions a second that end the measurement early
     * @return millions of instructions a second, more than 0
     * @throws lodge.core.LodgeException when it cannot run the loop
     */
    double measure(Hypervisor hypervisor, long duration, double enough) {
        IoSpace io = new IoSpace();
        Stopwatch watch = new Stopwatch(nanos, duration, enough);
        io.claimPorts(watch, PORT, 4, watch);
        VmShape shape = new VmShape("measurement", 1, CpuModel.HOST);
        try (VirtualMachine vm = hypervisor.create(shape, io)) {
            GuestMemory memory = vm.memory();
            MemoryBlock ram = memory.allocate("ram", MEMORY);
            memory.window(ram, 0, MEMORY, 0).place(0, true);
            memory.writeLong(PML4, PDPT | PRESENT_WRITABLE);
            memory.writeLong(PDPT, PAGE_DIRECTORY | PRESENT_WRITABLE);
            memory.writeLong(PAGE_DIRECTORY, LARGE_PAGE | PRESENT_WRITABLE);
            memory.write(CODE, MemorySegment.ofArray(LOOP), 0, LOOP.length);
            try (Vcpu vcpu = vm.createVcpu(0)) {
                watch.vcpu = vcpu;
                vcpu.load(entry(vm.cpuSignature()));
                for (int i = 0; !watch.stopped; i++) {
                    Exit exit = vcpu.run();
                    boolean goesOn = exit == Exit.Signal.KICKED && i < RUNS_WITHOUT_END;
                    if (!goesOn && !watch.stopped) {
                        throw new BadStateException(
                                "It cannot run a loop in 64-bit mode (%s); choose another backend"
                                        .formatted(exit));
                    }
                }
            }
        }
        return watch.mips;
    }

    private static CpuState entry(int signature) {
        CpuState reset = CpuState.reset(0, signature);
        GeneralRegisters general =
                new GeneralRegisters(
                        0,
                        FIRST_ROUND,
                        0,
                        PORT,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        CODE,
                        GeneralRegisters.RFLAGS_FIXED);
        SegmentRegisters segments =
                SegmentRegisters.uniform(
                        SegmentRegister.flat(0x8, 0xb, SegmentRegister.LONG),
                        SegmentRegister.flat(0x10, 0x3, SegmentRegister.DEFAULT_BIG));
        ControlRegisters control =
                new ControlRegisters(
                        ControlRegisters.CR0_PE | ControlRegisters.CR0_ET | ControlRegisters.CR0_PG,
                        0,
                        PML4,
                        ControlRegisters.CR4_PAE,
                        0,
                        ControlRegisters.EFER_LME | ControlRegisters.EFER_LMA,
                        1);
        return reset.with(general, segments, control);
    }

    /** What the stopwatch shows. */
    private record Reading(int counted) {}

    /** The port that takes the time. */
    private static final class Stopwatch implements Device<Reading>, PortDevice {
        private final LongSupplier nanos;
        private final long duration;
        private final double enough;
        private final Counters counters = new Counters();
        private Vcpu vcpu;
        private boolean running;
        private boolean stopped;
        private long started;
        private long roundStarted;
        private int counted;
        private int rounds;
        private double mips;

        Stopwatch(LongSupplier nanos, long duration, double enough) {
            this.nanos = nanos;
            this.duration = duration;
            this.enough = enough;
        }

        @Override
        public int width() {
            return 4;
        }

        @Override
        public int in(int offset, int size) {
            return -1;
        }

        @Override
        public void out(int offset, int size, int value) {
            long now = nanos.getAsLong();
            if (!running) {
                running = true;
                started = now;
            } else if (!stopped) {
                double instructions =
                        INSTRUCTIONS_IN_LOOP * (double) Integer.toUnsignedLong(value - counted);
                // Millions a second are thousands a nanosecond.
                mips = Math.max(mips, instructions * 1000 / Math.max(now - roundStarted, 1));
                rounds++;
                // The next round would take as long as all until now.
                stopped =
                        now - started >= duration / 2 && rounds >= LEAST_ROUNDS
                                || mips >= enough && instructions >= SURE;
            }
            if (stopped) {
                vcpu.kick();
            }
            counted = value;
            roundStarted = nanos.getAsLong();
        }

        @Override
        public String name() {
            return "stopwatch";
        }

        @Override
        public void reset() {}

        @Override
        public Reading save() {
            return new Reading(counted);
        }

        @Override
        public void load(Reading state) {
            counted = state.counted;
        }

        @Override
        public Counters counters() {
            return counters;
        }
    }
}
