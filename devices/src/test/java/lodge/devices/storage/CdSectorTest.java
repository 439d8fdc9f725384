package lodge.devices.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Random;

/** Against ECMA-130, section 14 and annex A. */
class CdSectorTest {
    private final byte[] sector = new byte[CdSector.RAW_BYTES];

    private void encode(long seed, long lba) {
        byte[] user = new byte[2048];
        new Random(seed).nextBytes(user);
        System.arraycopy(user, 0, sector, 16, 2048);
        CdSector.encode(sector, lba);
    }

    @Test
    void theHeaderHoldsTheAddressInBcd() {
        encode(1, 123_456);
        // 123 606 frames: 27 minutes, 28 seconds, 6 frames.
        assertEquals(0x27, sector[12]);
        assertEquals(0x28, sector[13]);
        assertEquals(0x06, sector[14]);
        assertEquals(1, sector[15]);
    }

    /** A CRC over data and its own check bytes leaves no remainder. */
    @Test
    void theEdcFits() {
        encode(2, 16);
        assertEquals(0, CdSector.edc(sector, 2068));
    }

    /**
     * Annex A: each P and Q codeword is divisible by (x - 1)(x - a), so both syndromes are zero.
     */
    @Test
    void theParitiesMakeCodewordsOfTheReedSolomonCode() {
        encode(3, 99);
        for (int column = 0; column < 43; column++) {
            for (int plane = 0; plane < 2; plane++) {
                int[] word = new int[26];
                for (int row = 0; row < 26; row++) {
                    word[row] = at(2 * (43 * row + column) + plane);
                }
                assertSyndromesZero(word, "P " + column);
            }
        }
        for (int diagonal = 0; diagonal < 26; diagonal++) {
            for (int plane = 0; plane < 2; plane++) {
                int[] word = new int[45];
                for (int i = 0; i < 43; i++) {
                    word[i] = at(2 * ((44 * i + 43 * diagonal) % 1118) + plane);
                }
                word[43] = at(2 * (1118 + diagonal) + plane);
                word[44] = at(2 * (1144 + diagonal) + plane);
                assertSyndromesZero(word, "Q " + diagonal);
            }
        }
    }

    /** The words of annex A are counted from the header, behind the sync field. */
    private int at(int index) {
        return sector[12 + index] & 0xff;
    }

    private static void assertSyndromesZero(int[] word, String what) {
        int s0 = 0;
        int s1 = 0;
        for (int value : word) {
            s0 ^= value;
            s1 = times2(s1) ^ value;
        }
        assertEquals(0, s0, what);
        assertEquals(0, s1, what);
    }

    private static int times2(int value) {
        int twice = value << 1;
        return twice > 0xff ? twice ^ 0x11d : twice;
    }
}
