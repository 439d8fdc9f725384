package lodge.interpreter.fp;

/** The arctangent of a ratio from 0 to 1. */
final class Arctangent {
    /** Steps of the table: atan(k / 32). */
    private static final int STEPS = 32;

    private static final Wide[] TABLE = table();

    private Arctangent() {}

    /** atan((k + 1)/32) = atan(k/32) + atan(32 / (1024 + k(k + 1))). */
    private static Wide[] table() {
        Wide[] table = new Wide[STEPS + 1];
        Wide place = new Wide();
        Wide other = new Wide();
        table[0] = new Wide();
        for (int k = 0; k < STEPS; k++) {
            Wide next = new Wide();
            next.integer(STEPS);
            place.integer(STEPS * STEPS + k * (k + 1));
            next.divide(place);
            series(next, place, other);
            next.add(table[k]);
            table[k + 1] = next;
        }
        return table;
    }

    /**
     * Leaves atan(p/q) in the workspace, for p at most q and neither zero: with k/32 near p/q that
     * is atan(k/32) + atan((32p - kq) / (32q + kp)).
     */
    static void ofRatio(FpContext c, int pExponent, long p, int qExponent, long q) {
        int k = 0;
        int distance = qExponent - pExponent;
        if (distance < 8) {
            double ratio = (double) (p >>> 1) / (double) (q >>> 1) / (1 << distance);
            k = (int) (ratio * STEPS + 0.5);
        }
        Wide divisor = c.left;
        divisor.number(false, qExponent, q, 0);
        c.number(false, pExponent, p, 0);
        if (k != 0) {
            Wide factor = c.right;
            Wide product = c.third;
            factor.integer(k);
            factor.exponent -= Integer.numberOfTrailingZeros(STEPS);
            product.number(c);
            product.multiply(factor);
            factor.multiply(divisor);
            divisor.add(product);
            factor.negative = true;
            c.add(factor);
        }
        if (c.isZero()) {
            c.number(TABLE[k]);
            return;
        }
        c.divide(divisor);
        series(c, c.left, c.right);
        c.add(TABLE[k]);
    }

    /** Replaces a number of magnitude at most 1/32 by its arctangent. */
    private static void series(Wide x, Wide square, Wide factor) {
        square.number(x);
        square.multiply(x);
        square.toFraction();
        Series.ODD.evaluate(factor, square.high, square.low, true);
        factor.scale(square.high, square.low);
        factor.oneMinus();
        x.multiply(factor);
    }
}
