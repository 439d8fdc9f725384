package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the command answers and ends with; every failure is one line on standard error. */
@Isolated("replaces the standard streams")
class MainTest {
    private final PrintStream standardOut = System.out;
    private final PrintStream standardErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir private Path folder;

    MainTest() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveTheStreamsBack() {
        System.setOut(standardOut);
        System.setErr(standardErr);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--version",
                "-V",
                "version",
                "--help",
                "help",
                "help run",
                "run --help",
                "run --version",
                "trace --help",
                "backends --help",
                "doctor --help",
                "demo --help",
                "completion bash",
                "completion zsh",
                "backends",
                "backends --format json"
            })
    void whatIsAskedRightlyIsAnsweredOnStandardOutput(String line) {
        assertEquals(0, run(line.split(" ", -1)));
        assertEquals("", text(err));
        assertTrue(text(out).length() > 5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "frob | lodge: Verb 'frob' is not known; 'lodge --help' shows what it takes",
                "runn | lodge: Verb 'runn' is not known; did you mean run?; 'lodge --help' shows"
                        + " what it takes",
                "--bogus | lodge: Unknown option: '--bogus'; 'lodge --help' shows what it takes",
                "run --memroy 1G | lodge: Unknown option: '--memroy'; did you mean --memory?;"
                        + " 'lodge run --help' shows what it takes",
                "run a.json b.json | lodge: Unmatched argument at index 2: 'b.json'; 'lodge run"
                        + " --help' shows what it takes",
                "run --memory 1 | lodge: Memory '1' is not a size; write a whole number and K, M or"
                        + " G, such as 512M",
                "run --cpus 0 | lodge: cpus is 0; choose 1 to 255",
                "run --cpus x | lodge: cpus 'x' is not a whole number; write one such as 2",
                "run --cpus 2,slow | lodge: cpus '2,slow': option 'slow' is not known; use turns",
                "run --backend xen | lodge: Backend 'xen' is not known; use auto, kvm, whpx or"
                        + " interpreter",
                "run --serial tty | lodge: Serial port 'tty' is not understood; use stdio, file:F,"
                        + " tcp:HOST:PORT or none",
                "run --boot usb | lodge: Boot device 'usb' is not known; use cdrom, disk, floppy or"
                        + " network",
                "run --disk a,bus=scsi | lodge: Disk bus 'scsi' is not known; use ide or virtio",
                "run --timeout 0 | lodge: Time '0' must be longer than 0",
                "run --name a/b | lodge: Name 'a/b' is not usable; use 1 to 64 letters, digits,"
                        + " '.', '_' and '-'",
                "run --append x | lodge: A kernel command line needs a kernel; give one too, or"
                        + " leave it out",
                "run /nope.json | lodge: Machine description /nope.json does not exist; check the"
                        + " name, or give options only",
                "demo --timeout x | lodge: Time 'x' is not understood; write 500ms, 60s, 5m or 1h"
            })
    void misuseIsOneLineAndExitCode2(String line, String message) {
        assertEquals(2, run(line.split(" ", -1)));
        assertEquals(message + System.lineSeparator(), text(err));
        assertEquals("", text(out));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run --memory",
                "completion",
                "completion tcsh",
                "backends --format xml",
                "doctor x"
            })
    void otherMisuseIsOneLineToo(String line) {
        assertEquals(2, run(line.split(" ", -1)));
        assertEquals(1, text(err).lines().count(), text(err));
        assertTrue(text(err).startsWith("lodge: "), text(err));
    }

    @Test
    void noVerbShowsTheUsage() {
        assertEquals(2, run());
        assertTrue(text(err).startsWith("Usage: lodge"), text(err));
    }

    @Test
    void anUnknownKeyOfADescriptionNamesItsPlace() throws IOException {
        Path file = folder.resolve("vm.json");
        Files.writeString(file, "{\n  \"memroy\": \"1G\"\n}\n");
        assertEquals(2, run("run", file.toString()));
        assertEquals(
                "lodge: "
                        + file
                        + ":2:3: Key \"memroy\" is not known; the nearest known key is \"memory\""
                        + System.lineSeparator(),
                text(err));
    }

    @Test
    void verboseAddsTheStackTrace() {
        assertEquals(2, run("run", "-v", "--memory", "1"));
        assertTrue(text(err).startsWith("lodge: Memory '1'"), text(err));
        assertTrue(text(err).contains("\tat lodge."), text(err));
    }

    @Test
    void completionKnowsEveryVerbAndOption() {
        assertEquals(0, run("completion", "bash"));
        for (String word :
                new String[] {
                    "run",
                    "backends",
                    "doctor",
                    "demo",
                    "version",
                    "completion",
                    "--screenshot-on-exit"
                }) {
            assertTrue(text(out).contains(word), word);
        }
    }

    @Test
    void anErrorOfLodgeItselfIsOneLineAndItsTraceIsKept() throws IOException {
        int code = new Failures("run").report(new IllegalStateException("first\n  second"));
        assertEquals(1, code);
        String line = text(err).strip();
        assertEquals(1, line.lines().count(), line);
        assertTrue(
                line.startsWith(
                        "lodge: Internal error (java.lang.IllegalStateException: first second);"
                                + " please report it with "),
                line);
        Path kept =
                Path.of(
                        line.substring(
                                line.indexOf("report it with ") + "report it with ".length()));
        assertTrue(Files.readString(kept).contains("\tat lodge.launcher.MainTest"));
        Files.delete(kept);
    }

    private static int run(String... args) {
        return Main.run(args);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
