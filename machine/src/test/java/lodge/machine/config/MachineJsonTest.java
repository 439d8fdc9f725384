package lodge.machine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.backend.CpuModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

class MachineJsonTest {
    private static final Path BASE = Path.of("/machines");

    @Test
    void anEmptyObjectIsTheDefaultMachine() {
        MachineConfig machine = parse("{}");
        assertEquals("machine", machine.name());
        assertEquals("auto", machine.backend());
        assertEquals(CpuModel.LODGE_V2, machine.cpuModel());
        assertEquals(1, machine.cpus());
        assertEquals(512L << 20, machine.memoryBytes());
        assertEquals(List.of(new SerialConfig.Stdio()), machine.serial());
        assertTrue(machine.disks().isEmpty());
        assertTrue(machine.kernel().isEmpty());
        assertFalse(machine.debugExit());
    }

    @Test
    void everyKeyReachesTheMachine() {
        MachineConfig machine =
                parse(
                        """
                        {"$schema": "machine.schema.json", "name": "m1", "backend": "kvm", "cpu": "host", "cpus": 3,
                         "memory": "1G", "firmware": "bios", "vgaFirmware": "vga", "kernel": "k", "initrd": "/abs/i",
                         "commandLine": "quiet ä", "kernelEntry": "pvh",
                         "disks": [{"file": "a.vhd"}, {"file": "b", "format": "vhd", "bus": "virtio", "readonly": true}],
                         "cdrom": "../cd.iso", "floppy": "f", "boot": ["network", "disk"],
                         "serial": ["none", "file:log", "tcp:[::1]:99", "stdio"],
                         "debugExit": true, "timeout": "90s", "screenshotOnExit": "s.png"}
                        """);
        assertEquals(
                new MachineConfig(
                        "m1",
                        "kvm",
                        CpuModel.HOST,
                        3,
                        false,
                        1L << 30,
                        Optional.of(BASE.resolve("bios")),
                        Optional.of(BASE.resolve("vga")),
                        Optional.of(
                                new KernelConfig(
                                        BASE.resolve("k"),
                                        Optional.of(Path.of("/abs/i")),
                                        "quiet ä",
                                        KernelEntry.PVH)),
                        List.of(
                                new DiskConfig(
                                        BASE.resolve("a.vhd"), DiskFormat.VHD, DiskBus.IDE, false),
                                new DiskConfig(
                                        BASE.resolve("b"), DiskFormat.VHD, DiskBus.VIRTIO, true)),
                        Optional.of(Path.of("/cd.iso")),
                        Optional.of(BASE.resolve("f")),
                        List.of(BootDevice.NETWORK, BootDevice.DISK),
                        List.of(
                                new SerialConfig.None(),
                                new SerialConfig.ToFile(BASE.resolve("log")),
                                new SerialConfig.Tcp("::1", 99),
                                new SerialConfig.Stdio()),
                        true,
                        Optional.of(Duration.ofSeconds(90)),
                        Optional.of(BASE.resolve("s.png"))),
                machine);
    }

    @Test
    void processorsThatTakeTurnsNeedABackendThatCan() {
        MachineConfig machine = parse("{\"cpus\": 3, \"cpuTurns\": true}");
        assertEquals(3, machine.cpus());
        assertTrue(machine.cpuTurns());
        BadConfigException e =
                assertThrows(
                        BadConfigException.class,
                        () -> parse("{\"cpuTurns\": true, \"backend\": \"kvm\"}"));
        assertEquals(
                "Backend kvm runs processors at the same time; choose interpreter or auto, or let"
                        + " them not take turns",
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "memroy,memory",
                "Memory,memory",
                "CPUS,cpus",
                "disk,disks",
                "cmdline,commandLine",
                "debug-exit,debugExit",
                "vgaBIOS-firmware,vgaFirmware",
                "intird,initrd",
                "screenshot,screenshotOnExit"
            })
    void anUnknownKeyIsAnErrorThatNamesItsPlaceAndTheNearestKnownKey(String typed, String nearest) {
        assertEquals(
                "vm.json:2:3: Key \"%s\" is not known; the nearest known key is \"%s\""
                        .formatted(typed, nearest),
                error("{\n  \"" + typed + "\": 1}"));
    }

    @Test
    void anUnknownKeyOfADiskNamesTheDisk() {
        assertEquals(
                "vm.json:1:41: disks[1]: Key \"fromat\" is not known; the nearest known key is"
                        + " \"format\"",
                error("{\"disks\": [{\"file\": \"a\"}, {\"file\": \"b\", \"fromat\": \"raw\"}]}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'memory': '512'} | vm.json:1:12: memory: Memory '512' is not a size; write a"
                        + " whole number and K, M or G, such as 512M",
                "{'memory': 512} | vm.json:1:12: memory: The number 512 is found where a text in"
                        + " quotes belongs",
                "{'memory': '1K'} | vm.json:1:12: memory: Memory '1K' is out of range; choose 2M to"
                        + " 512G",
                "{'cpus': 0} | vm.json:1:10: cpus: cpus is 0; choose 1 to 255",
                "{'cpus': 1.5} | vm.json:1:10: cpus: The number 1.5 is found where a whole number"
                        + " belongs",
                "{'cpus': 99999999999999999999} | vm.json:1:10: cpus: A number this large fits"
                        + " nowhere; choose a smaller one",
                "{'backend': 'xen'} | vm.json:1:13: backend: Backend 'xen' is not known; use auto,"
                        + " kvm, whpx or interpreter",
                "{'cpu': null} | vm.json:1:9: cpu: The word null is found where a text in quotes"
                        + " belongs",
                "{'name': 'a b'} | vm.json:1:10: name: Name 'a b' is not usable; use 1 to 64"
                        + " letters, digits, '.', '_' and '-'",
                "{'boot': ['disk', 'cd']} | vm.json:1:10: boot: Boot device 'cd' is not known; use"
                        + " cdrom, disk, floppy or network",
                "{'boot': 'disk'} | vm.json:1:10: boot: The text \"disk\" is found where a list in"
                        + " brackets belongs",
                "{'boot': ['disk', 'disk']} | vm.json:1:10: boot: Boot device 'disk' is named"
                        + " twice; name it once",
                "{'disks': ['a']} | vm.json:1:12: disks[0]: The text \"a\" is found where an object"
                        + " in braces belongs",
                "{'disks': [{}]} | vm.json:1:13: disks[0]: A disk lacks its \"file\"; add it",
                "{'disks': [{'file': 'a', 'bus': 'scsi'}]} | vm.json:1:33: disks[0].bus: Disk bus"
                        + " 'scsi' is not known; use ide or virtio",
                "{'serial': ['stdio', 'tty']} | vm.json:1:22: serial[1]: Serial port 'tty' is not"
                        + " understood; use stdio, file:F, tcp:HOST:PORT or none",
                "{'serial': ['tcp:host']} | vm.json:1:13: serial[0]: Serial port 'tcp:host' lacks a"
                        + " host or a port from 1 to 65535; write tcp:HOST:PORT",
                "{'serial': ['stdio', 'stdio']} | vm.json:1:12: serial: Two serial ports want"
                        + " stdio; connect one of them to file:F or none",
                "{'timeout': 'soon'} | vm.json:1:13: timeout: Time 'soon' is not understood; write"
                        + " 500ms, 60s, 5m or 1h",
                "{'debugExit': 'yes'} | vm.json:1:15: debugExit: The text \"yes\" is found where"
                        + " true or false belongs",
                "{'kernel': ''} | vm.json:1:12: kernel: A file's name is empty; give one",
                "{'cpus': 1, 'cpus': 2} | vm.json:1:13: Key \"cpus\" is there twice; remove one",
                "{'initrd': 'i'} | An initial RAM disk needs a kernel; give one too, or leave it"
                        + " out",
                "[] | vm.json:1:1: A list is found where an object in braces belongs",
                "{} {} | vm.json:1:4: Something follows the description's closing brace; remove it"
            })
    void aWrongValueIsAnErrorThatNamesPlaceAndRemedy(String json, String expected) {
        assertEquals(expected, error(json.replace('\'', '"')));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"name\"",
                "{\"name\": \"x}",
                "not json",
                "{name: 1}",
                "{\"a\" 1}",
                "\u0000"
            })
    void whatIsNotJsonIsOneLineWithAPlace(String text) {
        String message = error(text);
        assertTrue(message.startsWith("vm.json:1:"), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void deepNestingAndLongKeysAreErrorsToo() {
        assertTrue(error("{\"name\": " + "[".repeat(100_000)).startsWith("vm.json:1:"));
        String message = error("{\"" + "x".repeat(10_000) + "\": 1}");
        assertTrue(message.length() < 200, message);
    }

    @Test
    void theFilesNameNamesTheMachineAndItsFolderIsWhereFilesAre(@TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("web-1.json");
        Files.writeString(file, "{\"cdrom\": \"cd.iso\"}");
        MachineConfig machine = MachineJson.read(file).build();
        assertEquals("web-1", machine.name());
        assertEquals(Optional.of(folder.toAbsolutePath().resolve("cd.iso")), machine.cdrom());
    }

    @Test
    void aMissingFileAndAFolderAreErrorsWithARemedy(@TempDir Path folder) {
        Path missing = folder.resolve("no.json");
        assertEquals(
                "Machine description "
                        + missing
                        + " does not exist; check the name, or give options only",
                assertThrows(BadConfigException.class, () -> MachineJson.read(missing))
                        .getMessage());
        assertEquals(
                "Machine description "
                        + folder
                        + " cannot be read; check that it is a file and its permissions",
                assertThrows(BadConfigException.class, () -> MachineJson.read(folder))
                        .getMessage());
    }

    private static MachineConfig parse(String json) {
        MachineConfig.Builder machine = MachineConfig.builder();
        MachineJson.parse("vm.json", BASE, json.getBytes(StandardCharsets.UTF_8), machine);
        return machine.build();
    }

    private static String error(String json) {
        return assertThrows(BadConfigException.class, () -> parse(json)).getMessage();
    }
}
