package lodge.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code lodge} itself, without a verb. */
@Command(
        name = "lodge",
        description = "Runs x86 virtual machines.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        versionProvider = VersionCommand.class,
        footer = {
            "",
            "Exit codes: 0 done, 1 failure, 2 usage, 124 timeout, 130 interrupted.",
            "'lodge VERB --help' explains a verb; 'lodge demo' is a good start."
        })
final class LodgeCommand implements Runnable {
    @Spec private CommandSpec spec;

    static void addAllVerbs(CommandLine lodge) {
        lodge.addSubcommand(new RunCommand());
        lodge.addSubcommand(new BackendsCommand());
        lodge.addSubcommand(new DoctorCommand());
        lodge.addSubcommand(new DemoCommand());
        lodge.addSubcommand(new VersionCommand());
        lodge.addSubcommand(new CompletionCommand());
        lodge.addSubcommand(new HelpCommand());
    }

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show what happens, and stack traces of failures.")
    void verbose(boolean on) {
        if (on) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug");
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A verb is missing");
    }
}
