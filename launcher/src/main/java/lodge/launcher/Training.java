package lodge.launcher;

import lodge.core.backend.Availability;
import lodge.machine.host.Backends;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the JVM watches once, at the end of the build, to make the AOT cache: the real verbs, in one
 * process. What a verb finds missing on this host is not its concern.
 */
final class Training {
    private static final int ROM_BYTES = 0x10000;

    /** Where a processor starts, counted from the end of the ROM. */
    private static final int RESET_VECTOR = 0x10;

    private static final byte[] LEAVE = {
        (byte) 0xB0,
        0x00, // mov al, 0
        (byte) 0xE6,
        (byte) 0xF4, // out 0xf4, al
        (byte) 0xF4, // hlt
    };

    private Training() {}

    /**
     * Runs the verbs whose start is to be fast.
     *
     * @param args none
     * @throws IOException if the temporary folder is full or read-only
     */
    public static void main(String[] args) throws IOException {
        Main.run("--version");
        Main.run("backends");
        Main.run("doctor");
        Path rom = Files.createTempFile("lodge", ".rom");
        try {
            byte[] image = new byte[ROM_BYTES];
            System.arraycopy(LEAVE, 0, image, ROM_BYTES - RESET_VECTOR, LEAVE.length);
            Files.write(rom, image);
            // Also those that auto does not choose here.
            for (Backends.Probe probe : Backends.probe()) {
                if (probe.availability() instanceof Availability.Ready) {
                    run(rom, probe.name());
                }
            }
            run(rom, "auto");
        } finally {
            Files.delete(rom);
        }
        // Whatever firmware is here looks at every device.
        Main.run("run", "--timeout", "2s");
        Main.run("--help");
        System.exit(0); // as Main ends, for the classes that the JVM loads then
    }

    private static void run(Path rom, String backend) {
        Main.run(
                "run",
                "--backend",
                backend,
                "--firmware",
                rom.toString(),
                "--debug-exit",
                "--timeout",
                "5s");
    }
}
