package lodge.launcher;

import lodge.machine.Machine;
import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;
import lodge.machine.config.SerialConfig;
import lodge.machine.host.MachineSetup;
import lodge.machine.host.Screens;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** One machine from power-on to its end, in the foreground. */
final class Session {
    private final MachineConfig config;
    private final Consumer<Machine> beforeStart;

    Session(MachineConfig config) {
        this(config, machine -> {});
    }

    /**
     * A session.
     *
     * @param beforeStart is shown the machine while it is still switched off
     */
    Session(MachineConfig config, Consumer<Machine> beforeStart) {
        this.config = config;
        this.beforeStart = beforeStart;
    }

    /**
     * Runs the machine.
     *
     * @return the exit code
     * @throws lodge.core.LodgeException when it cannot be built or started
     */
    int run() {
        boolean stdio = config.serial().stream().anyMatch(SerialConfig.Stdio.class::isInstance);
        try (Console console = new Console();
                MachineSetup setup = MachineSetup.build(config, console.port())) {
            Machine machine = setup.machine();
            // SIGINT, SIGTERM and SIGHUP end the JVM with 128 and their number; the machine and the
            // terminal go first.
            Thread hook = new Thread(() -> interrupted(machine, console), "lodge exit");
            Runtime.getRuntime().addShutdownHook(hook);
            Optional<MachineOutcome> outcome;
            try {
                if (stdio) {
                    console.attach(machine);
                }
                beforeStart.accept(machine);
                machine.start();
                outcome = machine.awaitEnd(config.timeout().orElse(null));
                machine.stop();
                config.screenshotOnExit().ifPresent(file -> Screens.png(machine, file));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return ExitCode.INTERRUPTED;
            } finally {
                forget(hook);
            }
            console.disconnect();
            return exitCode(outcome, console.left());
        }
    }

    private static void interrupted(Machine machine, Console console) {
        machine.stop();
        console.disconnect();
    }

    /** Takes a shutdown hook back, unless the JVM is on its way out already and runs it. */
    static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // it runs now
        }
    }

    private int exitCode(Optional<MachineOutcome> outcome, boolean left) {
        if (outcome.isEmpty()) {
            System.err.println(
                    "lodge: The time limit of "
                            + seconds(config.timeout().orElseThrow())
                            + " ran out");
            return ExitCode.TIMEOUT;
        }
        return switch (outcome.get()) {
            case MachineOutcome.PoweredOff() -> ExitCode.OK;
            case MachineOutcome.DebugExit(int code) -> code;
            case MachineOutcome.Stopped() -> {
                if (left) {
                    System.err.println("lodge: Left; the machine was switched off");
                }
                yield ExitCode.INTERRUPTED;
            }
            case MachineOutcome.Failed(String message) -> {
                System.err.println("lodge: " + message);
                yield ExitCode.FAILURE;
            }
        };
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }
}
