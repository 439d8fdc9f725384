package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

class GrubWatchTest {
    private final GrubWatch watch = new GrubWatch();

    @Test
    void thePromptIsRecognisedBetweenControlSequencesAndAcrossPieces() {
        feed("\u001b[2J\u001b[02;24Hgr\u001b[0");
        assertFalse(watch.seen());
        feed("m\u001b7ub> ");
        assertTrue(watch.seen());
        assertEquals("GRUB's prompt 'grub>' on the serial console", watch.what());
    }

    @Test
    void theMenusTitleIsRecognised() {
        feed("\u001b[02;24HGNU GRUB  version 2.06");
        assertEquals("GRUB's title 'GNU GRUB' on the serial console", watch.what());
    }

    @Test
    void theGreetingAndFirmwaresOutputDoNotCount() {
        feed(
                """
                SeaBIOS (version 1.16.2)
                Booting from DVD/CD...
                Welcome to GRUB!

                error: no such device.
                """);
        assertFalse(watch.seen());
        assertEquals(
                "Booting from DVD/CD... | Welcome to GRUB! | error: no such device.",
                watch.lastLines());
    }

    @Test
    void theScreenCountsToo() {
        watch.look(List.of("  Welcome to GRUB!", ""));
        assertFalse(watch.seen());
        watch.look(List.of("", "grub> _"));
        assertEquals("GRUB's prompt 'grub>' on the screen", watch.what());
    }

    @Test
    void endlessOutputIsNotKept() throws IOException {
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        try (OutputStream tee = watch.tee(passed)) {
            for (int i = 0; i < 10_000; i++) {
                tee.write("x\u001b[31mxxxxxxxxx".getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        assertEquals(10_000 * 15, passed.size());
        assertEquals(4096, watch.lastLines().length());
    }

    private void feed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        watch.look(bytes, 0, bytes.length);
    }
}
