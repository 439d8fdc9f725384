package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

class ProgressBarTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void aTerminalGetsABarThatFollowsApt() {
        ProgressBar bar = bar(true);
        assertTrue(bar.aptStatus("dlstatus:1:50.0000:Retrieving file 1 of 1"));
        assertEquals("\rFetching x [" + "#".repeat(15) + " ".repeat(15) + "]  50%", text());
        assertTrue(bar.aptStatus("dlstatus:1:50.4:the same"));
        bar.end(true);
        assertTrue(
                text().endsWith("[" + "#".repeat(30) + "] 100%" + System.lineSeparator()), text());
    }

    @Test
    void otherLinesAreNotTakenAndOddOnesMoveNothing() {
        ProgressBar bar = bar(true);
        assertFalse(bar.aptStatus("E: Unable to locate package"));
        assertTrue(bar.aptStatus("dlstatus:"));
        assertTrue(bar.aptStatus("dlstatus:1:x:y"));
        assertEquals("", text());
    }

    @Test
    void aFileGetsOneLine() {
        ProgressBar bar = bar(false);
        bar.show(10);
        bar.show(90);
        bar.end(true);
        assertEquals("Fetching x: done" + System.lineSeparator(), text());
    }

    private ProgressBar bar(boolean terminal) {
        return new ProgressBar(
                new PrintStream(out, true, StandardCharsets.UTF_8), terminal, "Fetching x");
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
