package lodge.tests.guests;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A bare-metal program of ours in GNU assembler: a 64 KiB ROM image that tests rules of the
 * processor and tells its verdicts on COM1. Its source is a resource {@code guests/NAME.S}; a
 * comment {@code # machine: cpus=4} there asks for more than one processor, {@code # machine:
 * resets=yes} for a machine that a triple fault resets rather than ends.
 *
 * @param name file name without extension
 * @param cpus number of processors it wants
 * @param resets whether it tests resets
 * @param source its assembler source
 */
record GuestProgram(String name, int cpus, boolean resets, Path source) {
    static final int IMAGE_SIZE = 0x10000;
    private static final Pattern CPUS = Pattern.compile("^# machine: cpus=(\\d)$");
    private static final int TOOL_SECONDS = 60;

    /** Returns all programs, in the order of their names. */
    static List<GuestProgram> all() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> file.toString().endsWith(".S"))
                    .sorted()
                    .map(GuestProgram::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GuestProgram of(Path source) {
        String file = Objects.requireNonNull(source.getFileName()).toString();
        int cpus =
                lines(source).stream()
                        .map(CPUS::matcher)
                        .filter(Matcher::matches)
                        .mapToInt(matcher -> Integer.parseInt(matcher.group(1)))
                        .findFirst()
                        .orElse(1);
        boolean resets = lines(source).contains("# machine: resets=yes");
        return new GuestProgram(file.substring(0, file.length() - 2), cpus, resets, source);
    }

    /** Returns the folder of the programs. */
    static Path folder() {
        try {
            return Path.of(
                    Objects.requireNonNull(GuestProgram.class.getResource("/guests")).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Assembles and links; at once if that was done before. Skips the test where binutils are
     * missing or not for x86.
     *
     * @param work folder for the results
     * @return the ROM image
     */
    Path image(Path work) {
        Path image = work.resolve(name + ".bin");
        if (Files.exists(image)) {
            return image;
        }
        Path object = work.resolve(name + ".o");
        Path linked = work.resolve(name + ".elf");
        boolean realMode =
                lines(source).stream().anyMatch(line -> line.contains("\"guest16.inc\""));
        tool("as", "--64", "-I", folder().toString(), "-o", object.toString(), source.toString());
        tool(
                "ld",
                "-m",
                "elf_x86_64",
                "--defsym",
                "RUN_AT=" + (realMode ? "0" : "0x10000"),
                "-T",
                folder().resolve("guest.ld").toString(),
                "-o",
                linked.toString(),
                object.toString());
        tool("objcopy", "-O", "binary", "-j", ".image", linked.toString(), image.toString());
        try {
            if (Files.size(image) != IMAGE_SIZE) {
                throw new AssertionError(image + " has " + Files.size(image) + " bytes");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return image;
    }

    private static void tool(String... command) {
        Path output;
        Process process;
        try {
            output = Files.createTempFile("lodge-tool", ".txt");
            process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
        } catch (IOException e) {
            abort(
                    "Skipped: cannot run "
                            + command[0]
                            + " ("
                            + e.getMessage()
                            + "); remedy: apt-get install binutils");
            return;
        }
        try {
            if (!process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " does not end");
            }
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            Files.delete(output);
            if (text.contains("unrecognized option") || text.contains("unrecognised emulation")) {
                abort("Skipped: " + command[0] + " is not for x86; remedy: binutils-x86-64");
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + ":\n" + text);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
