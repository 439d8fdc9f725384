package lodge.vhd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The footer of a VHD ("Virtual Hard Disk Image Format Specification", Microsoft, October 2006,
 * "Hard Disk Footer Format"): 512 bytes at the end of the file, and for dynamic disks a copy at its
 * start. Numbers are big-endian.
 *
 * @param bytes the footer as it is in the file
 * @param dataOffset where the dynamic disk header is
 * @param size the disk's current size in bytes
 * @param type 2 fixed, 3 dynamic, 4 differencing
 */
record VhdFooter(byte[] bytes, long dataOffset, long size, int type) {
    static final int BYTES = 512;
    static final String COOKIE = "conectix";

    static final int FIXED = 2;
    static final int DYNAMIC = 3;
    static final int DIFFERENCING = 4;

    private static final int VERSION_AT = 12;
    private static final int DATA_OFFSET_AT = 16;
    private static final int CURRENT_SIZE_AT = 48;
    private static final int TYPE_AT = 60;
    private static final int CHECKSUM_AT = 64;
    private static final int MAJOR_VERSION = 1;

    /** Returns the footer in 512 bytes, or empty when there is none or it is damaged. */
    static Optional<VhdFooter> parse(byte[] bytes) {
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        boolean good =
                new String(bytes, 0, COOKIE.length(), StandardCharsets.ISO_8859_1).equals(COOKIE)
                        && fields.getInt(CHECKSUM_AT) == checksum(bytes, CHECKSUM_AT)
                        && fields.getShort(VERSION_AT) == MAJOR_VERSION;
        return good
                ? Optional.of(
                        new VhdFooter(
                                bytes,
                                fields.getLong(DATA_OFFSET_AT),
                                fields.getLong(CURRENT_SIZE_AT),
                                fields.getInt(TYPE_AT)))
                : Optional.empty();
    }

    /** The one's complement of the sum of all bytes without the checksum itself. */
    static int checksum(byte[] bytes, int checksumAt) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (i < checksumAt || i >= checksumAt + Integer.BYTES) {
                sum += bytes[i] & 0xff;
            }
        }
        return ~sum;
    }
}
