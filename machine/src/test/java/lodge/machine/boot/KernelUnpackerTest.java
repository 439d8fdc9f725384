package lodge.machine.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadImageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

class KernelUnpackerTest {
    private static final byte[] ELF = Images.elf(true, true, 0x1000);

    @TempDir private Path folder;

    @Test
    void packedAndUnpackedKernelsComeOutAsTheyWentIn() throws IOException {
        assertArrayEquals(ELF, unpack(Images.packed(Images.gzip(ELF), 0, false)));
        assertArrayEquals(ELF, unpack(Images.packed(Images.xz(ELF), ELF.length, true)));
        assertArrayEquals(ELF, unpack(Images.packed(Images.lzma(ELF), ELF.length, true)));
        assertArrayEquals(ELF, unpack(Images.packed(Images.lz4(ELF), ELF.length, true)));
        assertArrayEquals(ELF, unpack(Images.packed(Images.zstd(ELF), ELF.length, true)));
        assertArrayEquals(ELF, unpack(Images.packed(ELF, 0, false)));
    }

    @Test
    void methodsNotKnownAreNamed() {
        int[] magic = {0x4f5a4c89, 0x39685a42, 0x12345678};
        String[] names = {"lzo", "bzip2", "an unknown method"};
        for (int i = 0; i < magic.length; i++) {
            byte[] payload = new byte[64];
            ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(0, magic[i]);
            assertTrue(
                    error(Images.packed(payload, 100, true)).contains("packed with " + names[i]));
        }
    }

    @Test
    void aKernelThatDoesNotSayWhereItsPayloadIsIsAnError() {
        assertTrue(
                error(Images.bzImage(new byte[64], 4096))
                        .contains("does not say where its ELF kernel is"));
    }

    @Test
    void whatUnpacksToSomethingElseIsAnError() throws IOException {
        byte[] noElf = LinuxLoaderTest.pattern(500);
        assertTrue(
                error(Images.packed(Images.xz(noElf), noElf.length, true))
                        .contains("is not an ELF kernel"));
    }

    @Test
    void damagedPayloadsAreOneLine() throws IOException {
        Random random = new Random(2);
        for (byte[] payload :
                new byte[][] {
                    Images.gzip(ELF),
                    Images.xz(ELF),
                    Images.lzma(ELF),
                    Images.lz4(ELF),
                    Images.zstd(ELF)
                }) {
            for (int i = 0; i < 200; i++) {
                byte[] damaged = payload.clone();
                damaged[random.nextInt(4, payload.length)] ^= (byte) (1 << random.nextInt(8));
                try {
                    unpack(Images.packed(damaged, ELF.length, true));
                } catch (BadImageException e) {
                    assertEquals(1, e.getMessage().lines().count());
                }
            }
            assertTrue(
                    error(Images.packed(Arrays.copyOf(payload, 40), ELF.length, true))
                            .contains("does not unpack"));
        }
    }

    @Test
    void aHugeSizeIsRefusedBeforeMemoryIsTaken() throws IOException {
        assertTrue(error(Images.packed(Images.xz(ELF), -1, true)).contains("more than 1 GiB"));
    }

    @Test
    void lz4BlocksFollowTheFormat() throws IOException {
        // Two literals "ab"; a match of 6 at distance 2, which repeats itself; last literal "c".
        byte[] block = {0x22, 'a', 'b', 2, 0, 0x10, 'c'};
        byte[] out = new byte[16];
        assertEquals(9, Lz4.block(block, block.length, out));
        assertEquals(
                "ababababc", new String(out, 0, 9, java.nio.charset.StandardCharsets.US_ASCII));
        // Lengths beyond 15 go on in the next byte: 15 + 3 literals; a match of 4 + 15 + 255 + 1 at
        // distance 18.
        byte[] longer = new byte[1 + 1 + 18 + 2 + 2 + 1];
        longer[0] = (byte) 0xff;
        longer[1] = 3;
        for (int i = 0; i < 18; i++) {
            longer[2 + i] = (byte) i;
        }
        longer[20] = 18;
        longer[22] = (byte) 255;
        longer[23] = 1;
        byte[] big = new byte[512];
        assertEquals(18 + 275, Lz4.block(longer, longer.length, big));
        for (int i = 0; i < 18 + 275; i++) {
            assertEquals(i % 18, big[i]);
        }
    }

    @Test
    void lz4BlocksThatReachTooFarAreRefused() {
        byte[] out = new byte[16];
        byte[][] wrong = {
            {},
            {0x50, 'a'},
            {0x10, 'a', 0, 0, 0},
            {0x10, 'a', 2, 0, 0},
            {0x10, 'a', 1},
            {0x1f, 'a', 1, 0, (byte) 200, 0},
            {(byte) 0xf0, (byte) 255, (byte) 255}
        };
        for (byte[] block : wrong) {
            assertThrows(
                    IOException.class,
                    () -> Lz4.block(block, block.length, out),
                    Arrays.toString(block));
        }
    }

    @Test
    void theLegacyFrameMayHaveSeveralBlocks() throws IOException {
        byte[] frame = {3, 0, 0, 0, 0x20, 'a', 'b', 2, 0, 0, 0, 0x10, 'c', 'x', 'x'};
        byte[] target = new byte[3];
        Lz4.legacyFrame(new ByteArrayInputStream(frame), MemorySegment.ofArray(target));
        assertArrayEquals(new byte[] {'a', 'b', 'c'}, target);
        assertThrows(
                IOException.class,
                () ->
                        Lz4.legacyFrame(
                                new ByteArrayInputStream(frame),
                                MemorySegment.ofArray(new byte[9])));
    }

    private byte[] unpack(byte[] image) throws IOException {
        Path path = folder.resolve("vmlinuz");
        Files.write(path, image);
        try (ImageFile file = ImageFile.open("Kernel", path);
                Arena arena = Arena.ofConfined()) {
            ImageFile unpacked = KernelUnpacker.unpack(file, BzImage.read(file), arena);
            byte[] bytes = new byte[(int) unpacked.size()];
            MemorySegment.copy(
                    MemorySegment.ofBuffer(unpacked.bytes(0, bytes.length)),
                    ValueLayout.JAVA_BYTE,
                    0,
                    bytes,
                    0,
                    bytes.length);
            return bytes;
        }
    }

    private String error(byte[] image) {
        return assertThrows(BadImageException.class, () -> unpack(image)).getMessage();
    }
}
