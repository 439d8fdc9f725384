package lodge.launcher;

/**
 * What the JVM watches once, at the end of the build, to make the AOT cache: the real verbs, in one
 * process. What a verb finds missing on this host is not its concern.
 */
final class Training {
    private Training() {}

    /**
     * Runs the verbs whose start is to be fast.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Main.run("--version");
        Main.run("backends");
        Main.run("doctor");
        Main.run("--help");
        System.exit(0); // as Main ends, for the classes that the JVM loads then
    }
}
