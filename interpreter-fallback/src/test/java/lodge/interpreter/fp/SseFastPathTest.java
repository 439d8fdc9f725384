package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The host's arithmetic and ours in integers are two ways to the same result and the same flags;
 * this runs on any host.
 */
class SseFastPathTest {
    private static final int ROUNDS = 200_000;
    private static final int P32 = 24;
    private static final int B32 = 127;
    private static final int P64 = 53;
    private static final int B64 = 1023;

    private interface Operation {
        long run(SseContext c, long x, long y, long z);
    }

    private static void agree(
            String name, int mxcsr, int p, int bias, Operation fast, Operation soft) {
        Operands operands = new Operands(0x96_0000 + name.hashCode());
        SseContext c = new SseContext();
        c.mxcsr(mxcsr);
        long mask = p == P32 ? 0xffff_ffffL : -1L;
        for (int i = 0; i < ROUNDS; i++) {
            long x = operands.ieee(p, bias);
            long y = operands.below(8) == 0 ? x : operands.ieee(p, bias);
            long z = operands.ieee(p, bias);
            c.begin();
            long expected = soft.run(c, x, y, z) & mask;
            int flags = c.flags;
            c.begin();
            long result = fast.run(c, x, y, z) & mask;
            // A sticky PE is not found out again.
            int sticky = mxcsr & Fp.PE;
            String message = "%s of %x, %x, %x".formatted(name, x, y, z);
            assertEquals(expected, result, message);
            assertEquals(flags | sticky, c.flags | sticky, message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x1f80, 0x1fa0, 0x9fc0})
    void doublesAgree(int mxcsr) {
        agree(
                "add",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.addDouble(c, x, y),
                (c, x, y, z) -> SseSoft.add(c, x, y, false, P64, B64));
        agree(
                "subtract",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.subtractDouble(c, x, y),
                (c, x, y, z) -> SseSoft.add(c, x, y, true, P64, B64));
        agree(
                "multiply",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.multiplyDouble(c, x, y),
                (c, x, y, z) -> SseSoft.multiply(c, x, y, P64, B64));
        agree(
                "divide",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.divideDouble(c, x, y),
                (c, x, y, z) -> SseSoft.divide(c, x, y, P64, B64));
        agree(
                "square root",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.squareRootDouble(c, x),
                (c, x, y, z) -> SseSoft.squareRoot(c, x, P64, B64));
        agree(
                "fma",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseArithmetic.fmaDouble(c, x, y, z),
                (c, x, y, z) -> SseSoft.fma(c, x, y, z, P64, B64));
        agree(
                "to single",
                mxcsr,
                P64,
                B64,
                (c, x, y, z) -> SseConvert.doubleToSingle(c, x) & 0xffff_ffffL,
                (c, x, y, z) -> {
                    long a = SseSoft.operand(c, x, P64, B64);
                    SseSoft.denormal(c, a, P64, B64);
                    return SseSoft.convert(c, a, P64, B64, P32, B32, c.flushToZero);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0x1f80, 0x1fa0, 0x9fc0})
    void singlesAgree(int mxcsr) {
        agree(
                "add",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.addSingle(c, (int) x, (int) y),
                (c, x, y, z) -> SseSoft.add(c, x, y, false, P32, B32));
        agree(
                "subtract",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.subtractSingle(c, (int) x, (int) y),
                (c, x, y, z) -> SseSoft.add(c, x, y, true, P32, B32));
        agree(
                "multiply",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.multiplySingle(c, (int) x, (int) y),
                (c, x, y, z) -> SseSoft.multiply(c, x, y, P32, B32));
        agree(
                "divide",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.divideSingle(c, (int) x, (int) y),
                (c, x, y, z) -> SseSoft.divide(c, x, y, P32, B32));
        agree(
                "square root",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.squareRootSingle(c, (int) x),
                (c, x, y, z) -> SseSoft.squareRoot(c, x, P32, B32));
        agree(
                "fma",
                mxcsr,
                P32,
                B32,
                (c, x, y, z) -> SseArithmetic.fmaSingle(c, (int) x, (int) y, (int) z),
                (c, x, y, z) -> SseSoft.fma(c, x, y, z, P32, B32));
    }
}
