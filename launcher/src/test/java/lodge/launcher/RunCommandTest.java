package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.CpuModel;
import lodge.machine.config.BootDevice;
import lodge.machine.config.DiskBus;
import lodge.machine.config.DiskConfig;
import lodge.machine.config.DiskFormat;
import lodge.machine.config.KernelConfig;
import lodge.machine.config.KernelEntry;
import lodge.machine.config.MachineConfig;
import lodge.machine.config.SerialConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

class RunCommandTest {
    @TempDir private Path folder;

    @Test
    void withoutOptionsItIsTheDefaultMachine() {
        assertEquals(MachineConfig.builder().build(), config());
    }

    @Test
    void everyOptionReachesTheMachine() {
        MachineConfig machine =
                config(
                        "--backend=kvm",
                        "--cpu",
                        "host",
                        "--cpus",
                        "2",
                        "--memory",
                        "1G",
                        "--kernel",
                        "k,entry=linux32",
                        "--initrd",
                        "i",
                        "--append",
                        "a b",
                        "--firmware",
                        "fw",
                        "--disk",
                        "a.vhd,readonly",
                        "--disk",
                        "b,bus=virtio",
                        "--cdrom",
                        "c",
                        "--floppy",
                        "f",
                        "--boot",
                        "disk,cdrom",
                        "--boot",
                        "floppy",
                        "--serial",
                        "stdio",
                        "--serial",
                        "file:log",
                        "--debug-exit",
                        "--timeout",
                        "2m",
                        "--name",
                        "n",
                        "--screenshot-on-exit",
                        "s.png");
        assertEquals(
                new MachineConfig(
                        "n",
                        "kvm",
                        CpuModel.HOST,
                        2,
                        false,
                        1L << 30,
                        Optional.of(Path.of("fw")),
                        Optional.empty(),
                        Optional.of(
                                new KernelConfig(
                                        Path.of("k"),
                                        Optional.of(Path.of("i")),
                                        "a b",
                                        KernelEntry.LINUX32)),
                        List.of(
                                new DiskConfig(Path.of("a.vhd"), DiskFormat.VHD, DiskBus.IDE, true),
                                new DiskConfig(
                                        Path.of("b"), DiskFormat.RAW, DiskBus.VIRTIO, false)),
                        Optional.of(Path.of("c")),
                        Optional.of(Path.of("f")),
                        List.of(BootDevice.DISK, BootDevice.CDROM, BootDevice.FLOPPY),
                        List.of(new SerialConfig.Stdio(), new SerialConfig.ToFile(Path.of("log"))),
                        true,
                        Optional.of(Duration.ofMinutes(2)),
                        Optional.of(Path.of("s.png"))),
                machine);
    }

    @Test
    void processorsTakeTurnsUntilAnOptionSaysOtherwise() throws IOException {
        assertTrue(config("--cpus=3,turns").cpuTurns());
        Path file = folder.resolve("vm.json");
        Files.writeString(file, "{\"cpus\": 4, \"cpuTurns\": true}");
        assertTrue(config(file.toString()).cpuTurns());
        assertFalse(config(file.toString(), "--cpus", "4").cpuTurns());
    }

    @Test
    void optionsWinOverTheDescription() throws IOException {
        Path file = folder.resolve("vm.json");
        Files.writeString(
                file,
                "{\"cpus\": 4, \"memory\": \"1G\", \"disks\": [{\"file\": \"a\"}], \"debugExit\":"
                        + " true}");
        MachineConfig machine = config(file.toString(), "--memory", "64M", "--disk", "b");
        assertEquals("vm", machine.name());
        assertEquals(4, machine.cpus());
        assertEquals(64L << 20, machine.memoryBytes());
        assertEquals(List.of(new DiskConfig(Path.of("b"))), machine.disks());
        assertTrue(machine.debugExit());
        assertFalse(config(file.toString()).disks().equals(machine.disks()));
    }

    @Test
    void theLargestProcessorIsAskedForByName() {
        assertEquals(CpuModel.MAX, config("--cpu", "max").cpuModel());
    }

    private static MachineConfig config(String... args) {
        RunCommand run = new RunCommand();
        new CommandLine(run.spec()).parseArgs(args);
        return run.config();
    }
}
