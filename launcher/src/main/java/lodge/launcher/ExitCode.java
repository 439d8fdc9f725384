package lodge.launcher;

/**
 * What the {@code lodge} command ends with. With {@code --debug-exit} a guest can choose any odd
 * number too.
 */
final class ExitCode {
    /** The verb did what it was asked; the guest powered off. */
    static final int OK = 0;

    /** It could not. */
    static final int FAILURE = 1;

    /** It was asked wrongly, or for a machine that cannot be built as described. */
    static final int USAGE = 2;

    /** {@code --timeout} ran out; what timeout(1) ends with. */
    static final int TIMEOUT = 124;

    /** Interrupted from the keyboard; what shells report for SIGINT. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
