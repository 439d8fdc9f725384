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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code lodge demo}: fetches a guest and boots it. */
@Command(
        name = "demo",
        description = {
            "Fetch a Debian kernel and BusyBox through apt, and boot them.",
            "On a terminal you get a shell; otherwise the demo types a command itself, checks the"
                    + " answer and switches the machine off."
        },
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footer = {"", "Exit codes: as 'lodge run'; 1 too when the guest did not answer in time."})
final class DemoCommand implements Callable<Integer> {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    @Option(
            names = "--backend",
            paramLabel = "auto|kvm|whpx|interpreter",
            defaultValue = "auto",
            description = "What runs the processor (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "300s",
            description =
                    "Without a terminal: how long to wait for the guest (default:"
                            + " ${DEFAULT-VALUE}).")
    private String timeout;

    @Option(
            names = "--grub",
            description = "Boot SeaBIOS and the GRUB rescue CD instead, until GRUB appears.")
    private boolean grub;

    @Option(names = "--watch", description = "Go on alone, on a terminal too.")
    private boolean watch;

    @Override
    public Integer call() {
        Duration limit = Values.duration(timeout);
        DemoGuest guest = grub ? new GrubGuest(DemoFiles.fetch()) : LinuxGuest.fetch();
        MachineConfig config = guest.machine().name("demo").backend(backend).build();
        if (!watch && Console.isTerminal(0) && Console.isTerminal(1)) {
            System.err.println("Booting " + guest.invitation());
            return new Session(config).run();
        }
        System.err.println("Booting; waiting for " + guest.subject() + ".");
        return watch(guest, config, limit);
    }

    private static int watch(DemoGuest guest, MachineConfig config, Duration limit) {
        ConsoleText text = new ConsoleText();
        CharPort port = new CharPort();
        long started = System.nanoTime();
        OutputStream terminal = new FileOutputStream(FileDescriptor.out);
        try (MachineSetup setup = MachineSetup.build(config, port);
                SerialConnection console =
                        SerialConnection.of(
                                "console",
                                port,
                                InputStream.nullInputStream(),
                                text.tee(terminal))) {
            Machine machine = setup.machine();
            Thread hook = new Thread(machine::stop, "lodge exit");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                machine.start();
                Optional<MachineOutcome> outcome = Optional.empty();
                Optional<String> seen = Optional.empty();
                Duration since = Duration.ZERO;
                while (seen.isEmpty() && outcome.isEmpty() && since.compareTo(limit) < 0) {
                    outcome = machine.awaitEnd(LOOK_EVERY);
                    since = Duration.ofNanos(System.nanoTime() - started);
                    seen =
                            guest.look(
                                    text,
                                    Screens.text(machine),
                                    keys -> type(port, keys),
                                    since,
                                    outcome);
                }
                machine.stop();
                console.disconnect();
                return report(guest, text, seen, outcome, since);
            } finally {
                Session.forget(hook);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        }
    }

    private static void type(CharPort port, String keys) {
        byte[] bytes = keys.getBytes(StandardCharsets.US_ASCII);
        try {
            port.toGuest().put(bytes, 0, bytes.length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int report(
            DemoGuest guest,
            ConsoleText text,
            Optional<String> seen,
            Optional<MachineOutcome> outcome,
            Duration after) {
        System.err.println();
        if (seen.isPresent()) {
            System.err.println("Demo: " + seen.get() + ".");
            return ExitCode.OK;
        }
        String end =
                switch (outcome.orElse(null)) {
                    case null -> "did not come within " + after.toSeconds() + " s";
                    case MachineOutcome.Failed(String message) -> "did not come: " + message;
                    case MachineOutcome ended ->
                            "did not come before the machine ended (" + ended + ")";
                };
        System.err.println(
                "lodge: %s %s; the last lines were: %s"
                        .formatted(guest.subject(), end, text.lastLines()));
        return ExitCode.FAILURE;
    }
}
