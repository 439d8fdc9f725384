package lodge.tests.lockstep;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where KVM's emulator is known to differ from the SDM: {@code lockstep/kvm-deviations.txt}, one
 * per line: mode, instruction, what differs (each with {@code *} for anything), and the reason.
 */
final class KnownDeviations {
    private record Deviation(Pattern mode, Pattern instruction, Pattern what) {}

    private final List<Deviation> deviations;

    KnownDeviations() {
        try (InputStream in =
                KnownDeviations.class.getResourceAsStream("/lockstep/kvm-deviations.txt")) {
            deviations =
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .map(KnownDeviations::parse)
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Deviation parse(String line) {
        String[] words = line.split("\\s+", 4);
        if (words.length < 4) {
            throw new AssertionError("kvm-deviations.txt: no reason is given: " + line);
        }
        return new Deviation(glob(words[0]), glob(words[1]), glob(words[2]));
    }

    private static Pattern glob(String text) {
        return Pattern.compile(Pattern.quote(text).replace("*", "\\E.*\\Q"));
    }

    /**
     * Returns whether a difference is one of them.
     *
     * @param what the field of the state, {@code memory} or {@code exit}
     */
    boolean know(Mode mode, String instruction, String what) {
        String name = mode.name().toLowerCase(Locale.ROOT);
        for (Deviation d : deviations) {
            if (d.mode.matcher(name).matches()
                    && d.instruction.matcher(instruction).matches()
                    && d.what.matcher(what).matches()) {
                return true;
            }
        }
        return false;
    }
}
