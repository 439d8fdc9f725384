package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;

/** What the SDM's tables say of x87, on any host. */
class Float80Test {
    private static final long ONE = Long.MIN_VALUE;
    private static final int BIAS = Float80.BIAS;
    private static final int INFINITY = 0x7fff;
    private static final int NEGATIVE = 0x8000;

    private final FpContext c = new FpContext();

    private void result(int se, long m, int flags) {
        assertEquals(
                "%04x.%016x flags %x".formatted(se, m, flags),
                "%04x.%016x flags %x".formatted(c.se, c.mantissa, c.flags));
    }

    private void control(int rounding, int precision, int masked) {
        c.control(rounding << 10 | precision << 8 | masked);
    }

    @Test
    void aThirdIsRoundedAsControlSays() {
        Float80Arithmetic.divide(c, BIAS, ONE, BIAS + 1, 3L << 62);
        result(BIAS - 2, 0xaaaa_aaaa_aaaa_aaabL, Fp.PE);
        assertTrue(c.roundedUp);
        control(Fp.DOWN, 3, Fp.ALL);
        Float80Arithmetic.divide(c, BIAS, ONE, BIAS + 1, 3L << 62);
        result(BIAS - 2, 0xaaaa_aaaa_aaaa_aaaaL, Fp.PE);
        assertFalse(c.roundedUp);
        control(Fp.UP, 2, Fp.ALL);
        Float80Arithmetic.divide(c, BIAS, ONE, BIAS + 1, 3L << 62);
        result(BIAS - 2, 0xaaaa_aaaa_aaaa_b000L, Fp.PE);
        control(Fp.NEAREST, 0, Fp.ALL);
        Float80Arithmetic.divide(c, BIAS, ONE, BIAS + 1, 3L << 62);
        result(BIAS - 2, 0xaaaa_ab00_0000_0000L, Fp.PE);
    }

    @Test
    void unsupportedEncodingsAreInvalid() {
        Float80Arithmetic.add(c, BIAS, 1, 0x7fff, -1L);
        result(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA, Fp.IE);
        Float80Arithmetic.squareRoot(c, INFINITY, 0);
        result(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA, Fp.IE);
        assertEquals(0, Float80.classify(BIAS, 1));
    }

    @Test
    void theNaNWithTheLargerSignificandIsTheResult() {
        Float80Arithmetic.multiply(c, 0x7fff, 0xc000_0000_0000_0001L, 0xffff, -1L);
        result(0xffff, -1L, 0);
        // A signalling NaN gives way to a quiet one, and is quieted beside a number.
        Float80Arithmetic.multiply(c, 0x7fff, 0xbfff_ffff_ffff_ffffL, 0x7fff, -8L);
        result(0x7fff, -8L, Fp.IE);
        Float80Arithmetic.multiply(c, BIAS, ONE, 0x7fff, ONE | 1);
        result(0x7fff, 0xc000_0000_0000_0001L, Fp.IE);
    }

    @Test
    void unmaskedUnderflowAndOverflowLeaveAResultWithTheExponentOffBy24576() {
        control(Fp.NEAREST, 3, Fp.ALL & ~(Fp.UE | Fp.OE));
        Float80Arithmetic.multiply(c, 1, ONE, BIAS - 1, ONE);
        result(24576, ONE, Fp.UE);
        Float80Arithmetic.multiply(c, 0x7ffe, ONE, BIAS + 3, ONE);
        result(0x7ffe + 3 - 24576, ONE, Fp.OE);
        assertTrue(c.completes());
        assertFalse(c.stores());
    }

    @Test
    void tininessIsFoundAfterRounding() {
        // Just below the smallest normal number, but rounded up to it.
        control(Fp.UP, 3, Fp.ALL);
        Float80Arithmetic.multiply(c, 1, ONE | 1, BIAS - 1, -2L);
        result(1, ONE, Fp.PE);
        control(Fp.DOWN, 3, Fp.ALL);
        Float80Arithmetic.multiply(c, 1, ONE | 1, BIAS - 1, -2L);
        assertEquals(Fp.UE | Fp.PE, c.flags);
    }

    @Test
    void aDenormalOperandThatIsNotMaskedEndsTheOperation() {
        control(Fp.NEAREST, 3, Fp.ALL & ~Fp.DE);
        c.result(1, 2);
        Float80Arithmetic.divide(c, 0, 1, BIAS + 1, 3L << 62);
        result(1, 2, Fp.DE);
        assertFalse(c.completes());
    }

    @Test
    void aDenormalMemoryOperandIsRememberedForOneOperation() {
        Float80Convert.widenSingle(c, 1);
        Float80Arithmetic.add(c, BIAS, ONE, c.se, c.mantissa);
        assertEquals(Fp.DE | Fp.PE, c.flags);
        Float80Arithmetic.add(c, BIAS, ONE, BIAS, ONE);
        result(BIAS + 1, ONE, 0);
    }

    @Test
    void remainderGivesThreeBitsOfTheQuotient() {
        // 17 = 3 * 5 + 2; nearest: 17 = 3 * 6 - 1.
        Float80Convert.fromInteger(c, 3);
        int se = c.se;
        long m = c.mantissa;
        Float80Convert.fromInteger(c, 17);
        int dividend = c.se;
        long n = c.mantissa;
        Float80Arithmetic.remainder(c, dividend, n, se, m, false);
        result(BIAS + 1, ONE, 0);
        assertEquals(FpContext.C0 | FpContext.C1, c.conditions);
        Float80Arithmetic.remainder(c, dividend, n, se, m, true);
        result(NEGATIVE | BIAS, ONE, 0);
        assertEquals(FpContext.C0 | FpContext.C3, c.conditions);
    }

    @Test
    void remainderOfDistantNumbersIsPartial() {
        int steps = 0;
        int se = BIAS + 1000;
        long m = 0xcafe_babe_dead_beefL;
        do {
            Float80Arithmetic.remainder(c, se, m, BIAS, 0xffff_ffff_ffff_fff1L, false);
            int reduced = se - c.se;
            assertTrue(
                    c.mantissa == 0
                            || (c.conditions & FpContext.C2) == 0
                            || reduced >= 32 && reduced < 128,
                    "reduced by " + reduced);
            se = c.se;
            m = c.mantissa;
            steps++;
        } while ((c.conditions & FpContext.C2) != 0);
        assertTrue(steps > 15 && steps < 33, "steps " + steps);
        // 2^1000 * a mod b by doubling.
        assertEquals(doubled(0xcafe_babe_dead_beefL, 0xffff_ffff_ffff_fff1L, 1000), aligned(se, m));
    }

    private static long doubled(long a, long b, int times) {
        BigInteger divisor = new BigInteger(Long.toUnsignedString(b));
        return new BigInteger(Long.toUnsignedString(a)).shiftLeft(times).mod(divisor).longValue();
    }

    private static long aligned(int se, long m) {
        return m >>> BIAS - se;
    }

    @Test
    void comparesTellOrderAndSignalNaNs() {
        Float80.compare(c, BIAS, ONE, BIAS + 1, ONE, false);
        assertEquals(FpContext.C0, c.conditions);
        Float80.compare(c, NEGATIVE, 0, 0, 0, false);
        assertEquals(FpContext.C3, c.conditions);
        Float80.compare(c, 0x7fff, -1L, BIAS, ONE, true);
        assertEquals(FpContext.C0 | FpContext.C2 | FpContext.C3, c.status());
        Float80.compare(c, 0x7fff, -1L, BIAS, ONE, false);
        assertEquals(FpContext.C0 | FpContext.C2 | FpContext.C3 | Fp.IE, c.status());
    }

    @Test
    void packedDecimalGoesThereAndBack() {
        Float80Convert.fromPackedBcd(c, 0x1234_5678_9012_3456L, 0x8078);
        assertEquals(0x1234_5678_9012_3456L, Float80Convert.toPackedBcd(c, c.se, c.mantissa));
        assertEquals(0x8078, c.se2);
        assertEquals(0, c.flags);
        Float80Convert.fromInteger(c, 1_000_000_000_000_000_000L);
        assertEquals(0xc000_0000_0000_0000L, Float80Convert.toPackedBcd(c, c.se, c.mantissa));
        assertEquals(0xffff, c.se2);
        assertEquals(Fp.IE, c.flags);
    }

    @Test
    void integersOutOfRangeAreIndefinite() {
        Float80Convert.fromInteger(c, 32768);
        assertEquals(Short.MIN_VALUE, Float80Convert.toShort(c, c.se, c.mantissa));
        assertEquals(Fp.IE, c.flags);
        Float80Convert.fromInteger(c, -32768);
        assertEquals(Short.MIN_VALUE, Float80Convert.toShort(c, c.se, c.mantissa));
        assertEquals(0, c.flags);
        assertEquals(Long.MIN_VALUE, Float80Convert.toLong(c, 0x7fff, ONE));
        assertEquals(Fp.IE, c.flags);
    }

    @Test
    void transcendentalFunctionsMeetKnownValues() {
        // pi/4 from the arctangent of 1, the logarithm of 10 from FYL2X, ln 2 by the series.
        Float80Transcendental.arctangent(c, BIAS, ONE, BIAS, ONE);
        result(BIAS - 1, 0xc90f_daa2_2168_c235L, Fp.PE);
        Float80Transcendental.yLogX(c, BIAS + 3, 0xa000_0000_0000_0000L, BIAS, ONE);
        result(BIAS + 1, 0xd49a_784b_cd1b_8afeL, Fp.PE);
        Float80Transcendental.sine(c, BIAS + 1, 0xc90f_daa2_2168_c235L);
        // What is left of pi when the register's 64 bits are taken from the 66 bits of the unit.
        result(NEGATIVE | BIAS - 64, ONE, Fp.PE);
        Float80Transcendental.twoToXMinusOne(c, BIAS - 1, ONE);
        result(BIAS - 2, 0xd413_cccf_e779_9211L, Fp.PE);
        Float80Transcendental.tangent(c, BIAS, ONE);
        result(BIAS, 0xc759_22e5_f71d_2dc5L, Fp.PE);
    }

    @Test
    void argumentsOf2To63AndMoreAreLeftWithC2() {
        Float80Transcendental.sineCosine(c, BIAS + 63, ONE);
        result(BIAS + 63, ONE, 0);
        assertEquals(FpContext.C2, c.conditions);
        Float80Transcendental.cosine(c, BIAS + 62, -1L);
        assertEquals(0, c.conditions);
    }
}
