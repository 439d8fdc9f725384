package lodge.tests.guests;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** QEMU and Bochs as processes. Their Debian packages check our expectations. */
enum ForeignEmulator implements Emulator {
    QEMU("apt-get install qemu-system-x86") {
        @Override
        List<String> command(GuestProgram program, Path image, Path serial, Path work) {
            return List.of(
                    "qemu-system-x86_64",
                    "-accel",
                    "tcg",
                    "-cpu",
                    "max",
                    "-smp",
                    Integer.toString(program.cpus()),
                    "-m",
                    "16",
                    "-nodefaults",
                    "-display",
                    "none",
                    // A program that loses its way would begin again and again.
                    "-action",
                    program.resets() ? "reboot=reset" : "reboot=shutdown",
                    "-bios",
                    image.toString(),
                    "-device",
                    "isa-debug-exit,iobase=0xf4,iosize=4",
                    "-serial",
                    "file:" + serial);
        }
    },
    BOCHS("apt-get install bochs") {
        @Override
        List<String> command(GuestProgram program, Path image, Path serial, Path work)
                throws IOException {
            Path configuration = work.resolve(program.name() + ".bochsrc");
            Files.writeString(
                    configuration,
                    """
                    config_interface: textconfig
                    display_library: rfb, options="timeout=0"
                    plugin_ctrl: speaker=0, gameport=0, parallel=0, extfpuirq=0, biosdev=0
                    cpu: model=corei7_icelake_u, count=%d, ips=50000000, reset_on_triple_fault=1, \
                    ignore_bad_msrs=0
                    memory: guest=16, host=16
                    romimage: file=%s
                    com1: enabled=1, mode=file, dev=%s
                    log: %s
                    panic: action=fatal
                    error: action=ignore
                    info: action=ignore
                    debug: action=ignore
                    """
                            .formatted(program.cpus(), image, serial, work.resolve("bochs.log")));
            // Debian's Bochs has the debugger built in: it waits to be told to go on, at the
            // beginning and after each reset.
            Path commands =
                    Files.writeString(work.resolve("bochs.cmd"), "continue\n".repeat(8) + "quit\n");
            return List.of(
                    "bochs-bin", "-q", "-f", configuration.toString(), "-rc", commands.toString());
        }
    };

    private final String remedy;

    ForeignEmulator(String remedy) {
        this.remedy = remedy;
    }

    abstract List<String> command(GuestProgram program, Path image, Path serial, Path work)
            throws IOException;

    @Override
    public String run(GuestProgram program, Path image, Path work, Duration limit) {
        Path serial = work.resolve(program.name() + "." + this);
        Path log = work.resolve(program.name() + "." + this + ".log");
        try {
            Process process;
            try {
                process =
                        new ProcessBuilder(command(program, image, serial, work))
                                .redirectErrorStream(true)
                                .redirectInput(ProcessBuilder.Redirect.PIPE)
                                .redirectOutput(log.toFile())
                                .start();
            } catch (IOException e) {
                return abort("Skipped: " + e.getMessage() + "; remedy: " + remedy);
            }
            process.getOutputStream().close();
            if (!process.waitFor(limit)) {
                process.destroyForcibly().waitFor();
            }
            if (!Files.exists(serial)) {
                throw new AssertionError(this + " did not start:\n" + Files.readString(log));
            }
            return Files.readString(serial, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
