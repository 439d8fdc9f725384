package lodge.tests.oracle;

import java.io.IOException;

/**
 * Runs records through both processors. While the oracle executes one half, this side makes the
 * other half and executes and compares the one before.
 */
final class OracleRun {
    private final Oracle oracle;
    private final CpuUnderTest cpu;
    private final InstructionGenerator generator;
    private final DifferenceReport report = new DifferenceReport();
    private final StateBefore before = new StateBefore();
    private final StateAfter host = new StateAfter();
    private final StateAfter ours = lodge.interpreter.InterpreterUnderTest.newOutcome();
    private final Encoding encoding = new Encoding();
    private final Form[][] forms;
    private final long[] firstOf = new long[2];
    private final int[] sizeOf = new int[2];
    private long timeouts;

    OracleRun(Oracle oracle, CpuUnderTest cpu, InstructionGenerator generator) {
        this.oracle = oracle;
        this.cpu = cpu;
        this.generator = generator;
        forms = new Form[2][oracle.capacity()];
    }

    DifferenceReport report() {
        return report;
    }

    /** Returns how many instructions did not end on the host. */
    long timeouts() {
        return timeouts;
    }

    /**
     * Compares records.
     *
     * @param first index of the first one
     * @param count how many at most
     * @param nanos after which time to stop
     * @return how many it was
     */
    long run(long first, long count, long nanos) throws IOException {
        int half = 0;
        long start = System.nanoTime();
        long next = first;
        long end = first + count;
        while (next < end || sizeOf[half ^ 1] > 0) {
            int size = (int) Math.min(oracle.capacity(), end - next);
            fill(half, next, size);
            next += size;
            if (size > 0) {
                oracle.submit(half, size);
            }
            if (System.nanoTime() - start > nanos) {
                end = next;
            }
            half ^= 1;
            if (sizeOf[half] > 0) {
                oracle.await(half);
                compare(half);
            }
        }
        if (sizeOf[half ^ 1] > 0) {
            oracle.await(half ^ 1);
            compare(half ^ 1);
        }
        return next - first;
    }

    private void fill(int half, long first, int size) {
        firstOf[half] = first;
        sizeOf[half] = size;
        for (int i = 0; i < size; i++) {
            oracle.view(half, i, before, host);
            forms[half][i] = generator.make(first + i, before);
        }
    }

    private void compare(int half) {
        int size = sizeOf[half];
        sizeOf[half] = 0;
        for (int i = 0; i < size; i++) {
            oracle.view(half, i, before, host);
            if (host.kind() == StateAfter.TIMEOUT) {
                timeouts++;
                continue;
            }
            int differences = execute(host.changes() > 0 && !near());
            if (differences != 0) {
                // What an earlier record left behind may be the reason: again, in tidy memory.
                cpu.tidy();
                differences = execute(true);
            }
            if (differences != 0) {
                note(half, i, differences);
            }
        }
        if (!cpu.tidy()) {
            compareEverywhere(half, size);
        }
    }

    private int execute(boolean everywhere) {
        cpu.load(before);
        cpu.step();
        cpu.store(ours, everywhere);
        encoding.parse(before);
        return Comparison.differences(encoding, before, host, ours);
    }

    private void note(int half, int i, int differences) {
        Form form = forms[half][i];
        long index = firstOf[half] + i;
        report.add(form, encoding, generator.seed(), index, differences, before, host, ours);
    }

    /** Finds the record whose stores went astray in a half that has been compared. */
    private void compareEverywhere(int half, int size) {
        for (int i = 0; i < size; i++) {
            oracle.view(half, i, before, host);
            if (host.kind() != StateAfter.TIMEOUT) {
                int differences = execute(true);
                if (differences == Comparison.MEMORY) {
                    note(half, i, differences);
                }
            }
        }
    }

    /** Returns whether the host wrote only where {@link CpuUnderTest#store} always looks. */
    private boolean near() {
        long window = OracleLayout.DATA + before.windowOffset() - CpuUnderTest.NEAR;
        long rsp = before.gpr(4) - CpuUnderTest.NEAR;
        for (int i = 0; i < host.listed(); i++) {
            long address = host.changeAddress(i);
            boolean inWindow =
                    address >= window
                            && address - window < OracleLayout.WINDOW_SIZE + CpuUnderTest.NEAR;
            boolean onStack = address >= rsp && address - rsp < CpuUnderTest.NEAR * 2;
            if (!inWindow && !onStack) {
                return false;
            }
        }
        return host.changes() == host.listed();
    }
}
