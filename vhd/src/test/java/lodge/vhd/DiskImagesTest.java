package lodge.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;
import lodge.core.LodgeException;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;
import lodge.vhd.DiskImages.Format;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Against the "Virtual Hard Disk Image Format Specification" (Microsoft, October 2006). */
class DiskImagesTest {
    private static final int BLOCK = VhdMaker.BLOCK;

    @TempDir private Path folder;

    private Path file(String name, byte[] contents) throws IOException {
        return Files.write(folder.resolve(name), contents);
    }

    private static byte[] read(BlockBackend disk, long offset, int length) throws BlockIoException {
        byte[] bytes = new byte[length + 2];
        Arrays.fill(bytes, (byte) 0x99);
        disk.read(offset, MemorySegment.ofArray(bytes), 1, length);
        assertEquals((byte) 0x99, bytes[0]);
        assertEquals((byte) 0x99, bytes[length + 1]);
        return Arrays.copyOfRange(bytes, 1, length + 1);
    }

    private static void write(BlockBackend disk, long offset, byte[] bytes)
            throws BlockIoException {
        disk.write(offset, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The message of an error, which is one line that names the file. */
    private static String refused(Class<? extends LodgeException> type, Path path, Format format) {
        String message =
                assertThrows(type, () -> DiskImages.open(path, format, false).close()).getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(path.toString()), message);
        return message;
    }

    private static void assertSays(String part, String message) {
        assertTrue(message.contains(part), message);
    }

    // ---- raw

    @Test
    void aRawImageIsReadAndWrittenInPlace() throws IOException {
        Path path = file("disk.img", random(8192, 1));
        try (BlockBackend disk = DiskImages.open(path, Format.RAW, false)) {
            assertEquals(8192, disk.sizeBytes());
            assertFalse(disk.readOnly());
            assertArrayEquals(random(8192, 1), read(disk, 0, 8192));
            write(disk, 1000, filled(700, 5));
            disk.flush();
            disk.discard(0, 512);
            assertArrayEquals(filled(700, 5), read(disk, 1000, 700));
        }
        byte[] expected = random(8192, 1);
        Arrays.fill(expected, 1000, 1700, (byte) 5);
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void aRawImageOfAnOddSizeEndsWithZerosAndGrowsToASectorOnly() throws IOException {
        Path path = file("disk.img", filled(1000, 7));
        try (BlockBackend disk = DiskImages.open(path, Format.AUTO, false)) {
            assertEquals(1024, disk.sizeBytes());
            byte[] last = read(disk, 512, 512);
            assertEquals(7, last[487]);
            assertEquals(0, last[488]);
            write(disk, 512, filled(512, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> write(disk, 512, new byte[513]));
            assertThrows(IndexOutOfBoundsException.class, () -> read(disk, 1024, 1));
        }
        assertEquals(1024, Files.size(path));
    }

    @Test
    void aReadOnlyImageRefusesWrites() throws IOException {
        Path path = file("disk.iso", filled(2048, 7));
        try (BlockBackend disk = DiskImages.open(path, Format.AUTO, true)) {
            assertTrue(disk.readOnly());
            assertThrows(BlockIoException.class, () -> write(disk, 0, new byte[512]));
            disk.flush();
        }
        assertArrayEquals(filled(2048, 7), Files.readAllBytes(path));
    }

    @Test
    void readersShareAnImageAndWritersDoNot() throws IOException {
        Path path = file("disk.iso", filled(2048, 7));
        try (BlockBackend one = DiskImages.open(path, Format.RAW, true);
                BlockBackend two = DiskImages.open(path, Format.RAW, true)) {
            assertEquals(one.sizeBytes(), two.sizeBytes());
            assertSays("in use twice", refused(BadConfigException.class, path, Format.RAW));
        }
        try (BlockBackend writer = DiskImages.open(path, Format.RAW, false)) {
            assertFalse(writer.readOnly());
            assertThrows(
                    BadConfigException.class,
                    () -> DiskImages.open(path, Format.RAW, true).close());
            assertSays("in use twice", refused(BadConfigException.class, path, Format.RAW));
        }
        DiskImages.open(path, Format.RAW, false).close();
    }

    @Test
    void anImageInUseByAnotherProcessIsRefused() throws Exception {
        Path path = file("disk.img", filled(2048, 7));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process other =
                new ProcessBuilder(
                                java,
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                String.join(
                                        File.pathSeparator,
                                        home(Holder.class),
                                        home(DiskImages.class),
                                        home(BlockBackend.class)),
                                Holder.class.getName(),
                                path.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            assertEquals('!', other.getInputStream().read());
            assertSays(
                    "in use by another process",
                    refused(BadConfigException.class, path, Format.RAW));
            assertThrows(
                    BadConfigException.class,
                    () -> DiskImages.open(path, Format.RAW, true).close());
        } finally {
            other.getOutputStream().close();
            assertTrue(other.waitFor(30, TimeUnit.SECONDS));
        }
        DiskImages.open(path, Format.RAW, false).close();
    }

    private static String home(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    /** Holds an image until its input ends. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (BlockBackend disk = DiskImages.open(Path.of(args[0]), Format.RAW, false)) {
                System.out.print(disk.readOnly() ? '?' : '!');
                System.out.flush();
                while (System.in.read() >= 0) {}
            }
        }
    }

    @Test
    void missingFilesFoldersAndEmptyFilesAreNamed() throws IOException {
        assertSays(
                "does not exist",
                refused(BadConfigException.class, folder.resolve("none.img"), Format.AUTO));
        assertSays("is a folder", refused(BadConfigException.class, folder, Format.AUTO));
        assertSays(
                "is empty",
                refused(BadImageException.class, file("empty.img", new byte[0]), Format.AUTO));
    }

    @Test
    void aVhdOfAnotherNameIsNotGuessedAt() throws IOException {
        Path path = file("disk.img", VhdMaker.fixed(filled(4096, 1)));
        assertSays("format=vhd", refused(BadConfigException.class, path, Format.AUTO));
        try (BlockBackend raw = DiskImages.open(path, Format.RAW, false)) {
            assertEquals(4608, raw.sizeBytes());
        }
        try (BlockBackend vhd = DiskImages.open(path, Format.VHD, false)) {
            assertEquals(4096, vhd.sizeBytes());
        }
    }

    // ---- fixed

    @Test
    void aFixedVhdKeepsItsFooter() throws IOException {
        Path path = file("Disk.VHD", VhdMaker.fixed(random(8192, 2)));
        try (BlockBackend disk = DiskImages.open(path, Format.AUTO, false)) {
            assertEquals(8192, disk.sizeBytes());
            assertArrayEquals(random(8192, 2), read(disk, 0, 8192));
            write(disk, 7680, filled(512, 9));
            assertThrows(IndexOutOfBoundsException.class, () -> write(disk, 7681, filled(512, 9)));
        }
        byte[] expected = random(8192, 2);
        Arrays.fill(expected, 7680, 8192, (byte) 9);
        assertArrayEquals(VhdMaker.fixed(expected), Files.readAllBytes(path));
    }

    // ---- dynamic

    @Test
    void aDynamicVhdReadsZerosWhereNothingWasWritten() throws IOException {
        byte[] image = VhdMaker.dynamic(4L * BLOCK, -1, 1, -1, 0);
        VhdMaker.sector(image, 1, 3, 0x33);
        VhdMaker.sector(image, 1, 4, 0x44);
        VhdMaker.sector(image, 0, 127, 0x77);
        // Bytes of a sector whose bit is not set do not count.
        Arrays.fill(
                image,
                512 * VhdMaker.sectorOf(1) + 512,
                512 * VhdMaker.sectorOf(1) + 1024,
                (byte) 0x66);
        try (BlockBackend disk = DiskImages.open(file("d.vhd", image), Format.AUTO, true)) {
            assertEquals(4L * BLOCK, disk.sizeBytes());
            byte[] all = read(disk, 0, 4 * BLOCK);
            byte[] expected = new byte[4 * BLOCK];
            Arrays.fill(expected, BLOCK + 3 * 512, BLOCK + 4 * 512, (byte) 0x33);
            Arrays.fill(expected, BLOCK + 4 * 512, BLOCK + 5 * 512, (byte) 0x44);
            Arrays.fill(expected, 4 * BLOCK - 512, 4 * BLOCK, (byte) 0x77);
            assertArrayEquals(expected, all);
            assertArrayEquals(
                    Arrays.copyOfRange(expected, BLOCK + 1900, BLOCK + 2200),
                    read(disk, BLOCK + 1900, 300));
        }
        assertArrayEquals(image, Files.readAllBytes(folder.resolve("d.vhd")));
    }

    @Test
    void writingToANewBlockMakesTheFileGrowAndMovesTheFooter() throws IOException {
        Path path = file("d.vhd", VhdMaker.dynamic(3L * BLOCK, -1, -1, -1));
        try (BlockBackend disk = DiskImages.open(path, Format.VHD, false)) {
            write(disk, BLOCK + 1024, filled(512, 0x5a));
        }
        byte[] expected = VhdMaker.dynamic(3L * BLOCK, -1, 0, -1);
        VhdMaker.sector(expected, 0, 2, 0x5a);
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void writesAcrossBlocksAndInsideSectorsReadBack() throws IOException {
        Path path =
                file("d.vhd", VhdMaker.dynamic(8L * BLOCK - 512, -1, -1, -1, -1, -1, -1, -1, -1));
        byte[] expected = new byte[8 * BLOCK - 512];
        Random random = new Random(42);
        for (int session = 0; session < 4; session++) {
            try (BlockBackend disk = DiskImages.open(path, Format.VHD, false)) {
                for (int i = 0; i < 60; i++) {
                    int length =
                            random.nextInt(4) == 0
                                    ? random.nextInt(2 * BLOCK)
                                    : random.nextInt(2000);
                    int offset = random.nextInt(expected.length - length);
                    byte[] data = random(length, random.nextLong());
                    write(disk, offset, data);
                    System.arraycopy(data, 0, expected, offset, length);
                    int at = random.nextInt(expected.length - 5000);
                    assertArrayEquals(
                            Arrays.copyOfRange(expected, at, at + 5000), read(disk, at, 5000));
                }
                disk.flush();
            }
            try (BlockBackend disk = DiskImages.open(path, Format.VHD, true)) {
                assertArrayEquals(expected, read(disk, 0, expected.length));
            }
        }
    }

    @Test
    void theFirstSectorOfAPartialWriteIsClearedOfOldBytes() throws IOException {
        byte[] image = VhdMaker.dynamic(BLOCK, 0);
        Arrays.fill(image, 2048 + 512, 2048 + 2048, (byte) 0x66);
        Path path = file("d.vhd", image);
        try (BlockBackend disk = DiskImages.open(path, Format.VHD, false)) {
            write(disk, 100, filled(1000, 1));
            byte[] sectors = read(disk, 0, 1536);
            assertArrayEquals(new byte[100], Arrays.copyOf(sectors, 100));
            assertArrayEquals(filled(1000, 1), Arrays.copyOfRange(sectors, 100, 1100));
            assertArrayEquals(new byte[436], Arrays.copyOfRange(sectors, 1100, 1536));
        }
    }

    @Test
    void aLostFooterIsReplacedByItsCopy() throws IOException {
        byte[] image = VhdMaker.dynamic(2L * BLOCK, 0, -1);
        VhdMaker.sector(image, 0, 0, 0x11);
        Path path = file("d.vhd", Arrays.copyOf(image, image.length - 512));
        try (BlockBackend disk = DiskImages.open(path, Format.VHD, true)) {
            assertArrayEquals(filled(512, 0x11), read(disk, 0, 512));
        }
        assertEquals(image.length - 512, Files.size(path), "a reader repairs nothing");
        DiskImages.open(path, Format.VHD, false).close();
        assertArrayEquals(image, Files.readAllBytes(path));
    }

    @Test
    void whatACrashLeavesBehindTheLastBlockIsNotUsedAgain() throws IOException {
        byte[] image = VhdMaker.dynamic(2L * BLOCK, -1, -1);
        byte[] crashed = Arrays.copyOf(image, image.length - 512 + 512 + 700);
        Arrays.fill(crashed, image.length - 512, crashed.length, (byte) 0xee);
        Path path = file("d.vhd", crashed);
        try (BlockBackend disk = DiskImages.open(path, Format.VHD, false)) {
            assertArrayEquals(new byte[2 * BLOCK], read(disk, 0, 2 * BLOCK));
            write(disk, 0, filled(512, 4));
        }
        try (BlockBackend disk = DiskImages.open(path, Format.VHD, true)) {
            assertArrayEquals(filled(512, 4), read(disk, 0, 512));
            assertArrayEquals(new byte[512], read(disk, 512, 512));
        }
    }

    // ---- damaged

    @Test
    void damagedFootersAreRefused() throws IOException {
        assertSays(
                "too short",
                refused(BadImageException.class, file("a.vhd", new byte[100]), Format.AUTO));
        assertSays(
                "no valid footer",
                refused(BadImageException.class, file("b.vhd", new byte[4096]), Format.AUTO));
        byte[] flipped = VhdMaker.fixed(new byte[4096]);
        flipped[4096 + 90] ^= 1;
        assertSays(
                "no valid footer",
                refused(BadImageException.class, file("c.vhd", flipped), Format.AUTO));
        byte[] cut = Arrays.copyOfRange(VhdMaker.fixed(new byte[4096]), 512, 4608);
        assertSays(
                "shorter than its disk",
                refused(BadImageException.class, file("d.vhd", cut), Format.AUTO));
        for (long size : new long[] {0, -512, 1000, 1L << 50}) {
            Path path = file("e.vhd", VhdMaker.footer(2, size, -1));
            assertSays("impossible disk size", refused(BadImageException.class, path, Format.AUTO));
        }
        Path unknown = file("f.vhd", VhdMaker.footer(7, 512, -1));
        assertSays("unknown disk type 7", refused(BadImageException.class, unknown, Format.AUTO));
    }

    @Test
    void differencingDisksAreRefusedForNow() throws IOException {
        Path path = file("diff.vhd", VhdMaker.footer(4, 1 << 20, 512));
        assertSays("differencing disk", refused(BadImageException.class, path, Format.AUTO));
    }

    @Test
    void damagedDynamicHeadersAreRefused() throws IOException {
        Path path = file("h.vhd", VhdMaker.dynamic(BLOCK, 0));
        damage(path, 512 + 200, 1);
        assertSays(
                "damaged dynamic disk header", refused(BadImageException.class, path, Format.AUTO));

        header(path, VhdMaker.header(1, 3 << 16, 1536));
        assertSays("impossible block size", refused(BadImageException.class, path, Format.AUTO));
        header(path, VhdMaker.header(0, BLOCK, 1536));
        assertSays("a table of 0 blocks", refused(BadImageException.class, path, Format.AUTO));
        header(path, VhdMaker.header(-5, BLOCK, 1536));
        assertSays("a table of -5 blocks", refused(BadImageException.class, path, Format.AUTO));
        for (long table : new long[] {0, 1537, 1L << 40, -512, Long.MAX_VALUE & -512}) {
            header(path, VhdMaker.header(1, BLOCK, table));
            assertSays("block table outside", refused(BadImageException.class, path, Format.AUTO));
        }
        for (long offset : new long[] {0, 513, 1L << 40, -1, Long.MIN_VALUE}) {
            Path other = file("o.vhd", VhdMaker.footer(3, BLOCK, offset));
            assertSays(
                    "header outside the file",
                    refused(BadImageException.class, other, Format.AUTO));
        }
    }

    @Test
    void damagedBlockTablesAreRefused() throws IOException {
        assertSays(
                "overlaps the headers", refused(BadImageException.class, table(3, 0), Format.AUTO));
        assertSays("overlaps another", refused(BadImageException.class, table(4, 4), Format.AUTO));
        assertSays(
                "overlaps another", refused(BadImageException.class, table(4, 100), Format.AUTO));
        assertSays(
                "in the middle of a block",
                refused(BadImageException.class, table(4, 134), Format.AUTO));
        assertSays(
                "in the middle of a block",
                refused(BadImageException.class, table(4, -2), Format.AUTO));
        Path cut = file("cut.vhd", Arrays.copyOf(VhdMaker.dynamic(BLOCK, 0), 30_000));
        assertSays("in the middle of a block", refused(BadImageException.class, cut, Format.AUTO));
    }

    /** A dynamic disk of two blocks whose table holds these sector numbers. */
    private Path table(int first, int second) throws IOException {
        byte[] image = VhdMaker.dynamic(2L * BLOCK, 0, 1);
        ByteBuffer.wrap(image).putInt(1536, first).putInt(1540, second);
        return file("t.vhd", image);
    }

    private static void header(Path path, byte[] header) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(512);
            file.write(header);
        }
    }

    private static void damage(Path path, long at, int bits) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            int old = file.read();
            file.seek(at);
            file.write(old ^ bits);
        }
    }

    /** Whatever is in a file, opening it gives a disk or one line. */
    @Test
    void randomDamageNeverDoesAnythingElse() throws IOException {
        Random random = new Random(7);
        byte[] good = VhdMaker.dynamic(3L * BLOCK, 1, -1, 0);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] image = good.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                int at =
                        random.nextBoolean() ? 512 + random.nextInt(48) : 1536 + random.nextInt(12);
                image[at] = (byte) random.nextInt();
            }
            // Make the checksums fit again, so that the damage gets further.
            ByteBuffer bytes = ByteBuffer.wrap(image);
            bytes.putInt(512 + 36, VhdMaker.checksum(Arrays.copyOfRange(image, 512, 1536), 36));
            Path path = file("r.vhd", image);
            try (BlockBackend disk = DiskImages.open(path, Format.VHD, false)) {
                read(disk, 0, 3 * BLOCK);
                write(disk, BLOCK - 5, filled(10, 1));
            } catch (LodgeException e) {
                refused++;
                assertFalse(e.getMessage().contains("\n"));
            }
        }
        assertTrue(refused > 200, "refused " + refused);
    }
}
