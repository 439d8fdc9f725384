package lodge.launcher;

import lodge.core.BadConfigException;
import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;
import lodge.machine.host.LodgeFolders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Debian's cloud kernel with BusyBox. It works when its shell appears, answers a command and
 * switches the machine off.
 */
final class LinuxGuest implements DemoGuest {
    private static final String META_PACKAGE = "linux-image-cloud-amd64";
    private static final String BUSYBOX = "busybox-static";
    private static final String QUESTION =
            "echo answer-$((6*7)) from $(uname -srm), $(nproc) processor\n";
    private static final String ANSWER = "answer-42 from Linux";

    /** How far the talk with the shell is. */
    private enum Stage {
        BOOTING,
        ASKED,
        LEAVING
    }

    private final Path kernel;
    private final Path initrd;
    private Stage stage = Stage.BOOTING;
    private Duration prompt = Duration.ZERO;

    LinuxGuest(Path kernel, Path initrd) {
        this.kernel = kernel;
        this.initrd = initrd;
    }

    /**
     * Finds the kernel and BusyBox in the cache, or fetches them; packs BusyBox into a RAM disk.
     *
     * @throws BadConfigException when they are not here and cannot be fetched; it says which files
     *     to bring
     */
    static LinuxGuest fetch() {
        Path cache = LodgeFolders.cache().resolve("demo");
        AptPackages packages = new AptPackages(cache);
        Optional<Path> kernel = kernel(cache);
        Optional<Path> busybox = busybox(cache);
        if (kernel.isEmpty() || busybox.isEmpty()) {
            if (DoctorCommand.onPath("apt-get").isEmpty()
                    || DoctorCommand.onPath("dpkg-deb").isEmpty()) {
                throw new BadConfigException(
                        ("The demo fetches its files through apt, which is not here; bring a kernel"
                             + " of Debian's package %s as %s and a statically linked busybox as"
                             + " %s, and start it again")
                                .formatted(
                                        META_PACKAGE,
                                        cache.resolve("linux-image-cloud-amd64/boot/vmlinuz"),
                                        cache.resolve(BUSYBOX).resolve("bin/busybox")));
            }
            if (kernel.isEmpty()) {
                packages.fetchNewest(META_PACKAGE, "linux-image-", "./boot/vmlinuz-*");
                kernel = kernel(cache);
            }
            if (busybox.isEmpty()) {
                packages.fetch(BUSYBOX, BusyboxInitrd.IN_PACKAGE);
                busybox = busybox(cache);
            }
        }
        Path initrd = cache.resolve("initrd");
        BusyboxInitrd.write(busybox.orElseThrow(() -> incomplete(BUSYBOX)), initrd);
        return new LinuxGuest(kernel.orElseThrow(() -> incomplete(META_PACKAGE)), initrd);
    }

    /** Finds the newest kernel that is here, by name. */
    private static Optional<Path> kernel(Path cache) {
        return find(cache, "linux-image-").stream()
                .flatMap(folder -> find(folder.resolve("boot"), "vmlinuz").stream())
                .max(Comparator.comparing(Path::getFileName));
    }

    private static Optional<Path> busybox(Path cache) {
        return Stream.of("bin/busybox", "usr/bin/busybox")
                .map(cache.resolve(BUSYBOX)::resolve)
                .filter(Files::isReadable)
                .findFirst();
    }

    private static List<Path> find(Path folder, String prefix) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BadConfigException incomplete(String name) {
        return new BadConfigException(
                "Package " + name + " no longer holds the files the demo needs; please report it");
    }

    @Override
    public MachineConfig.Builder machine() {
        return MachineConfig.builder()
                .memory("256M")
                .kernel(kernel)
                .initrd(initrd)
                .commandLine("console=ttyS0 earlyprintk=ttyS0");
    }

    @Override
    public String invitation() {
        return "a Debian kernel with BusyBox; 'busybox' lists its commands, 'poweroff' ends.";
    }

    @Override
    public String subject() {
        return switch (stage) {
            case BOOTING -> "the shell";
            case ASKED -> "the shell's answer";
            case LEAVING -> "the end";
        };
    }

    @Override
    public Optional<String> look(
            ConsoleText console,
            List<String> screen,
            Keys keys,
            Duration since,
            Optional<MachineOutcome> outcome) {
        if (stage == Stage.BOOTING && console.take(BusyboxInitrd.PROMPT)) {
            stage = Stage.ASKED;
            prompt = since;
            keys.type(QUESTION);
        }
        if (stage == Stage.ASKED && console.take(ANSWER)) {
            stage = Stage.LEAVING;
            keys.type("poweroff\n");
        }
        return stage == Stage.LEAVING && outcome.orElse(null) instanceof MachineOutcome.PoweredOff
                ? Optional.of(
                        "the shell appeared after %s s, answered, and switched the machine off after %s s"
                                .formatted(seconds(prompt), seconds(since)))
                : Optional.empty();
    }

    private static String seconds(Duration time) {
        return "%d.%d".formatted(time.toSeconds(), time.toMillisPart() / 100);
    }
}
