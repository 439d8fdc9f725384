package lodge.interpreter.fp;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** x87 loads, stores, FXAM and the constants against the processor this runs on, bit for bit. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Float80ConvertSiliconTest {
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

    private interface StoreOperation {
        long run(FpContext c, int se, long m);
    }

    private interface LoadOperation {
        void run(FpContext c, long low, int top);
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Store {
        SINGLE(13, 4, Float80Convert::toSingle),
        DOUBLE(14, 8, Float80Convert::toDouble),
        SHORT(15, 2, Float80Convert::toShort),
        INT(16, 4, Float80Convert::toInt),
        LONG(17, 8, Float80Convert::toLong),
        TRUNCATED_SHORT(18, 2, Float80Convert::truncateToShort),
        TRUNCATED_INT(19, 4, Float80Convert::truncateToInt),
        TRUNCATED_LONG(20, 8, Float80Convert::truncateToLong),
        PACKED_BCD(21, 10, Float80Convert::toPackedBcd);

        private final int number;
        private final int size;
        private final StoreOperation operation;

        Store(int number, int size, StoreOperation operation) {
            this.number = number;
            this.size = size;
            this.operation = operation;
        }
    }

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    enum Load {
        PACKED_BCD(22, Float80Convert::fromPackedBcd),
        SINGLE(23, (c, m, t) -> Float80Convert.fromSingle(c, (int) m)),
        DOUBLE(24, (c, m, t) -> Float80Convert.fromDouble(c, m)),
        SHORT(25, (c, m, t) -> Float80Convert.fromInteger(c, (short) m)),
        INT(26, (c, m, t) -> Float80Convert.fromInteger(c, m << 32 >> 32)),
        LONG(27, (c, m, t) -> Float80Convert.fromInteger(c, m));

        private final int number;
        private final LoadOperation operation;

        Load(int number, LoadOperation operation) {
            this.number = number;
            this.operation = operation;
        }
    }

    @ParameterizedTest
    @EnumSource
    void storesAgreeWithTheProcessor(Store tested) {
        Operands operands = new Operands(0x81_0000 + tested.number);
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int[] control = new int[Silicon.BATCH];
        int[] se = new int[Silicon.BATCH];
        long[] m = new long[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                control[i] = operands.controlWord();
                se[i] = near(operands, tested);
                m[i] = operands.mantissaFor(se[i]);
                silicon.ask(i, tested.number, control[i], m[i], 0, se[i]);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                c.control(control[i]);
                long low = tested.operation.run(c, se[i], m[i]);
                int top = tested.size == 10 ? c.se2 : se[i];
                long mask = tested.size >= 8 ? -1L : (1L << 8 * tested.size) - 1;
                if (c.stores()) {
                    low = low & mask | m[i] & ~mask;
                } else {
                    low = m[i];
                    top = se[i];
                }
                String ours =
                        "%04x%016x status %04x".formatted(top, low, c.status(control[i] >>> 16));
                String theirs =
                        "%04x%016x status %04x"
                                .formatted(
                                        silicon.memoryTop(i),
                                        silicon.memory(i),
                                        silicon.status(i) & ~TOP);
                if (!ours.equals(theirs)) {
                    verdict.differ(
                            "cw %x %04x.%016x stores %s, here %s"
                                    .formatted(control[i], se[i], m[i], theirs, ours));
                }
            }
        }
        verdict.verify(tested.name(), (long) BATCHES * Silicon.BATCH);
    }

    /** An exponent around the ends of the target's range, more often than not. */
    private static int near(Operands operands, Store tested) {
        int se = operands.signExponent();
        int bias = Float80.BIAS;
        return switch (tested) {
            case SINGLE -> operands.below(2) == 0 ? ends(operands, se, bias, 127, 24) : se;
            case DOUBLE -> operands.below(2) == 0 ? ends(operands, se, bias, 1023, 53) : se;
            default -> operands.below(2) == 0 ? se & 0x8000 | bias - 2 + operands.below(68) : se;
        };
    }

    private static int ends(Operands operands, int se, int bias, int largest, int precision) {
        int exponent =
                operands.below(3) == 0
                        ? largest - 1 + operands.below(3)
                        : 1 - largest - operands.below(precision + 3);
        return se & 0x8000 | bias + exponent;
    }

    @ParameterizedTest
    @EnumSource
    void loadsAgreeWithTheProcessor(Load tested) {
        Operands operands = new Operands(0x82_0000 + tested.number);
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int[] control = new int[Silicon.BATCH];
        long[] low = new long[Silicon.BATCH];
        int[] top = new int[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                control[i] = operands.controlWord();
                low[i] =
                        switch (tested) {
                            case SINGLE -> operands.ieee(24, 127);
                            case DOUBLE -> operands.ieee(53, 1023);
                            case PACKED_BCD -> digits(operands);
                            default -> operands.significand() >> operands.below(64);
                        };
                top[i] = (int) digits(operands) & 0xff | operands.below(256) << 8;
                silicon.ask(i, tested.number, control[i], low[i], 0x1234, top[i] | 0x10000L);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                c.control(control[i]);
                tested.operation.run(c, low[i], top[i]);
                String ours =
                        c.loads()
                                ? "%04x.%016x status %04x"
                                        .formatted(c.se, c.mantissa, c.status(control[i] >>> 16))
                                : "none status %04x".formatted(c.status(control[i] >>> 16));
                int status = silicon.status(i);
                String theirs =
                        (status & TOP) == 5 << 11
                                ? "%04x.%016x status %04x"
                                        .formatted(silicon.se0(i), silicon.first(i), status & ~TOP)
                                : "none status %04x".formatted(status & ~TOP);
                if (!ours.equals(theirs)) {
                    verdict.differ(
                            "cw %x %04x%016x loads %s, here %s"
                                    .formatted(control[i], top[i], low[i], theirs, ours));
                }
            }
        }
        verdict.verify(tested.name(), (long) BATCHES * Silicon.BATCH);
    }

    /** Decimal digits, with some above 9. */
    private static long digits(Operands operands) {
        long digits = 0;
        int count = operands.below(17);
        for (int i = 0; i < count; i++) {
            digits = digits << 4 | operands.below(operands.below(64) == 0 ? 16 : 10);
        }
        return digits;
    }

    @Test
    void classesAgreeWithTheProcessor() {
        Operands operands = new Operands(0x83_0000);
        Verdict verdict = new Verdict();
        int[] se = new int[Silicon.BATCH];
        long[] m = new long[Silicon.BATCH];
        for (int batch = 0; batch < BATCHES / 10 + 1; batch++) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                se[i] = operands.signExponent();
                m[i] = operands.mantissaFor(se[i]);
                silicon.ask(i, 12, i << 24 & 0x4700_0000 | 0x37f, m[i], 0, se[i]);
            }
            silicon.exchange();
            for (int i = 0; i < Silicon.BATCH; i++) {
                int ours = Float80.classify(se[i], m[i]);
                int theirs = silicon.status(i) & ~TOP;
                if (ours != theirs) {
                    verdict.differ(
                            "%04x.%016x is of class %04x, here %04x"
                                    .formatted(se[i], m[i], theirs, ours));
                }
            }
        }
        verdict.verify("FXAM", Silicon.BATCH);
    }

    @Test
    void constantsAgreeWithTheProcessorInEveryRoundingMode() {
        FpContext c = new FpContext();
        Verdict verdict = new Verdict();
        int number = 28;
        for (Float80.Constant constant : Float80.Constant.values()) {
            for (int i = 0; i < Silicon.BATCH; i++) {
                silicon.ask(i, number, 0x7f | (i & 15) << 8, 0, 0, 0);
            }
            number++;
            silicon.exchange();
            for (int i = 0; i < 16; i++) {
                c.control(0x7f | i << 8);
                constant.load(c);
                if (c.se != silicon.se0(i)
                        || c.mantissa != silicon.first(i)
                        || c.status() != (silicon.status(i) & ~TOP)) {
                    verdict.differ(
                            "%s in rounding mode %d is %04x.%016x, here %04x.%016x"
                                    .formatted(
                                            constant,
                                            i >> 2,
                                            silicon.se0(i),
                                            silicon.first(i),
                                            c.se,
                                            c.mantissa));
                }
            }
        }
        verdict.verify("Constants", 7 * 16);
    }
}
