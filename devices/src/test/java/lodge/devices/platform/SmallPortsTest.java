package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.bus.IoSpace;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** The debug console, the POST port and the port that ends a run. */
class SmallPortsTest {
    @Test
    void theDebugConsoleIsFoundAndTakesBytes() {
        StringBuilder log = new StringBuilder();
        DebugPort port = new DebugPort("debug", value -> log.append((char) value));
        assertEquals(0xe9, port.in(0, 1));
        port.out(0, 1, 'o');
        port.out(0, 1, 'k');
        assertEquals("ok", log.toString());
    }

    @Test
    void thePostPortKeepsTheLastCode() {
        PostPort port = new PostPort("post");
        assertEquals(0, port.code());
        port.out(0, 1, 0x31);
        port.out(0, 1, 0x6d);
        assertEquals(0x6d, port.code());
        assertEquals(0x6d, port.in(0, 1));
        port.reset();
        assertEquals(0, port.code());
    }

    @Test
    void debugExitTurnsAValueIntoAnOddExitCode() {
        List<Integer> codes = new ArrayList<>();
        DebugExit port = new DebugExit("exit", codes::add);
        IoSpace io = new IoSpace();
        io.claimPorts(port, 0xf4, DebugExit.PORTS, port);
        io.out(0xf4, 1, 0);
        io.out(0xf4, 4, 0x10);
        io.out(0xf4, 2, 0x1234);
        assertEquals(List.of(1, 0x21, 0x2469), codes);
        assertEquals(0, io.in(0xf4, 4));
    }
}
