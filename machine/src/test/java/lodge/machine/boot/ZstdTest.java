package lodge.machine.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The decoder against the reference encoder, and against damage. */
class ZstdTest {
    private static final int MAGIC = 4;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"--fast=3", "-1", "-3", "-9", "-19", "--ultra -22", "-12 --no-check"})
    void whatTheReferencePacksComesOutAsItWentIn(String level) throws Exception {
        for (byte[] plain : samples()) {
            byte[] packed = pack(plain, level);
            assertArrayEquals(plain, unpack(packed, plain.length), plain.length + " bytes");
        }
    }

    @Test
    void damageIsFoundOrHarmlessButNothingElse() throws Exception {
        Random random = new Random(8878);
        byte[] plain = text(40_000, random);
        for (String level : new String[] {"-3", "-19 --no-check"}) {
            byte[] packed = pack(plain, level);
            for (int i = 0; i < 3000; i++) {
                byte[] damaged = packed.clone();
                for (int n = random.nextInt(1, 4); n > 0; n--) {
                    damaged[random.nextInt(MAGIC, packed.length)] = (byte) random.nextInt();
                }
                try {
                    unpack(damaged, plain.length);
                } catch (IOException expected) {
                    assertEquals(1, expected.getMessage().lines().count());
                }
            }
            for (int length = 0; length < packed.length - MAGIC; length += 7) {
                byte[] cut = Arrays.copyOf(packed, MAGIC + length);
                assertThrows(IOException.class, () -> unpack(cut, plain.length));
            }
        }
    }

    @Test
    void aChecksumThatIsWrongIsFound() throws Exception {
        byte[] packed = pack(text(5000, new Random(1)), "-3");
        packed[packed.length - 1] ^= 1;
        assertEquals(
                "The Zstandard frame's checksum is wrong",
                assertThrows(IOException.class, () -> unpack(packed, 5000)).getMessage());
    }

    @Test
    void aFrameThatHoldsAnotherNumberOfBytesIsRefused() throws Exception {
        byte[] packed = pack(text(5000, new Random(1)), "-3");
        assertThrows(IOException.class, () -> unpack(packed, 4999));
        assertThrows(IOException.class, () -> unpack(packed, 5001));
    }

    /** The digests of RFC 8878's reference: xxHash's own test values for seed 0. */
    @Test
    void theDigestIsXxh64() {
        assertEquals(0xEF46DB3751D8E999L, XxHash64.of(MemorySegment.ofArray(new byte[0])));
        assertEquals(
                0x44BC2CF5AD770999L,
                XxHash64.of(MemorySegment.ofArray("abc".getBytes(StandardCharsets.US_ASCII))));
    }

    private static List<byte[]> samples() {
        Random random = new Random(63);
        List<byte[]> samples = new ArrayList<>();
        samples.add(new byte[0]);
        samples.add(new byte[] {42});
        samples.add(new byte[300_000]);
        for (int size : new int[] {10, 300, 1000, 70_000, 400_000}) {
            samples.add(text(size, random));
        }
        byte[] noise = new byte[150_000];
        random.nextBytes(noise);
        samples.add(noise);
        byte[] skewed = new byte[200_000];
        for (int i = 0; i < skewed.length; i++) {
            skewed[i] = (byte) (random.nextGaussian() * 6);
        }
        samples.add(skewed);
        // Repeats from far away, between noise: long offsets and repeated ones.
        byte[] far = new byte[1_000_000];
        random.nextBytes(far);
        for (int at = 200_000; at < far.length; at += 700) {
            System.arraycopy(far, at % 9 * 20_000, far, at, Math.min(500, far.length - at));
        }
        samples.add(far);
        return samples;
    }

    /** Words drawn from a small vocabulary, now and then a rare character. */
    private static byte[] text(int size, Random random) {
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append(Integer.toString(random.nextInt(400) * 7919 % 5003, 36));
            text.append(random.nextInt(50) == 0 ? (char) random.nextInt(128) : ' ');
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.ISO_8859_1), size);
    }

    private byte[] pack(byte[] plain, String level) throws IOException, InterruptedException {
        Path file = folder.resolve("plain");
        Files.write(file, plain);
        List<String> command = new ArrayList<>(List.of("zstd", "-q", "-c"));
        command.addAll(List.of(level.split(" ")));
        command.add(file.toString());
        Path packed = folder.resolve("packed");
        Process process;
        try {
            process = new ProcessBuilder(command).redirectOutput(packed.toFile()).start();
        } catch (IOException e) {
            return abort("Skipped: there is no zstd; remedy: apt-get install zstd");
        }
        assertEquals(true, process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        return Files.readAllBytes(packed);
    }

    private static byte[] unpack(byte[] packed, int size) throws IOException {
        byte[] out = new byte[size];
        ByteArrayInputStream in = new ByteArrayInputStream(packed, MAGIC, packed.length - MAGIC);
        Zstd.frame(in, MemorySegment.ofArray(out));
        assertEquals(0, in.available(), "bytes left over");
        return out;
    }
}
