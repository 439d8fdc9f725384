package lodge.devices.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.state.States;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Against the packet protocol of ATA/ATAPI-6 (T13/1410D), MMC-3 (T10/1363D) and SPC-2. */
class AtapiCdromTest {
    private static final int BLOCKS = 700;
    private static final int CHECK = 0x51;

    private final MemoryDisk disc = new MemoryDisk(BLOCKS * 2048, 2048);
    private final AtaRig ata = new AtaRig();
    private final AtapiCdrom drive = new AtapiCdrom(disc, ata.background, "CD-ROM", "C1");

    private void plug() {
        ata.plug(null, drive);
        ata.out(6, 0xb0);
    }

    private void plugReady() {
        plug();
        packet(0x10, "00");
        ata.status();
        ata.edges = 0;
    }

    /** Sends a packet, given in hex and filled with zeros, with a byte count limit. */
    private void packet(int limit, String hex) {
        packet(0, limit, hex);
    }

    private void packet(int features, int limit, String hex) {
        byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(hex.replace(" ", "")), 12);
        ata.out(1, features);
        ata.out(4, limit);
        ata.out(5, limit >>> 8);
        ata.out(7, 0xa0);
        assertEquals(0x58, ata.status(), "ready for the packet");
        assertEquals(1, ata.in(2), "interrupt reason: command");
        for (int i = 0; i < 12; i += 2) {
            ata.io.out(AtaRig.BASE, 2, bytes[i] & 0xff | (bytes[i + 1] & 0xff) << 8);
        }
    }

    /** Reads data blocks until the command ends without error. */
    private byte[] data() {
        byte[] all = new byte[1 << 20];
        int n = 0;
        while (true) {
            assertTrue(ata.irq, "every data block interrupts");
            int status = ata.status();
            if ((status & 8) == 0) {
                assertEquals(AtaRig.READY, status);
                assertEquals(3, ata.in(2), "interrupt reason: status");
                return Arrays.copyOf(all, n);
            }
            assertEquals(2, ata.in(2), "interrupt reason: data to the host");
            int count = ata.in(4) | ata.in(5) << 8;
            for (int i = 0; i < count; i += 2) {
                int word = ata.word();
                all[n++] = (byte) word;
                if (i + 1 < count) {
                    all[n++] = (byte) (word >>> 8);
                }
            }
        }
    }

    private byte[] reply(String hex) {
        packet(0xfffe, hex);
        return data();
    }

    private void assertSense(int key, int code) {
        assertEquals(CHECK, ata.status());
        assertEquals(key, ata.in(1) >>> 4);
        byte[] sense = reply("03 00 00 00 12");
        assertEquals(18, sense.length);
        assertEquals(0x70, sense[0]);
        assertEquals(key, sense[2]);
        assertEquals(code, (sense[12] & 0xff) << 8 | sense[13] & 0xff);
    }

    @Test
    void showsTheSignatureOfAPacketDevice() {
        plug();
        assertEquals(0, ata.status(), "DRDY comes with the first packet command");
        assertEquals(0x14, ata.in(4));
        assertEquals(0xeb, ata.in(5));
        ata.out(4, 0);
        ata.out(5, 0);
        ata.out(7, 0xec);
        assertEquals(CHECK, ata.status());
        assertEquals(4, ata.in(1));
        assertEquals(0x14, ata.in(4));
        assertEquals(0xeb, ata.in(5));
    }

    @Test
    void identifiesItselfAsAPacketDevice() {
        plug();
        ata.out(7, 0xa1);
        assertEquals(0x58, ata.status());
        assertEquals(0x85c0, ata.word());
        for (int i = 1; i < 27; i++) {
            ata.word();
        }
        assertEquals('C' << 8 | 'D', ata.word());
        for (int i = 28; i < 256; i++) {
            ata.word();
        }
        ata.assertSucceeded();
        assertFalse(ata.irq);
    }

    @Test
    void firstReportsTheReset() {
        plug();
        packet(0x10, "00");
        assertSense(6, 0x2900);
        packet(0x10, "00");
        ata.assertSucceeded();
    }

    @Test
    void inquiryNamesTheDrive() {
        plug();
        byte[] data = reply("12 00 00 00 24");
        assertEquals(36, data.length);
        assertEquals(5, data[0]);
        assertEquals(0x80, data[1] & 0xff, "removable");
        assertEquals(
                "LODGE   CD-ROM          ",
                new String(data, 8, 24, java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(5, reply("12 00 00 00 05").length, "cut to the allocation length");
    }

    @Test
    void readsCapacity() {
        plugReady();
        assertArrayEquals(new byte[] {0, 0, 2, (byte) 0xbb, 0, 0, 8, 0}, reply("25"));
    }

    @Test
    void readsBlocksInPiecesOfTheByteCountLimit() {
        plugReady();
        packet(2048, "28 00 00000005 00 0003");
        byte[] data = data();
        assertArrayEquals(Arrays.copyOfRange(disc.bytes, 5 * 2048, 8 * 2048), data);
        assertEquals(4, ata.edges, "three blocks and the end");
        ata.edges = 0;
        packet(1001, "a8 00 00000009 00000001");
        assertArrayEquals(Arrays.copyOfRange(disc.bytes, 9 * 2048, 10 * 2048), data());
        assertEquals(4, ata.edges, "1000, 1000, 48 and the end: an odd limit is rounded down");
    }

    @Test
    void readsMoreThanABuffer() {
        plugReady();
        packet(0xffff, "a8 00 00000000 000000c8");
        assertArrayEquals(Arrays.copyOf(disc.bytes, 200 * 2048), data());
    }

    @Test
    void readsByBusMaster() {
        plugReady();
        ata.prds(0x10000, 0, 0x20000, 0, 0x30000, 0, 0x40000, 0, 0x50000, 0x9000);
        packet(1, 0, "28 00 00000010 00 0092");
        ata.bm(0x09);
        assertEquals(4, ata.bmStatus());
        ata.assertSucceeded();
        assertEquals(3, ata.in(2));
        assertEquals(0x10, ata.memory.readByte(0x10000));
        assertEquals(0x10 + 0x91, ata.memory.readByte(0x10000 + 0x91 * 2048));
    }

    @Test
    void aReadBeyondTheEndIsOutOfRange() {
        plugReady();
        packet(2048, "28 00 000002bb 00 0002");
        assertSense(5, 0x2100);
        packet(2048, "28 00 ffffffff 00 ffff");
        assertSense(5, 0x2100);
        packet(2048, "28 00 00000000 00 0000");
        ata.assertSucceeded();
    }

    @Test
    void hostErrorsAreMediumErrors() {
        plugReady();
        disc.failing = true;
        packet(2048, "28 00 00000000 00 0001");
        assertSense(3, 0x1100);
    }

    @Test
    void aDiscWithAPartOfABlockEndsWithZeros() {
        MemoryDisk odd = new MemoryDisk(2048 + 512);
        Arrays.fill(odd.bytes, (byte) 7);
        plugReady();
        drive.insert(odd);
        packet(0x10, "00");
        ata.status();
        assertEquals(1, reply("25")[3], "last block");
        byte[] last = reply("28 00 00000001 00 0001");
        assertEquals(7, last[511]);
        assertEquals(0, last[512]);
        assertEquals(2048, last.length);
    }

    @Test
    void tellsTheContentsOfTheDisc() {
        plugReady();
        byte[] toc = reply("43 00 00 00 00 00 00 00 64");
        assertEquals("0012010100140100000000000014aa00000002bc", HexFormat.of().formatHex(toc));
        byte[] msf = reply("43 02 00 00 00 00 00 00 64");
        assertEquals("00140100" + "00000200", HexFormat.of().formatHex(msf, 4, 12));
        assertEquals(
                "00000b19", HexFormat.of().formatHex(msf, 16, 20), "850 frames are 11 seconds 25");
        byte[] sessions = reply("43 00 01 00 00 00 00 00 64");
        assertEquals("000a01010014010000000000", HexFormat.of().formatHex(sessions));
        assertEquals(4 + 4 * 11, reply("43 00 02 00 00 00 00 00 64").length);
        packet(64, "43 00 05 00 00 00 00 00 64");
        assertSense(5, 0x2400);
    }

    @Test
    void modeSenseKnowsThreePages() {
        plugReady();
        byte[] page = reply("5a 00 2a 00 00 00 00 00 80");
        assertEquals(28, page.length);
        assertEquals(26, page[1]);
        assertEquals(0x2a, page[8]);
        assertEquals(18, page[9]);
        assertEquals(4 + 8 + 16 + 20, reply("1a 00 3f 00 ff").length);
        packet(64, "5a 00 c1 00 00 00 00 00 80");
        assertSense(5, 0x3900);
        packet(64, "5a 00 05 00 00 00 00 00 80");
        assertSense(5, 0x2400);
    }

    @Test
    void modeSelectTakesItsParameters() {
        plugReady();
        packet(64, "55 10 00 00 00 00 00 00 10");
        assertEquals(0x58, ata.status());
        assertEquals(0, ata.in(2), "data from the host");
        assertEquals(16, ata.in(4));
        ata.words(8, 0);
        ata.assertSucceeded();
    }

    @Test
    void getConfigurationListsProfilesAndFeatures() {
        plugReady();
        byte[] all = reply("46 00 00 00 00 00 00 01 00");
        assertEquals(8, all[7], "CD-ROM is the current profile");
        assertEquals(all.length - 4, all[3]);
        byte[] one = reply("46 02 00 1e 00 00 00 01 00");
        assertEquals(16, one.length);
        assertEquals(0x1e, one[9]);
        byte[] current = reply("46 01 00 00 00 00 00 01 00");
        assertEquals(8 + 12 + 8 + 8 + 12 + 8, current.length, "no DVD feature");
    }

    @Test
    void anEmptyDriveIsNotReady() {
        ata.plug(null, new AtapiCdrom(null, ata.background, "X", "Y"));
        ata.out(6, 0xb0);
        packet(2048, "00");
        assertSense(6, 0x2900);
        for (String command :
                List.of("00", "25", "28 00 00000000 00 0001", "43 00 00 00 00 00 00 00 64")) {
            packet(2048, command);
            assertSense(2, 0x3a01);
        }
        assertEquals(0, reply("46 00 00 00 00 00 00 01 00")[7], "no current profile");
    }

    @Test
    void aNewDiscIsAUnitAttentionAndAnEvent() {
        plugReady();
        assertEquals(
                "0006041000020000", HexFormat.of().formatHex(reply("4a 01 00 00 10 00 00 00 08")));
        MemoryDisk other = new MemoryDisk(10 * 2048, 2048);
        assertSame(disc, drive.insert(other).orElseThrow());
        packet(2048, "25");
        assertSense(6, 0x2800);
        assertEquals(9, reply("25")[3]);
        assertEquals(
                "0006041002020000", HexFormat.of().formatHex(reply("4a 01 00 00 10 00 00 00 08")));
        assertEquals(
                "0006041000020000", HexFormat.of().formatHex(reply("4a 01 00 00 10 00 00 00 08")));
        packet(64, "4a 00 00 00 10 00 00 00 08");
        assertSense(5, 0x2400);
    }

    @Test
    void aLockedTrayOpensOnlyByForce() {
        plugReady();
        packet(64, "1e 00 00 00 01");
        ata.assertSucceeded();
        assertTrue(drive.locked());
        assertTrue(drive.eject(false).isEmpty());
        assertEquals(1, reply("4a 01 00 00 10 00 00 00 08")[4], "eject request");
        packet(64, "1b 00 00 00 02");
        assertSense(5, 0x5302);
        assertSame(disc, drive.eject(true).orElseThrow());
        packet(64, "00");
        assertSense(2, 0x3a02);
        byte[] event = reply("4a 01 00 00 10 00 00 00 08");
        assertEquals(3, event[4], "media removal");
        assertEquals(1, event[5], "tray open, no medium");
    }

    @Test
    void theGuestOpensAndClosesTheTray() {
        plugReady();
        packet(64, "1b 00 00 00 02");
        ata.assertSucceeded();
        packet(64, "00");
        assertSense(2, 0x3a02);
        packet(64, "1b 00 00 00 03");
        ata.assertSucceeded();
        packet(64, "00");
        assertSense(6, 0x2800);
        packet(64, "00");
        ata.assertSucceeded();
    }

    @Test
    void aDiscTakenOutInTheMiddleOfAReadEndsIt() {
        plugReady();
        packet(0x8000, "28 00 00000000 00 0080");
        drive.eject(true);
        byte[] got = new byte[0];
        while ((ata.status() & 8) != 0) {
            int count = ata.in(4) | ata.in(5) << 8;
            for (int i = 0; i < count; i += 2) {
                ata.word();
            }
            got = new byte[got.length + count];
        }
        assertEquals(64 * 2048, got.length, "what was in the buffer");
        assertSense(2, 0x3a02);
    }

    @Test
    void readCdGivesUserDataOrWholeSectors() {
        plugReady();
        assertArrayEquals(
                Arrays.copyOfRange(disc.bytes, 4096, 8192), reply("be 00 00000002 000002 10"));
        byte[] raw = reply("be 00 00000002 000002 f8");
        assertEquals(2 * 2352, raw.length);
        assertEquals("00ffffffffffffffffffff0000020201", HexFormat.of().formatHex(raw, 0, 16));
        assertArrayEquals(
                Arrays.copyOfRange(disc.bytes, 4096, 6144), Arrays.copyOfRange(raw, 16, 2064));
        assertArrayEquals(
                Arrays.copyOfRange(disc.bytes, 6144, 8192), Arrays.copyOfRange(raw, 2368, 4416));
        assertArrayEquals(
                Arrays.copyOfRange(disc.bytes, 2048, 4096),
                reply("b9 00 00 00 02 01 00 02 02 10"),
                "by MSF");
        packet(64, "be 04 00000002 000002 f8");
        assertSense(5, 0x2400);
    }

    @Test
    void unknownCommandsAreIllegal() {
        plugReady();
        packet(64, "2a 00 00000000 00 0001");
        assertSense(5, 0x2000);
    }

    @Test
    void deviceResetBringsTheSignatureBack() {
        plugReady();
        packet(2048, "28 00 00000000 00 0001");
        ata.out(7, 0x08);
        assertEquals(0, ata.status());
        assertEquals(0x14, ata.in(4));
        assertEquals(0xb0 & 0x10, ata.in(6) & 0x10, "still selected");
        assertFalse(ata.irq);
    }

    @Test
    void diskCommandsAreAborted() {
        plugReady();
        for (int code : new int[] {0x20, 0x30, 0xc8, 0xe7, 0x00}) {
            ata.out(7, code);
            ata.assertFailed(4);
        }
    }

    @Test
    void aHalfReadBlockSurvivesSaveAndLoad() {
        plugReady();
        packet(2048, "28 00 00000005 00 0050");
        for (int i = 0; i < 1000; i++) {
            ata.word();
        }
        AtaChannel.State state = ata.channel.save();
        AtaRig other = new AtaRig();
        other.plug(null, new AtapiCdrom(disc, other.background, "CD-ROM", "C1"));
        other.channel.load(state);
        assertEquals(List.of(), States.diff(state, other.channel.save()));
        for (int i = 1000; i < 0x50 * 1024; i++) {
            int status = ata.status();
            assertEquals(status, other.status());
            assertEquals(0x58, status);
            assertEquals(ata.word(), other.word());
        }
        other.assertSucceeded();
    }
}
