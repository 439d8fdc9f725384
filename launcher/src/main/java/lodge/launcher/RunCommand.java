package lodge.launcher;

import lodge.machine.config.MachineConfig;
import lodge.machine.config.MachineJson;
import lodge.machine.config.SerialConfig;
import lodge.machine.config.Values;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lodge run}: builds a machine from a description and options, and runs it to its end. */
@Command(
        name = "run",
        description = {
            "Run a machine until it powers off.",
            "Options win over FILE.json; a --disk or --serial replaces all that FILE.json has of"
                    + " them."
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        sortOptions = false,
        footer = {
            "",
            "With --serial stdio on a terminal, Ctrl+] is the escape: Ctrl+] q leaves, Ctrl+] ?"
                    + " lists the rest.",
            "Exit codes: 0 guest powered off, 1 failure, 2 usage, 124 timeout, 130 interrupted;",
            "with --debug-exit, (V<<1)|1 when the guest writes V to port 0xf4."
        })
final class RunCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE.json",
            description = "A machine description (docs/machine-description.md).")
    private Path file;

    @Option(
            names = "--backend",
            paramLabel = "auto|kvm|whpx|interpreter",
            description = "What runs the processors (default: auto, the fastest that works here).")
    private String backend;

    @Option(
            names = "--cpu",
            paramLabel = "lodge-v2|host",
            description = "The processor the guest sees (default: lodge-v2, the same everywhere).")
    private String cpu;

    @Option(names = "--cpus", paramLabel = "N", description = "Number of processors (default: 1).")
    private Integer cpus;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Guest RAM, such as 512M or 1G (default: 512M).")
    private String memory;

    @Option(
            names = "--kernel",
            paramLabel = "F[,entry=auto|linux64|linux32|pvh]",
            description = "Start this bzImage or ELF kernel, without firmware.")
    private String kernel;

    @Option(names = "--initrd", paramLabel = "F", description = "The kernel's initial RAM disk.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "STR", description = "The kernel's command line.")
    private String append;

    @Option(
            names = "--firmware",
            paramLabel = "F",
            description = "The BIOS (default: SeaBIOS from the usual places).")
    private Path firmware;

    @Option(
            names = "--disk",
            paramLabel = "F[,format=raw|vhd][,bus=ide|virtio][,readonly]",
            description = "A hard disk; may be given several times. Write a comma in F twice.")
    private List<String> disks;

    @Option(names = "--cdrom", paramLabel = "F", description = "The medium in the CD-ROM drive.")
    private Path cdrom;

    @Option(names = "--floppy", paramLabel = "F", description = "The medium in the floppy drive.")
    private Path floppy;

    @Option(
            names = "--boot",
            paramLabel = "cdrom|disk|floppy|network",
            split = ",",
            description = "Where to boot from; several, in their order, with commas between.")
    private List<String> boot;

    @Option(
            names = "--serial",
            paramLabel = "stdio|file:F|tcp:HOST:PORT|none",
            description = "What COM1 is connected to, given again COM2 and so on (default: stdio).")
    private List<String> serial;

    @Option(names = "--debug-exit", description = "Let a guest write to port 0xf4 end the run.")
    private boolean debugExit;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Stop the machine after 500ms, 60s, 5m or 1h.")
    private String timeout;

    @Option(
            names = "--name",
            paramLabel = "N",
            description = "The machine's name (default: FILE.json's, or machine).")
    private String name;

    @Option(
            names = "--screenshot-on-exit",
            paramLabel = "F.png",
            description = "Leave a picture of the last screen.")
    private Path screenshotOnExit;

    @Override
    public Integer call() {
        return new Session(config()).run();
    }

    /** Returns the description: the file's, changed by the options. */
    MachineConfig config() {
        MachineConfig.Builder machine =
                file == null ? MachineConfig.builder() : MachineJson.read(file);
        Path here = Path.of("");
        if (backend != null) {
            machine.backend(backend);
        }
        if (cpu != null) {
            machine.cpu(cpu);
        }
        if (cpus != null) {
            machine.cpus(cpus);
        }
        if (memory != null) {
            machine.memory(memory);
        }
        if (kernel != null) {
            Values.kernel(kernel, here, machine);
        }
        if (initrd != null) {
            machine.initrd(initrd);
        }
        if (append != null) {
            machine.commandLine(append);
        }
        if (firmware != null) {
            machine.firmware(firmware);
        }
        if (disks != null) {
            machine.disks(disks.stream().map(disk -> Values.disk(disk, here)).toList());
        }
        if (cdrom != null) {
            machine.cdrom(cdrom);
        }
        if (floppy != null) {
            machine.floppy(floppy);
        }
        if (boot != null) {
            machine.boot(boot);
        }
        if (serial != null) {
            List<SerialConfig> ports = new ArrayList<>();
            for (String port : serial) {
                ports.add(SerialConfig.parse(port, here));
            }
            machine.serial(ports);
        }
        if (debugExit) {
            machine.debugExit(true);
        }
        if (timeout != null) {
            machine.timeout(timeout);
        }
        if (name != null) {
            machine.name(name);
        }
        if (screenshotOnExit != null) {
            machine.screenshotOnExit(screenshotOnExit);
        }
        return machine.build();
    }
}
