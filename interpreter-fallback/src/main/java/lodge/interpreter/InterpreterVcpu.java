package lodge.interpreter;

import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.backend.TraceWindow;
import lodge.core.backend.Tracing;
import lodge.core.backend.Vcpu;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.interpreter.apic.ApicBus;
import lodge.interpreter.apic.ApicFeatures;
import lodge.interpreter.apic.ApicHost;
import lodge.interpreter.apic.LocalApic;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A processor of the interpreter with its local APIC. */
final class InterpreterVcpu implements Vcpu, Tracing {
    private static final int CLOSED = 1 << 31;

    private final int id;
    private final Port port;
    private final Cpu cpu;
    private final LocalApic apic;
    private final StateTransfer state;

    /** How many threads are in {@link #kick}, and the bit that says that it is over. */
    private final AtomicInteger kickers = new AtomicInteger();

    InterpreterVcpu(
            int id,
            PhysicalMemory physical,
            IoSpace io,
            ProcessorModel model,
            ApicBus bus,
            TscClock clock,
            boolean shared,
            Turns turns) {
        this.id = id;
        port = new Port();
        cpu = new Cpu(physical, io, model, port, clock);
        cpu.shared = shared;
        if (turns != null) {
            turns.seat(cpu.mail);
        }
        apic =
                bus.add(
                        id,
                        new Host(),
                        new ApicFeatures(true, model.tscDeadline(), model.physicalBits()),
                        cpu.system::tsc,
                        SystemRegisters.TSC_HZ);
        port.apic = apic;
        state = new StateTransfer(cpu, apic);
    }

    Cpu cpu() {
        return cpu;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public Exit run() {
        Turns.Seat seat = cpu.mail.seat;
        if (seat == null) {
            return cpu.run();
        }
        seat.take();
        try {
            return cpu.run();
        } finally {
            seat.leave();
        }
    }

    @Override
    public void kick() {
        post(Cpu.KICK);
    }

    /** Leaves word for the processor unless its memory is about to be given back. */
    private void post(int bits) {
        if (kickers.incrementAndGet() >= 0) {
            cpu.attention(bits);
        }
        kickers.decrementAndGet();
    }

    @Override
    public void finishPendingIo() {
        // Every instruction completes its accesses before run() returns.
    }

    @Override
    public CpuState save() {
        return state.save();
    }

    @Override
    public void load(CpuState newState) {
        cpu.mail.init = false;
        cpu.mail.startup = -1;
        cpu.mail.nmi = false;
        state.load(newState);
    }

    @Override
    public void debug(DebugControl control) {
        cpu.debug.control(control);
    }

    @Override
    public void trace(TraceWindow window, Consumer<String> lines) {
        cpu.trace(new InstructionTrace(cpu, window, lines));
    }

    @Override
    public void close() {
        // The machine gives everything back at once: other processors may still write to this one's
        // TLB.
    }

    void release() {
        int now = kickers.updateAndGet(n -> n | CLOSED);
        while ((now & ~CLOSED) != 0) {
            Thread.onSpinWait();
            now = kickers.get();
        }
        cpu.free();
    }

    /** What the APIC tells its processor; any thread. */
    private final class Host implements ApicHost {
        @Override
        public void attention() {
            post(Cpu.INTERRUPT);
        }

        @Override
        public void init() {
            // Start-up IPIs in front of it have nothing to start any more.
            cpu.mail.startup = -1;
            cpu.mail.init = true;
            post(Cpu.EVENT);
        }

        @Override
        public void startup(int vector) {
            if (cpu.mail.startup < 0) {
                cpu.mail.startup = vector;
            }
            post(Cpu.EVENT);
        }

        @Override
        public void nmi() {
            cpu.mail.nmi = true;
            post(Cpu.EVENT);
        }

        @Override
        public void smi() {
            // There is no system-management mode.
        }
    }

    /** What the processor asks its APIC. */
    private static final class Port implements LocalApicPort {
        private LocalApic apic;

        @Override
        public boolean covers(long gpa) {
            return (gpa & -4096L) == apic.page();
        }

        @Override
        public long read(int offset, int size) {
            return apic.read(offset, size);
        }

        @Override
        public void write(int offset, int size, long value) {
            apic.write(offset, size, value);
        }

        @Override
        public int pending() {
            return apic.mayInterrupt() ? apic.pendingVector() : -1;
        }

        @Override
        public void accept(int vector) {
            apic.accept(vector);
        }

        @Override
        public boolean externalPending() {
            return apic.mayInterrupt() && apic.externalInterruptPending();
        }

        @Override
        public int acknowledgeExternal() {
            return apic.acknowledgeExternal();
        }

        @Override
        public int cr8() {
            return apic.cr8();
        }

        @Override
        public void cr8(int value) {
            apic.cr8(value);
        }

        @Override
        public boolean ownsMsr(int index) {
            return LocalApic.ownsMsr(index);
        }

        @Override
        public boolean readMsr(int index) {
            return apic.readMsr(index);
        }

        @Override
        public long msrValue() {
            return apic.msrValue();
        }

        @Override
        public boolean writeMsr(int index, long value) {
            return apic.writeMsr(index, value);
        }

        @Override
        public void init() {
            apic.init();
        }

        @Override
        public void tscChanged() {
            // Null only while the processor is being made.
            if (apic != null) {
                apic.tscChanged();
            }
        }
    }
}
