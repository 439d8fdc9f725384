package lodge.launcher;

import picocli.CommandLine;

/**
 * Where the {@code lodge} command begins: picks the verb, turns failures into one line and an exit
 * code.
 */
public final class Main {
    private Main() {}

    /**
     * Runs one verb, then ends the JVM with its exit code.
     *
     * @param args the command line, without the command's own name
     */
    public static void main(String[] args) {
        if (answersAtOnce(args)) {
            return; // nothing runs that System.exit would have to end, and it has work of its own
        }
        System.exit(run(args));
    }

    /** The answers that people wait for most often need no command-line parser. */
    private static boolean answersAtOnce(String... args) {
        if (args.length != 1) {
            return false;
        }
        switch (args[0]) {
            case "--version", "-V" -> System.out.println(VersionCommand.line());
            case "version" -> new VersionCommand().run();
            default -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Runs one verb.
     *
     * @param args the command line, without the command's own name
     * @return the exit code; see {@link ExitCode}
     */
    static int run(String... args) {
        if (answersAtOnce(args)) {
            return ExitCode.OK;
        }
        Failures failures = new Failures(args);
        try {
            CommandLine lodge = commandLine(args.length == 0 ? "" : args[0]);
            failures.handleFor(lodge);
            if (args.length == 0) {
                lodge.usage(System.err);
                return ExitCode.USAGE;
            }
            return lodge.execute(args);
        } catch (Throwable e) {
            return failures.report(e);
        }
    }

    /**
     * Reading a verb's annotations is what takes time: where the verb is known, it is the only one.
     */
    private static CommandLine commandLine(String verb) {
        CommandLine lodge = LodgeCommand.commandLine();
        switch (verb) {
            case "run" -> lodge.addSubcommand(new RunCommand().spec());
            case "backends" -> lodge.addSubcommand(new BackendsCommand());
            case "doctor" -> lodge.addSubcommand(new DoctorCommand());
            case "demo" -> lodge.addSubcommand(new DemoCommand());
            default -> LodgeCommand.addAllVerbs(lodge);
        }
        return lodge;
    }
}
