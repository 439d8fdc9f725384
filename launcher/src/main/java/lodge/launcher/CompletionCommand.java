package lodge.launcher;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;

/** {@code lodge completion}: the script that teaches a shell to complete the command. */
@Command(
        name = "completion",
        description = "Print a script that lets a shell complete lodge's verbs and options.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footer = {
            "",
            "bash: source <(lodge completion bash), in ~/.bashrc",
            "zsh:  source <(lodge completion zsh), in ~/.zshrc behind compinit"
        })
final class CompletionCommand implements Runnable {
    /** Shells there is a script for. */
    enum Shell {
        /** The Bourne-again shell. */
        bash,
        /** The Z shell. */
        zsh
    }

    @Parameters(paramLabel = "bash|zsh", description = "Which shell.")
    private Shell shell;

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        CommandLine lodge = LodgeCommand.commandLine();
        LodgeCommand.addAllVerbs(lodge);
        PrintWriter out = spec.commandLine().getOut();
        if (shell == Shell.zsh) {
            // The script below speaks bash's completion; zsh has a translator for it.
            out.println("autoload -U +X bashcompinit && bashcompinit");
        }
        out.println(AutoComplete.bash("lodge", lodge));
        out.flush();
    }
}
