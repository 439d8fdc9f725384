package lodge.interpreter.fp;

/** Compares of SSE and AVX: CMPSD and the like, COMISD, UCOMISD; MIN and MAX stand on them. */
public final class SseCompare {
    private static final int P32 = 24;
    private static final int B32 = 127;
    private static final int P64 = 53;
    private static final int B64 = 1023;
    private static final long INT = 0xffff_ffffL;

    /** ZF, PF and CF in EFLAGS after COMISD and UCOMISD (SDM vol. 2, COMISD). */
    private static final int EQUAL = 0x40;

    private static final int LESS = 0x01;
    private static final int GREATER = 0;
    private static final int UNORDERED = 0x45;

    /**
     * What the predicates 0 to 15 accept, a digit for each from the lowest: bit 0 less, bit 1
     * equal, bit 2 greater, bit 3 unordered (SDM vol. 2, CMPPD, table 3-1). 16 to 31 repeat them.
     */
    private static final long ACCEPTED = 0xf465_0b9a_7ced_8312L;

    /** The predicates 0 to 15 that signal for quiet NaNs; of 16 to 31 it is the others. */
    private static final int SIGNALLING = 0x6666;

    private SseCompare() {}

    /**
     * CMPSD with a predicate of 0 to 31, of which the legacy encoding has 0 to 7: whether the
     * element of the result is all ones.
     */
    public static boolean holdsDouble(SseContext c, long a, long b, int predicate) {
        return holds(c, a, b, predicate, P64, B64);
    }

    /** CMPSS; see {@link #holdsDouble}. */
    public static boolean holdsSingle(SseContext c, int a, int b, int predicate) {
        return holds(c, a & INT, b & INT, predicate, P32, B32);
    }

    private static boolean holds(SseContext c, long a, long b, int predicate, int p, int bias) {
        boolean signals = (SIGNALLING >> (predicate & 15) & 1) != predicate >> 4;
        int relation =
                switch (compare(c, a, b, signals, p, bias)) {
                    case LESS -> 0;
                    case EQUAL -> 1;
                    case GREATER -> 2;
                    default -> 3;
                };
        return (ACCEPTED >>> (predicate & 15) * 4 + relation & 1) != 0;
    }

    /**
     * COMISD ({@code quiet} false) and UCOMISD (true): ZF, PF and CF in EFLAGS positions; OF, SF
     * and AF become 0. After an unmasked exception EFLAGS stay as they were.
     */
    public static int orderDouble(SseContext c, long a, long b, boolean quiet) {
        if (SseArithmetic.plain(a) && SseArithmetic.plain(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            if (x > y) {
                return GREATER;
            }
            if (x < y) {
                return LESS;
            }
            if (x == y) {
                return EQUAL;
            }
        }
        return compare(c, a, b, !quiet, P64, B64);
    }

    /** COMISS and UCOMISS; see {@link #orderDouble}. */
    public static int orderSingle(SseContext c, int a, int b, boolean quiet) {
        if (SseArithmetic.plain(a) && SseArithmetic.plain(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            if (x > y) {
                return GREATER;
            }
            if (x < y) {
                return LESS;
            }
            if (x == y) {
                return EQUAL;
            }
        }
        return compare(c, a & INT, b & INT, !quiet, P32, B32);
    }

    private static int compare(SseContext c, long x, long y, boolean signals, int p, int bias) {
        if (SseSoft.isNaN(x, p, bias) || SseSoft.isNaN(y, p, bias)) {
            if (signals || SseSoft.isSignalling(x, p, bias) || SseSoft.isSignalling(y, p, bias)) {
                c.flags |= Fp.IE;
            }
            return UNORDERED;
        }
        long a = SseSoft.operand(c, x, p, bias);
        long b = SseSoft.operand(c, y, p, bias);
        SseSoft.denormal(c, a, p, bias);
        SseSoft.denormal(c, b, p, bias);
        long i = ordinal(a, p, bias);
        long j = ordinal(b, p, bias);
        return i == j ? EQUAL : i < j ? LESS : GREATER;
    }

    /** A number that orders as the value does. */
    private static long ordinal(long bits, int p, int bias) {
        long magnitude = SseSoft.magnitude(bits, p, bias);
        return SseSoft.isNegative(bits, p, bias) ? -magnitude : magnitude;
    }

    /** MIN and MAX: a where it is smaller, or larger, else b, both as DAZ leaves them. */
    static long smaller(SseContext c, long a, long b, boolean larger, int p, int bias) {
        int relation = compare(c, a, b, true, p, bias);
        return SseSoft.operand(c, relation == (larger ? GREATER : LESS) ? a : b, p, bias);
    }
}
