package lodge.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a guest wrote to its serial console lately, without the control sequences of terminals. Any
 * thread may ask.
 */
final class ConsoleText {
    private static final int KEPT = 64 << 10;
    private static final int LAST_LINES = 4096;

    private final StringBuilder text = new StringBuilder();
    private State state = State.PLAIN;
    private int from;

    /** Where the filter of terminal control sequences (ECMA-48, 5.4) is. */
    private enum State {
        PLAIN,
        ESCAPE,
        SEQUENCE
    }

    /** Returns a stream that passes everything on and looks at it too. */
    OutputStream tee(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                add(bytes, from, length);
                out.write(bytes, from, length);
            }

            @Override
            public void flush() throws IOException {
                out.flush();
            }
        };
    }

    /** Takes bytes of the console. */
    synchronized void add(byte[] bytes, int start, int length) {
        String piece = new String(bytes, start, length, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            switch (state) {
                case PLAIN -> {
                    if (c == 0x1b) {
                        state = State.ESCAPE;
                    } else if (c >= ' ' || c == '\n') {
                        text.append(c);
                    }
                }
                case ESCAPE -> state = c == '[' ? State.SEQUENCE : State.PLAIN;
                case SEQUENCE -> state = c >= '@' && c <= '~' ? State.PLAIN : State.SEQUENCE;
            }
        }
        int tooMany = text.length() - KEPT;
        if (tooMany > 0) {
            text.delete(0, tooMany);
            from = Math.max(0, from - tooMany);
        }
    }

    /** Returns whether a text was written, among what is kept. */
    synchronized boolean contains(String wanted) {
        return text.indexOf(wanted) >= 0;
    }

    /** Returns whether a text was written after the one that was taken last, and takes it. */
    synchronized boolean take(String wanted) {
        int at = text.indexOf(wanted, from);
        if (at >= 0) {
            from = at + wanted.length();
        }
        return at >= 0;
    }

    /** Returns the last lines, as one line. */
    synchronized String lastLines() {
        String end = text.substring(Math.max(0, text.length() - LAST_LINES));
        List<String> lines = new ArrayList<>(end.lines().filter(line -> !line.isBlank()).toList());
        List<String> last = lines.subList(Math.max(0, lines.size() - 3), lines.size());
        return last.isEmpty() ? "none" : String.join(" | ", last);
    }
}
