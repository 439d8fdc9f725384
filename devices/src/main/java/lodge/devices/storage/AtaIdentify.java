package lodge.devices.storage;

import java.util.Arrays;

/**
 * The 256 words that IDENTIFY (PACKET) DEVICE returns (ATA/ATAPI-6, sections 8.15 and 8.16), put
 * together at the start of a drive's buffer.
 */
final class AtaIdentify {
    private static final int BYTES = 512;
    private static final int SIGNATURE = 0xa5;

    private AtaIdentify() {}

    static void clear(byte[] b) {
        Arrays.fill(b, 0, BYTES, (byte) 0);
    }

    static void put(byte[] b, int word, int value) {
        b[2 * word] = (byte) value;
        b[2 * word + 1] = (byte) (value >>> 8);
    }

    static void put32(byte[] b, int word, int value) {
        put(b, word, value);
        put(b, word + 1, value >>> 16);
    }

    /** Text is padded with spaces, the first character of a word in its high byte. */
    static void text(byte[] b, int word, int words, String text) {
        for (int i = 0; i < 2 * words; i++) {
            char c = i < text.length() ? text.charAt(i) : ' ';
            b[2 * word + (i ^ 1)] = (byte) (c >= ' ' && c < 0x7f ? c : '?');
        }
    }

    /**
     * Words 63 to 68 and 88: PIO 0-4, multiword DMA 0-2, Ultra DMA 0-5, and which DMA mode is
     * selected.
     */
    static void transferModes(byte[] b, int selected) {
        int number = selected & 7;
        put(b, 63, 0x0007 | (selected >>> 3 == 4 ? 0x100 << number : 0));
        put(b, 64, 0x0003);
        for (int word = 65; word <= 68; word++) {
            put(b, word, 120);
        }
        put(b, 88, 0x003f | (selected >>> 3 == 8 ? 0x100 << number : 0));
    }

    /** Word 255: signature and checksum, so that all bytes add up to zero. */
    static void seal(byte[] b) {
        b[BYTES - 2] = (byte) SIGNATURE;
        int sum = 0;
        for (int i = 0; i < BYTES - 1; i++) {
            sum += b[i];
        }
        b[BYTES - 1] = (byte) -sum;
    }

    /** What a CD-ROM drive says of itself. */
    static void packetDevice(byte[] b, String model, String serial, int mode, int device) {
        clear(b);
        // ATAPI, CD-ROM, removable, DRQ within 50 us, 12-byte packets.
        put(b, 0, 0x85c0);
        text(b, 10, 10, serial);
        text(b, 23, 4, "1");
        text(b, 27, 20, model);
        put(b, 49, 0x0f00);
        put(b, 50, 0x4000);
        put(b, 53, 0x0006);
        transferModes(b, mode);
        put(b, 71, 30);
        put(b, 72, 30);
        put(b, 80, 0x0078);
        // Power management, packet feature set, DEVICE RESET, NOP.
        put(b, 82, 0x4218);
        put(b, 83, 0x4000);
        put(b, 84, 0x4000);
        put(b, 85, 0x4218);
        put(b, 87, 0x4000);
        put(b, 93, device == 0 ? 0x600b : 0x6b00);
        seal(b);
    }
}
