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

    /** Compares {@code count} records from {@code first} on. */
    void run(long first, long count) throws IOException {
        int half = 0;
        long next = first;
        long end = first + count;
        while (next < end || sizeOf[half ^ 1] > 0) {
            int size = (int) Math.min(oracle.capacity(), end - next);
            fill(half, next, size);
            next += size;
            if (size > 0) {
                oracle.submit(half, size);
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
            cpu.load(before);
            cpu.step();
            cpu.store(ours);
            encoding.parse(before);
            int differences = Comparison.differences(encoding, before, host, ours);
            if (differences != 0) {
                report.add(
                        forms[half][i],
                        encoding,
                        generator.seed(),
                        firstOf[half] + i,
                        differences,
                        before,
                        host,
                        ours);
            }
        }
    }
}
