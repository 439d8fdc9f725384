package lodge.launcher;

import lodge.core.BadConfigException;
import lodge.core.LodgeException;
import lodge.machine.host.LodgeFolders;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Turns whatever goes wrong into one line on standard error and an exit code. A user never sees a
 * stack trace unless asked for with {@code -v}; that of an error in Lodge itself is kept in a file.
 */
final class Failures {
    private final List<String> args;
    private final boolean verbose;

    Failures(String... args) {
        this.args = List.of(args);
        verbose = this.args.contains("-v") || this.args.contains("--verbose");
        if (verbose) {
            // The logger reads it when it is first used.
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug");
        }
    }

    /** Lets a command line report its failures here. */
    void handleFor(CommandLine lodge) {
        lodge.setExecutionExceptionHandler((failure, command, parsed) -> report(failure));
        lodge.setParameterExceptionHandler((failure, arguments) -> misuse(failure));
    }

    private int misuse(ParameterException failure) {
        String command = failure.getCommandLine().getCommandSpec().qualifiedName();
        String message = failure.getMessage();
        if (failure.getCause() instanceof BadConfigException cause) {
            message = cause.getMessage();
        } else if (failure instanceof UnmatchedArgumentException unmatched
                && command.equals("lodge")
                && !unmatched.isUnknownOption()) {
            message = "Verb '" + unmatched.getUnmatched().getFirst() + "' is not known";
        }
        StringBuilder line = new StringBuilder(oneLine(String.valueOf(message)));
        if (failure instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            line.append("; did you mean ")
                    .append(unmatched.getSuggestions().getFirst())
                    .append("?");
        }
        print(line + "; '" + command + " --help' shows what it takes");
        if (verbose) {
            failure.printStackTrace();
        }
        return ExitCode.USAGE;
    }

    /**
     * Reports a failure.
     *
     * @param failure what went wrong
     * @return the exit code for it
     */
    int report(Throwable failure) {
        switch (failure) {
            case LodgeException known -> print(oneLine(known.getMessage()));
            case OutOfMemoryError ignored ->
                    print(
                            "Lodge itself ran out of memory; give the host more, or Lodge with"
                                    + " LODGE_JAVA_OPTIONS=-Xmx1g");
            default -> print(internal(failure));
        }
        if (verbose) {
            failure.printStackTrace();
        }
        return failure instanceof BadConfigException ? ExitCode.USAGE : ExitCode.FAILURE;
    }

    private String internal(Throwable failure) {
        String what = "Internal error (" + oneLine(failure.toString()) + "); please report it";
        try {
            Path folder = Files.createDirectories(LodgeFolders.cache().resolve("errors"));
            Path file = Files.createTempFile(folder, "error-", ".txt");
            StringWriter text = new StringWriter();
            PrintWriter out = new PrintWriter(text);
            out.println(
                    VersionCommand.line()
                            + ", Java "
                            + Runtime.version()
                            + ", "
                            + System.getProperty("os.name"));
            out.println(Instant.now() + " lodge " + String.join(" ", args));
            failure.printStackTrace(out);
            Files.writeString(file, text.toString());
            return what + " with " + file;
        } catch (IOException | RuntimeException e) {
            return what + " with what -v shows";
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ").strip();
    }

    private static void print(String line) {
        System.err.println("lodge: " + line);
    }
}
