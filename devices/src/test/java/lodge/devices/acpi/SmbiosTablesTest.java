package lodge.devices.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.BadConfigException;
import lodge.devices.platform.MemoryMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

class SmbiosTablesTest {
    private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final long GIB = 1L << 30;

    private static SmbiosTables tables(long ram, int processors) {
        return new SmbiosTables(new MemoryMap(ram), processors, ID, "0.1.0", "L-42");
    }

    /** A structure as a reader of the specification sees it. */
    private record Structure(int handle, byte[] formatted, List<String> strings) {
        String text(int at) {
            return formatted[at] == 0 ? "" : strings.get(formatted[at] - 1);
        }

        ByteBuffer data() {
            return ByteBuffer.wrap(formatted).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private static Map<Integer, List<Structure>> parse(byte[] image, long gpa) {
        ByteBuffer anchor = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("_SM_", new String(image, 0, 4, StandardCharsets.US_ASCII));
        assertEquals("_DMI_", new String(image, 16, 5, StandardCharsets.US_ASCII));
        assertEquals(0, sum(image, 0, 0x1f));
        assertEquals(0, sum(image, 0x10, 0x1f));
        int at = (int) (anchor.getInt(0x18) - gpa);
        int end = at + (anchor.getShort(0x16) & 0xffff);
        assertEquals(image.length, end);
        int count = 0;
        int largest = 0;
        Map<Integer, List<Structure>> structures = new LinkedHashMap<>();
        while (at < end) {
            int start = at;
            byte[] formatted = Arrays.copyOfRange(image, at, at + (image[at + 1] & 0xff));
            at += formatted.length;
            List<String> strings = new ArrayList<>();
            if (image[at] == 0) {
                at++;
            }
            while (image[at] != 0) {
                int from = at;
                while (image[at] != 0) {
                    at++;
                }
                strings.add(new String(image, from, at - from, StandardCharsets.US_ASCII));
                at++;
            }
            at++;
            Structure structure = new Structure(anchor.getShort(start + 2), formatted, strings);
            structures
                    .computeIfAbsent((int) formatted[0], type -> new ArrayList<>())
                    .add(structure);
            count++;
            largest = Math.max(largest, at - start);
        }
        assertEquals(end, at);
        assertEquals(count, anchor.getShort(0x1c));
        assertEquals(largest, anchor.getShort(8));
        return structures;
    }

    private static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes[i];
        }
        return sum & 0xff;
    }

    @Test
    void everyStructureIsFoundFromTheAnchor() {
        Map<Integer, List<Structure>> found = parse(tables(5 * GIB, 2).image(0xf0000), 0xf0000);
        assertEquals(List.of(0, 1, 2, 3, 4, 16, 17, 19, 32, 127), List.copyOf(found.keySet()));
        assertEquals(2, found.get(4).size());
        assertEquals("Lodge", found.get(0).getFirst().text(4));
        assertEquals("Lodge PC", found.get(1).getFirst().text(5));
        assertEquals("L-42", found.get(1).getFirst().text(7));
        long handles =
                found.values().stream()
                        .flatMap(List::stream)
                        .map(Structure::handle)
                        .distinct()
                        .count();
        assertEquals(
                found.values().stream().mapToInt(List::size).sum(), handles, "handles are unique");
    }

    @Test
    void theUuidsFirstFieldsAreLittleEndian() {
        Structure system = parse(tables(GIB, 1).image(0), 0).get(1).getFirst();
        assertEquals(0x00112233, system.data().getInt(8));
        assertEquals(0x4455, system.data().getShort(12));
        assertEquals(0x6677, system.data().getShort(14));
        assertEquals((byte) 0x88, system.formatted()[16]);
        assertEquals((byte) 0xff, system.formatted()[23]);
    }

    @Test
    void memoryIsMappedAroundThePciHole() {
        Map<Integer, List<Structure>> found = parse(tables(5 * GIB, 1).image(0), 0);
        assertEquals(5 << 20, found.get(16).getFirst().data().getInt(7));
        assertEquals(5 << 10, found.get(17).getFirst().data().getShort(0x0c));
        List<Structure> ranges = found.get(19);
        assertEquals(2, ranges.size());
        assertEquals((3 << 20) - 1, ranges.get(0).data().getInt(8));
        assertEquals(4 << 20, ranges.get(1).data().getInt(4));
        assertEquals((6 << 20) - 1, ranges.get(1).data().getInt(8));
    }

    @Test
    void muchMemoryIsSplitIntoModules() {
        Map<Integer, List<Structure>> found = parse(tables(40 * GIB, 1).image(0), 0);
        List<Structure> modules = found.get(17);
        assertEquals(3, modules.size());
        assertEquals(16 << 10, modules.get(0).data().getShort(0x0c));
        assertEquals(8 << 10, modules.get(2).data().getShort(0x0c));
        assertTrue(tables(512 * GIB, 255).imageSize() < 0x10000, "fits below 1 MiB");
    }

    @Test
    void dmidecodeReadsTheTables(@TempDir Path folder) throws Exception {
        boolean present =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, "dmidecode")));
        assumeTrue(present, "No dmidecode: apt install dmidecode");
        Path dump = folder.resolve("dump");
        Files.write(dump, tables(40 * GIB, 2).image(0));
        Path report = folder.resolve("report");
        Process process =
                new ProcessBuilder("dmidecode", "--from-dump", dump.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(report.toFile())
                        .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        String text = Files.readString(report, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), text);
        for (String expected :
                List.of(
                        "SMBIOS 2.8 present",
                        "Manufacturer: Lodge",
                        "UUID: 00112233-4455-6677-8899-aabbccddeeff",
                        "Maximum Capacity: 40 GB",
                        "Size: 16 GB",
                        "Size: 8 GB",
                        "Range Size: 37 GB",
                        "Socket Designation: CPU 1",
                        "System is a virtual machine",
                        "End Of Table")) {
            assertTrue(text.contains(expected), expected + " in\n" + text);
        }
        for (String bad : List.of("OUT OF SPEC", "BAD INDEX", "TRUNCATED", "checksum", "Wrong")) {
            assertFalse(text.contains(bad), bad + " in\n" + text);
        }
    }

    @Test
    void whatCannotBeDescribedIsRefused() {
        assertThrows(BadConfigException.class, () -> tables(GIB, 0));
        assertThrows(
                BadConfigException.class,
                () -> new SmbiosTables(new MemoryMap(GIB), 1, ID, "0.1", "ä"));
        assertThrows(IllegalArgumentException.class, () -> tables(GIB, 1).image(8));
    }
}
