package lodge.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

import java.io.PrintWriter;

/** The {@code lodge} command. Exit code 0: it worked; 1: it did not; 2: it was asked wrongly. */
@Command(
        name = "lodge",
        description = "Runs x86 virtual machines.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {Version.class, HelpCommand.class})
public final class Main {
    private Main() {}

    /**
     * Runs one verb, then ends the JVM with its exit code.
     *
     * @param args the command line, without the command's own name
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
            System.out.println(Version.line()); // the answer needs no command-line parser
            return CommandLine.ExitCode.OK;
        }
        CommandLine lodge = new CommandLine(new Main());
        lodge.setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                    report(command.getErr(), failure);
                    return CommandLine.ExitCode.SOFTWARE;
                });
        if (args.length == 0) {
            lodge.usage(lodge.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        return lodge.execute(args);
    }

    /** Prints what went wrong and its causes, one line; LODGE_DEBUG=1 adds the stack trace. */
    private static void report(PrintWriter err, Throwable failure) {
        StringBuilder line = new StringBuilder("lodge");
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            line.append(": ").append(message == null ? cause.getClass().getSimpleName() : message);
        }
        err.println(line);
        if ("1".equals(System.getenv("LODGE_DEBUG"))) {
            failure.printStackTrace(err);
        }
        err.flush();
    }
}
