package lodge.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;
import lodge.vhd.DiskImages;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class PaddedFloppyTest {
    @TempDir private Path folder;

    private BlockBackend image(int sectors) throws IOException {
        byte[] bytes = new byte[sectors * 512];
        Arrays.fill(bytes, (byte) 7);
        return DiskImages.open(
                Files.write(folder.resolve("floppy" + sectors), bytes),
                DiskImages.Format.RAW,
                false);
    }

    @Test
    void aShortImageReadsAsZerosBehindItsEndAndTakesNoWritesThere() throws IOException {
        try (BlockBackend floppy = PaddedFloppy.fit(image(2532))) {
            assertEquals(1440 * 1024, floppy.sizeBytes());
            byte[] two = new byte[1024];
            Arrays.fill(two, (byte) 1);
            floppy.read(2531 * 512, MemorySegment.ofArray(two), 0, 1024);
            byte[] wanted = new byte[1024];
            Arrays.fill(wanted, 0, 512, (byte) 7);
            assertArrayEquals(wanted, two);
            floppy.write(2531 * 512, MemorySegment.ofArray(two), 0, 512);
            BlockIoException e =
                    assertThrows(
                            BlockIoException.class,
                            () -> floppy.write(2532 * 512, MemorySegment.ofArray(two), 0, 512));
            assertEquals(true, e.getMessage().endsWith("make it 1474560 bytes"), e.getMessage());
        }
    }

    @Test
    void anImageOfADisksSizeIsTakenAsItIs() throws IOException {
        try (BlockBackend image = image(2880);
                BlockBackend large = image(5761)) {
            assertSame(image, PaddedFloppy.fit(image));
            assertSame(large, PaddedFloppy.fit(large));
        }
    }
}
