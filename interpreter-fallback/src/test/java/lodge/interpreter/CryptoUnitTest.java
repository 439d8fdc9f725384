package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;

import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** AES, SHA, carry-less multiplication and GFNI against the JDK's and by their definitions. */
class CryptoUnitTest {
    private static final long SEED = 0x5eed_0002L;

    private static long[] longs(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new long[] {b.getLong(), b.getLong()};
    }

    private static String vector(VectorBench b, int n) {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        return HexFormat.of()
                .formatHex(bytes.putLong(b.cpu.vector(n, 0)).putLong(b.cpu.vector(n, 1)).array());
    }

    /** Expands a key of 128 bits by AESKEYGENASSIST: FIPS 197, 5.2. XMM5 holds the last words. */
    private static long[][] expand(VectorBench b, byte[] key) {
        long[][] keys = new long[11][];
        keys[0] = longs(key);
        int constant = 1;
        for (int k = 1; k <= 10; k++) {
            b.set(1, keys[k - 1]);
            // aeskeygenassist xmm2,xmm1,constant; pshufd xmm2,xmm2,ffh
            b.run(String.format("660f3adfd1%02x 660f70d2ff", constant));
            // movdqa xmm3,xmm1; three times: pslldq xmm3,4; pxor xmm1,xmm3
            b.run("660f6fd9 660f73fb04 660fefcb 660f73fb04 660fefcb 660f73fb04 660fefcb");
            b.run("660fefca"); // pxor xmm1,xmm2
            keys[k] = new long[] {b.cpu.vector(1, 0), b.cpu.vector(1, 1)};
            constant = constant << 1 ^ (constant >= 0x80 ? 0x11b : 0);
        }
        return keys;
    }

    @Test
    void aesEncryptsAndDecryptsAsTheJdkDoes() throws GeneralSecurityException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] key = new byte[16];
        byte[] text = new byte[16];
        random.nextBytes(key);
        random.nextBytes(text);
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
        String expected = HexFormat.of().formatHex(cipher.doFinal(text));
        try (VectorBench b = new VectorBench()) {
            long[][] keys = expand(b, key);
            b.set(0, longs(text)).set(1, keys[0]).run("660fefc1"); // pxor xmm0,xmm1
            for (int k = 1; k < 10; k++) {
                b.set(1, keys[k]).run("660f38dcc1"); // aesenc xmm0,xmm1
            }
            b.set(1, keys[10]).run("660f38ddc1"); // aesenclast xmm0,xmm1
            assertEquals(expected, vector(b, 0));
            b.set(1, keys[10]).run("660fefc1");
            for (int k = 9; k > 0; k--) {
                // aesimc xmm1,xmm1; vaesdec xmm0,xmm0,xmm1
                b.set(1, keys[k]).run("660f38dbc9 c4e279dec1");
            }
            b.set(1, keys[0]).run("660f38dfc1"); // aesdeclast xmm0,xmm1
            assertEquals(HexFormat.of().formatHex(text), vector(b, 0));
        }
    }

    private static ByteBuffer message() {
        ByteBuffer block = ByteBuffer.allocate(64);
        block.put("The processor in pure Java".getBytes(StandardCharsets.US_ASCII));
        long bits = block.position() * 8L;
        block.put((byte) 0x80);
        return block.putLong(56, bits);
    }

    private static byte[] text() {
        return "The processor in pure Java".getBytes(StandardCharsets.US_ASCII);
    }

    private static void words(VectorBench b, int n, int w3, int w2, int w1, int w0) {
        b.set(n, w0 & 0xffff_ffffL | (long) w1 << 32, w2 & 0xffff_ffffL | (long) w3 << 32);
    }

    private static int word(VectorBench b, int n, int k) {
        return (int) (b.cpu.vector(n, k >> 1) >>> 32 * (k & 1));
    }

    @Test
    void sha256CompressesAsTheJdkDoes() throws GeneralSecurityException {
        int[] w = new int[64];
        for (int k = 0; k < 16; k++) {
            w[k] = message().getInt(4 * k);
        }
        try (VectorBench b = new VectorBench()) {
            for (int k = 16; k < 64; k += 4) {
                words(b, 1, w[k - 13], w[k - 14], w[k - 15], w[k - 16]);
                words(b, 2, w[k - 9], w[k - 10], w[k - 11], w[k - 12]);
                b.run("0f38ccca"); // sha256msg1 xmm1,xmm2
                words(b, 2, w[k - 4], w[k - 5], w[k - 6], w[k - 7]);
                b.run("660ffeca"); // paddd: the words 7 before
                words(b, 2, w[k - 1], w[k - 2], 0, 0);
                b.run("0f38cdca"); // sha256msg2 xmm1,xmm2
                for (int j = 0; j < 4; j++) {
                    w[k + j] = word(b, 1, j);
                }
            }
            int[] h = new int[8];
            for (int k = 0; k < 8; k++) {
                h[k] = fraction(prime(k), 2);
            }
            words(b, 1, h[0], h[1], h[4], h[5]); // ABEF
            words(b, 2, h[2], h[3], h[6], h[7]); // CDGH
            for (int k = 0; k < 64; k += 2) {
                words(
                        b,
                        0,
                        0,
                        0,
                        w[k + 1] + fraction(prime(k + 1), 3),
                        w[k] + fraction(prime(k), 3));
                // The old ABEF is the next CDGH: sha256rnds2 turns them in xmm1 and xmm2.
                b.run(k % 4 == 0 ? "0f38cbd1" : "0f38cbca");
            }
            ByteBuffer digest = ByteBuffer.allocate(32);
            for (int k = 0; k < 2; k++) {
                digest.putInt(h[k] + word(b, 1, 3 - k));
                digest.putInt(8 + 4 * k, h[2 + k] + word(b, 2, 3 - k));
                digest.putInt(16 + 4 * k, h[4 + k] + word(b, 1, 1 - k));
                digest.putInt(24 + 4 * k, h[6 + k] + word(b, 2, 1 - k));
            }
            assertEquals(
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text())),
                    HexFormat.of().formatHex(digest.array()));
        }
    }

    private static int prime(int n) {
        int found = -1;
        int p = 1;
        while (found < n) {
            p++;
            if (BigInteger.valueOf(p).isProbablePrime(20)) {
                found++;
            }
        }
        return p;
    }

    /** The first 32 bits of the fraction of a prime's root (FIPS 180-4, 4.2.2 and 5.3.3). */
    private static int fraction(int prime, int root) {
        BigInteger scaled = BigInteger.valueOf(prime).shiftLeft(32 * root);
        BigInteger low = BigInteger.ZERO;
        BigInteger high = BigInteger.ONE.shiftLeft(40);
        while (high.subtract(low).compareTo(BigInteger.ONE) > 0) {
            BigInteger middle = low.add(high).shiftRight(1);
            if (middle.pow(root).compareTo(scaled) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low.intValue();
    }

    @Test
    void sha1CompressesAsTheJdkDoes() throws GeneralSecurityException {
        int[] w = new int[80];
        for (int k = 0; k < 16; k++) {
            w[k] = message().getInt(4 * k);
        }
        int[] h = {0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0};
        try (VectorBench b = new VectorBench()) {
            for (int k = 16; k < 80; k += 4) {
                words(b, 1, w[k - 16], w[k - 15], w[k - 14], w[k - 13]);
                words(b, 2, w[k - 12], w[k - 11], w[k - 10], w[k - 9]);
                b.run("0f38c9ca"); // sha1msg1 xmm1,xmm2
                words(b, 2, w[k - 8], w[k - 7], w[k - 6], w[k - 5]);
                b.run("660fefca");
                words(b, 2, w[k - 4], w[k - 3], w[k - 2], w[k - 1]);
                b.run("0f38caca"); // sha1msg2 xmm1,xmm2
                for (int j = 0; j < 4; j++) {
                    w[k + j] = word(b, 1, 3 - j);
                }
            }
            words(b, 1, h[0], h[1], h[2], h[3]);
            words(b, 2, h[4] + w[0], w[1], w[2], w[3]);
            for (int k = 0; k < 80; k += 4) {
                if (k != 0) {
                    // The E of these rounds is A of four rounds before, turned: sha1nexte.
                    words(b, 3, w[k], w[k + 1], w[k + 2], w[k + 3]);
                    b.run("0f38c8e3 660f6fd4"); // sha1nexte xmm4,xmm3; movdqa xmm2,xmm4
                }
                b.run("660f6fe1"); // movdqa xmm4,xmm1
                b.run(String.format("0f3accca%02x", k / 20)); // sha1rnds4 xmm1,xmm2,k/20
            }
            ByteBuffer digest = ByteBuffer.allocate(20);
            for (int k = 0; k < 4; k++) {
                digest.putInt(h[k] + word(b, 1, 3 - k));
            }
            digest.putInt(h[4] + Integer.rotateLeft(word(b, 4, 3), 30));
            assertEquals(
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text())),
                    HexFormat.of().formatHex(digest.array()));
        }
    }

    private static BigInteger unsigned(long v) {
        return new BigInteger(Long.toUnsignedString(v));
    }

    @Test
    void pclmulqdqMultipliesWithoutCarries() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (VectorBench b = new VectorBench()) {
            for (int imm : new int[] {0, 1, 0x10, 0x11}) {
                b.random(1, random).random(2, random);
                long x = b.cpu.vector(1, imm & 1);
                long y = b.cpu.vector(2, imm >> 4);
                BigInteger product = BigInteger.ZERO;
                for (int k = 0; k < 64; k++) {
                    if ((y >>> k & 1) != 0) {
                        product = product.xor(unsigned(x).shiftLeft(k));
                    }
                }
                b.run(String.format("660f3a44ca%02x", imm));
                b.expect(1, product.longValue(), product.shiftRight(64).longValue());
            }
        }
    }

    @Test
    void gfniInvertsWhatItMultiplies() {
        try (VectorBench b = new VectorBench()) {
            // The identity as matrix: gf2p8affineinvqb gives the inverse, and the product is 1.
            b.set(1, 0x0807_0605_0403_0201L, 0xff80_7f53_caab_cdefL);
            b.set(2, 0x0102_0408_1020_4080L, 0x0102_0408_1020_4080L);
            b.run("660f6fd9 660f3acfca00"); // movdqa xmm3,xmm1; gf2p8affineinvqb xmm1,xmm2,0
            b.run("660f38cfcb"); // gf2p8mulb xmm1,xmm3
            b.expect(1, 0x0101_0101_0101_0101L, 0x0101_0101_0101_0101L);
            // The matrix that turns the bits of a byte around, and a constant.
            b.set(2, 0x8040_2010_0804_0201L, 0x8040_2010_0804_0201L).set(1, 0x01, 0xf0);
            b.run("660f3aceca55").expect(1, 0x5555_5555_5555_55d5L, 0x5555_5555_5555_555aL);
        }
    }
}
