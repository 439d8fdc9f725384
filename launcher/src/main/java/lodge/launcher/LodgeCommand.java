package lodge.launcher;

import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/**
 * {@code lodge} itself, without a verb. It and {@code run} describe themselves to picocli by calls:
 * reading annotations costs more time than all the rest of a machine's start.
 */
final class LodgeCommand implements Runnable {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private LodgeCommand() {}

    /** Returns the command without verbs. */
    static CommandLine commandLine() {
        CommandSpec spec = new LodgeCommand().spec;
        spec.name("lodge").versionProvider(new VersionCommand());
        spec.usageMessage()
                .description("Runs x86 virtual machines.")
                .synopsisSubcommandLabel("VERB")
                .footer(
                        "",
                        "Exit codes: 0 done, 1 failure, 2 usage, 124 timeout, 130 interrupted.",
                        "'lodge VERB --help' explains a verb; 'lodge demo' is a good start.");
        addHelp(spec);
        // Failures looks for it before anything is parsed; here it only has to be known, in all
        // verbs.
        spec.addOption(
                OptionSpec.builder("-v", "--verbose")
                        .type(boolean.class)
                        .arity("0")
                        .scopeType(ScopeType.INHERIT)
                        .description("Show what happens, and stack traces of failures.")
                        .build());
        return new CommandLine(spec);
    }

    /** Adds the options every command has. */
    static void addHelp(CommandSpec spec) {
        spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .type(boolean.class)
                        .arity("0")
                        .usageHelp(true)
                        .description("Show this help and exit.")
                        .build());
        spec.addOption(
                OptionSpec.builder("-V", "--version")
                        .type(boolean.class)
                        .arity("0")
                        .versionHelp(true)
                        .description("Print the version and exit.")
                        .build());
    }

    static void addAllVerbs(CommandLine lodge) {
        lodge.addSubcommand(new RunCommand().spec());
        lodge.addSubcommand(new TraceCommand().spec());
        lodge.addSubcommand(new BackendsCommand());
        lodge.addSubcommand(new DoctorCommand());
        lodge.addSubcommand(new DemoCommand());
        lodge.addSubcommand(new VersionCommand());
        lodge.addSubcommand(new CompletionCommand());
        lodge.addSubcommand(new HelpCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A verb is missing");
    }
}
