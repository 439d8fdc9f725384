package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

class ConsoleTextTest {
    private final ConsoleText console = new ConsoleText();

    @Test
    void controlSequencesAreLeftOutAlsoAcrossPieces() {
        feed("\u001b[2J\u001b[02;24Hgr\u001b[0");
        assertFalse(console.contains("grub"));
        feed("m\u001b7ub> ");
        assertTrue(console.contains("grub> "));
    }

    @Test
    void whatIsTakenIsNotFoundAgain() {
        feed("prompt: typed\nanswer\nprompt: ");
        assertTrue(console.take("prompt"));
        assertTrue(console.take("answer"));
        assertTrue(console.take("prompt"));
        assertFalse(console.take("prompt"));
        assertTrue(console.contains("answer"), "looking takes nothing");
        feed("prompt");
        assertTrue(console.take("prompt"));
    }

    @Test
    void theLastLinesAreOneLine() {
        assertEquals("none", console.lastLines());
        feed("one\r\n\r\ntwo\nthree\nfour\n");
        assertEquals("two | three | four", console.lastLines());
    }

    @Test
    void endlessOutputIsPassedOnAndNotKept() throws IOException {
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        feed("first ");
        assertTrue(console.take("first"));
        try (OutputStream tee = console.tee(passed)) {
            for (int i = 0; i < 10_000; i++) {
                tee.write("x\u001b[31mxxxxxxxxx".getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        assertEquals(10_000 * 15, passed.size());
        assertEquals(4096, console.lastLines().length());
        assertFalse(console.contains("first"));
        feed("last");
        assertTrue(console.take("last"));
    }

    private void feed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        console.add(bytes, 0, bytes.length);
    }
}
