package lodge.machine.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.BadConfigException;
import lodge.core.backend.Availability;
import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.LocalApics;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.core.memory.GuestMemory;

import java.util.Set;
import java.util.function.LongSupplier;

/** A hypervisor of any speed, in a time of its own: executes the meter's loop and nothing else. */
final class FakeHypervisor implements Hypervisor {
    /** Time that passes only where instructions are executed. */
    static final class Clock implements LongSupplier {
        private double now = 1e9;

        @Override
        public long getAsLong() {
            return (long) now;
        }
    }

    /** An exit to the host takes this long. */
    private static final double EXIT_NANOS = 5000;

    private final String name;
    private final double mips;
    private final Clock clock;
    private Availability availability = new Availability.Ready("fine", Set.of());
    private boolean fails;
    private boolean shutsDown;
    private boolean kicks;
    private int interruptedIn = -1;
    private long interruption;
    private int made;
    private int open;

    FakeHypervisor(String name, double mips, Clock clock) {
        this.name = name;
        this.mips = mips;
        this.clock = clock;
    }

    FakeHypervisor missing(String reason, String remedy) {
        availability = new Availability.Missing(reason, remedy);
        return this;
    }

    FakeHypervisor failing() {
        fails = true;
        return this;
    }

    FakeHypervisor shuttingDown() {
        shutsDown = true;
        return this;
    }

    FakeHypervisor kickedOften() {
        kicks = true;
        return this;
    }

    /** The host takes its time in one round. */
    FakeHypervisor interruptedIn(int round, long nanos) {
        interruptedIn = round;
        interruption = nanos;
        return this;
    }

    /** Returns how many machines were made. */
    int made() {
        return made;
    }

    /** Returns how many machines and processors have not been closed. */
    int open() {
        return open;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Availability probe() {
        return availability;
    }

    @Override
    public VirtualMachine create(VmShape shape, IoSpace io) {
        if (fails) {
            throw new BadConfigException("Out of machines; close one");
        }
        assertEquals(1, shape.cpus());
        made++;
        open++;
        return new Machine(io);
    }

    private final class Machine implements VirtualMachine {
        private final IoSpace io;
        private final GuestMemory memory = GuestMemory.forTests();

        Machine(IoSpace io) {
            this.io = io;
        }

        @Override
        public GuestMemory memory() {
            return memory;
        }

        @Override
        public LocalApics localApics() {
            throw new UnsupportedOperationException("nobody interrupts a measurement");
        }

        @Override
        public Vcpu createVcpu(int id) {
            open++;
            return new Processor(io);
        }

        @Override
        public int cpuSignature() {
            return 0x6a5;
        }

        @Override
        public void close() {
            open--;
        }
    }

    /** Does what the code does: counts in EAX, EBX at a time, and tells the port in DX. */
    private final class Processor implements Vcpu {
        private final IoSpace io;
        private int port;
        private int count;
        private int round;
        private int rounds;
        private boolean kicked;

        Processor(IoSpace io) {
            this.io = io;
        }

        @Override
        public int id() {
            return 0;
        }

        @Override
        public Exit run() {
            if (shutsDown) {
                return Exit.Signal.SHUTDOWN;
            }
            do {
                io.out(port, 4, count);
                clock.now += EXIT_NANOS;
                if (!kicked) {
                    count += round;
                    clock.now += round * 3 / mips * 1000;
                    round += round;
                    if (rounds++ == interruptedIn) {
                        clock.now += interruption;
                    }
                }
            } while (!kicked && !kicks);
            return Exit.Signal.KICKED;
        }

        @Override
        public void kick() {
            kicked = true;
        }

        @Override
        public void finishPendingIo() {}

        @Override
        public CpuState save() {
            throw new UnsupportedOperationException("the port knows all");
        }

        @Override
        public void load(CpuState state) {
            port = (int) state.general().rdx();
            count = (int) state.general().rax();
            round = (int) state.general().rbx();
        }

        @Override
        public void debug(DebugControl control) {}

        @Override
        public void close() {
            open--;
        }
    }
}
