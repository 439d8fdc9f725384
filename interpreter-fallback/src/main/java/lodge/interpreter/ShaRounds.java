package lodge.interpreter;

/**
 * The SHA extensions (SDM vol. 2, SHA1RNDS4 and the following; FIPS 180-4) on doublewords at
 * addresses; sources are read before the destination is written.
 */
final class ShaRounds {
    private ShaRounds() {}

    private static int get(long at, int n) {
        return RawMemory.getInt(at + 4L * n);
    }

    /** Writes four doublewords, the highest first, as the SDM names them. */
    private static void put(long at, int w3, int w2, int w1, int w0) {
        RawMemory.putInt(at + 12, w3);
        RawMemory.putInt(at + 8, w2);
        RawMemory.putInt(at + 4, w1);
        RawMemory.putInt(at, w0);
    }

    /** SHA1RNDS4: four rounds with the function and constant of imm8[1:0]. */
    static void rounds1(long d, long words, int imm) {
        int a = get(d, 3);
        int b = get(d, 2);
        int c = get(d, 1);
        int e = 0;
        int dd = get(d, 0);
        for (int k = 3; k >= 0; k--) {
            int t = function1(imm & 3, b, c, dd) + Integer.rotateLeft(a, 5) + get(words, k) + e;
            e = dd;
            dd = c;
            c = Integer.rotateLeft(b, 30);
            b = a;
            a = t + constant1(imm & 3);
        }
        put(d, a, b, c, dd);
    }

    private static int function1(int which, int b, int c, int d) {
        return switch (which) {
            case 0 -> b & c ^ ~b & d;
            case 2 -> b & c ^ b & d ^ c & d;
            default -> b ^ c ^ d;
        };
    }

    private static int constant1(int which) {
        return switch (which) {
            case 0 -> 0x5a82_7999;
            case 1 -> 0x6ed9_eba1;
            case 2 -> 0x8f1b_bcdc;
            default -> 0xca62_c1d6;
        };
    }

    /** SHA1NEXTE. */
    static void next1(long d, long b) {
        int e = get(b, 3) + Integer.rotateLeft(get(d, 3), 30);
        put(d, e, get(b, 2), get(b, 1), get(b, 0));
    }

    /** SHA1MSG1. */
    static void message1(long d, long b) {
        int w0 = get(d, 3);
        int w1 = get(d, 2);
        int w2 = get(d, 1);
        int w3 = get(d, 0);
        put(d, w2 ^ w0, w3 ^ w1, get(b, 3) ^ w2, get(b, 2) ^ w3);
    }

    /** SHA1MSG2. */
    static void message1Last(long d, long b) {
        int w16 = Integer.rotateLeft(get(d, 3) ^ get(b, 2), 1);
        int w17 = Integer.rotateLeft(get(d, 2) ^ get(b, 1), 1);
        int w18 = Integer.rotateLeft(get(d, 1) ^ get(b, 0), 1);
        int w19 = Integer.rotateLeft(get(d, 0) ^ w16, 1);
        put(d, w16, w17, w18, w19);
    }

    /**
     * SHA256RNDS2: two rounds.
     *
     * @param wk XMM0: words plus constants
     */
    static void rounds256(long d, long s, long wk) {
        int a = get(s, 3);
        int b = get(s, 2);
        int c = get(d, 3);
        int e = get(s, 1);
        int f = get(s, 0);
        int g = get(d, 1);
        int h = get(d, 0);
        int dd = get(d, 2);
        int wk0 = get(wk, 0);
        int wk1 = get(wk, 1);
        for (int k = 0; k < 2; k++) {
            int t =
                    (e & f ^ ~e & g)
                            + (Integer.rotateRight(e, 6)
                                    ^ Integer.rotateRight(e, 11)
                                    ^ Integer.rotateRight(e, 25))
                            + (k == 0 ? wk0 : wk1)
                            + h;
            int u =
                    (a & b ^ a & c ^ b & c)
                            + (Integer.rotateRight(a, 2)
                                    ^ Integer.rotateRight(a, 13)
                                    ^ Integer.rotateRight(a, 22));
            h = g;
            g = f;
            f = e;
            e = t + dd;
            dd = c;
            c = b;
            b = a;
            a = t + u;
        }
        put(d, a, b, e, f);
    }

    /** SHA256MSG1. */
    static void message256(long d, long b) {
        int w4 = get(b, 0);
        int w3 = get(d, 3);
        int w2 = get(d, 2);
        int w1 = get(d, 1);
        put(d, w3 + low(w4), w2 + low(w3), w1 + low(w2), get(d, 0) + low(w1));
    }

    /** SHA256MSG2. */
    static void message256Last(long d, long b) {
        int w16 = get(d, 0) + high(get(b, 2));
        int w17 = get(d, 1) + high(get(b, 3));
        int w18 = get(d, 2) + high(w16);
        int w19 = get(d, 3) + high(w17);
        put(d, w19, w18, w17, w16);
    }

    private static int low(int w) {
        return Integer.rotateRight(w, 7) ^ Integer.rotateRight(w, 18) ^ w >>> 3;
    }

    private static int high(int w) {
        return Integer.rotateRight(w, 17) ^ Integer.rotateRight(w, 19) ^ w >>> 10;
    }
}
