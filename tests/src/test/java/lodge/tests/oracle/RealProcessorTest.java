package lodge.tests.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.interpreter.InterpreterUnderTest;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;

/**
 * The interpreter against the processor that this test runs on: instructions of every row of the
 * instruction table, and of any bytes, with operands at the edges; all registers, flags and memory
 * compared. By default {@value #DEFAULT_COUNT}, or as many as {@value #SECONDS} seconds allow on a
 * host that is busy; {@code -Dlodge.oracle.count} says how many instead, however long it takes (the
 * long mode is 1000000000), {@code -Dlodge.oracle.first} from which on, {@code
 * -Dlodge.oracle.report} into which file the differences go, and {@code -Dlodge.oracle.only} that
 * only rows are taken whose name contains it.
 */
class RealProcessorTest {
    /** Every record follows from it and its index. */
    private static final long SEED = 0x10d6_e0ac_1e01L;

    private static final int DEFAULT_COUNT = 20_000_000;
    private static final int SECONDS = 180;
    private static final int BATCH = 1024;
    private static final int RANDOM_ONE_IN = 24;

    /** Of every so many instructions one more is 32-bit code, in compatibility mode. */
    private static final int SHARE_OF_32_BITS = 8;

    @Test
    void interpreterDoesWhatTheProcessorDoes() throws IOException, InterruptedException {
        compare(false, 1);
    }

    @Test
    void interpreterDoesIn32BitCodeWhatTheProcessorDoes() throws IOException, InterruptedException {
        compare(true, SHARE_OF_32_BITS);
    }

    private static void compare(boolean code32, int share)
            throws IOException, InterruptedException {
        Oracle.missing().ifPresent(reason -> assumeTrue(false, "Skipped: " + reason));
        long wanted = Long.getLong("lodge.oracle.count", DEFAULT_COUNT) / share;
        boolean limited = System.getProperty("lodge.oracle.count") == null;
        long nanos = limited ? SECONDS * 1_000_000_000L / share : Long.MAX_VALUE;
        long first = Long.getLong("lodge.oracle.first", 0);
        String only = System.getProperty("lodge.oracle.only", "");
        List<Form> forms =
                InterpreterUnderTest.forms(code32).stream()
                        .filter(f -> f.name().contains(only))
                        .toList();
        InstructionGenerator generator =
                new InstructionGenerator(
                        SEED, forms, only.isEmpty() ? RANDOM_ONE_IN : Integer.MAX_VALUE, code32);
        try (Oracle oracle = Oracle.start(BATCH);
                InterpreterUnderTest interpreter =
                        new InterpreterUnderTest(
                                oracle.dataArea(), oracle.readOnlyArea(), oracle.stackArea())) {
            OracleRun run = new OracleRun(oracle, interpreter, generator);
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long startOfThread = threads.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            long count = run.run(first, wanted, nanos);
            System.out.printf(
                    "oracle: %,d instructions (%d bits) of %d forms in %.1f s (processor time: here"
                            + " %.1f s, there %.1f s), %d differ, %d timed out%n",
                    count,
                    code32 ? 32 : 64,
                    forms.size(),
                    (System.nanoTime() - start) / 1e9,
                    (threads.getCurrentThreadCpuTime() - startOfThread) / 1e9,
                    oracle.seconds(),
                    run.report().total(),
                    run.timeouts());
            String report = System.getProperty("lodge.oracle.report");
            if (report != null) {
                run.report()
                        .write(
                                Path.of(code32 ? report + ".32" : report),
                                String.format(
                                        "%d of %d instructions differ (seed %d, from %d)",
                                        run.report().total(), count, SEED, first));
            }
            assertEquals(0, run.report().total(), () -> summary(run.report()));
        }
    }

    private static String summary(DifferenceReport report) {
        try {
            return "instructions differ; -Dlodge.oracle.report=FILE lists all:"
                    + report.summary(10);
        } catch (IOException e) {
            return "instructions differ, and the examples cannot be disassembled: " + e;
        }
    }
}
