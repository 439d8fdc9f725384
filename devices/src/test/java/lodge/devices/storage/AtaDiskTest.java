package lodge.devices.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.state.States;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Against ATA/ATAPI-6 (T13/1410D) and the bus master programming interface. */
class AtaDiskTest {
    private static final int ABRT = 4;
    private static final int IDNF = 0x10;
    private static final int UNC = 0x40;
    private static final int SECTORS = 20_000;

    private final MemoryDisk image = new MemoryDisk(SECTORS * 512);
    private final AtaRig ata = new AtaRig();

    private void plug() {
        ata.plug(new AtaDisk(image, ata.background, "LODGE DISK", "S1"), null);
    }

    @Test
    void showsTheSignatureOfADiskAfterReset() {
        plug();
        assertEquals(AtaRig.READY, ata.status());
        assertEquals(1, ata.in(1), "diagnostic code");
        assertEquals(1, ata.in(2));
        assertEquals(1, ata.in(3));
        assertEquals(0, ata.in(4));
        assertEquals(0, ata.in(5));
    }

    @Test
    void identifiesItself() {
        plug();
        ata.out(7, 0xec);
        assertTrue(ata.irq);
        assertEquals(0x58, ata.status());
        assertFalse(ata.irq, "reading status clears INTRQ");
        int[] words = new int[256];
        int sum = 0;
        for (int i = 0; i < 256; i++) {
            words[i] = ata.word();
            sum += (words[i] & 0xff) + (words[i] >>> 8);
        }
        assertEquals(AtaRig.READY, ata.status());
        assertFalse(ata.irq);
        assertEquals(0, sum & 0xff, "checksum");
        assertEquals(0xa5, words[255] & 0xff);
        assertEquals('L' << 8 | 'O', words[27]);
        assertEquals('S' << 8 | '1', words[10]);
        assertEquals(SECTORS, words[60] | words[61] << 16);
        assertEquals(SECTORS, words[100] | words[101] << 16);
        assertEquals(19, words[1], "cylinders of 16 heads and 63 sectors");
        assertEquals(0x7400, words[83], "LBA48 and FLUSH CACHE");
    }

    @Test
    void readsSectorsByPioWithAnInterruptForEach() {
        plug();
        ata.lba28(0x20, 300, 3);
        for (int i = 0; i < 3; i++) {
            assertEquals(i + 1, ata.edges);
            assertEquals(0x58, ata.status());
            assertEquals(300 + i, ata.sector());
        }
        assertEquals(3, ata.edges, "no interrupt after the last sector");
        ata.assertSucceeded();
    }

    @Test
    void countZeroMeans256Sectors() {
        plug();
        ata.lba28(0x20, 0, 0);
        for (int i = 0; i < 256; i++) {
            assertEquals(0x58, ata.status());
            assertEquals(i, ata.sector());
        }
        ata.assertSucceeded();
    }

    @Test
    void readsWith48BitAddressesAndLongCounts() {
        plug();
        ata.lba48(0x24, 0x1234, 600);
        for (int i = 0; i < 600; i++) {
            assertEquals(0x58, ata.status());
            assertEquals(0x1234 + i, ata.sector());
        }
        ata.assertSucceeded();
    }

    @Test
    void previousRegisterContentsAreReadWithHob() {
        plug();
        ata.out(2, 0x12);
        ata.out(2, 0x34);
        assertEquals(0x34, ata.in(2));
        ata.io.out(AtaRig.CONTROL, 1, 0x80);
        assertEquals(0x12, ata.in(2));
        ata.out(3, 0);
        assertEquals(0x34, ata.in(2), "a write to the command block clears HOB");
    }

    @Test
    void readMultipleInterruptsOncePerBlock() {
        plug();
        ata.out(2, 4);
        ata.out(7, 0xc6);
        ata.assertSucceeded();
        ata.edges = 0;
        ata.lba28(0xc4, 10, 6);
        for (int i = 0; i < 6; i++) {
            assertEquals(0x58, ata.status());
            assertEquals(10 + i, ata.sector());
        }
        assertEquals(2, ata.edges, "a block of four and one of two");
        ata.assertSucceeded();
    }

    @Test
    void readMultipleWithoutSetMultipleIsAborted() {
        plug();
        ata.lba28(0xc4, 10, 6);
        ata.assertFailed(ABRT);
        ata.out(2, 3);
        ata.out(7, 0xc6);
        ata.assertFailed(ABRT);
    }

    @Test
    void writesSectorsByPio() {
        plug();
        ata.lba28(0x30, 77, 2);
        assertEquals(0, ata.edges, "no interrupt before the first block");
        assertEquals(0x58, ata.status());
        ata.words(256, 0xabcd);
        assertEquals(1, ata.edges);
        assertEquals(0x58, ata.status());
        ata.words(256, 0x1234);
        assertEquals(2, ata.edges);
        ata.assertSucceeded();
        assertEquals((byte) 0xcd, image.bytes[77 * 512]);
        assertEquals((byte) 0x12, image.bytes[79 * 512 - 1]);
        assertEquals(79, image.bytes[79 * 512] & 0xff, "the next sector is as before");
    }

    @Test
    void takesDataInPiecesOf32BitsAndInBursts() {
        plug();
        ata.lba28(0x20, 5, 2);
        assertEquals(5, ata.io.in(AtaRig.BASE, 4) & 0xffff);
        MemorySegment data = MemorySegment.ofArray(new byte[1020]);
        ata.io.ins(AtaRig.BASE, 4, 255, data, 0);
        byte[] expected = Arrays.copyOfRange(image.bytes, 5 * 512 + 4, 7 * 512);
        assertArrayEquals(expected, data.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        ata.assertSucceeded();

        ata.lba28(0x30, 9, 2);
        ata.io.outs(AtaRig.BASE, 2, 510, data, 0);
        ata.words(2, 0);
        ata.assertSucceeded();
        assertArrayEquals(expected, Arrays.copyOfRange(image.bytes, 9 * 512, 9 * 512 + 1020));
    }

    @Test
    void translatesCylindersHeadsAndSectors() {
        plug();
        ata.out(6, 0xa2);
        ata.out(2, 1);
        ata.out(3, 5);
        ata.out(4, 3);
        ata.out(5, 0);
        ata.out(7, 0x20);
        assertEquals((3 * 16 + 2) * 63 + 4, ata.sector());
        // INITIALIZE DEVICE PARAMETERS: 4 heads, 10 sectors.
        ata.out(6, 0xa3);
        ata.out(2, 10);
        ata.out(7, 0x91);
        ata.assertSucceeded();
        ata.out(2, 1);
        ata.out(3, 10);
        ata.out(4, 7);
        ata.out(5, 1);
        ata.out(7, 0x20);
        assertEquals((0x107 * 4 + 3) * 10 + 9, ata.sector());
    }

    @Test
    void sectorZeroAndAddressesBeyondTheEndAreNotFound() {
        plug();
        ata.out(6, 0xa0);
        ata.out(2, 1);
        ata.out(3, 0);
        ata.out(7, 0x20);
        ata.assertFailed(IDNF);
        ata.lba28(0x20, SECTORS - 1, 2);
        ata.assertFailed(IDNF);
        ata.lba28(0x30, SECTORS, 1);
        ata.assertFailed(IDNF);
        ata.lba48(0x24, 1L << 47, 1);
        ata.assertFailed(IDNF);
    }

    @Test
    void extendedCommandsNeedLba() {
        plug();
        ata.out(6, 0xa0);
        ata.out(7, 0x24);
        ata.assertFailed(ABRT);
    }

    @Test
    void hostErrorsAreUncorrectableDataOrADeviceFault() {
        plug();
        image.failing = true;
        ata.lba28(0x20, 123, 1);
        ata.assertFailed(UNC);
        assertEquals(123, ata.in(3), "the address of the bad sector");
        ata.lba28(0x30, 50, 1);
        ata.words(256, 0);
        assertEquals(0x61, ata.status() & ~0x10, "device fault");
        assertEquals(ABRT, ata.in(1));
        ata.out(7, 0xe7);
        assertEquals(0x61, ata.status() & ~0x10, "device fault");
        assertEquals(3, ata.channel.counters().snapshot().get("hostErrors"));
    }

    @Test
    void writesToAReadOnlyImageAreAborted() {
        image.readOnly = true;
        plug();
        ata.lba28(0x30, 50, 1);
        ata.assertFailed(ABRT);
        ata.lba28(0xca, 50, 1);
        ata.assertFailed(ABRT);
    }

    @Test
    void withoutWriteCacheEveryWriteIsFlushed() {
        plug();
        ata.lba28(0x30, 50, 1);
        ata.words(256, 0);
        assertEquals(0, image.flushes);
        ata.out(1, 0x82);
        ata.out(7, 0xef);
        ata.assertSucceeded();
        ata.lba28(0x30, 50, 1);
        ata.words(256, 0);
        ata.assertSucceeded();
        assertEquals(1, image.flushes);
        ata.out(7, 0xea);
        ata.assertSucceeded();
        assertEquals(2, image.flushes);
    }

    @Test
    void isBusyWhileTheHostWorks() {
        plug();
        ata.holding = true;
        ata.lba28(0x20, 9, 1);
        assertEquals(0x80, ata.status());
        assertEquals(0x80, ata.io.in(AtaRig.CONTROL, 1));
        ata.out(2, 99);
        ata.out(7, 0xec);
        assertEquals(0, ata.edges);
        ata.runTasks();
        assertEquals(1, ata.edges);
        assertEquals(9, ata.sector());
    }

    @Test
    void aLateHostReadDoesNotDisturbWhatComesAfterAReset() {
        plug();
        ata.holding = true;
        ata.lba28(0x20, 9, 1);
        ata.io.out(AtaRig.CONTROL, 1, 4);
        assertEquals(0x80, ata.status());
        ata.io.out(AtaRig.CONTROL, 1, 0);
        ata.assertSucceeded();
        ata.lba28(0x30, 100, 1);
        ata.words(100, 0x5555);
        ata.runTasks();
        ata.words(156, 0x5555);
        ata.runTasks();
        ata.assertSucceeded();
        for (int i = 0; i < 512; i++) {
            assertEquals(0x55, image.bytes[100 * 512 + i]);
        }
    }

    @Test
    void aCommandAfterAResetWaitsForTheLateHostRead() {
        plug();
        ata.holding = true;
        ata.lba28(0x20, 9, 1);
        ata.io.out(AtaRig.CONTROL, 1, 4);
        ata.io.out(AtaRig.CONTROL, 1, 0);
        ata.lba28(0x20, 11, 1);
        assertEquals(0x80, ata.status());
        assertEquals(1, ata.tasks.size());
        ata.runTasks();
        assertEquals(11, ata.sector());
        assertEquals(1, ata.edges);
    }

    @Test
    void interruptDisableHoldsTheLineButNotTheRequest() {
        plug();
        ata.io.out(AtaRig.CONTROL, 1, 2);
        ata.lba28(0x20, 9, 1);
        assertFalse(ata.irq);
        ata.io.out(AtaRig.CONTROL, 1, 0);
        assertTrue(ata.irq);
        ata.io.in(AtaRig.CONTROL, 1);
        assertTrue(ata.irq, "alternate status clears nothing");
        ata.status();
        assertFalse(ata.irq);
    }

    @Test
    void readsByBusMasterIntoScatteredMemory() {
        plug();
        ata.prds(0x2000, 0x300, 0x8002, 0x500);
        ata.lba28(0xc8, 40, 4);
        assertEquals(0, ata.edges);
        ata.bm(0x09);
        assertEquals(4, ata.bmStatus(), "interrupt, no longer active");
        assertEquals(1, ata.edges);
        ata.bm(0);
        ata.assertSucceeded();
        byte[] read = new byte[2048];
        ata.memory.read(0x2000, MemorySegment.ofArray(read), 0, 0x300);
        ata.memory.read(0x8002, MemorySegment.ofArray(read), 0x300, 0x500);
        assertArrayEquals(Arrays.copyOfRange(image.bytes, 40 * 512, 44 * 512), read);
    }

    @Test
    void busMasterMayBeStartedBeforeTheCommand() {
        plug();
        ata.prds(0x2000, 512);
        ata.bm(0x09);
        assertEquals(1, ata.bmStatus());
        ata.lba28(0xc8, 40, 1);
        assertEquals(4, ata.bmStatus());
        ata.assertSucceeded();
    }

    @Test
    void writesByBusMaster() {
        plug();
        for (int i = 0; i < 1024; i++) {
            ata.memory.writeByte(0x3000 + i, i * 7);
        }
        ata.prds(0x3000, 0, 0, 0);
        ata.lba48(0x35, 60, 2);
        ata.bm(0x01);
        assertEquals(5, ata.bmStatus(), "the table is longer than the transfer: still active");
        ata.assertSucceeded();
        for (int i = 0; i < 1024; i++) {
            assertEquals((byte) (i * 7), image.bytes[60 * 512 + i]);
        }
        ata.bm(0);
        assertEquals(4, ata.bmStatus());
        ata.io.out(AtaRig.BM + 2, 1, 4);
        assertEquals(0, ata.bmStatus());
    }

    @Test
    void movesMoreThanABufferAtOnce() {
        plug();
        ata.prds(0x10000, 0, 0x20000, 0, 0x30000, 0, 0x40000, 0);
        ata.lba48(0x25, 1000, 512);
        ata.bm(0x09);
        assertEquals(4, ata.bmStatus());
        for (int i = 0; i < 512; i++) {
            assertEquals(1000 + i, ata.memory.readShort(0x10000 + 512L * i));
        }
    }

    @Test
    void aTableThatIsTooShortLeavesTheDriveWaiting() {
        plug();
        ata.prds(0x2000, 512);
        ata.lba28(0xc8, 40, 2);
        ata.bm(0x09);
        assertEquals(0, ata.bmStatus(), "neither active nor interrupt");
        assertEquals(8, ata.status() & 8);
        ata.prds(0x2200, 512);
        ata.bm(0);
        ata.bm(0x09);
        assertEquals(4, ata.bmStatus());
        assertEquals(41, ata.memory.readShort(0x2200));
    }

    @Test
    void memoryThatIsNotThereIsABusMasterError() {
        plug();
        ata.prds(0x40_0000, 512);
        ata.lba28(0xc8, 40, 1);
        ata.bm(0x09);
        assertEquals(2, ata.bmStatus() & 3);
        ata.io.out(AtaRig.BM + 2, 1, 2);
        assertEquals(0, ata.bmStatus() & 2);
        ata.io.out(AtaRig.BM + 4, 4, 0x7fff_fffc);
        ata.lba28(0xca, 40, 1);
        ata.bm(0);
        ata.bm(1);
        assertEquals(2, ata.bmStatus() & 3);
    }

    @Test
    void withoutBusMasterEnableNothingMoves() {
        plug();
        ata.channel.enableBusMaster(false);
        ata.prds(0x2000, 512);
        ata.lba28(0xc8, 40, 1);
        ata.bm(0x09);
        assertEquals(1, ata.bmStatus());
        assertEquals(0, ata.memory.readShort(0x2000));
        ata.channel.enableBusMaster(true);
        assertEquals(4, ata.bmStatus());
        assertEquals(40, ata.memory.readShort(0x2000));
    }

    @Test
    void verifiesSeeksAndTellsItsSize() {
        plug();
        ata.lba28(0x40, 0, 0);
        ata.assertSucceeded();
        ata.lba28(0x70, SECTORS, 0);
        ata.assertFailed(IDNF);
        ata.lba28(0xf8, 0, 0);
        ata.assertSucceeded();
        assertEquals(
                SECTORS - 1, ata.in(3) | ata.in(4) << 8 | ata.in(5) << 16 | (ata.in(6) & 15) << 24);
        ata.lba48(0x27, 0, 0);
        ata.assertSucceeded();
        assertEquals(SECTORS - 1, ata.in(3) | ata.in(4) << 8 | ata.in(5) << 16);
    }

    @Test
    void powerModesAreShownAndSleepEndsWithAReset() {
        plug();
        ata.out(7, 0xe5);
        assertEquals(0xff, ata.in(2));
        ata.out(7, 0xe0);
        ata.out(7, 0xe5);
        assertEquals(0, ata.in(2));
        ata.out(7, 0xe1);
        ata.out(7, 0xe5);
        assertEquals(0x80, ata.in(2));
        ata.out(7, 0xe6);
        ata.edges = 0;
        ata.status();
        ata.out(7, 0xe5);
        assertEquals(0, ata.edges, "asleep");
        ata.io.out(AtaRig.CONTROL, 1, 4);
        ata.io.out(AtaRig.CONTROL, 1, 0);
        ata.out(7, 0xe5);
        assertEquals(0xff, ata.in(2));
    }

    @Test
    void unknownCommandsAndNopAreAborted() {
        plug();
        for (int code : new int[] {0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xf9, 0xff}) {
            ata.out(7, code);
            ata.assertFailed(ABRT);
        }
    }

    @Test
    void setFeaturesTakesTransferModes() {
        plug();
        for (int mode : new int[] {0x00, 0x08, 0x0c, 0x22, 0x45}) {
            ata.out(1, 3);
            ata.out(2, mode);
            ata.out(7, 0xef);
            ata.assertSucceeded();
        }
        ata.out(7, 0xec);
        for (int i = 0; i < 88; i++) {
            ata.word();
        }
        assertEquals(0x203f, ata.word(), "Ultra DMA 5 is selected");
        ata.io.out(AtaRig.CONTROL, 1, 4);
        ata.io.out(AtaRig.CONTROL, 1, 0);
        ata.out(1, 3);
        ata.out(2, 0x13);
        ata.out(7, 0xef);
        ata.assertFailed(ABRT);
    }

    @Test
    void diagnosticIsExecutedByBothDevicesAndSelectsDevice0() {
        ata.plug(
                new AtaDisk(image, ata.background, "A", "1"),
                new AtaDisk(new MemoryDisk(1 << 20), ata.background, "B", "2"));
        ata.out(6, 0x10);
        ata.out(7, 0x90);
        assertEquals(0, ata.in(6));
        assertEquals(1, ata.in(1));
        ata.out(6, 0x10);
        assertEquals(1, ata.in(1));
        assertEquals(AtaRig.READY, ata.status());
    }

    @Test
    void device0AnswersForAnAbsentDevice1() {
        plug();
        ata.out(6, 0xb0);
        assertEquals(0, ata.status());
        ata.out(2, 0x55);
        assertEquals(0x55, ata.in(2));
        ata.out(7, 0xec);
        assertEquals(0, ata.status());
        assertFalse(ata.irq);
    }

    @Test
    void anEmptyChannelIsAnOpenBusThatIsNotBusy() {
        ata.plug(null, null);
        assertEquals(0x7f, ata.status());
        ata.out(2, 0x55);
        assertEquals(0x7f, ata.in(2));
        assertEquals(0xffff, ata.word());
    }

    @Test
    void aHalfReadSectorSurvivesSaveAndLoad() {
        plug();
        ata.lba28(0x20, 300, 2);
        for (int i = 0; i < 100; i++) {
            ata.word();
        }
        AtaChannel.State state = ata.channel.save();
        AtaRig other = new AtaRig();
        other.plug(new AtaDisk(image, other.background, "LODGE DISK", "S1"), null);
        other.channel.load(state);
        assertEquals(java.util.List.of(), States.diff(state, other.channel.save()));
        assertTrue(other.irq);
        for (int i = 100; i < 256; i++) {
            assertEquals(ata.word(), other.word());
        }
        assertEquals(301, other.sector());
        other.assertSucceeded();
    }
}
