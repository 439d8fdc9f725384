package lodge.core;

/**
 * The machine that was asked for cannot be built: a wrong value, a missing file, too much memory.
 * Exit code 2.
 */
public final class BadConfigException extends LodgeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error without an underlying cause.
     *
     * @param message one line: what failed, why, what to do
     */
    public BadConfigException(String message) {
        super(message, null);
    }

    /**
     * An error with its cause; the message must not repeat the cause's text.
     *
     * @param message one line: what failed, why, what to do
     * @param cause what made it fail
     */
    public BadConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
