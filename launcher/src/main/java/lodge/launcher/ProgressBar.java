package lodge.launcher;

import java.io.PrintStream;

/**
 * Shows how far something is: a bar that redraws itself on a terminal, otherwise one line at the
 * end.
 */
final class ProgressBar {
    private static final int WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private final String what;
    private int shown = -1;

    ProgressBar(PrintStream out, boolean terminal, String what) {
        this.out = out;
        this.terminal = terminal;
        this.what = what;
    }

    /**
     * Takes a line that apt wrote to its status descriptor: {@code dlstatus:ITEM:PERCENT:TEXT}.
     *
     * @param line any line of apt's output
     * @return whether it was one
     */
    boolean aptStatus(String line) {
        if (!line.startsWith("dlstatus:") && !line.startsWith("pmstatus:")) {
            return false;
        }
        int from = line.indexOf(':', line.indexOf(':') + 1) + 1;
        int to = line.indexOf(':', from);
        if (from > 0 && to > from) {
            try {
                show((int) Double.parseDouble(line.substring(from, to)));
            } catch (NumberFormatException e) {
                return true; // a line in another form moves no bar
            }
        }
        return true;
    }

    /**
     * Draws the bar.
     *
     * @param percent 0 to 100
     */
    void show(int percent) {
        int now = Math.clamp(percent, 0, 100);
        if (terminal && now != shown) {
            shown = now;
            int full = now * WIDTH / 100;
            out.print(
                    "\r%s [%s%s] %3d%%"
                            .formatted(what, "#".repeat(full), " ".repeat(WIDTH - full), now));
            out.flush();
        }
    }

    /**
     * Draws the end.
     *
     * @param succeeded whether it was reached
     */
    void end(boolean succeeded) {
        if (terminal) {
            if (succeeded) {
                show(100);
            }
            out.println(succeeded ? "" : " failed");
        } else {
            out.println(what + (succeeded ? ": done" : ": failed"));
        }
    }
}
