package lodge.interpreter;

/**
 * PCLMULQDQ and the GFNI instructions: polynomials over GF(2), and bytes as elements of GF(2^8)
 * (SDM vol. 2, PCLMULQDQ, GF2P8AFFINEQB). The table of inverses never changes.
 */
final class GaloisField {
    private static final byte[] INVERSE = new byte[256];

    static {
        for (int x = 0; x < 256; x++) {
            INVERSE[x] = (byte) AesRounds.power254(x);
        }
    }

    private GaloisField() {}

    /** PCLMULQDQ: imm8[0] and [4] choose the halves of the sources. */
    static void multiply(long d, long a, long b, int imm) {
        long x = RawMemory.getLong(a + 8 * (imm & 1));
        long y = RawMemory.getLong(b + 8 * (imm >> 4 & 1));
        long low = (y & 1) != 0 ? x : 0;
        long high = 0;
        for (long rest = y & -2; rest != 0; rest &= rest - 1) {
            int k = Long.numberOfTrailingZeros(rest);
            low ^= x << k;
            high ^= x >>> 64 - k;
        }
        RawMemory.putLong(d, low);
        RawMemory.putLong(d + 8, high);
    }

    /** GF2P8MULB of eight bytes. */
    static long multiplyBytes(long a, long b) {
        long r = 0;
        for (int k = 0; k < 64; k += 8) {
            r |= (long) AesRounds.multiply((int) (a >>> k) & 0xff, (int) (b >>> k) & 0xff) << k;
        }
        return r;
    }

    /** GF2P8AFFINEQB of eight bytes; with {@code inverse} GF2P8AFFINEINVQB. */
    static long affine(long x, long matrix, int constant, boolean inverse) {
        long r = 0;
        for (int k = 0; k < 64; k += 8) {
            int v = (int) (x >>> k) & 0xff;
            if (inverse) {
                v = INVERSE[v] & 0xff;
            }
            int y = constant & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                int row = (int) (matrix >>> 8 * (7 - bit)) & 0xff;
                y ^= (Integer.bitCount(row & v) & 1) << bit;
            }
            r |= (long) y << k;
        }
        return r;
    }
}
