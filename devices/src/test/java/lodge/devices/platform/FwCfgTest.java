package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

class FwCfgTest {
    private final GuestMemory memory = GuestMemory.forTests();
    private final FwCfg fwCfg = new FwCfg("fwcfg", memory);

    FwCfgTest() {
        memory.window(memory.allocate("ram", 0x10000), 0, 0x10000, 0).place(0, true);
    }

    @Test
    void theSignatureIsSelectedAtPowerOn() {
        assertEquals("QEMU", new String(read(4), StandardCharsets.US_ASCII));
    }

    @Test
    void theIdItemAnnouncesDma() {
        fwCfg.out(0, 2, FwCfg.ID);
        assertArrayEquals(new byte[] {3, 0, 0, 0}, read(4));
    }

    @Test
    void readingPastTheEndGivesZeros() {
        read(4);
        assertArrayEquals(new byte[3], read(3));
    }

    @Test
    void anUnknownItemReadsAsZeros() {
        fwCfg.out(0, 2, 0x1234);
        assertArrayEquals(new byte[2], read(2));
        fwCfg.out(0, 2, 0x8003);
        assertArrayEquals(new byte[2], read(2));
    }

    @Test
    void theDirectoryNamesEveryFileWithItsSizeAndNumber() {
        fwCfg.addFile("etc/second", new byte[5]);
        fwCfg.addFile("bootorder", "HALT".getBytes(StandardCharsets.US_ASCII));
        fwCfg.out(0, 2, FwCfg.FILE_DIR);
        ByteBuffer directory = ByteBuffer.wrap(read(4 + 2 * 64));
        assertEquals(2, directory.getInt());
        assertEquals(4, directory.getInt());
        int number = directory.getShort();
        assertEquals(0, directory.getShort());
        byte[] name = new byte[56];
        directory.get(name);
        assertEquals("bootorder", new String(name, StandardCharsets.US_ASCII).trim());
        assertEquals(5, directory.getInt());
        assertEquals(number + 1, directory.getShort());
        fwCfg.out(0, 2, number);
        assertEquals("HALT", new String(read(4), StandardCharsets.US_ASCII));
    }

    @Test
    void aSuppliedFileIsMadeAnewAfterReset() {
        int[] calls = {0};
        Supplier<byte[]> contents = () -> new byte[] {(byte) ++calls[0]};
        fwCfg.addFile("etc/late", contents);
        fwCfg.out(0, 2, FwCfg.FILE_FIRST);
        assertEquals(1, fwCfg.in(1, 1));
        fwCfg.out(0, 2, FwCfg.FILE_FIRST);
        assertEquals(1, fwCfg.in(1, 1));
        fwCfg.reset();
        fwCfg.out(0, 2, FwCfg.FILE_FIRST);
        assertEquals(2, fwCfg.in(1, 1));
    }

    @Test
    void theDmaRegisterReadsAsItsSignature() {
        StringBuilder text = new StringBuilder();
        for (int i = 4; i < 12; i++) {
            text.append((char) fwCfg.in(i, 1));
        }
        assertEquals("QEMU CFG", text.toString());
        assertEquals(0x554d4551, fwCfg.in(4, 4));
        assertEquals(0x47464320, fwCfg.in(8, 4));
    }

    @Test
    void dmaSelectsAndReadsInOneCommand() {
        fwCfg.addItem(0x8001, new byte[] {1, 2, 3, 4, 5, 6});
        assertEquals(0, dma(0x8001 << 16 | 0x0a, 4, 0x2000));
        assertEquals(0x04030201, memory.readInt(0x2000));
        assertEquals(0, dma(0x02, 4, 0x2000));
        assertEquals(0x00000605, memory.readInt(0x2000), "zeros beyond the end");
    }

    @Test
    void dmaSkipsWithoutCopying() {
        fwCfg.addItem(0x8001, new byte[] {1, 2, 3});
        memory.writeByte(0x2000, 0x55);
        assertEquals(0, dma(0x8001 << 16 | 0x0c, 2, 0x2000));
        assertEquals(0x55, memory.readByte(0x2000));
        assertEquals(3, fwCfg.in(1, 1));
    }

    @Test
    void dmaIntoNoMemoryReportsAnError() {
        fwCfg.addItem(0x8001, new byte[] {1, 2, 3});
        assertEquals(1, dma(0x8001 << 16 | 0x0a, 3, 0x20000));
        assertEquals(1, dma(0x8001 << 16 | 0x0a, 0xffff_ffffL, 0x2000));
    }

    @Test
    void dmaWriteReportsAnErrorBecauseItemsAreReadOnly() {
        assertEquals(1, dma(0x10, 4, 0x2000));
    }

    @Test
    void theHalvesOfTheDmaAddressAreBigEndian() {
        GuestMemory high = GuestMemory.forTests();
        high.window(high.allocate("ram", 0x1000), 0, 0x1000, 0).place(0x1_0000_0000L, true);
        FwCfg device = new FwCfg("fwcfg", high);
        high.writeInt(0x1_0000_0000L, Integer.reverseBytes(0x02));
        high.writeInt(0x1_0000_0004L, Integer.reverseBytes(4));
        high.writeLong(0x1_0000_0008L, Long.reverseBytes(0x1_0000_0100L));
        device.out(4, 4, Integer.reverseBytes(1));
        device.out(8, 4, 0);
        assertEquals(0x554d4551, high.readInt(0x1_0000_0100L));
        assertEquals(0, high.readInt(0x1_0000_0000L));
    }

    @Test
    void stringInputCopiesABlock() {
        fwCfg.addItem(0x8001, new byte[] {1, 2, 3});
        fwCfg.out(0, 2, 0x8001);
        MemorySegment data = MemorySegment.ofArray(new byte[8]);
        data.fill((byte) 0x77);
        fwCfg.insBurst(1, 1, 5, data, 1);
        assertArrayEquals(
                new byte[] {0x77, 1, 2, 3, 0, 0, 0x77, 0x77}, data.toArray(ValueLayout.JAVA_BYTE));
        assertEquals(new FwCfg.State(0x8001, 3, 0), fwCfg.save());
    }

    @Test
    void stateMovesToAnotherDeviceWithTheSameItems() {
        fwCfg.addItem(0x8001, new byte[] {1, 2, 3});
        fwCfg.out(0, 2, 0x8001);
        fwCfg.in(1, 1);
        FwCfg other = new FwCfg("fwcfg", memory);
        other.addItem(0x8001, new byte[] {1, 2, 3});
        other.load(fwCfg.save());
        assertEquals(fwCfg.save(), other.save());
        assertEquals(2, other.in(1, 1));
        fwCfg.reset();
        assertEquals(new FwCfg("fwcfg", memory).save(), fwCfg.save());
    }

    @Test
    void aHostileStateReadsAsZeros() {
        fwCfg.load(new FwCfg.State(-1, Long.MIN_VALUE, -1));
        assertEquals(0, fwCfg.in(1, 1));
        fwCfg.load(new FwCfg.State(0, Long.MAX_VALUE, -1));
        assertEquals(0, fwCfg.in(1, 1));
        MemorySegment data = MemorySegment.ofArray(new byte[2]);
        fwCfg.insBurst(1, 1, 2, data, 0);
        assertEquals(0, dma(0x02, 4, 0x2000));
    }

    @Test
    void badNamesAndNumbersAreRefused() {
        byte[] none = {};
        fwCfg.addFile("a", none);
        assertTrue(
                assertThrows(BadConfigException.class, () -> fwCfg.addFile("a", none))
                        .getMessage()
                        .contains("already"));
        assertThrows(BadConfigException.class, () -> fwCfg.addFile("x".repeat(56), none));
        assertThrows(BadConfigException.class, () -> fwCfg.addFile("", none));
        assertThrows(BadConfigException.class, () -> fwCfg.addItem(FwCfg.FILE_DIR, none));
        assertThrows(BadConfigException.class, () -> fwCfg.addItem(0x4000, none));
    }

    private int dma(int control, long length, long address) {
        memory.writeInt(0x1000, Integer.reverseBytes(control));
        memory.writeInt(0x1004, Integer.reverseBytes((int) length));
        memory.writeLong(0x1008, Long.reverseBytes(address));
        fwCfg.out(4, 4, 0);
        fwCfg.out(8, 4, Integer.reverseBytes(0x1000));
        return Integer.reverseBytes(memory.readInt(0x1000));
    }

    private byte[] read(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) fwCfg.in(1, 1);
        }
        return bytes;
    }
}
