package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

class BusyboxInitrdTest {
    @TempDir private Path folder;

    /** One file of an archive. */
    private record Entry(int mode, int links, int major, int minor, byte[] content) {
        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    @Test
    void theArchiveHoldsWhatWasAdded() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(out)) {
            archive.directory("a", 0755);
            for (int size = 0; size < 6; size++) {
                archive.file("a/" + "x".repeat(size + 1), 0640, new byte[size]);
            }
            archive.link("l", "a/x");
            archive.device("tty", 0600, 5, 1);
        }
        Map<String, Entry> entries = read(out.toByteArray());
        assertEquals(9, entries.size());
        assertEquals(040755, entries.get("a").mode);
        assertEquals(2, entries.get("a").links);
        assertEquals(0100640, entries.get("a/xxx").mode);
        assertEquals(2, entries.get("a/xxx").content.length);
        assertEquals(0120777, entries.get("l").mode);
        assertEquals("a/x", entries.get("l").text());
        assertEquals(020600, entries.get("tty").mode);
        assertEquals(5, entries.get("tty").major);
        assertEquals(1, entries.get("tty").minor);
        assertEquals(0, out.size() % 512);
        assertThrows(
                IllegalArgumentException.class, () -> new CpioArchive(out).directory("b", 0100755));
    }

    @Test
    void theRamDiskHoldsBusyboxAndAFirstProcess() throws IOException {
        byte[] program = "not really".getBytes(StandardCharsets.UTF_8);
        Path busybox = Files.write(folder.resolve("busybox"), program);
        Path target = folder.resolve("initrd");
        BusyboxInitrd.write(busybox, target);
        byte[] first = Files.readAllBytes(target);
        BusyboxInitrd.write(busybox, target);
        assertArrayEquals(first, Files.readAllBytes(target), "the same every time");
        Map<String, Entry> entries = read(first);
        assertArrayEquals(program, entries.get("bin/busybox").content);
        assertEquals(0100755, entries.get("bin/busybox").mode);
        assertTrue(entries.get("init").text().startsWith("#!/bin/busybox sh\n"));
        assertTrue((entries.get("init").mode & 0111) != 0);
        // A folder comes before what is in it, or the kernel cannot unpack it.
        Set<String> folders = new HashSet<>();
        entries.forEach(
                (name, entry) -> {
                    int slash = name.lastIndexOf('/');
                    assertTrue(slash < 0 || folders.contains(name.substring(0, slash)), name);
                    if ((entry.mode & 0170000) == 0040000) {
                        folders.add(name);
                    }
                });
    }

    @Test
    void aProgramThatIsNotThereIsOneLine() {
        assertTrue(
                assertThrows(
                                BadConfigException.class,
                                () ->
                                        BusyboxInitrd.write(
                                                folder.resolve("none"), folder.resolve("initrd")))
                        .getMessage()
                        .contains("cannot be read"));
    }

    /** Reads the format by its description; names and offsets are checked on the way. */
    private static Map<String, Entry> read(byte[] archive) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Set<Integer> inodes = new HashSet<>();
        int at = 0;
        while (true) {
            assertEquals("070701", ascii(archive, at, 6));
            int nameSize = field(archive, at, 11);
            String name = ascii(archive, at + 110, nameSize - 1);
            assertEquals(0, archive[at + 110 + nameSize - 1]);
            int data = at + 110 + nameSize + 3 & ~3;
            int size = field(archive, at, 6);
            if (name.equals("TRAILER!!!")) {
                return entries;
            }
            assertTrue(inodes.add(field(archive, at, 0)));
            Entry entry =
                    new Entry(
                            field(archive, at, 1),
                            field(archive, at, 4),
                            field(archive, at, 9),
                            field(archive, at, 10),
                            Arrays.copyOfRange(archive, data, data + size));
            entries.put(name, entry);
            at = data + size + 3 & ~3;
        }
    }

    private static int field(byte[] archive, int at, int index) {
        return Integer.parseInt(ascii(archive, at + 6 + 8 * index, 8), 16);
    }

    private static String ascii(byte[] archive, int from, int length) {
        return new String(archive, from, length, StandardCharsets.US_ASCII);
    }
}
