package lodge.devices.storage;

import java.util.Arrays;

/**
 * The 256 words that IDENTIFY (PACKET) DEVICE returns (ATA/ATAPI-6, sections 8.15 and 8.16), put
 * together in a buffer.
 */
final class AtaIdentify {
    private static final int BYTES = 512;
    private static final int SIGNATURE = 0xa5;

    private final byte[] bytes;

    /** All words zero, at the start of a buffer. */
    AtaIdentify(byte[] buffer) {
        bytes = buffer;
        Arrays.fill(bytes, 0, BYTES, (byte) 0);
    }

    void put(int word, int value) {
        bytes[2 * word] = (byte) value;
        bytes[2 * word + 1] = (byte) (value >>> 8);
    }

    void put32(int word, int value) {
        put(word, value);
        put(word + 1, value >>> 16);
    }

    /** Text is padded with spaces, the first character of a word in its high byte. */
    void text(int word, int words, String text) {
        for (int i = 0; i < 2 * words; i++) {
            char c = i < text.length() ? text.charAt(i) : ' ';
            bytes[2 * word + (i ^ 1)] = (byte) (c >= ' ' && c < 0x7f ? c : '?');
        }
    }

    /**
     * Words 63 to 68 and 88: PIO 0-4, multiword DMA 0-2, Ultra DMA 0-5, and which DMA mode is
     * selected.
     */
    void transferModes(int selected) {
        int number = selected & 7;
        put(63, 0x0007 | (selected >>> 3 == 4 ? 0x100 << number : 0));
        put(64, 0x0003);
        for (int word = 65; word <= 68; word++) {
            put(word, 120);
        }
        put(88, 0x003f | (selected >>> 3 == 8 ? 0x100 << number : 0));
    }

    /** Word 255: signature and checksum, so that all bytes add up to zero. */
    void seal() {
        bytes[BYTES - 2] = (byte) SIGNATURE;
        int sum = 0;
        for (int i = 0; i < BYTES - 1; i++) {
            sum += bytes[i];
        }
        bytes[BYTES - 1] = (byte) -sum;
    }
}
