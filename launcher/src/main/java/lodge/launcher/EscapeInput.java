package lodge.launcher;

import java.io.IOException;
import java.io.InputStream;

/**
 * Keys on their way from a raw terminal to the guest. Ctrl+] is taken out with the key behind it,
 * which is a command to Lodge; Ctrl+] twice sends one to the guest.
 */
final class EscapeInput extends InputStream {
    /** Carries out commands. */
    @FunctionalInterface
    interface Commands {
        /**
         * Carries out a command.
         *
         * @param key the key behind Ctrl+]
         */
        void command(char key);
    }

    /** Ctrl+]. */
    static final int ESCAPE = 0x1d;

    private final InputStream keys;
    private final Commands commands;
    private boolean escaped;

    EscapeInput(InputStream keys, Commands commands) {
        this.keys = keys;
        this.commands = commands;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            int n = keys.read(target, from, length);
            if (n < 0) {
                return -1;
            }
            int kept = 0;
            for (int i = 0; i < n; i++) {
                int key = target[from + i] & 0xff;
                if (!escaped && key == ESCAPE) {
                    escaped = true;
                } else if (escaped && key != ESCAPE) {
                    escaped = false;
                    commands.command((char) key);
                } else {
                    escaped = false;
                    target[from + kept++] = (byte) key;
                }
            }
            if (kept > 0) {
                return kept;
            }
        }
    }
}
