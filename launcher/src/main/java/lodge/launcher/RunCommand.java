package lodge.launcher;

import lodge.machine.config.MachineConfig;
import lodge.machine.config.MachineJson;
import lodge.machine.config.SerialConfig;
import lodge.machine.config.Values;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** {@code lodge run}: builds a machine from a description and options, and runs it to its end. */
final class RunCommand implements Callable<Integer> {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final PositionalParamSpec file =
            PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .type(Path.class)
                    .paramLabel("FILE.json")
                    .description("A machine description (docs/machine-description.md).")
                    .build();
    private final OptionSpec backend =
            option(
                    "--backend",
                    "auto|kvm|whpx|interpreter",
                    "What runs the processors (default: auto, the fastest that works here).");
    private final OptionSpec cpu =
            option(
                    "--cpu",
                    "lodge-v2|host|max",
                    "The processor the guest sees (default: lodge-v2, the same everywhere).");
    private final OptionSpec cpus =
            option(
                    "--cpus",
                    "N[,turns]",
                    "Number of processors (default: 1); whether they take turns in place of running"
                            + " at the same time (interpreter only).");
    private final OptionSpec memory =
            option("--memory", "SIZE", "Guest RAM, such as 512M or 1G (default: 512M).");
    private final OptionSpec kernel =
            option(
                    "--kernel",
                    "F[,entry=auto|linux64|linux32|elf|pvh]",
                    "Start this bzImage or ELF kernel, without firmware.");
    private final OptionSpec initrd = file("--initrd", "F", "The kernel's initial RAM disk.");
    private final OptionSpec append = option("--append", "STR", "The kernel's command line.");
    private final OptionSpec firmware =
            file("--firmware", "F", "The BIOS (default: SeaBIOS from the usual places).");
    private final OptionSpec disks =
            list(
                    "--disk",
                    "F[,format=raw|vhd][,bus=ide|virtio][,readonly]",
                    "A hard disk; may be given several times. Write a comma in F twice.",
                    "");
    private final OptionSpec cdrom = file("--cdrom", "F", "The medium in the CD-ROM drive.");
    private final OptionSpec floppy = file("--floppy", "F", "The medium in the floppy drive.");
    private final OptionSpec boot =
            list(
                    "--boot",
                    "cdrom|disk|floppy|network",
                    "Where to boot from; several, in their order, with commas between.",
                    ",");
    private final OptionSpec serial =
            list(
                    "--serial",
                    "stdio|file:F|tcp:HOST:PORT|none",
                    "What COM1 is connected to, given again COM2 and so on (default: stdio).",
                    "");
    private final OptionSpec debugExit =
            OptionSpec.builder("--debug-exit")
                    .type(boolean.class)
                    .arity("0")
                    .description("Let a guest's write to port 0xf4 end the run.")
                    .build();
    private final OptionSpec timeout =
            option("--timeout", "TIME", "Stop the machine after 500ms, 60s, 5m or 1h.");
    private final OptionSpec name =
            option("--name", "N", "The machine's name (default: FILE.json's, or machine).");
    private final OptionSpec screenshotOnExit =
            file("--screenshot-on-exit", "F.png", "Leave a picture of the last screen.");

    /** Returns the command for picocli. */
    CommandSpec spec() {
        spec.name("run").versionProvider(new VersionCommand());
        spec.usageMessage()
                .description(
                        "Run a machine until it powers off.",
                        "Options win over FILE.json; a --disk or --serial replaces all that"
                                + " FILE.json has of them.")
                .sortOptions(false)
                .footer(
                        "",
                        "With --serial stdio on a terminal, Ctrl+] is the escape: Ctrl+] q leaves,"
                                + " Ctrl+] ? lists the rest.",
                        "Exit codes: 0 guest powered off, 1 failure, 2 usage, 124 timeout, 130"
                                + " interrupted;",
                        "with --debug-exit, (V<<1)|1 when the guest writes V to port 0xf4.");
        spec.addPositional(file);
        for (OptionSpec option :
                List.of(
                        backend,
                        cpu,
                        cpus,
                        memory,
                        kernel,
                        initrd,
                        append,
                        firmware,
                        disks,
                        cdrom,
                        floppy,
                        boot,
                        serial,
                        debugExit,
                        timeout,
                        name,
                        screenshotOnExit)) {
            spec.addOption(option);
        }
        LodgeCommand.addHelp(spec);
        return spec;
    }

    private static OptionSpec option(String name, String label, String description) {
        return option(name, label, description, String.class);
    }

    private static OptionSpec file(String name, String label, String description) {
        return option(name, label, description, Path.class);
    }

    private static OptionSpec option(String name, String label, String description, Class<?> type) {
        return OptionSpec.builder(name)
                .type(type)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    private static OptionSpec list(String name, String label, String description, String split) {
        return OptionSpec.builder(name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .splitRegex(split)
                .paramLabel(label)
                .description(description)
                .build();
    }

    @Override
    public Integer call() {
        return new Session(config()).run();
    }

    /** Returns the description: the file's, changed by the options. */
    MachineConfig config() {
        Path json = file.getValue();
        MachineConfig.Builder machine =
                json == null ? MachineConfig.builder() : MachineJson.read(json);
        Path here = Path.of("");
        with(backend, machine::backend);
        with(cpu, machine::cpu);
        this.<String>with(cpus, text -> Values.cpus(text, machine));
        with(memory, machine::memory);
        this.<String>with(kernel, text -> Values.kernel(text, here, machine));
        with(initrd, machine::initrd);
        with(append, machine::commandLine);
        with(firmware, machine::firmware);
        this.<List<String>>with(
                disks,
                list -> machine.disks(list.stream().map(disk -> Values.disk(disk, here)).toList()));
        with(cdrom, machine::cdrom);
        with(floppy, machine::floppy);
        with(boot, machine::boot);
        this.<List<String>>with(serial, list -> machine.serial(ports(list, here)));
        with(debugExit, machine::debugExit);
        with(timeout, machine::timeout);
        with(name, machine::name);
        with(screenshotOnExit, machine::screenshotOnExit);
        return machine.build();
    }

    private static List<SerialConfig> ports(List<String> texts, Path here) {
        List<SerialConfig> ports = new ArrayList<>();
        for (String text : texts) {
            ports.add(SerialConfig.parse(text, here));
        }
        return ports;
    }

    private <T> void with(OptionSpec option, Consumer<T> set) {
        T value = option.getValue();
        if (value != null) {
            set.accept(value);
        }
    }
}
