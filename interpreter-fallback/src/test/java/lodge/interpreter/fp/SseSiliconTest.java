package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * SSE operations against the processor this runs on: result, MXCSR and whether #XM comes, bit for
 * bit, in every rounding mode, with DAZ and FZ, masked and not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SseSiliconTest {
    /** Batches of 1024 records for each operation: {@code -Dlodge.fp.batches=N} for more. */
    private static final int BATCHES = Integer.getInteger("lodge.fp.batches", 100);

    private static final int SINGLE = 100;

    private Silicon silicon;

    @BeforeAll
    void startTheProgram() throws Exception {
        silicon = Silicon.start();
    }

    @AfterAll
    void endTheProgram() throws Exception {
        if (silicon != null) {
            silicon.close();
        }
    }

    private interface OnDouble {
        long run(SseContext c, long x, long y, long z);
    }

    private interface OnSingle {
        long run(SseContext c, int x, int y, int z);
    }

    /** What the operands of an operation are. */
    private enum Kind {
        FLOAT,
        INTEGER
    }

    /** Where the answer is and how wide. */
    private enum To {
        DOUBLE,
        SINGLE,
        LONG,
        INT,
        FLAGS
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Operation {
        ADD_DOUBLE(100, To.DOUBLE, (c, x, y, z) -> SseArithmetic.addDouble(c, x, y)),
        SUBTRACT_DOUBLE(101, To.DOUBLE, (c, x, y, z) -> SseArithmetic.subtractDouble(c, x, y)),
        MULTIPLY_DOUBLE(102, To.DOUBLE, (c, x, y, z) -> SseArithmetic.multiplyDouble(c, x, y)),
        DIVIDE_DOUBLE(103, To.DOUBLE, (c, x, y, z) -> SseArithmetic.divideDouble(c, x, y)),
        SQUARE_ROOT_DOUBLE(104, To.DOUBLE, (c, x, y, z) -> SseArithmetic.squareRootDouble(c, x)),
        MINIMUM_DOUBLE(105, To.DOUBLE, (c, x, y, z) -> SseArithmetic.minimumDouble(c, x, y)),
        MAXIMUM_DOUBLE(106, To.DOUBLE, (c, x, y, z) -> SseArithmetic.maximumDouble(c, x, y)),
        DOUBLE_TO_SINGLE(107, To.SINGLE, (c, x, y, z) -> SseConvert.doubleToSingle(c, x)),
        DOUBLE_TO_INT(108, To.INT, (c, x, y, z) -> SseConvert.doubleToInt(c, x)),
        DOUBLE_TO_LONG(109, To.LONG, (c, x, y, z) -> SseConvert.doubleToLong(c, x)),
        TRUNCATE_DOUBLE_TO_INT(110, To.INT, (c, x, y, z) -> SseConvert.truncateDoubleToInt(c, x)),
        TRUNCATE_DOUBLE_TO_LONG(
                111, To.LONG, (c, x, y, z) -> SseConvert.truncateDoubleToLong(c, x)),
        INT_TO_DOUBLE(112, To.DOUBLE, (c, x, y, z) -> SseConvert.integerToDouble(c, x << 32 >> 32)),
        LONG_TO_DOUBLE(113, To.DOUBLE, (c, x, y, z) -> SseConvert.integerToDouble(c, x)),
        ORDER_QUIETLY_DOUBLE(114, To.FLAGS, (c, x, y, z) -> SseCompare.orderDouble(c, x, y, true)),
        ORDER_DOUBLE(115, To.FLAGS, (c, x, y, z) -> SseCompare.orderDouble(c, x, y, false)),
        FMA_132_DOUBLE(116, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, x, y, z)),
        FMA_213_DOUBLE(117, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, y, x, z)),
        FMA_231_DOUBLE(118, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, x, y, z)),
        FMA_FMSUB_DOUBLE(
                180, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, y, x, z, false, true)),
        FMA_FMSUB_SINGLE(280, (c, x, y, z) -> SseArithmetic.fmaSingle(c, y, x, z, false, true)),
        FMA_FNMADD_DOUBLE(
                181, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, y, x, z, true, false)),
        FMA_FNMADD_SINGLE(281, (c, x, y, z) -> SseArithmetic.fmaSingle(c, y, x, z, true, false)),
        FMA_FNMSUB_DOUBLE(
                182, To.DOUBLE, (c, x, y, z) -> SseArithmetic.fmaDouble(c, y, x, z, true, true)),
        FMA_FNMSUB_SINGLE(282, (c, x, y, z) -> SseArithmetic.fmaSingle(c, y, x, z, true, true)),
        ADD_SINGLE(200, (c, x, y, z) -> SseArithmetic.addSingle(c, x, y)),
        SUBTRACT_SINGLE(201, (c, x, y, z) -> SseArithmetic.subtractSingle(c, x, y)),
        MULTIPLY_SINGLE(202, (c, x, y, z) -> SseArithmetic.multiplySingle(c, x, y)),
        DIVIDE_SINGLE(203, (c, x, y, z) -> SseArithmetic.divideSingle(c, x, y)),
        SQUARE_ROOT_SINGLE(204, (c, x, y, z) -> SseArithmetic.squareRootSingle(c, x)),
        MINIMUM_SINGLE(205, (c, x, y, z) -> SseArithmetic.minimumSingle(c, x, y)),
        MAXIMUM_SINGLE(206, (c, x, y, z) -> SseArithmetic.maximumSingle(c, x, y)),
        SINGLE_TO_DOUBLE(207, To.DOUBLE, (c, x, y, z) -> SseConvert.singleToDouble(c, (int) x)),
        SINGLE_TO_INT(208, To.INT, (c, x, y, z) -> SseConvert.singleToInt(c, (int) x)),
        SINGLE_TO_LONG(209, To.LONG, (c, x, y, z) -> SseConvert.singleToLong(c, (int) x)),
        TRUNCATE_SINGLE_TO_INT(
                210, To.INT, (c, x, y, z) -> SseConvert.truncateSingleToInt(c, (int) x)),
        TRUNCATE_SINGLE_TO_LONG(
                211, To.LONG, (c, x, y, z) -> SseConvert.truncateSingleToLong(c, (int) x)),
        INT_TO_SINGLE(212, To.SINGLE, (c, x, y, z) -> SseConvert.integerToSingle(c, x << 32 >> 32)),
        LONG_TO_SINGLE(213, To.SINGLE, (c, x, y, z) -> SseConvert.integerToSingle(c, x)),
        ORDER_QUIETLY_SINGLE(
                214, To.FLAGS, (c, x, y, z) -> SseCompare.orderSingle(c, (int) x, (int) y, true)),
        ORDER_SINGLE(
                215, To.FLAGS, (c, x, y, z) -> SseCompare.orderSingle(c, (int) x, (int) y, false)),
        FMA_132_SINGLE(216, (c, x, y, z) -> SseArithmetic.fmaSingle(c, x, y, z)),
        FMA_213_SINGLE(217, (c, x, y, z) -> SseArithmetic.fmaSingle(c, y, x, z)),
        FMA_231_SINGLE(218, (c, x, y, z) -> SseArithmetic.fmaSingle(c, x, y, z));

        private final int number;
        private final To to;
        private final OnDouble operation;

        Operation(int number, To to, OnDouble operation) {
            this.number = number;
            this.to = to;
            this.operation = operation;
        }

        Operation(int number, OnSingle operation) {
            this.number = number;
            this.to = To.SINGLE;
            this.operation = (c, x, y, z) -> operation.run(c, (int) x, (int) y, (int) z);
        }

        private boolean fused() {
            return name().startsWith("FMA");
        }

        private Kind kind() {
            return name().startsWith("INT_") || name().startsWith("LONG_")
                    ? Kind.INTEGER
                    : Kind.FLOAT;
        }
    }

    @ParameterizedTest
    @EnumSource
    void operationAgreesWithTheProcessor(Operation tested) {
        assumeTrue(
                !tested.fused() || silicon.has(Silicon.FMA),
                "This processor has no FMA: run the test on one that has.");
        Operands operands = new Operands(0x90_0000 + tested.number);
        boolean wide = tested.number < 200;
        compare(
                tested.name(),
                BATCHES,
                operands,
                () -> tested.number,
                () ->
                        tested.kind() == Kind.INTEGER
                                ? operands.any() >> operands.below(64)
                                : wide ? operands.ieee(53, 1023) : operands.ieee(24, 127),
                (number, c, x, y, z) -> tested.operation.run(c, x, y, z),
                tested.to);
    }

    @ParameterizedTest
    @MethodSource("immediates")
    void roundAgreesWithTheProcessor(int immediate) {
        Operands operands = new Operands(0x91_0000 + immediate);
        compare(
                "ROUNDSD " + immediate,
                BATCHES / 10 + 1,
                operands,
                () -> 120 + immediate,
                () -> operands.ieee(53, 1023),
                (number, c, x, y, z) -> SseConvert.roundDouble(c, x, immediate),
                To.DOUBLE);
        compare(
                "ROUNDSS " + immediate,
                BATCHES / 10 + 1,
                operands,
                () -> 120 + SINGLE + immediate,
                () -> operands.ieee(24, 127),
                (number, c, x, y, z) -> SseConvert.roundSingle(c, (int) x, immediate),
                To.SINGLE);
    }

    static IntStream immediates() {
        return IntStream.range(0, 16);
    }

    @Test
    void everyPredicateAgreesWithTheProcessor() {
        Operands operands = new Operands(0x92_0000);
        compare(
                "VCMPSD",
                BATCHES,
                operands,
                () -> 140 + operands.below(32),
                () -> operands.ieee(53, 1023),
                (number, c, x, y, z) -> SseCompare.holdsDouble(c, x, y, number - 140) ? -1 : 0,
                To.DOUBLE);
        compare(
                "VCMPSS",
                BATCHES,
                operands,
                () -> 240 + operands.below(32),
                () -> operands.ieee(24, 127),
                (number, c, x, y, z) ->
                        SseCompare.holdsSingle(c, (int) x, (int) y, number - 240) ? -1 : 0,
                To.SINGLE);
    }

    @Test
    void halfPrecisionAgreesWithTheProcessor() {
        assumeTrue(
                silicon.has(Silicon.F16C),
                "This processor has no F16C: run the test on one that has.");
        Operands operands = new Operands(0x93_0000);
        compare(
                "VCVTPH2PS",
                BATCHES,
                operands,
                () -> 301,
                () -> operands.ieee(11, 15),
                (number, c, x, y, z) -> SseConvert.halfToSingle(c, (int) x),
                To.SINGLE);
        compare(
                "VCVTPS2PH",
                BATCHES,
                operands,
                () -> 310 + operands.below(5),
                () ->
                        operands.below(2) == 0
                                ? operands.ieee(24, 127)
                                : (127L - 26 + operands.below(44)) << 23
                                        | operands.any() >>> 41 & -1L << operands.below(24),
                (number, c, x, y, z) -> SseConvert.singleToHalf(c, (int) x, number - 310),
                To.SINGLE);
    }

    @Test
    void anUnmaskedExceptionOfOneElementHidesThoseOfAnother() {
        Operands operands = new Operands(0x94_0000);
        long[] second = new long[1];
        compare(
                "DIVPD",
                BATCHES,
                operands,
                () -> 300,
                () -> operands.ieee(53, 1023),
                (number, c, x, y, z) -> {
                    second[0] = SseArithmetic.divideDouble(c, y, z);
                    return SseArithmetic.divideDouble(c, x, z);
                },
                To.DOUBLE);
    }

    private interface Choice {
        int next();
    }

    private interface Operand {
        long next();
    }

    private interface Ours {
        long run(int number, SseContext c, long x, long y, long z);
    }

    /** Mostly masked; every eighth batch not, as SIGFPE takes its time. */
    private void compare(
            String name,
            int batches,
            Operands operands,
            Choice choice,
            Operand operand,
            Ours ours,
            To to) {
        SseContext c = new SseContext();
        Verdict verdict = new Verdict();
        int[] number = new int[Silicon.BATCH];
        int[] mxcsr = new int[Silicon.BATCH];
        long[] x = new long[Silicon.BATCH];
        long[] y = new long[Silicon.BATCH];
        long[] z = new long[Silicon.BATCH];
        for (int batch = 0; batch < batches; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                number[i] = choice.next();
                mxcsr[i] = operands.mxcsr((batch & 7) == 7);
                x[i] = operand.next();
                y[i] = operands.below(8) == 0 ? x[i] : operand.next();
                z[i] = operand.next();
                silicon.ask(i, number[i], mxcsr[i], x[i], y[i], z[i]);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                // A sticky exception that is not masked raises nothing until the next instruction.
                c.mxcsr(mxcsr[i]);
                c.begin();
                long result = ours.run(number[i], c, x[i], y[i], z[i]);
                boolean fault = c.end();
                String mine = text(result, fault, c.mxcsr(), to);
                String theirs = theirs(i, to);
                if (!mine.equals(theirs)) {
                    verdict.differ(
                            "%d with mxcsr %04x of %016x, %016x, %016x gives %s, here %s"
                                    .formatted(
                                            number[i], mxcsr[i], x[i], y[i], z[i], theirs, mine));
                }
            }
        }
        verdict.verify(name, (long) batches * Silicon.BATCH);
    }

    private String theirs(int i, To to) {
        long result =
                switch (to) {
                    case DOUBLE, SINGLE -> silicon.first(i);
                    case INT, LONG -> silicon.memory(i);
                    case FLAGS -> silicon.memory(i) & 0x8d5;
                };
        return text(result, silicon.se1(i) != 0, silicon.se0(i), to);
    }

    private static String text(long result, boolean fault, int mxcsr, To to) {
        if (fault) {
            return "#XM mxcsr %04x".formatted(mxcsr);
        }
        boolean half = to == To.SINGLE || to == To.INT;
        return "%016x mxcsr %04x".formatted(half ? result & 0xffff_ffffL : result, mxcsr);
    }

    @Test
    void reciprocalIsWithinItsBound() {
        approximationIsWithinItsBound(302, SseApproximate::reciprocal, x -> 1 / x);
    }

    @Test
    void reciprocalOfTheSquareRootIsWithinItsBound() {
        approximationIsWithinItsBound(303, SseApproximate::reciprocalRoot, x -> 1 / Math.sqrt(x));
    }

    /** Special cases as the processor has them, the rest as the SDM bounds it. */
    private void approximationIsWithinItsBound(
            int number, IntUnaryOperator ours, DoubleUnaryOperator exact) {
        Operands operands = new Operands(0x95_0000 + number);
        Verdict verdict = new Verdict();
        int[] x = new int[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                x[i] = (int) operands.ieee(24, 127);
                silicon.ask(i, number, 0x1f80, x[i], 0, 0);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                int mine = ours.applyAsInt(x[i]);
                int theirs = (int) silicon.first(i);
                double value = Float.intBitsToFloat(mine);
                double error = value / exact.applyAsDouble(Float.intBitsToFloat(x[i])) - 1;
                boolean within = normal(mine) && normal(theirs) && Math.abs(error) <= 1.5 / 4096;
                if (!within && mine != theirs) {
                    verdict.differ("%08x gives %08x, here %08x".formatted(x[i], theirs, mine));
                }
            }
        }
        verdict.verify("Approximation", (long) BATCHES * Silicon.BATCH);
    }

    private static boolean normal(int bits) {
        int biased = bits >>> 23 & 0xff;
        return biased != 0 && biased != 0xff;
    }
}
