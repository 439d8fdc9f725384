package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void exitCodesTellSuccessFromMisuse() {
        assertEquals(0, Main.run("--version"));
        assertEquals(0, Main.run("version"));
        assertEquals(0, Main.run("--help"));
        assertEquals(2, Main.run("--no-such-option"));
        assertEquals(2, Main.run());
    }
}
