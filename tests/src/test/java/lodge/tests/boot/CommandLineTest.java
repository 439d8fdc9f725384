package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import lodge.core.backend.Availability;
import lodge.kvm.KvmHypervisor;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code lodge run} as its users meet it: a process with an exit code and, when something is wrong,
 * one line.
 */
@Timeout(120)
class CommandLineTest {
    /** Prints a dot on COM2 and counts, for ever. */
    private static final String DOTS = "43  75 fd  ba f8 02  b0 2e  ee  eb f5";

    /** mov al,5; out 0xf4,al; hlt. */
    private static final String DEBUG_EXIT_5 = "b0 05  e6 f4  f4";

    @TempDir private Path folder;

    /** jmp $. */
    private static final String LOOP = "eb fe";

    private record Result(int code, String err) {
        /** The one line of an error. */
        String line() {
            assertEquals(1, err.lines().count(), () -> "More than one line:\n" + err);
            assertTrue(!err.contains("Exception"), err);
            return err.strip();
        }
    }

    @BeforeEach
    void needsKvm() {
        if (new KvmHypervisor().probe() instanceof Availability.Missing missing) {
            abort("Skipped: " + missing.reason() + "; remedy: " + missing.remedy());
        }
    }

    private Process start(Path err, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "lodge.launcher.Main",
                                "run",
                                "--backend",
                                "kvm",
                                "--memory",
                                "16M",
                                "--serial",
                                "none"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        return process;
    }

    private Result run(String... arguments) throws IOException, InterruptedException {
        Path err = Files.createTempFile(folder, "err", ".txt");
        Process process = start(err, arguments);
        try {
            process.getInputStream().readAllBytes();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "lodge run did not end");
            return new Result(process.exitValue(), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }

    private String rom(String code) {
        return TinyRom.write(folder, code).toString();
    }

    private String file(String name, byte[] contents) throws IOException {
        return Files.write(folder.resolve(name), contents).toString();
    }

    private void refused(int code, String text, String... arguments)
            throws IOException, InterruptedException {
        Result result = run(arguments);
        assertEquals(code, result.code(), result::err);
        assertTrue(result.line().contains(text), () -> "No '" + text + "' in " + result.err());
    }

    @Test
    void theDebugExitPortGivesTheExitCode() throws IOException, InterruptedException {
        assertEquals(11, run("--firmware", rom(DEBUG_EXIT_5), "--debug-exit").code());
    }

    @Test
    void theTimeLimitIsExitCode124() throws IOException, InterruptedException {
        refused(124, "time limit of 1 s", "--firmware", rom(LOOP), "--timeout", "1s");
    }

    @Test
    void aSignalIsExitCode130() throws IOException, InterruptedException {
        Path err = Files.createTempFile(folder, "err", ".txt");
        Path com2 = folder.resolve("com2");
        Process process = start(err, "--serial", "file:" + com2, "--firmware", rom(DOTS));
        try {
            // The guest runs as soon as it has written a dot.
            while (!Files.exists(com2) || Files.size(com2) == 0) {
                assertTrue(!process.waitFor(20, TimeUnit.MILLISECONDS), () -> "ended early");
            }
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(130, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aPictureOfTheScreenIsLeft() throws IOException, InterruptedException {
        Path picture = folder.resolve("screen.png");
        Result result =
                run(
                        "--firmware",
                        rom(DEBUG_EXIT_5),
                        "--debug-exit",
                        "--screenshot-on-exit",
                        picture.toString());
        assertEquals(11, result.code(), result::err);
        byte[] png = Files.readAllBytes(picture);
        assertEquals("PNG", new String(png, 1, 3, StandardCharsets.US_ASCII));
    }

    @Test
    void aMissingFileIsNamed() throws IOException, InterruptedException {
        refused(2, "missing.bin", "--firmware", folder.resolve("missing.bin").toString());
        refused(2, "missing.iso", "--cdrom", folder.resolve("missing.iso").toString());
        refused(2, "missing.elf", "--kernel", folder.resolve("missing.elf").toString());
        refused(2, "missing.json", folder.resolve("missing.json").toString());
    }

    @Test
    void aFolderIsNoDisk() throws IOException, InterruptedException {
        refused(2, folder.toString(), "--firmware", rom(LOOP), "--disk", folder.toString());
    }

    @Test
    void aKernelThatIsNoneIsRefused() throws IOException, InterruptedException {
        refused(1, "kernel.bin", "--kernel", file("kernel.bin", new byte[100_000]));
    }

    @Test
    void moreMemoryThanTheHostHasIsRefused() throws IOException, InterruptedException {
        refused(2, "memory", "--firmware", rom(LOOP), "--memory", "500G");
    }

    @Test
    void aDiskInUseIsRefused() throws IOException, InterruptedException {
        Path disk = Path.of(file("disk.raw", new byte[1 << 20]));
        try (FileChannel other = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            other.lock();
            refused(2, "in use", "--firmware", rom(LOOP), "--disk", disk.toString());
        }
    }

    @Test
    void whatIsNotThereYetIsSaid() throws IOException, InterruptedException {
        String disk = file("disk.raw", new byte[1 << 20]);
        refused(2, "virtio", "--firmware", rom(LOOP), "--disk", disk + ",bus=virtio");
        refused(2, "network", "--firmware", rom(LOOP), "--boot", "network");
        refused(2, "whpx", "--firmware", rom(LOOP), "--backend", "whpx");
    }

    @Test
    void anUnknownKeyNamesTheNearestOne() throws IOException, InterruptedException {
        String json = file("machine.json", "{\"memry\": \"64M\"}".getBytes(StandardCharsets.UTF_8));
        refused(2, "memory", json);
    }
}
