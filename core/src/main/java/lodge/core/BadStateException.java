package lodge.core;

/**
 * A saved state is damaged or does not fit, or an operation is not legal in the machine's present
 * state.
 */
public final class BadStateException extends LodgeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error without an underlying cause.
     *
     * @param message one line: what failed, why, what to do
     */
    public BadStateException(String message) {
        super(message, null);
    }

    /**
     * An error with its cause; the message must not repeat the cause's text.
     *
     * @param message one line: what failed, why, what to do
     * @param cause what made it fail
     */
    public BadStateException(String message, Throwable cause) {
        super(message, cause);
    }
}
