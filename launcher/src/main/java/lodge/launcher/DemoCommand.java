package lodge.launcher;

import lodge.core.serial.CharPort;
import lodge.machine.Machine;
import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;
import lodge.machine.config.Values;
import lodge.machine.host.MachineSetup;
import lodge.machine.host.Screens;
import lodge.machine.host.SerialConnection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code lodge demo}: fetches a guest and boots it. */
@Command(
        name = "demo",
        description = {
            "Fetch SeaBIOS and the GRUB rescue CD through apt, and boot them.",
            "On a terminal you can talk to GRUB; otherwise the demo ends when GRUB's prompt or menu"
                    + " has appeared."
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footer = {"", "Exit codes: as 'lodge run'; 1 too when GRUB did not appear in time."})
final class DemoCommand implements Callable<Integer> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    @Option(
            names = "--backend",
            paramLabel = "auto|kvm|whpx|interpreter",
            defaultValue = "auto",
            description = "What runs the processor (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "180s",
            description =
                    "Without a terminal: how long to wait for GRUB (default: ${DEFAULT-VALUE}).")
    private String timeout;

    @Option(names = "--watch", description = "End when GRUB has appeared, on a terminal too.")
    private boolean watch;

    @Override
    public Integer call() {
        Duration limit = Values.duration(timeout);
        DemoFiles files = DemoFiles.fetch();
        MachineConfig config =
                MachineConfig.builder()
                        .name("demo")
                        .backend(backend)
                        .memory("128M")
                        .firmware(files.bios())
                        .vgaFirmware(files.vgaBios())
                        .cdrom(files.cdrom())
                        .boot(List.of("cdrom"))
                        .build();
        boolean interactive = !watch && Console.isTerminal(0) && Console.isTerminal(1);
        if (interactive) {
            System.err.println(
                    "Booting the GRUB rescue CD; try 'ls' and 'lsmmap' at its prompt, 'halt' to"
                            + " end.");
            return new Session(config).run();
        }
        System.err.println("Booting the GRUB rescue CD until its prompt or menu appears.");
        return watch(config, limit);
    }

    private static int watch(MachineConfig config, Duration limit) {
        GrubWatch grub = new GrubWatch();
        CharPort port = new CharPort();
        long started = System.nanoTime();
        OutputStream terminal = new FileOutputStream(FileDescriptor.out);
        try (MachineSetup setup = MachineSetup.build(config, port);
                SerialConnection console =
                        SerialConnection.of(
                                "console",
                                port,
                                InputStream.nullInputStream(),
                                grub.tee(terminal))) {
            Machine machine = setup.machine();
            Thread hook = new Thread(machine::stop, "lodge exit");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                machine.start();
                Optional<MachineOutcome> outcome = Optional.empty();
                while (outcome.isEmpty()
                        && !grub.seen()
                        && System.nanoTime() - started < limit.toNanos()) {
                    outcome = machine.awaitEnd(LOOK_EVERY);
                    grub.look(Screens.text(machine));
                }
                machine.stop();
                console.disconnect();
                return report(grub, outcome, Duration.ofNanos(System.nanoTime() - started));
            } finally {
                Session.forget(hook);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        }
    }

    private static int report(GrubWatch grub, Optional<MachineOutcome> outcome, Duration after) {
        System.err.println();
        if (grub.seen()) {
            System.err.println(
                    "Demo: %s appeared after %d s; machine switched off."
                            .formatted(grub.what(), after.toSeconds()));
            return ExitCode.OK;
        }
        String end =
                switch (outcome.orElse(null)) {
                    case null -> "did not appear within " + after.toSeconds() + " s";
                    case MachineOutcome.Failed(String message) -> "did not appear: " + message;
                    case MachineOutcome ended ->
                            "did not appear before the machine ended (" + ended + ")";
                };
        System.err.println("lodge: GRUB " + end + "; the last lines were: " + grub.lastLines());
        return ExitCode.FAILURE;
    }
}
