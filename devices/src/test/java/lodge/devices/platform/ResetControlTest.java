package lodge.devices.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ResetControlTest {
    private int resets;
    private final ResetControl port = new ResetControl("reset", () -> resets++);

    @Test
    void theRiseOfBit2ResetsTheMachine() {
        port.out(0, 1, 0x02);
        assertEquals(0, resets);
        port.out(0, 1, 0x06);
        assertEquals(1, resets);
        port.out(0, 1, 0x06);
        assertEquals(1, resets);
        port.out(0, 1, 0x00);
        port.out(0, 1, 0x04);
        assertEquals(2, resets);
    }

    @Test
    void onlyItsTwoBitsAreKept() {
        port.out(0, 1, 0xff);
        assertEquals(0x06, port.in(0, 1));
    }
}
