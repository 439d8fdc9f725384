package lodge.devices.storage;

import java.util.Arrays;

/**
 * What a read-only CD/DVD drive answers to the MMC-3 (T10/1363D), SPC-2 (T10/1236D) and SFF-8020i
 * commands that describe drive and disc. Each method writes its data to the start of a buffer and
 * returns the length; 0 means that the command's fields ask for something that there is not.
 * Numbers are big-endian.
 */
final class CdReplies {
    /** Bytes of a block. */
    static final int BLOCK = 2048;

    /** Block 0 is two seconds into the program area: MSF 00:02:00. */
    static final int LEAD_IN_FRAMES = 150;

    /** Notification class 4: media. */
    static final int MEDIA_CLASS = 4;

    private static final int LEAD_OUT = 0xaa;
    private static final int DATA_TRACK = 0x14;
    private static final int FRAMES_PER_SECOND = 75;

    /** 80 minutes, the most that a CD holds; larger media are DVDs. */
    private static final long CD_BLOCKS = 80L * 60 * FRAMES_PER_SECOND;

    private static final int PROFILE_CD_ROM = 0x0008;
    private static final int PROFILE_DVD_ROM = 0x0010;

    // Constant data, so that no reply allocates anything.
    private static final int[] CORE = {0, 0, 0, 2, 0, 0, 0, 0};
    private static final int[] REMOVABLE_MEDIUM = {0x29, 0, 0, 0};
    private static final int[] RANDOM_READABLE = {0, 0, 8, 0, 0, 1, 0, 0};
    private static final int[] CD_READ = {0, 0, 0, 0};
    private static final int[] DVD_READ = {};
    private static final int[] READ_ERROR_RECOVERY = {0, 3, 0, 0, 0, 0};
    private static final int[] AUDIO_CONTROL = {4, 0, 0, 0, 0, 0, 1, 0xff, 2, 0xff, 0, 0, 0, 0};

    /** Both speeds are 5632 kB/s, 32 times that of an audio CD. */
    private static final int[] CAPABILITIES = {
        0x08, 0, 0, 0x01, 0x29, 0, 0x16, 0x00, 0, 2, 2, 0, 0x16, 0x00, 0, 0, 0, 0
    };

    private CdReplies() {}

    private static void put16(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 8);
        b[at + 1] = (byte) value;
    }

    private static void put32(byte[] b, int at, long value) {
        put16(b, at, (int) (value >>> 16));
        put16(b, at + 2, (int) value);
    }

    private static void text(byte[] b, int at, int length, String text) {
        for (int i = 0; i < length; i++) {
            char c = i < text.length() ? text.charAt(i) : ' ';
            b[at + i] = (byte) (c >= ' ' && c < 0x7f ? c : '?');
        }
    }

    private static void address(byte[] b, int at, long block, boolean msf) {
        if (msf) {
            long frame = block + LEAD_IN_FRAMES;
            b[at] = 0;
            b[at + 1] = (byte) Math.min(frame / (60 * FRAMES_PER_SECOND), 255);
            b[at + 2] = (byte) (frame / FRAMES_PER_SECOND % 60);
            b[at + 3] = (byte) (frame % FRAMES_PER_SECOND);
        } else {
            put32(b, at, block);
        }
    }

    /** Returns the block at an MSF address, or a negative number. */
    static long fromMsf(int minute, int second, int frame) {
        return ((long) minute * 60 + second) * FRAMES_PER_SECOND + frame - LEAD_IN_FRAMES;
    }

    /** INQUIRY (SPC-2, 7.3): standard data. */
    static int inquiry(byte[] b, String model) {
        Arrays.fill(b, 0, 36, (byte) 0);
        b[0] = 0x05;
        b[1] = (byte) 0x80;
        // ATAPI: version 0, response data format 1 with ATAPI version 2 in the high half
        // (SFF-8020i, 10.8.1), or 2 for MMC-3.
        b[3] = 0x32;
        b[4] = 36 - 5;
        text(b, 8, 8, "LODGE");
        text(b, 16, 16, model);
        text(b, 32, 4, "1");
        return 36;
    }

    /** REQUEST SENSE (SPC-2, 7.20): fixed format. */
    static int sense(byte[] b, int key, int code) {
        Arrays.fill(b, 0, 18, (byte) 0);
        b[0] = 0x70;
        b[2] = (byte) key;
        b[7] = 10;
        put16(b, 12, code);
        return 18;
    }

    /** READ CAPACITY (MMC-3, 5.16). */
    static int readCapacity(byte[] b, long blocks) {
        put32(b, 0, blocks - 1);
        put32(b, 4, BLOCK);
        return 8;
    }

    /**
     * READ TOC/PMA/ATIP (MMC-3, 5.23): one data track; formats 0 (TOC), 1 (sessions) and 2 (full
     * TOC).
     */
    static int toc(byte[] b, int format, boolean msf, int from, long blocks) {
        int length = 4;
        b[2] = 1;
        b[3] = 1;
        switch (format) {
            case 0 -> {
                if (from > 1 && from != LEAD_OUT) {
                    return 0;
                }
                if (from <= 1) {
                    length = tocEntry(b, length, 1, 0, msf);
                }
                length = tocEntry(b, length, LEAD_OUT, blocks, msf);
            }
            case 1 -> length = tocEntry(b, length, 1, 0, msf);
            case 2 -> {
                length = fullTocEntry(b, length, 0xa0, 1, 0, 0);
                length = fullTocEntry(b, length, 0xa1, 1, 0, 0);
                long frame = blocks + LEAD_IN_FRAMES;
                length =
                        fullTocEntry(
                                b,
                                length,
                                0xa2,
                                (int) Math.min(frame / (60 * FRAMES_PER_SECOND), 255),
                                (int) (frame / FRAMES_PER_SECOND % 60),
                                (int) (frame % FRAMES_PER_SECOND));
                length = fullTocEntry(b, length, 1, 0, 2, 0);
            }
            default -> {
                return 0;
            }
        }
        put16(b, 0, length - 2);
        return length;
    }

    private static int tocEntry(byte[] b, int at, int track, long block, boolean msf) {
        b[at] = 0;
        b[at + 1] = DATA_TRACK;
        b[at + 2] = (byte) track;
        b[at + 3] = 0;
        address(b, at + 4, block, msf);
        return at + 8;
    }

    private static int fullTocEntry(
            byte[] b, int at, int point, int minute, int second, int frame) {
        Arrays.fill(b, at, at + 11, (byte) 0);
        b[at] = 1;
        b[at + 1] = DATA_TRACK;
        b[at + 3] = (byte) point;
        b[at + 8] = (byte) minute;
        b[at + 9] = (byte) second;
        b[at + 10] = (byte) frame;
        return at + 11;
    }

    /** READ DISC INFORMATION (MMC-3, 5.19): finished, one session, one track. */
    static int discInformation(byte[] b) {
        Arrays.fill(b, 0, 34, (byte) 0);
        put16(b, 0, 32);
        b[2] = 0x0e;
        b[3] = 1;
        b[4] = 1;
        b[5] = 1;
        b[6] = 1;
        b[7] = 0x20;
        put32(b, 16, 0xffff_ffffL);
        put32(b, 20, 0xffff_ffffL);
        return 34;
    }

    /** READ TRACK INFORMATION (MMC-3, 5.24). */
    static int trackInformation(byte[] b, long blocks) {
        Arrays.fill(b, 0, 36, (byte) 0);
        put16(b, 0, 34);
        b[2] = 1;
        b[3] = 1;
        b[5] = 0x04;
        b[6] = 0x01;
        put32(b, 24, blocks);
        return 36;
    }

    /**
     * READ SUB-CHANNEL (MMC-3, 5.22): header with audio status "none", and the position if asked
     * for.
     */
    static int subChannel(byte[] b, boolean position) {
        Arrays.fill(b, 0, 16, (byte) 0);
        b[1] = 0x15;
        if (!position) {
            return 4;
        }
        put16(b, 2, 12);
        b[4] = 1;
        b[5] = DATA_TRACK;
        b[6] = 1;
        b[7] = 1;
        return 16;
    }

    /** MECHANISM STATUS (MMC-3, 5.9): no changer. */
    static int mechanismStatus(byte[] b, boolean trayOpen) {
        Arrays.fill(b, 0, 8, (byte) 0);
        b[1] = (byte) (trayOpen ? 0x10 : 0);
        b[5] = 1;
        return 8;
    }

    /** GET EVENT STATUS NOTIFICATION (MMC-3, 5.6): the media class is the only one. */
    static int eventStatus(
            byte[] b, boolean mediaAsked, int event, boolean trayOpen, boolean present) {
        Arrays.fill(b, 0, 8, (byte) 0);
        b[3] = 1 << MEDIA_CLASS;
        if (!mediaAsked) {
            b[2] = (byte) 0x80;
            put16(b, 0, 2);
            return 4;
        }
        put16(b, 0, 6);
        b[2] = MEDIA_CLASS;
        b[4] = (byte) event;
        b[5] = (byte) ((trayOpen ? 1 : 0) | (present ? 2 : 0));
        return 8;
    }

    /**
     * GET CONFIGURATION (MMC-3, 5.5): the features of a CD-ROM and DVD-ROM drive, from a feature
     * number on.
     */
    static int configuration(byte[] b, int type, int from, long blocks) {
        boolean dvd = blocks > CD_BLOCKS;
        boolean cd = blocks > 0 && !dvd;
        Arrays.fill(b, 0, 128, (byte) 0);
        put16(b, 6, dvd ? PROFILE_DVD_ROM : cd ? PROFILE_CD_ROM : 0);
        int at = 8;
        at = profileList(b, at, type, from, cd, dvd);
        // Core: ATAPI, with INQUIRY's additional length.
        at = feature(b, at, type, from, 0x0001, 0x03, true, CORE, 4);
        at = feature(b, at, type, from, 0x0003, 0x03, true, REMOVABLE_MEDIUM, 4);
        at = feature(b, at, type, from, 0x0010, 0x00, cd || dvd, RANDOM_READABLE, 8);
        at = feature(b, at, type, from, 0x001e, 0x00, cd, CD_READ, 4);
        at = feature(b, at, type, from, 0x001f, 0x00, dvd, DVD_READ, 0);
        put32(b, 0, at - 4);
        return at;
    }

    private static boolean wanted(int type, int from, int number, boolean current) {
        return switch (type) {
            case 0 -> number >= from;
            case 1 -> number >= from && current;
            default -> number == from;
        };
    }

    private static int profileList(byte[] b, int at, int type, int from, boolean cd, boolean dvd) {
        if (!wanted(type, from, 0, true)) {
            return at;
        }
        b[at + 2] = 0x03;
        b[at + 3] = 8;
        put16(b, at + 4, PROFILE_DVD_ROM);
        b[at + 6] = (byte) (dvd ? 1 : 0);
        put16(b, at + 8, PROFILE_CD_ROM);
        b[at + 10] = (byte) (cd ? 1 : 0);
        return at + 12;
    }

    private static int feature(
            byte[] b,
            int at,
            int type,
            int from,
            int number,
            int flags,
            boolean current,
            int[] data,
            int length) {
        if (!wanted(type, from, number, current)) {
            return at;
        }
        put16(b, at, number);
        b[at + 2] = (byte) (flags & ~1 | (current ? 1 : 0));
        b[at + 3] = (byte) length;
        for (int i = 0; i < length; i++) {
            b[at + 4 + i] = (byte) data[i];
        }
        return at + 4 + length;
    }

    /**
     * MODE SENSE (SPC-2, 7.8 and 7.9) with pages 01h, 0Eh and 2Ah (MMC-3, 6.3); nothing in them can
     * be changed.
     */
    static int modeSense(
            byte[] b, int page, boolean changeable, boolean ten, boolean locked, boolean present) {
        int header = ten ? 8 : 4;
        boolean all = page == 0x3f;
        Arrays.fill(b, 0, 128, (byte) 0);
        int at = header;
        if (all || page == 0x01) {
            // Read error recovery: the defaults.
            at = page(b, at, 0x01, 6, changeable, READ_ERROR_RECOVERY);
        }
        if (all || page == 0x0e) {
            at = page(b, at, 0x0e, 14, changeable, AUDIO_CONTROL);
        }
        if (all || page == 0x2a) {
            at = page(b, at, 0x2a, 18, changeable, CAPABILITIES);
            if (locked && !changeable) {
                b[at - 14] |= 0x02;
            }
        }
        if (at == header) {
            return 0;
        }
        // Medium type: 01h data disc, 70h no disc (SFF-8020i, table 71).
        int medium = present ? 0x01 : 0x70;
        if (ten) {
            put16(b, 0, at - 2);
            b[2] = (byte) medium;
        } else {
            b[0] = (byte) (at - 1);
            b[1] = (byte) medium;
        }
        return at;
    }

    private static int page(
            byte[] b, int at, int code, int length, boolean changeable, int[] data) {
        b[at] = (byte) code;
        b[at + 1] = (byte) length;
        for (int i = 0; i < length && !changeable; i++) {
            b[at + 2 + i] = (byte) data[i];
        }
        return at + 2 + length;
    }
}
