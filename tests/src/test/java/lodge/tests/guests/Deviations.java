package lodge.tests.guests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where other emulators disagree with Intel's manual: {@code guests/deviations.txt}, one per line:
 * program, rule (with * as in file names; {@code DONE} where the program does not get to its end),
 * emulator, and the section that decides.
 */
final class Deviations {
    private record Deviation(String program, String rule, String emulator) {}

    private final List<Deviation> deviations;

    Deviations() {
        try {
            deviations =
                    Files.readAllLines(GuestProgram.folder().resolve("deviations.txt")).stream()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .map(Deviations::parse)
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Deviation parse(String line) {
        String[] words = line.split("\\s+", 4);
        if (words.length < 4) {
            throw new AssertionError("deviations.txt: no section decides: " + line);
        }
        return new Deviation(words[0], words[1], words[2]);
    }

    boolean knows(String program, String rule, String emulator) {
        return deviations.stream()
                .anyMatch(
                        known ->
                                known.program().equals(program)
                                        && known.emulator().equals(emulator)
                                        && FileSystems.getDefault()
                                                .getPathMatcher("glob:" + known.rule())
                                                .matches(Path.of(rule)));
    }
}
