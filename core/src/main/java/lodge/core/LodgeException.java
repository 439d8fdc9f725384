package lodge.core;

/**
 * Something the user must know about. The message says what failed, why and what to do, in one
 * line, and is shown as it is; a stack trace never reaches a user. A guest's behaviour never causes
 * one of these (see the five sentences in ARCHITECTURE.md).
 */
public abstract sealed class LodgeException extends RuntimeException
        permits NativeCallException, BadConfigException, BadImageException, BadStateException {
    private static final long serialVersionUID = 1L;

    LodgeException(String message, Throwable cause) {
        super(message, cause);
    }
}
