package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Processors that only write down what their APICs tell them, and what a guest does to an APIC. */
final class Board {
    static final long MSI = 0xfee0_0000L;
    static final int LEVEL = 1 << 15 | 1 << 14;
    static final long TSC_HZ = 2_500_000_000L;

    /** Soon the time overflows, as the host's may. */
    private static final long START = Long.MAX_VALUE - 1_234_567;

    final ManualTime time;
    final ApicBus bus;
    final List<LocalApic> apics = new ArrayList<>();
    final List<Processor> processors = new ArrayList<>();
    final List<Integer> ended = new ArrayList<>();
    long tscOffset;

    Board(int processorCount) {
        this(processorCount, new ApicFeatures(true, true, 40));
    }

    Board(int processorCount, ApicFeatures features) {
        time = new ManualTime(START);
        bus = new ApicBus(time);
        bus.onEoi(ended::add);
        for (int id = 0; id < processorCount; id++) {
            Processor processor = new Processor();
            processors.add(processor);
            apics.add(bus.add(id, processor, features, this::tsc, TSC_HZ));
        }
    }

    /** Counts 5 ticks in 2 nanoseconds from 0 at the beginning. */
    long tsc() {
        long passed = time.nanos() - START;
        return passed / 2 * 5 + tscOffset;
    }

    /** A board whose APICs are enabled by software, as an operating system has them. */
    static Board enabled(int processors) {
        Board board = new Board(processors);
        for (LocalApic apic : board.apics) {
            write(apic, SVR, 0x1ff);
        }
        return board;
    }

    /** The same in x2APIC mode. */
    static Board x2Apic(int processors) {
        Board board = enabled(processors);
        for (LocalApic apic : board.apics) {
            toX2Apic(apic);
        }
        return board;
    }

    static void toX2Apic(LocalApic apic) {
        apic.readMsr(MSR_BASE);
        if (!apic.writeMsr(MSR_BASE, apic.msrValue() | BASE_X2APIC)) {
            throw new AssertionError("no x2APIC mode");
        }
    }

    LocalApic apic() {
        return apics.getFirst();
    }

    Processor processor() {
        return processors.getFirst();
    }

    static int read(LocalApic apic, int register) {
        return apic.read(register << 4);
    }

    static void write(LocalApic apic, int register, int value) {
        apic.write(register << 4, value);
    }

    static void eoi(LocalApic apic) {
        write(apic, EOI, 0);
    }

    /** Reads the error status register as software must: by a write first. */
    static int errors(LocalApic apic) {
        write(apic, ESR, 0);
        return read(apic, ESR);
    }

    /** Sends an interprocessor interrupt in xAPIC mode. */
    static void ipi(LocalApic from, int destination, int command) {
        write(from, ICR_HIGH, destination << 24);
        write(from, ICR, command);
    }

    /** Takes everything that is deliverable, ends it at once, and returns the vectors. */
    static List<Integer> drain(LocalApic apic) {
        List<Integer> vectors = new ArrayList<>();
        for (int vector = apic.pendingVector(); vector >= 0; vector = apic.pendingVector()) {
            apic.accept(vector);
            vectors.add(vector);
            endAny(apic);
        }
        return vectors;
    }

    private static void endAny(LocalApic apic) {
        if (apic.page() >= 0) {
            eoi(apic);
        } else {
            apic.writeMsr(MSR_FIRST + EOI, 0);
        }
    }

    /** Returns the numbers of the processors that have something to take, and drains them. */
    List<Integer> receivers() {
        List<Integer> got = new ArrayList<>();
        for (int i = 0; i < apics.size(); i++) {
            if (!drain(apics.get(i)).isEmpty()) {
                got.add(i);
            }
        }
        return got;
    }

    /** What an APIC has told its processor. */
    static final class Processor implements ApicHost {
        final AtomicInteger attentions = new AtomicInteger();
        final AtomicInteger inits = new AtomicInteger();
        final AtomicInteger nmis = new AtomicInteger();
        final AtomicInteger smis = new AtomicInteger();
        volatile int startup = -1;

        @Override
        public void attention() {
            attentions.incrementAndGet();
        }

        @Override
        public void init() {
            inits.incrementAndGet();
        }

        @Override
        public void startup(int vector) {
            startup = vector;
        }

        @Override
        public void nmi() {
            nmis.incrementAndGet();
        }

        @Override
        public void smi() {
            smis.incrementAndGet();
        }
    }
}
