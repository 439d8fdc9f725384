package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

class MemoryMapTest {
    private static final long MIB = 1 << 20;

    @Test
    void smallMemoryLiesBelowThePciHole() {
        MemoryMap map = new MemoryMap(512 * MIB);
        assertEquals(512 * MIB, map.lowRamEnd());
        assertEquals(0, map.highRamBytes());
        assertEquals(0xffff, map.cmosExtendedKib());
        assertEquals((512 - 16) * 16, map.cmosAbove16Mib());
        assertEquals(0, map.cmosAbove4Gib());
        assertEquals(new E820Entry(0, 512 * MIB, E820Entry.Type.RAM), map.forFirmware().getFirst());
    }

    @Test
    void whatDoesNotFitBelowThePciHoleGoesOnAtFourGib() {
        MemoryMap map = new MemoryMap(5120 * MIB);
        assertEquals(0xc000_0000L, map.lowRamEnd());
        assertEquals(2048 * MIB, map.highRamBytes());
        assertEquals(
                new E820Entry(1L << 32, 2048 * MIB, E820Entry.Type.RAM),
                map.forFirmware().getLast());
        assertEquals(0xbf00, map.cmosAbove16Mib());
        assertEquals(2048 * 16, map.cmosAbove4Gib());
    }

    @Test
    void tinyMemoryHasNothingAbove16Mib() {
        MemoryMap map = new MemoryMap(4 * MIB);
        assertEquals(3 * 1024, map.cmosExtendedKib());
        assertEquals(0, map.cmosAbove16Mib());
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 64, 3071, 3072, 3073, 4096, 524288})
    void entriesAscendWithoutOverlapAndAddUpToTheRam(long mib) {
        MemoryMap map = new MemoryMap(mib * MIB);
        long hidden = 0x60400; // EBDA to 1 MiB is RAM that the system must not use
        assertEquals(map.ramBytes(), ram(map.forFirmware()));
        assertEquals(map.ramBytes() - hidden, ram(map.forDirectBoot()));
    }

    private static long ram(List<E820Entry> entries) {
        long end = 0;
        long ram = 0;
        for (E820Entry entry : entries) {
            assertTrue(entry.address() >= end, entry + " overlaps the one before");
            assertTrue(entry.length() > 0, entry + " is empty");
            end = entry.end();
            ram += entry.type() == E820Entry.Type.RAM ? entry.length() : 0;
        }
        return ram;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1 << 20, (2 << 20) + 4096, Long.MAX_VALUE})
    void sizesTheBoardCannotHaveAreRefused(long bytes) {
        assertThrows(BadConfigException.class, () -> new MemoryMap(bytes));
    }

    @Test
    void entriesAreTwentyBytesLittleEndian() {
        List<E820Entry> map =
                List.of(
                        new E820Entry(0, 0x9fc00, E820Entry.Type.RAM),
                        new E820Entry(0x1_0000_0000L, 0x1000, E820Entry.Type.RESERVED));
        ByteBuffer bytes = ByteBuffer.wrap(E820Entry.toBytes(map)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(40, bytes.capacity());
        assertEquals(0x9fc00, bytes.getLong(8));
        assertEquals(1, bytes.getInt(16));
        assertEquals(0x1_0000_0000L, bytes.getLong(20));
        assertEquals(2, bytes.getInt(36));
        ByteBuffer pvh = ByteBuffer.wrap(E820Entry.toPvhBytes(map)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(48, pvh.capacity());
        assertEquals(0x1_0000_0000L, pvh.getLong(24));
        assertEquals(0, pvh.getInt(44));
    }
}
