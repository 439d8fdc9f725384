package lodge.core;

/** A file with contents (disk, CD, firmware, kernel) is not what it should be. */
public final class BadImageException extends LodgeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error without an underlying cause.
     *
     * @param message one line: what failed, why, what to do
     */
    public BadImageException(String message) {
        super(message, null);
    }

    /**
     * An error with its cause; the message must not repeat the cause's text.
     *
     * @param message one line: what failed, why, what to do
     * @param cause what made it fail
     */
    public BadImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
