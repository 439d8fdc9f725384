package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assertions.fail;

/** Collects differences between the processor and ours, and fails with the first few. */
final class Verdict {
    private static final int SHOWN = 12;

    private final StringBuilder report = new StringBuilder();
    private int differences;

    void differ(String what) {
        if (differences++ < SHOWN) {
            report.append('\n').append(what);
        }
    }

    void verify(String operation, long compared) {
        if (differences != 0) {
            fail(operation + ": " + differences + " of " + compared + " differ" + report);
        }
    }
}
