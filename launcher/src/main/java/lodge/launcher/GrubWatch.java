package lodge.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Recognises GRUB by what it writes, on the serial console or on the screen: its prompt, or the
 * title line of its menu and of its command line. The greeting alone does not count, because GRUB
 * writes it before it has found its modules.
 */
final class GrubWatch {
    private static final String PROMPT = "grub>";
    private static final String TITLE = "GNU GRUB";
    private static final int KEPT = 4096;

    private final StringBuilder text = new StringBuilder();
    private State state = State.PLAIN;
    private String what = "";

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
                look(bytes, from, length);
                out.write(bytes, from, length);
            }

            @Override
            public void flush() throws IOException {
                out.flush();
            }
        };
    }

    /** Looks at bytes of the serial console. */
    synchronized void look(byte[] bytes, int from, int length) {
        String piece = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
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
        if (text.length() > KEPT) {
            text.delete(0, text.length() - KEPT);
        }
        recognise(text.toString(), "on the serial console");
    }

    /** Looks at the lines of a text screen. */
    synchronized void look(List<String> screen) {
        recognise(String.join("\n", screen), "on the screen");
    }

    private void recognise(String where, String place) {
        if (what.isEmpty() && where.contains(PROMPT)) {
            what = "GRUB's prompt '" + PROMPT + "' " + place;
        } else if (what.isEmpty() && where.contains(TITLE)) {
            what = "GRUB's title '" + TITLE + "' " + place;
        }
    }

    /** Returns whether GRUB was recognised. */
    synchronized boolean seen() {
        return !what.isEmpty();
    }

    /** Returns what was seen, and where. */
    synchronized String what() {
        return what;
    }

    /** Returns the last lines of the serial console, as one line. */
    synchronized String lastLines() {
        List<String> lines =
                new ArrayList<>(text.toString().lines().filter(line -> !line.isBlank()).toList());
        List<String> last = lines.subList(Math.max(0, lines.size() - 3), lines.size());
        return last.isEmpty() ? "none" : String.join(" | ", last);
    }
}
