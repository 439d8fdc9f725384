package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.machine.boot.UnpackedKernel;
import lodge.machine.host.LodgeFolders;
import lodge.tests.boot.Guests;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Length and text of instructions against objdump's, over programs and over random bytes. The
 * differences that remain are in {@link KnownDisassembly}.
 */
class DisassemblyTest {
    /** Of random instructions; a longer run: {@code -Dlodge.disassembly.count=1000000}. */
    private static final int COUNT = Integer.getInteger("lodge.disassembly.count", 20_000);

    private static final long SEED = Long.getLong("lodge.disassembly.seed", 20_261_122L);

    /** Fifteen bytes, and room for an instruction that begins in the last of them. */
    private static final int SLOT = 32;

    private static final byte NOP = (byte) 0x90;

    @TempDir private Path folder;

    @Test
    void busyboxIsDisassembledLikeObjdump() throws Exception {
        compare(Guests.busybox("amd64"));
    }

    @Test
    void busyboxFor32BitsIsDisassembledLikeObjdump() throws Exception {
        compare(Guests.busybox("i386"));
    }

    @Test
    void theKernelIsDisassembledLikeObjdump() throws Exception {
        Path packed = Guests.kernel();
        Path unpacked =
                LodgeFolders.cache()
                        .resolve("tests")
                        .resolve(packed.getFileName().toString().replace("vmlinuz", "vmlinux"));
        if (!Files.isReadable(unpacked)) {
            UnpackedKernel.write(packed, unpacked);
        }
        compare(unpacked);
    }

    private static void compare(Path file) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        ElfCode elf = new ElfCode(bytes);
        DisassemblyComparison comparison =
                new DisassemblyComparison(elf.is64() ? Decoder.CODE64 : Decoder.CODE32, true);
        Walk walk = new Walk(elf, bytes, comparison);
        Objdump.run(file, List.of("-d"), walk);
        walk.end();
        assertEquals(0, comparison.differences(), comparison::report);
        assertTrue(comparison.instructions() > 200_000, "Only " + comparison.instructions());
    }

    /** Goes through a file as objdump does; a length is known when the next address comes. */
    private static final class Walk implements Objdump.Listener {
        private final ElfCode elf;
        private final byte[] bytes;
        private final DisassemblyComparison comparison;
        private ElfCode.Section section;
        private long address;
        private String text;

        Walk(ElfCode elf, byte[] bytes, DisassemblyComparison comparison) {
            this.elf = elf;
            this.bytes = bytes;
            this.comparison = comparison;
        }

        @Override
        public void instruction(long next, String nextText) {
            if (section != null && !section.holds(next)) {
                end();
            } else if (section != null) {
                take((int) (next - address));
            }
            if (section == null || !section.holds(next)) {
                section = elf.section(next);
            }
            address = next;
            text = nextText;
        }

        void end() {
            take((int) (section.address() + section.size() - address));
        }

        private void take(int length) {
            int at = (int) (address - section.address()) + section.offset();
            comparison.compare(comparison.decode(bytes, at), address, length, text);
        }
    }

    /** Random bytes; then the same with many prefixes and two-byte opcodes, which are rare. */
    @ParameterizedTest
    @CsvSource({"0, i8086", "1, i386", "2, i386:x86-64"})
    void randomBytesAreDisassembledLikeObjdump(int mode, String machine) throws Exception {
        Random random = new Random(SEED + mode);
        byte[] bytes = new byte[COUNT * SLOT];
        Arrays.fill(bytes, NOP);
        for (int n = 0; n < COUNT; n++) {
            randomInstruction(random, bytes, n * SLOT);
        }
        Path file = Files.write(folder.resolve("random" + mode), bytes);
        DisassemblyComparison comparison = new DisassemblyComparison(mode, false);
        Slots slots = new Slots(bytes, comparison);
        Objdump.run(file, List.of("-D", "-b", "binary", "-m", machine), slots);
        assertEquals(COUNT, comparison.instructions());
        assertEquals(
                0,
                comparison.differences(),
                () -> "Seed %d, mode %d. %s".formatted(SEED, mode, comparison.report()));
    }

    private static void randomInstruction(Random random, byte[] bytes, int start) {
        for (int at = start; at < start + 15; at++) {
            bytes[at] = (byte) random.nextInt();
        }
        int at = start;
        byte[] prefixes = {0x66, (byte) 0xf2, (byte) 0xf3, 0x67, 0x48, 0x4d, 0x2e, 0x65};
        while (random.nextInt(3) == 0 && at < start + 4) {
            bytes[at++] = prefixes[random.nextInt(prefixes.length)];
        }
        switch (random.nextInt(6)) {
            case 0, 1 -> bytes[at] = 0x0f;
            case 2 -> {
                bytes[at] = 0x0f;
                bytes[at + 1] = (byte) (random.nextBoolean() ? 0x38 : 0x3a);
            }
            case 3 -> bytes[at] = (byte) (0xc4 + random.nextInt(2));
            default -> {}
        }
    }

    /** Compares the first instruction of each slot. */
    private static final class Slots implements Objdump.Listener {
        private final byte[] bytes;
        private final DisassemblyComparison comparison;
        private long first = -1;
        private String text;

        Slots(byte[] bytes, DisassemblyComparison comparison) {
            this.bytes = bytes;
            this.comparison = comparison;
        }

        @Override
        public void instruction(long address, String nextText) {
            if (first >= 0) {
                int length = (int) (address - first);
                comparison.compare(comparison.decode(bytes, (int) first), first, length, text);
                first = -1;
            }
            if (address % SLOT == 0) {
                first = address;
                text = nextText;
            }
        }
    }
}
