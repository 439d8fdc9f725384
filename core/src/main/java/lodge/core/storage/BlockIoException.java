package lodge.core.storage;

import java.io.IOException;

/**
 * The host could not read or write an image. Checked, so that every controller answers its guest.
 */
public final class BlockIoException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A failed transfer.
     *
     * @param message what failed, with the file's name
     * @param cause the host's error, or null
     */
    public BlockIoException(String message, Throwable cause) {
        super(message, cause);
    }
}
