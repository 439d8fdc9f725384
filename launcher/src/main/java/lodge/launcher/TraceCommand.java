package lodge.launcher;

import lodge.core.BadConfigException;
import lodge.core.backend.TraceWindow;
import lodge.machine.config.MachineConfig;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;

/**
 * {@code lodge trace}: runs a machine as {@code run} does and writes down what a processor does.
 */
final class TraceCommand implements Callable<Integer> {
    private static final String ONLY_BACKEND = "interpreter";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final RunCommand run = new RunCommand();
    private final OptionSpec to =
            OptionSpec.builder("--to")
                    .type(Path.class)
                    .arity("1")
                    .paramLabel("F")
                    .description("The file for the trace (default: trace.log).")
                    .build();
    private final OptionSpec skip =
            number("--skip", "N", "Execute N instructions before the trace begins (default: 0).");
    private final OptionSpec from =
            number(
                    "--from",
                    "ADDRESS",
                    "Begin where this linear address (such as 0x7c00) is executed.");
    private final OptionSpec lines =
            number("--lines", "N", "End the trace after N lines (default: 10000).");
    private final OptionSpec traced =
            number("--trace-cpu", "N", "The processor that is traced (default: 0).");

    /** Returns the command for picocli. */
    CommandSpec spec() {
        CommandSpec like = run.spec();
        spec.name("trace").versionProvider(new VersionCommand());
        spec.usageMessage()
                .description(
                        "Run a machine and write down its instructions, exceptions, interrupts and"
                                + " port accesses (docs/trace.md).",
                        "Takes everything that run takes; the backend is the interpreter.")
                .sortOptions(false);
        like.positionalParameters().forEach(spec::addPositional);
        for (OptionSpec option : List.of(to, skip, from, lines, traced)) {
            spec.addOption(option);
        }
        like.options().forEach(spec::addOption);
        return spec;
    }

    private static OptionSpec number(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    @Override
    public Integer call() throws IOException {
        OptionSpec backend = spec.findOption("--backend");
        if (backend.getValue() == null) {
            backend.setValue(ONLY_BACKEND);
        }
        MachineConfig config = run.config();
        TraceWindow window = window();
        Path file = to.getValue() == null ? Path.of("trace.log") : to.getValue();
        try (PrintWriter out =
                new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.US_ASCII))) {
            int code = new Session(config, machine -> machine.trace(window, out::println)).run();
            if (out.checkError()) {
                throw new BadConfigException(
                        "The trace cannot be written to %s; check its disk".formatted(file));
            }
            return code;
        } catch (java.nio.file.FileSystemException e) {
            throw new BadConfigException(
                    "The trace cannot be written to %s (%s); name another file with --to"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /** Returns what the options say. */
    TraceWindow window() {
        return new TraceWindow(
                (int) value(traced, 0, Integer.MAX_VALUE),
                value(skip, 0, Long.MAX_VALUE),
                from.getValue() == null
                        ? OptionalLong.empty()
                        : OptionalLong.of(value(from, 0, -1L)),
                value(lines, 10_000, Long.MAX_VALUE));
    }

    /** A whole number, hexadecimal behind 0x; unsigned up to a limit. */
    private static long value(OptionSpec option, long otherwise, long limit) {
        String text = option.getValue();
        if (text == null) {
            return otherwise;
        }
        try {
            long value =
                    text.startsWith("0x")
                            ? Long.parseUnsignedLong(text.substring(2), 16)
                            : Long.parseUnsignedLong(text);
            if (Long.compareUnsigned(value, limit) <= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw notANumber(option, text, e);
        }
        throw notANumber(option, text, null);
    }

    private static BadConfigException notANumber(OptionSpec option, String text, Exception cause) {
        return new BadConfigException(
                "%s '%s' is not a number; write digits, or 0x and hexadecimal digits"
                        .formatted(option.longestName(), text),
                cause);
    }
}
