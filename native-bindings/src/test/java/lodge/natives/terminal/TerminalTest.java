package lodge.natives.terminal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.natives.posix.CallState;
import lodge.natives.posix.EventFd;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;
import lodge.natives.posix.Posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

@EnabledOnOs(OS.LINUX)
class TerminalTest {
    private static final int C_LFLAG = 12;
    private static final int ISIG_ICANON_ECHO = 1 | 2 | 8;

    private static Fd pseudoTerminal() {
        CallState state = new CallState();
        int fd = Libc.open(state, "/dev/ptmx", Posix.O_RDWR | Posix.O_CLOEXEC);
        assertTrue(fd >= 0, "open(/dev/ptmx): errno " + state.errno());
        return new Fd(state, "ptmx", fd);
    }

    private static int localFlags(Terminal terminal) {
        return ByteBuffer.wrap(terminal.modes()).order(ByteOrder.LITTLE_ENDIAN).getInt(C_LFLAG);
    }

    @Test
    void rawModeIsLeftAsItWasEntered() {
        try (Fd fd = pseudoTerminal()) {
            Terminal terminal = Terminal.of(fd.number()).orElseThrow();
            byte[] before = terminal.modes();
            assertEquals(ISIG_ICANON_ECHO, localFlags(terminal) & ISIG_ICANON_ECHO);
            terminal.raw();
            assertEquals(0, localFlags(terminal) & ISIG_ICANON_ECHO);
            terminal.raw();
            terminal.close();
            assertArrayEquals(before, terminal.modes());
            terminal.restore();
            assertArrayEquals(before, terminal.modes());
        }
    }

    @Test
    void aTerminalWithoutASizeSaysSo() {
        try (Fd fd = pseudoTerminal()) {
            assertEquals(Optional.empty(), Terminal.of(fd.number()).orElseThrow().size());
        }
    }

    @Test
    void whatIsNoTerminalIsNone() {
        try (EventFd event = new EventFd()) {
            assertFalse(Terminal.of(event.number()).isPresent());
        }
        assertFalse(Terminal.of(-1).isPresent());
    }
}
