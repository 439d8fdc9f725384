package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class PortA92Test {
    private final List<Boolean> a20 = new ArrayList<>();
    private int resets;
    private final PortA92 port = new PortA92("port92", a20::add, () -> resets++);

    @Test
    void bit1OpensAndClosesA20() {
        port.out(0, 1, 0x02);
        port.out(0, 1, 0x02);
        port.out(0, 1, 0x00);
        assertEquals(List.of(true, false), a20);
        assertEquals(0, resets);
    }

    @Test
    void theRiseOfBit0ResetsTheProcessor() {
        port.out(0, 1, 0x01);
        port.out(0, 1, 0x01);
        assertEquals(1, resets);
        port.out(0, 1, 0x00);
        port.out(0, 1, 0x03);
        assertEquals(2, resets);
    }

    @Test
    void whatWasWrittenIsReadBack() {
        port.out(0, 1, 0xfe);
        assertEquals(0xfe, port.in(0, 1));
    }

    @Test
    void aLoadedPortSetsItsGate() {
        port.load(new PortA92.State(0x02));
        assertEquals(List.of(true), a20);
        port.load(new PortA92.State(0x01));
        assertEquals(0, resets, "a saved machine is not reset when it is resumed");
    }
}
