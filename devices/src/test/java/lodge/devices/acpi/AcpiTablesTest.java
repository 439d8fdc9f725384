package lodge.devices.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.BadConfigException;
import lodge.core.memory.GuestMemory;
import lodge.devices.platform.FwCfg;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
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
import java.util.concurrent.TimeUnit;

class AcpiTablesTest {
    private static final AcpiBoard SMALL = new AcpiBoard(1, 0x600, 0, false, false);
    private static final AcpiBoard FULL = new AcpiBoard(255, 0xb000, 4, true, true);
    private static final long PLACE = 0xe0000;

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int sum(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = from; i < from + length; i++) {
            sum += bytes[i];
        }
        return sum & 0xff;
    }

    /**
     * Follows the addresses as an operating system does; gives the tables by signature and checks
     * their checksums.
     */
    private static Map<String, byte[]> walk(byte[] memory, long gpa, boolean extended) {
        ByteBuffer buffer = little(memory);
        assertEquals("RSD PTR ", new String(memory, 0, 8, StandardCharsets.US_ASCII));
        assertEquals(0, sum(memory, 0, 20));
        assertEquals(0, sum(memory, 0, 36));
        assertEquals(2, memory[15]);
        Map<String, byte[]> tables = new LinkedHashMap<>();
        long root = extended ? buffer.getLong(24) : buffer.getInt(16) & 0xffffffffL;
        byte[] entries = at(memory, gpa, root, tables);
        int size = extended ? 8 : 4;
        for (int i = 36; i < entries.length; i += size) {
            long table = size == 8 ? little(entries).getLong(i) : little(entries).getInt(i);
            at(memory, gpa, table, tables);
        }
        byte[] fadt = tables.get("FACP");
        at(memory, gpa, little(fadt).getInt(40), tables);
        assertEquals(little(fadt).getInt(40), little(fadt).getLong(140));
        int facs = little(fadt).getInt(36);
        assertEquals(0, facs % 64, "the FACS is aligned to 64 bytes");
        assertEquals("FACS", new String(memory, (int) (facs - gpa), 4, StandardCharsets.US_ASCII));
        return tables;
    }

    private static byte[] at(byte[] memory, long gpa, long address, Map<String, byte[]> tables) {
        int from = Math.toIntExact(address - gpa);
        int length = little(memory).getInt(from + 4);
        byte[] table = Arrays.copyOfRange(memory, from, from + length);
        String signature = new String(table, 0, 4, StandardCharsets.US_ASCII);
        assertEquals(0, sum(table, 0, length), "checksum of " + signature);
        tables.put(signature, table);
        return table;
    }

    @Test
    void anOperatingSystemFindsEveryTableFromTheRsdp() {
        byte[] image = new AcpiTables(FULL).image(PLACE);
        assertEquals(
                List.of("XSDT", "FACP", "APIC", "DSDT"),
                List.copyOf(walk(image, PLACE, true).keySet()));
        assertEquals(
                List.of("RSDT", "FACP", "APIC", "DSDT"),
                List.copyOf(walk(image, PLACE, false).keySet()));
        assertTrue(image.length < 0x10000, "fits below the SMBIOS tables");
    }

    @Test
    void theFadtNamesThePiix4sRegisters() {
        AcpiTables tables = new AcpiTables(SMALL);
        ByteBuffer fadt = little(tables.table("FACP", tables.image(PLACE)));
        assertEquals(3, fadt.get(8));
        assertEquals(9, fadt.getShort(46));
        assertEquals(0xb2, fadt.getInt(48));
        assertEquals((byte) 0xf1, fadt.get(52));
        assertEquals((byte) 0xf0, fadt.get(53));
        assertEquals(0x600, fadt.getInt(56));
        assertEquals(0x604, fadt.getInt(64));
        assertEquals(0x608, fadt.getInt(76));
        assertEquals(0xcf9, fadt.getLong(120));
        assertEquals(6, fadt.get(128));
        assertEquals(0x608, fadt.getLong(212));
    }

    @Test
    void theMadtNamesProcessorsIoapicAndOverrides() {
        AcpiTables tables = new AcpiTables(new AcpiBoard(3, 0x600, 1, false, false));
        ByteBuffer madt = little(tables.table("APIC", tables.image(PLACE)));
        assertEquals(0xfee00000, madt.getInt(36));
        assertEquals(1, madt.getInt(40));
        List<String> entries = new ArrayList<>();
        for (int at = 44; at < madt.capacity(); at += madt.get(at + 1)) {
            switch (madt.get(at)) {
                case 0 -> entries.add("cpu " + madt.get(at + 3));
                case 1 -> entries.add("ioapic %x".formatted(madt.getInt(at + 4)));
                case 2 ->
                        entries.add(
                                "irq %d at %d flags %x"
                                        .formatted(
                                                madt.get(at + 3),
                                                madt.getInt(at + 4),
                                                madt.getShort(at + 8)));
                case 4 ->
                        entries.add("nmi %x lint %d".formatted(madt.get(at + 2), madt.get(at + 5)));
                default -> throw new AssertionError("entry " + madt.get(at));
            }
        }
        assertEquals(
                List.of(
                        "cpu 0",
                        "cpu 1",
                        "cpu 2",
                        "ioapic fec00000",
                        "irq 0 at 2 flags 0",
                        "irq 5 at 5 flags d",
                        "irq 9 at 9 flags d",
                        "irq 10 at 10 flags d",
                        "irq 11 at 11 flags d",
                        "nmi ff lint 1"),
                entries);
    }

    /**
     * Plays firmware: runs the table loader's script on the files, with the tables put somewhere
     * else.
     */
    @Test
    void theTableLoadersScriptGivesTheSameTablesAsTheImage() {
        FwCfg fwCfg = new FwCfg("fwcfg", GuestMemory.forTests());
        AcpiTables tables = new AcpiTables(FULL);
        tables.addTo(fwCfg);
        Map<String, byte[]> files = files(fwCfg);
        Map<String, Long> places = new LinkedHashMap<>();
        ByteBuffer script = little(files.get("etc/table-loader"));
        assertEquals(0, script.capacity() % 128);
        for (int at = 0; at < script.capacity(); at += 128) {
            String file = text(script, at + 4);
            byte[] contents = files.get(file);
            switch (script.getInt(at)) {
                case 1 -> {
                    boolean low = script.get(at + 64) == 2;
                    assertEquals(file.equals("etc/acpi/rsdp"), low);
                    places.put(file, low ? 0xf5000L : PLACE + 64);
                    assertEquals(0, places.get(file) % script.getInt(at + 60));
                }
                case 2 -> {
                    long base = places.get(text(script, at + 60));
                    int offset = script.getInt(at + 116);
                    if (script.get(at + 120) == 8) {
                        little(contents).putLong(offset, little(contents).getLong(offset) + base);
                    } else {
                        assertEquals(4, script.get(at + 120));
                        little(contents)
                                .putInt(offset, (int) (little(contents).getInt(offset) + base));
                    }
                }
                case 3 ->
                        contents[script.getInt(at + 60)] -=
                                (byte)
                                        sum(
                                                contents,
                                                script.getInt(at + 64),
                                                script.getInt(at + 68));
                default -> throw new AssertionError("command " + script.getInt(at));
            }
        }
        byte[] image = tables.image(PLACE);
        assertArrayEquals(Arrays.copyOfRange(image, 0, 36), files.get("etc/acpi/rsdp"));
        assertArrayEquals(
                Arrays.copyOfRange(image, 64, image.length), files.get("etc/acpi/tables"));
    }

    private static String text(ByteBuffer script, int at) {
        byte[] name = new byte[56];
        script.get(at, name);
        return new String(name, StandardCharsets.US_ASCII).trim();
    }

    private static Map<String, byte[]> files(FwCfg fwCfg) {
        fwCfg.out(0, 2, FwCfg.FILE_DIR);
        ByteBuffer directory = ByteBuffer.wrap(read(fwCfg, 4 + 3 * 64));
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < directory.getInt(0); i++) {
            int at = 4 + 64 * i;
            fwCfg.out(0, 2, directory.getShort(at + 4));
            files.put(text(directory, at + 8), read(fwCfg, directory.getInt(at)));
        }
        return files;
    }

    private static byte[] read(FwCfg fwCfg, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) fwCfg.in(1, 1);
        }
        return bytes;
    }

    @Test
    void iaslDisassemblesAndRecompilesEveryTable(@TempDir Path folder) throws Exception {
        assumeTrue(hasIasl(), "No iasl: apt install acpica-tools");
        for (AcpiBoard board : List.of(SMALL, FULL)) {
            AcpiTables tables = new AcpiTables(board);
            byte[] image = tables.image(PLACE);
            for (String signature : tables.signatures()) {
                check(folder, signature, tables.table(signature, image));
            }
        }
    }

    private static void check(Path folder, String signature, byte[] table) throws Exception {
        Path aml = folder.resolve(signature + ".aml");
        Files.write(aml, table);
        iasl(folder, "-d", aml.toString());
        Path source = folder.resolve(signature + ".dsl");
        assertTrue(Files.exists(source), signature);
        Path again = folder.resolve(signature + "-again");
        // -oa: no optimisation, so that the same source gives the same bytes.
        String report = iasl(folder, "-oa", "-p", again.toString(), source.toString());
        assertTrue(
                report.contains("0 Errors")
                        || !signature.equals("DSDT") && !report.contains("Error"),
                report);
        assertTrue(!report.contains("Warning") || report.contains(" 0 Warnings"), report);
        byte[] recompiled = Files.readAllBytes(Path.of(again + ".aml"));
        assertEquals(table.length, recompiled.length, signature + "\n" + report);
        for (int i = 0; i < table.length; i++) {
            boolean mayDiffer =
                    !signature.equals("FACS")
                            && (i == 9 || i >= 28 && i < 36); // checksum, compiler
            if (!mayDiffer) {
                assertEquals(recompiled[i], table[i], signature + " byte " + i);
            }
        }
    }

    private static boolean hasIasl() {
        return Arrays.stream(
                        System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "iasl")));
    }

    private static String iasl(Path folder, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("iasl"));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("iasl.log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        String text = Files.readString(log, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), text);
        return text;
    }

    @Test
    void boardsThatCannotBeDescribedAreRefused() {
        assertThrows(BadConfigException.class, () -> new AcpiBoard(0, 0x600, 0, false, false));
        assertThrows(BadConfigException.class, () -> new AcpiBoard(256, 0x600, 0, false, false));
        assertThrows(BadConfigException.class, () -> new AcpiBoard(1, 0x610, 0, false, false));
        assertThrows(BadConfigException.class, () -> new AcpiBoard(1, 0x600, 5, false, false));
        assertThrows(IllegalArgumentException.class, () -> new AcpiTables(SMALL).image(0xe0001));
    }
}
