package lodge.interpreter;

/**
 * The steps of AES (FIPS 197) as AES-NI has them, on four columns of 32 bits at an address. The
 * tables are computed from the field's definition when the class is loaded and never change.
 */
final class AesRounds {
    private static final byte[] S = new byte[256];
    private static final byte[] INVERSE_S = new byte[256];

    /** SubBytes and MixColumns of a byte in row 0; the other rows' are rotations of it. */
    private static final int[] MIX = new int[256];

    /** InvMixColumns of a byte in row 0. */
    private static final int[] INVERSE_MIX = new int[256];

    static {
        for (int x = 0; x < 256; x++) {
            int inverse = power254(x);
            int s = inverse;
            for (int k = 1; k < 5; k++) {
                s ^= inverse << k | inverse >> 8 - k;
            }
            s = (s ^ 0x63) & 0xff;
            S[x] = (byte) s;
            INVERSE_S[s] = (byte) x;
            MIX[x] = column(multiply(s, 2), s, s, multiply(s, 3));
            INVERSE_MIX[x] =
                    column(multiply(x, 14), multiply(x, 9), multiply(x, 13), multiply(x, 11));
        }
    }

    private AesRounds() {}

    private static int column(int r0, int r1, int r2, int r3) {
        return r0 | r1 << 8 | r2 << 16 | r3 << 24;
    }

    /** Multiplies in GF(2^8) with the polynomial 11Bh. */
    static int multiply(int a, int b) {
        int r = 0;
        int x = a;
        for (int k = 0; k < 8; k++) {
            if ((b >> k & 1) != 0) {
                r ^= x;
            }
            x = x << 1 ^ ((x & 0x80) != 0 ? 0x11b : 0);
        }
        return r;
    }

    /** The inverse in GF(2^8), 0 for 0. */
    static int power254(int x) {
        int r = 1;
        for (int k = 0; k < 254; k++) {
            r = multiply(r, x);
        }
        return r;
    }

    private static int get(long at, int column) {
        return RawMemory.getInt(at + 4 * (column & 3));
    }

    private static void put(long at, int c0, int c1, int c2, int c3) {
        RawMemory.putInt(at, c0);
        RawMemory.putInt(at + 4, c1);
        RawMemory.putInt(at + 8, c2);
        RawMemory.putInt(at + 12, c3);
    }

    // ---- encryption ----

    /** AESENC. */
    static void encrypt(long d, long state, long key) {
        put(
                d,
                encrypt(state, 0) ^ get(key, 0),
                encrypt(state, 1) ^ get(key, 1),
                encrypt(state, 2) ^ get(key, 2),
                encrypt(state, 3) ^ get(key, 3));
    }

    /** A column after ShiftRows, SubBytes and MixColumns. */
    private static int encrypt(long at, int j) {
        return MIX[get(at, j) & 0xff]
                ^ Integer.rotateLeft(MIX[get(at, j + 1) >>> 8 & 0xff], 8)
                ^ Integer.rotateLeft(MIX[get(at, j + 2) >>> 16 & 0xff], 16)
                ^ Integer.rotateLeft(MIX[get(at, j + 3) >>> 24], 24);
    }

    /** AESENCLAST. */
    static void encryptLast(long d, long state, long key) {
        put(
                d,
                shifted(state, 0, 1, S) ^ get(key, 0),
                shifted(state, 1, 1, S) ^ get(key, 1),
                shifted(state, 2, 1, S) ^ get(key, 2),
                shifted(state, 3, 1, S) ^ get(key, 3));
    }

    /** A column after (Inv)ShiftRows, by a step of 1 (-1), and (Inv)SubBytes. */
    private static int shifted(long at, int j, int step, byte[] box) {
        return column(
                box[get(at, j) & 0xff] & 0xff,
                box[get(at, j + step) >>> 8 & 0xff] & 0xff,
                box[get(at, j + 2) >>> 16 & 0xff] & 0xff,
                box[get(at, j - step) >>> 24] & 0xff);
    }

    // ---- decryption ----

    /** AESDEC. */
    static void decrypt(long d, long state, long key) {
        put(
                d,
                mixInverse(shifted(state, 0, -1, INVERSE_S)) ^ get(key, 0),
                mixInverse(shifted(state, 1, -1, INVERSE_S)) ^ get(key, 1),
                mixInverse(shifted(state, 2, -1, INVERSE_S)) ^ get(key, 2),
                mixInverse(shifted(state, 3, -1, INVERSE_S)) ^ get(key, 3));
    }

    /** AESDECLAST. */
    static void decryptLast(long d, long state, long key) {
        put(
                d,
                shifted(state, 0, -1, INVERSE_S) ^ get(key, 0),
                shifted(state, 1, -1, INVERSE_S) ^ get(key, 1),
                shifted(state, 2, -1, INVERSE_S) ^ get(key, 2),
                shifted(state, 3, -1, INVERSE_S) ^ get(key, 3));
    }

    /** AESIMC. */
    static void mixInverse(long d, long b) {
        put(
                d,
                mixInverse(get(b, 0)),
                mixInverse(get(b, 1)),
                mixInverse(get(b, 2)),
                mixInverse(get(b, 3)));
    }

    private static int mixInverse(int column) {
        return INVERSE_MIX[column & 0xff]
                ^ Integer.rotateLeft(INVERSE_MIX[column >>> 8 & 0xff], 8)
                ^ Integer.rotateLeft(INVERSE_MIX[column >>> 16 & 0xff], 16)
                ^ Integer.rotateLeft(INVERSE_MIX[column >>> 24], 24);
    }

    // ---- keys ----

    /** AESKEYGENASSIST. */
    static void keyAssist(long d, long b, int constant) {
        int x1 = substitute(get(b, 1));
        int x3 = substitute(get(b, 3));
        put(
                d,
                x1,
                Integer.rotateRight(x1, 8) ^ constant,
                x3,
                Integer.rotateRight(x3, 8) ^ constant);
    }

    private static int substitute(int word) {
        return column(
                S[word & 0xff] & 0xff,
                S[word >>> 8 & 0xff] & 0xff,
                S[word >>> 16 & 0xff] & 0xff,
                S[word >>> 24] & 0xff);
    }
}
