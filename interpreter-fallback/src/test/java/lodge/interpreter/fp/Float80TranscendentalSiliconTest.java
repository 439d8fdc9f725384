package lodge.interpreter.fp;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Transcendental operations against the processor this runs on: exceptions, codes and special cases
 * the same, results within one unit in the last place. C1 follows the rounding of each; it is
 * compared where the exact result decides it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Float80TranscendentalSiliconTest {
    /** Batches of 1024 records for each operation: {@code -Dlodge.fp.batches=N} for more. */
    private static final int BATCHES = Integer.getInteger("lodge.fp.batches", 100);

    private static final int TOP = 7 << 11;

    private Silicon silicon;

    @BeforeAll
    void startTheProgram() throws Exception {
        silicon = Silicon.startAmd();
    }

    @AfterAll
    void endTheProgram() throws Exception {
        if (silicon != null) {
            silicon.close();
        }
    }

    private interface Calculation {
        void run(FpContext c, int ase, long am, int bse, long bm);
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Operation {
        TWO_TO_X_MINUS_ONE(35, 0, (c, s, m, t, n) -> Float80Transcendental.twoToXMinusOne(c, s, m)),
        Y_LOG_X(36, -1, Float80Transcendental::yLogX),
        Y_LOG_X_PLUS_ONE(37, -1, Float80Transcendental::yLogXPlusOne),
        ARCTANGENT(38, -1, Float80Transcendental::arctangent),
        SINE(39, 0, (c, s, m, t, n) -> Float80Transcendental.sine(c, s, m)),
        COSINE(40, 0, (c, s, m, t, n) -> Float80Transcendental.cosine(c, s, m)),
        SINE_COSINE(41, 1, (c, s, m, t, n) -> Float80Transcendental.sineCosine(c, s, m)),
        TANGENT(42, 1, (c, s, m, t, n) -> Float80Transcendental.tangent(c, s, m));

        private final int number;
        private final int pushes;
        private final Calculation calculation;

        Operation(int number, int pushes, Calculation calculation) {
            this.number = number;
            this.pushes = pushes;
            this.calculation = calculation;
        }
    }

    @ParameterizedTest
    @EnumSource
    void resultsAreWithinOneUnitInTheLastPlace(Operation tested, TestReporter reporter) {
        Operands operands = new Operands(0x85_0000 + tested.number);
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int[] control = new int[Silicon.BATCH];
        int[] ase = new int[Silicon.BATCH];
        int[] bse = new int[Silicon.BATCH];
        long[] am = new long[Silicon.BATCH];
        long[] bm = new long[Silicon.BATCH];
        long worst = 0;
        long different = 0;
        long directions = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                control[i] = operands.controlWord();
                ase[i] = argument(operands, tested);
                am[i] = operands.mantissaFor(ase[i]);
                bse[i] = operands.signExponent();
                bm[i] = operands.mantissaFor(bse[i]);
                silicon.ask(
                        i, tested.number, control[i], am[i], bm[i], ase[i] | (long) bse[i] << 16);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                c.control(control[i]);
                tested.calculation.run(c, ase[i], am[i], bse[i], bm[i]);
                boolean done = c.completes();
                boolean reduced = (c.conditions & FpContext.C2) == 0;
                int pushed = done && reduced ? tested.pushes : 0;
                int se = done ? c.se : ase[i];
                long m = done ? c.mantissa : am[i];
                int otherSe = bse[i];
                long other = bm[i];
                if (pushed > 0) {
                    otherSe = se;
                    other = m;
                    se = c.se2;
                    m = c.mantissa2;
                }
                int status = c.status(control[i] >>> 16);
                long distance = distance(se, m, silicon.se0(i), silicon.first(i));
                long second =
                        pushed < 0
                                ? 0
                                : distance(otherSe, other, silicon.se1(i), silicon.second(i));
                int theirs = silicon.status(i);
                int top = 6 - pushed & 7;
                boolean same = (status & ~FpContext.C1) == (theirs & ~TOP & ~FpContext.C1);
                if (distance > 1 || second > 1 || !same || (theirs & TOP) >> 11 != top) {
                    verdict.differ(
                            ("cw %x %04x.%016x with %04x.%016x gives %04x.%016x %04x.%016x status"
                                            + " %04x, here %04x.%016x %04x.%016x status %04x")
                                    .formatted(
                                            control[i],
                                            ase[i],
                                            am[i],
                                            bse[i],
                                            bm[i],
                                            silicon.se0(i),
                                            silicon.first(i),
                                            silicon.se1(i),
                                            silicon.second(i),
                                            theirs & ~TOP,
                                            se,
                                            m,
                                            otherSe,
                                            other,
                                            status));
                } else {
                    worst = Math.max(worst, Math.max(distance, second));
                    different += distance + second != 0 ? 1 : 0;
                    directions += ((status ^ theirs) & FpContext.C1) != 0 ? 1 : 0;
                }
            }
        }
        reporter.publishEntry(
                tested.name(),
                "largest difference %d unit in the last place; %d of %d results differ, C1 in %d"
                        .formatted(worst, different, (long) BATCHES * Silicon.BATCH, directions));
        verdict.verify(tested.name(), (long) BATCHES * Silicon.BATCH);
    }

    private static int argument(Operands operands, Operation tested) {
        int se = operands.signExponent();
        if (operands.below(2) == 0) {
            return se;
        }
        return switch (tested) {
            case TWO_TO_X_MINUS_ONE, Y_LOG_X_PLUS_ONE ->
                    se & 0x8000 | Float80.BIAS - operands.below(12);
            case Y_LOG_X -> Float80.BIAS - operands.below(2);
            case ARCTANGENT -> se & 0x8000 | Float80.BIAS + operands.below(16) - 8;
            default -> se & 0x8000 | Float80.BIAS - 8 + operands.below(71);
        };
    }

    /** How many numbers apart two results are. */
    private static long distance(int se, long m, int other, long otherM) {
        if (se == other && m == otherM) {
            return 0;
        }
        if (((se ^ other) & 0x8000) != 0) {
            return Long.MAX_VALUE;
        }
        int up = (se & 0x7fff) - (other & 0x7fff);
        if (up == 0) {
            return Math.abs(m - otherM);
        }
        boolean adjacent =
                up == 1 && m == Long.MIN_VALUE && (otherM == -1 || otherM == Long.MAX_VALUE)
                        || up == -1 && otherM == Long.MIN_VALUE && (m == -1 || m == Long.MAX_VALUE);
        return adjacent ? 1 : Long.MAX_VALUE;
    }
}
