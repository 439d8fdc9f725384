package lodge.tests.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.interpreter.InterpreterUnderTest;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.function.Consumer;

/** Whatever a processor does wrong is found: the interpreter, with one thing spoiled. */
class ComparisonTest {
    private static final long SEED = 5;
    private static final int COUNT = 1500;

    private static Oracle oracle;
    private static InterpreterUnderTest interpreter;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Oracle.missing().ifPresent(reason -> assumeTrue(false, "Skipped: " + reason));
        oracle = Oracle.start(256);
        interpreter =
                new InterpreterUnderTest(
                        oracle.dataArea(), oracle.readOnlyArea(), oracle.stackArea());
    }

    @AfterAll
    static void stop() throws IOException {
        if (interpreter != null) {
            interpreter.close();
        }
        if (oracle != null) {
            oracle.close();
        }
    }

    /** Returns how many records differ when the outcomes are spoiled. */
    private static long found(Consumer<StateAfter> spoil) throws IOException {
        CpuUnderTest cpu =
                new CpuUnderTest() {
                    @Override
                    public void load(StateBefore before) {
                        interpreter.load(before);
                    }

                    @Override
                    public void step() {
                        interpreter.step();
                    }

                    @Override
                    public void store(StateAfter after, boolean everywhere) {
                        interpreter.store(after, everywhere);
                        spoil.accept(after);
                    }

                    @Override
                    public boolean tidy() {
                        return interpreter.tidy();
                    }
                };
        InstructionGenerator generator =
                new InstructionGenerator(SEED, InterpreterUnderTest.forms(false), 10);
        OracleRun run = new OracleRun(oracle, cpu, generator);
        assertEquals(COUNT, run.run(0, COUNT, Long.MAX_VALUE));
        return run.report().total();
    }

    private static void nearlyAllAreFound(Consumer<StateAfter> spoil) throws IOException {
        long found = found(spoil);
        assertTrue(found > COUNT * 95 / 100, () -> found + " of " + COUNT);
    }

    @Test
    void nothingIsFoundWhereNothingIsSpoiled() throws IOException {
        assertEquals(0, found(after -> {}));
    }

    @Test
    void wrongRegisterIsFound() throws IOException {
        int[] n = {0};
        nearlyAllAreFound(
                after -> {
                    int register = n[0]++ * 5 & 15;
                    after.gpr(register, after.gpr(register) ^ 1L << 40);
                });
    }

    @Test
    void wrongRipIsFound() throws IOException {
        nearlyAllAreFound(after -> after.rip(after.rip() + 1));
    }

    @Test
    void wrongFlagIsFoundUnlessItIsUndefined() throws IOException {
        nearlyAllAreFound(after -> after.rflags(after.rflags() ^ 0x400)); // DF
        for (int flag : new int[] {1, 4, 0x10, 0x40, 0x80, 0x800}) {
            long found = found(after -> after.rflags(after.rflags() ^ flag));
            assertTrue(found > COUNT * 85 / 100, () -> "flag " + flag + ": " + found);
        }
    }

    @Test
    void wrongStoreIsFound() throws IOException {
        nearlyAllAreFound(after -> after.addChange(OracleLayout.DATA + 8, 1));
    }

    @Test
    void wrongVectorIsFound() throws IOException {
        int[] n = {0};
        nearlyAllAreFound(
                after -> {
                    int word = n[0]++ * 5 & 63;
                    long at =
                            (word < 32 ? OracleLayout.XMM : OracleLayout.YMM_HIGH)
                                    + (word & 31) * 8L;
                    after.putLong(at, after.getLong(at) ^ 0x7000);
                });
    }

    @Test
    void wrongControlAndStatusAreFound() throws IOException {
        nearlyAllAreFound(
                after -> after.putInt(OracleLayout.MXCSR, after.getInt(OracleLayout.MXCSR) ^ 0x20));
        nearlyAllAreFound(
                after -> after.putInt(OracleLayout.X87, after.getInt(OracleLayout.X87) ^ 0x400));
        nearlyAllAreFound(
                after -> after.putInt(OracleLayout.X87, after.getInt(OracleLayout.X87) ^ 0x200000));
    }

    @Test
    void wrongX87RegisterIsFound() throws IOException {
        int[] n = {0};
        nearlyAllAreFound(
                after -> {
                    long at = OracleLayout.X87 + 32 + (n[0]++ * 3 & 7) * 16L;
                    after.putLong(at, after.getLong(at) ^ 4);
                });
    }

    @Test
    void wrongOutcomeIsFound() throws IOException {
        nearlyAllAreFound(
                after -> {
                    if (after.completed()) {
                        after.kind(StateAfter.EXCEPTION);
                        after.vector(8);
                    } else {
                        after.vector(after.vector() + 1);
                    }
                });
        nearlyAllAreFound(
                after -> {
                    if (after.completed()) {
                        after.rip(after.rip() - 1);
                    } else {
                        after.error(after.error() ^ 2);
                    }
                });
    }
}
