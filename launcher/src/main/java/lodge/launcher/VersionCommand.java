package lodge.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code lodge version}: which Lodge this is, on which Java and which host. */
@Command(
        name = "version",
        description = "Print the version of Lodge, and of the Java and host it runs on.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class)
final class VersionCommand implements Runnable, IVersionProvider {
    static String line() {
        String version =
                Main.class.getModule().isNamed()
                        ? Main.class.getModule().getDescriptor().rawVersion().orElse("unversioned")
                        : "unversioned";
        return "lodge " + version;
    }

    @Override
    public void run() {
        System.out.println(line());
        System.out.println("java " + Runtime.version());
        System.out.println(System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    @Override
    public String[] getVersion() {
        return new String[] {line()};
    }
}
