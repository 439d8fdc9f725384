package lodge.interpreter.fp;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * x87 operations against the processor this runs on: result, exceptions and condition codes, bit
 * for bit, in every rounding mode and precision, masked and not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Float80SiliconTest {
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

    /** Two operands, or one and a second that stays where it is. */
    private interface Operation {
        void run(FpContext c, int ase, long am, int bse, long bm);
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Arithmetic {
        ADD(0, Float80Arithmetic::add),
        SUBTRACT(1, Float80Arithmetic::subtract),
        MULTIPLY(2, Float80Arithmetic::multiply),
        DIVIDE(3, Float80Arithmetic::divide),
        SQUARE_ROOT(4, (c, s, m, t, n) -> Float80Arithmetic.squareRoot(c, s, m)),
        REMAINDER(5, (c, s, m, t, n) -> Float80Arithmetic.remainder(c, s, m, t, n, false)),
        REMAINDER_NEAREST(6, (c, s, m, t, n) -> Float80Arithmetic.remainder(c, s, m, t, n, true)),
        ROUND(7, (c, s, m, t, n) -> Float80Arithmetic.roundToInteger(c, s, m)),
        SCALE(8, Float80Arithmetic::scale),
        EXTRACT(9, (c, s, m, t, n) -> Float80Arithmetic.extract(c, s, m)),
        COMPARE(10, (c, s, m, t, n) -> Float80.compare(c, s, m, t, n, false)),
        COMPARE_QUIETLY(11, (c, s, m, t, n) -> Float80.compare(c, s, m, t, n, true));

        private final int number;
        private final Operation operation;

        Arithmetic(int number, Operation operation) {
            this.number = number;
            this.operation = operation;
        }
    }

    @ParameterizedTest
    @EnumSource
    void arithmeticAgreesWithTheProcessor(Arithmetic tested) {
        Operands operands = new Operands(0x80_0000 + tested.number);
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int[] control = new int[Silicon.BATCH];
        int[] ase = new int[Silicon.BATCH];
        int[] bse = new int[Silicon.BATCH];
        long[] am = new long[Silicon.BATCH];
        long[] bm = new long[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                control[i] = operands.controlWord();
                ase[i] = operands.signExponent();
                am[i] = operands.mantissaFor(ase[i]);
                bse[i] = operands.signExponent();
                bm[i] = operands.below(8) == 0 ? am[i] : operands.mantissaFor(bse[i]);
                silicon.ask(
                        i, tested.number, control[i], am[i], bm[i], ase[i] | (long) bse[i] << 16);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                c.control(control[i]);
                c.result(0, 0);
                tested.operation.run(c, ase[i], am[i], bse[i], bm[i]);
                int status = c.status(control[i] >>> 16);
                String ours = ours(tested, c, ase[i], am[i], bse[i], bm[i], status);
                String theirs = theirs(i);
                if (!ours.equals(theirs)) {
                    verdict.differ(
                            "cw %x %04x.%016x with %04x.%016x gives %s, here %s"
                                    .formatted(
                                            control[i],
                                            ase[i],
                                            am[i],
                                            bse[i],
                                            bm[i],
                                            theirs,
                                            ours));
                }
            }
        }
        verdict.verify(tested.name(), (long) BATCHES * Silicon.BATCH);
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Mixed {
        ADD(0, false, Float80Arithmetic::add),
        SUBTRACT(1, false, Float80Arithmetic::subtract),
        SUBTRACT_FROM(2, true, Float80Arithmetic::subtract),
        MULTIPLY(3, false, Float80Arithmetic::multiply),
        DIVIDE(4, false, Float80Arithmetic::divide),
        DIVIDE_INTO(5, true, Float80Arithmetic::divide),
        COMPARE(6, false, (c, s, m, t, n) -> Float80.compare(c, s, m, t, n, false));

        private final int number;
        private final boolean reversed;
        private final Operation operation;

        Mixed(int number, boolean reversed, Operation operation) {
            this.number = number;
            this.reversed = reversed;
            this.operation = operation;
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryOperandsAgreeWithTheProcessor(Mixed tested) {
        Operands operands = new Operands(0x84_0000 + tested.number);
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int[] control = new int[Silicon.BATCH];
        int[] se = new int[Silicon.BATCH];
        long[] m = new long[Silicon.BATCH];
        long[] memory = new long[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES / 2; batch++) {
            boolean single = (batch & 1) == 0;
            for (int i = 0; i < Silicon.BATCH; i++) {
                control[i] = operands.controlWord();
                se[i] = operands.signExponent();
                m[i] = operands.mantissaFor(se[i]);
                memory[i] = single ? operands.ieee(24, 127) : operands.ieee(53, 1023);
                silicon.ask(
                        i, (single ? 50 : 60) + tested.number, control[i], m[i], memory[i], se[i]);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                c.control(control[i]);
                if (single) {
                    Float80Convert.widenSingle(c, (int) memory[i]);
                } else {
                    Float80Convert.widenDouble(c, memory[i]);
                }
                if (tested.reversed) {
                    tested.operation.run(c, c.se, c.mantissa, se[i], m[i]);
                } else {
                    tested.operation.run(c, se[i], m[i], c.se, c.mantissa);
                }
                int status = c.status(control[i] >>> 16);
                String ours =
                        c.completes() && tested != Mixed.COMPARE
                                ? text(c.se, c.mantissa, 0, memory[i], status)
                                : text(se[i], m[i], 0, memory[i], status);
                String theirs = theirs(i);
                if (!ours.equals(theirs)) {
                    verdict.differ(
                            "cw %x %04x.%016x with %x gives %s, here %s"
                                    .formatted(control[i], se[i], m[i], memory[i], theirs, ours));
                }
            }
        }
        verdict.verify(tested.name(), (long) BATCHES / 2 * Silicon.BATCH);
    }

    private static String ours(
            Arithmetic tested, FpContext c, int ase, long am, int bse, long bm, int status) {
        if (!c.completes() || tested.number >= Arithmetic.COMPARE.number) {
            return text(ase, am, bse, bm, status);
        }
        return tested == Arithmetic.EXTRACT
                ? text(c.se2, c.mantissa2, c.se, c.mantissa, status)
                : text(c.se, c.mantissa, bse, bm, status);
    }

    private String theirs(int i) {
        return text(
                silicon.se0(i),
                silicon.first(i),
                silicon.se1(i),
                silicon.second(i),
                silicon.status(i) & ~TOP);
    }

    private static String text(int se, long m, int other, long otherM, int status) {
        return "%04x.%016x %04x.%016x status %04x".formatted(se, m, other, otherM, status);
    }
}
