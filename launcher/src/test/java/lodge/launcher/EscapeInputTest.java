package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

class EscapeInputTest {
    private final StringBuilder commands = new StringBuilder();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64})
    void keysPassAndCommandsAreTakenOutHoweverTheyArrive(int piece) throws IOException {
        assertEquals("ab\u001dcd\u001d", read("a\u001dqb\u001d\u001dc\u001dpd\u001d\u001d", piece));
        assertEquals("qp", commands.toString());
    }

    @Test
    void anEscapeAtTheEndWaitsForItsKey() throws IOException {
        assertEquals("x", read("x\u001d", 64));
        assertEquals("", commands.toString());
    }

    @Test
    void everyOtherByteIsLeftAlone() throws IOException {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) (i == EscapeInput.ESCAPE ? 0 : i);
        }
        InputStream in = new EscapeInput(new ByteArrayInputStream(all), commands::append);
        for (byte each : all) {
            assertEquals(each & 0xff, in.read());
        }
        assertEquals(-1, in.read());
    }

    private String read(String keys, int piece) throws IOException {
        InputStream in =
                new EscapeInput(
                        new ByteArrayInputStream(keys.getBytes(StandardCharsets.ISO_8859_1)),
                        commands::append);
        StringBuilder text = new StringBuilder();
        byte[] bytes = new byte[piece];
        for (int n = in.read(bytes, 0, piece); n >= 0; n = in.read(bytes, 0, piece)) {
            text.append(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }
}
