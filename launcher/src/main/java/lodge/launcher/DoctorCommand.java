package lodge.launcher;

import lodge.core.backend.Availability;
import lodge.machine.host.Backends;
import lodge.machine.host.FirmwareLocator;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code lodge doctor}: what is here, what is not, and what to do about it. */
@Command(
        name = "doctor",
        description =
                "Check the backends and every file Lodge needs; say what to do about what is"
                        + " missing.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footer = {"", "Exit code 0: machines can run here; 1: no backend works."})
final class DoctorCommand implements Callable<Integer> {
    /** What a missing thing means. */
    private enum Need {
        RUN,
        BOOT_FIRMWARE,
        DEMO,
        DEVELOP
    }

    /** One thing looked at; the remedy is empty when it is here. */
    private record Finding(String what, Need need, String found, String remedy) {
        boolean ok() {
            return remedy.isEmpty();
        }
    }

    private static final Path INSTALLED = Path.of("/usr/lib/jvm");

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>();
        boolean backend = backends(findings);
        firmware(findings);
        tools(findings);
        PrintWriter out = spec.commandLine().getOut();
        for (Finding finding : findings) {
            out.printf(
                    "%-8s %-20s %s%n",
                    finding.ok() ? "ok" : "missing", finding.what, finding.found);
            if (!finding.ok()) {
                out.printf("%-29s needed to %s: %s%n", "", purpose(finding.need), finding.remedy);
            }
        }
        out.println();
        out.println(
                backend
                        ? "Machines can run here."
                        : "No backend works here, so no machine can run: see the remedies above.");
        out.flush();
        return backend ? ExitCode.OK : ExitCode.FAILURE;
    }

    private static String purpose(Need need) {
        return switch (need) {
            case RUN -> "run machines on it";
            case BOOT_FIRMWARE -> "boot anything but a kernel given with --kernel";
            case DEMO -> "let 'lodge demo' fetch what it boots";
            case DEVELOP -> "build or test Lodge";
        };
    }

    private static boolean backends(List<Finding> findings) {
        boolean any = false;
        for (Backends.Probe probe : Backends.probe()) {
            String what = "backend " + probe.name();
            switch (probe.availability()) {
                case Availability.Ready(String detail, var ignored) -> {
                    any = true;
                    findings.add(new Finding(what, Need.RUN, detail, ""));
                }
                case Availability.Missing(String reason, String remedy) ->
                        findings.add(new Finding(what, Need.RUN, reason, remedy));
            }
        }
        if (any) {
            String choice = Backends.chooseThoroughly().toString();
            findings.add(new Finding("backend auto", Need.RUN, choice, ""));
        }
        return any;
    }

    private static void firmware(List<Finding> findings) {
        FirmwareLocator locator = FirmwareLocator.usualPlaces();
        file(
                findings,
                "SeaBIOS",
                locator.findBios(),
                "bios-256k.bin is not in the usual places",
                "install the Debian package seabios, or run 'lodge demo --grub'; --firmware names"
                        + " another file");
        file(
                findings,
                "VGA BIOS",
                locator.findVgaBios(),
                "vgabios-stdvga.bin is not in the usual places",
                "install the Debian package seabios, or run 'lodge demo --grub'");
    }

    private static void file(
            List<Finding> findings,
            String what,
            Optional<Path> found,
            String reason,
            String remedy) {
        findings.add(
                found.map(path -> new Finding(what, Need.BOOT_FIRMWARE, path.toString(), ""))
                        .orElse(new Finding(what, Need.BOOT_FIRMWARE, reason, remedy)));
    }

    private static void tools(List<Finding> findings) {
        findings.add(new Finding("Java", Need.DEVELOP, "this one: " + Runtime.version(), ""));
        findings.add(
                jdk().map(home -> new Finding("JDK", Need.DEVELOP, home.toString(), ""))
                        .orElse(
                                new Finding(
                                        "JDK",
                                        Need.DEVELOP,
                                        "no JDK 25 or later in LODGE_JAVA_HOME, JAVA_HOME, on the"
                                                + " PATH or in /usr/lib/jvm",
                                        "install openjdk-25-jdk or temurin-25-jdk, or name one in"
                                                + " LODGE_JAVA_HOME")));
        tool(findings, "Maven", "mvn", Need.DEVELOP, "install the package maven");
        tool(
                findings,
                "C compiler",
                "cc",
                Need.DEVELOP,
                "install gcc: a test compares Lodge's struct layouts with the kernel's headers");
        tool(
                findings,
                "ACPI compiler",
                "iasl",
                Need.DEVELOP,
                "install acpica-tools: a test checks the ACPI tables");
        tool(
                findings,
                "apt",
                "apt-get",
                Need.DEMO,
                "on a machine without apt, 'lodge demo' says which files to bring");
        tool(
                findings,
                "dpkg",
                "dpkg-deb",
                Need.DEMO,
                "on a machine without dpkg, 'lodge demo' says which files to bring");
    }

    private static void tool(
            List<Finding> findings, String what, String program, Need need, String remedy) {
        findings.add(
                onPath(program)
                        .map(path -> new Finding(what, need, path.toString(), ""))
                        .orElse(new Finding(what, need, program + " is not on the PATH", remedy)));
    }

    /** Finds a JDK where ./lodge looks for one. */
    private static Optional<Path> jdk() {
        List<Path> homes = new ArrayList<>();
        for (String variable : List.of("LODGE_JAVA_HOME", "JAVA_HOME")) {
            String home = System.getenv(variable);
            if (home != null && !home.isEmpty()) {
                homes.add(Path.of(home));
            }
        }
        try {
            Optional<Path> compiler = onPath("javac");
            if (compiler.isPresent()) {
                homes.add(compiler.get().toRealPath().resolveSibling("..").normalize());
            }
            if (Files.isDirectory(INSTALLED)) {
                try (Stream<Path> installed = Files.list(INSTALLED)) {
                    installed.sorted().forEach(homes::add);
                }
            }
            for (Path home : homes) {
                if (isNewEnough(home)) {
                    return Optional.of(home);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // what cannot be looked at cannot be used either
        }
    }

    private static boolean isNewEnough(Path home) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isReadable(release) || !Files.exists(home.resolve("lib/ct.sym"))) {
            return false;
        }
        Matcher version =
                Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(Files.readString(release));
        return version.find() && Integer.parseInt(version.group(1)) >= 25;
    }

    /** Finds a program as a shell does. */
    static Optional<Path> onPath(String program) {
        String path = System.getenv("PATH");
        if (path == null) {
            return Optional.empty();
        }
        for (String folder : path.split(File.pathSeparator, -1)) {
            for (String name : List.of(program, program + ".exe")) {
                Optional<Path> file = in(folder, name);
                if (file.isPresent()) {
                    return file;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> in(String folder, String name) {
        try {
            Path file = Path.of(folder, name);
            return !folder.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)
                    ? Optional.of(file)
                    : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty(); // a PATH may hold anything
        }
    }
}
