package lodge.devices.storage;

import java.util.Arrays;

/**
 * Raw CD-ROM sectors made from user data, for READ CD: mode 1 as in ECMA-130, section 14 - sync,
 * header, 2048 bytes of user data, EDC, eight zero bytes, P and Q parity (annex A).
 */
final class CdSector {
    /** Bytes of a whole sector. */
    static final int RAW_BYTES = 2352;

    /** READ CD, byte 9: sync field. */
    static final int SYNC = 0x80;

    /** READ CD, byte 9: sector header. */
    static final int HEADER = 0x20;

    /** READ CD, byte 9: user data. */
    static final int USER_DATA = 0x10;

    /** READ CD, byte 9: EDC and ECC. */
    static final int EDC_ECC = 0x08;

    private static final int SUBHEADER = 0x40;
    private static final int SYNC_BYTES = 12;
    private static final int HEADER_BYTES = 4;
    private static final int USER_AT = SYNC_BYTES + HEADER_BYTES;
    private static final int EDC_AT = USER_AT + CdReplies.BLOCK;
    private static final int P_AT = EDC_AT + 12;
    private static final int Q_AT = P_AT + 172;

    /** x^32 + x^31 + x^16 + x^15 + x^4 + x^3 + x + 1, least significant bit first. */
    private static final int EDC_POLYNOMIAL = 0xd801_8001;

    /** x^8 + x^4 + x^3 + x^2 + 1, the field of the Reed-Solomon product code. */
    private static final int ECC_POLYNOMIAL = 0x11d;

    private CdSector() {}

    /**
     * Returns whether a combination of parts can be delivered; a mode 1 sector has no subheader.
     */
    static boolean supported(int flags) {
        int parts = flags & ~SUBHEADER;
        return parts == 0
                || parts == USER_DATA
                || parts == HEADER
                || parts == (HEADER | USER_DATA)
                || parts == (HEADER | USER_DATA | EDC_ECC)
                || parts == (USER_DATA | EDC_ECC)
                || parts == (SYNC | HEADER | USER_DATA)
                || parts == (SYNC | HEADER | USER_DATA | EDC_ECC);
    }

    /**
     * Turns blocks of user data into what READ CD asked for, in place.
     *
     * @param sector room for one raw sector
     * @return the number of bytes
     */
    static int expand(byte[] buffer, int blocks, long lba, int flags, byte[] sector) {
        int start = (flags & SYNC) != 0 ? 0 : (flags & HEADER) != 0 ? SYNC_BYTES : USER_AT;
        int end = (flags & EDC_ECC) != 0 ? RAW_BYTES : (flags & USER_DATA) != 0 ? EDC_AT : USER_AT;
        int size = end - start;
        for (int n = 0; n < blocks; n++) {
            // Where sectors grow, the last goes first, so that none is overwritten before its turn.
            int i = size >= CdReplies.BLOCK ? blocks - 1 - n : n;
            System.arraycopy(buffer, i * CdReplies.BLOCK, sector, USER_AT, CdReplies.BLOCK);
            encode(sector, lba + i);
            System.arraycopy(sector, start, buffer, i * size, size);
        }
        return blocks * size;
    }

    /** Fills in everything around the user data. */
    static void encode(byte[] sector, long lba) {
        Arrays.fill(sector, 1, SYNC_BYTES - 1, (byte) 0xff);
        sector[0] = 0;
        sector[SYNC_BYTES - 1] = 0;
        long frame = lba + CdReplies.LEAD_IN_FRAMES;
        sector[12] = bcd((int) (frame / (60 * 75)));
        sector[13] = bcd((int) (frame / 75 % 60));
        sector[14] = bcd((int) (frame % 75));
        sector[15] = 1;
        int edc = edc(sector, EDC_AT);
        for (int i = 0; i < 4; i++) {
            sector[EDC_AT + i] = (byte) (edc >>> 8 * i);
        }
        Arrays.fill(sector, EDC_AT + 4, P_AT, (byte) 0);
        // 86 columns of 24 bytes give P, 52 diagonals of 43 bytes give Q; both work on bytes of
        // even and odd place.
        parity(sector, 86, 24, 2, 86, P_AT);
        parity(sector, 52, 43, 86, 88, Q_AT);
    }

    private static byte bcd(int value) {
        return (byte) (value / 10 % 10 << 4 | value % 10);
    }

    static int edc(byte[] data, int length) {
        int crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= data[i] & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ EDC_POLYNOMIAL : crc >>> 1;
            }
        }
        return crc;
    }

    /**
     * One of the two parities: a Reed-Solomon code with two check bytes for each of the vectors.
     */
    private static void parity(
            byte[] sector, int vectors, int length, int vectorStep, int byteStep, int target) {
        int covered = vectors * length;
        for (int vector = 0; vector < vectors; vector++) {
            int index = (vector >> 1) * vectorStep + (vector & 1);
            int a = 0;
            int b = 0;
            for (int i = 0; i < length; i++) {
                int value = sector[SYNC_BYTES + index] & 0xff;
                index += byteStep;
                if (index >= covered) {
                    index -= covered;
                }
                a = doubled(a ^ value);
                b ^= value;
            }
            a = halfSolve(doubled(a) ^ b);
            sector[target + vector] = (byte) a;
            sector[target + vectors + vector] = (byte) (a ^ b);
        }
    }

    private static int doubled(int value) {
        int twice = value << 1;
        return (twice & 0x100) != 0 ? twice ^ ECC_POLYNOMIAL : twice;
    }

    /** Divides by alpha + 1 in the field: the inverse of x -> doubled(x) ^ x. */
    private static int halfSolve(int value) {
        int x = 0;
        for (int candidate = 0; candidate < 256; candidate++) {
            if ((doubled(candidate) ^ candidate) == value) {
                x = candidate;
            }
        }
        return x;
    }
}
