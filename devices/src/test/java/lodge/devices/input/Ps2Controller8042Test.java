package lodge.devices.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** After the IBM PS/2 Hardware Interface Technical Reference, and what drivers do with an 8042. */
class Ps2Controller8042Test {
    private final Ps2Bench bench = new Ps2Bench();

    @Test
    void selfTestAndInterfaceTestsPass() {
        assertEquals(0x55, bench.ask(0xaa));
        assertEquals(0x04, bench.status() & 0x04, "system flag");
        assertEquals(0x00, bench.ask(0xab));
        assertEquals(0x00, bench.ask(0xa9));
        assertEquals(0xf1, bench.ask(0xa4), "no password");
    }

    @Test
    void theStatusTellsCommandsFromData() {
        bench.command(0x20);
        assertEquals(0x08, bench.status() & 0x08);
        bench.data(0xee);
        assertEquals(0, bench.status() & 0x08);
        assertEquals(0x10, bench.status() & 0x10, "not locked");
    }

    @Test
    void theCommandByteIsWrittenAndRead() {
        bench.command(0x60, 0x47);
        assertEquals(0x47, bench.ask(0x20));
        bench.command(0x7f, 0xa5);
        assertEquals(0xa5, bench.ask(0x3f));
        assertEquals(0x47, bench.ask(0x20));
    }

    @Test
    void devicesAreSwitchedOffAndOn() {
        bench.command(0x60, 0x00);
        bench.command(0xad);
        bench.command(0xa7);
        assertEquals(0x30, bench.ask(0x20));
        bench.command(0xae);
        bench.command(0xa8);
        assertEquals(0x00, bench.ask(0x20));
    }

    @Test
    void aKeyWaitsWhileTheKeyboardIsOff() {
        bench.command(0xad);
        bench.keyboard.press(Key.A);
        assertFalse(bench.full());
        bench.command(0xae);
        assertEquals(0x1e, bench.read());
    }

    @Test
    void writingToTheKeyboardSwitchesItOn() {
        bench.command(0xad);
        bench.data(0xee);
        assertEquals(0xee, bench.read());
        assertEquals(0, bench.ask(0x20) & 0x10);
    }

    @Test
    void interruptsFollowTheOutputBuffer() {
        bench.command(0x60, 0x43);
        bench.keyboard.press(Key.A);
        assertTrue(bench.irq1.high());
        assertFalse(bench.irq12.high());
        bench.read();
        assertFalse(bench.irq1.high());
        bench.aux(0xf4);
        assertTrue(bench.irq12.high());
        assertEquals(0x20, bench.status() & 0x20);
        assertEquals(0xfa, bench.read());
        assertFalse(bench.irq12.high());
    }

    @Test
    void nothingInterruptsThatIsNotEnabled() {
        bench.command(0x60, 0x40);
        bench.keyboard.press(Key.A);
        bench.read();
        bench.aux(0xf4);
        assertEquals(0, bench.interrupts);
    }

    @Test
    void eachByteOfAKeyIsAnEdge() {
        bench.command(0x60, 0x41);
        bench.keyboard.press(Key.LEFT);
        assertEquals(1, bench.interrupts);
        assertEquals(0xe0, bench.read());
        bench.settle();
        assertEquals(2, bench.interrupts);
        assertEquals(0x4b, bench.read());
    }

    @Test
    void aHandlerMayReadTheSameByteTwice() {
        bench.keyboard.press(Key.LEFT);
        assertEquals(0xe0, bench.kbc.in(0, 1));
        assertEquals(0xe0, bench.kbc.in(0, 1), "the next byte is still on the cable");
        bench.settle();
        assertEquals(0x4b, bench.kbc.in(0, 1));
    }

    @Test
    void translationTurnsReleasesIntoTheHighBit() {
        bench.keyboard.press(Key.A);
        bench.keyboard.release(Key.A);
        bench.keyboard.press(Key.RIGHT_CONTROL);
        bench.keyboard.release(Key.RIGHT_CONTROL);
        assertEquals("1e 9e e0 1d e0 9d", bench.readAll());
    }

    @Test
    void withoutTranslationTheKeyboardsOwnCodesArrive() {
        bench.command(0x60, 0x00);
        bench.keyboard.press(Key.A);
        bench.keyboard.release(Key.A);
        assertEquals("1c f0 1c", bench.readAll());
    }

    @Test
    void theOutputPortDrivesA20() {
        bench.command(0xd1, 0xdd);
        assertEquals(List.of(false), bench.a20);
        assertEquals(0, bench.ask(0xd0) & 0x02);
        bench.command(0xd1, 0xdf);
        bench.command(0xdd);
        bench.command(0xdf);
        assertEquals(List.of(false, true, false, true), bench.a20);
        assertEquals(0x02, bench.ask(0xd0) & 0x02);
    }

    @Test
    void theProcessorIsResetByPulseAndByTheOutputPort() {
        bench.command(0xfe);
        assertEquals(1, bench.resets);
        bench.command(0xff);
        bench.command(0xfd);
        assertEquals(1, bench.resets);
        bench.command(0xd1, 0xfe);
        assertEquals(2, bench.resets);
    }

    /** Linux finds out by these whether there is a mouse port, a multiplexer, and an IRQ 12. */
    @Test
    void theMouseBufferCanBeWrittenForTests() {
        bench.command(0x60, 0x42);
        bench.command(0xd3, 0x5a);
        assertTrue(bench.irq12.high());
        assertEquals(0x20, bench.status() & 0x20);
        assertEquals(0x5a, bench.read());
        for (int value : new int[] {0xf0, 0x56, 0xa4}) {
            bench.command(0xd3, value);
            assertEquals(value, bench.read());
        }
    }

    @Test
    void theKeyboardBufferCanBeWrittenForTests() {
        bench.command(0x60, 0x41);
        bench.command(0xd2, 0x1e);
        assertTrue(bench.irq1.high());
        assertEquals(0, bench.status() & 0x20);
        assertEquals(0x1e, bench.read());
    }

    @Test
    void aReplyIsNotLostWhenAKeyIsInTheBuffer() {
        bench.keyboard.press(Key.A);
        bench.command(0x20);
        assertEquals(0x1e, bench.kbc.in(0, 1));
        assertTrue(bench.full());
        assertEquals(0x40, bench.kbc.in(0, 1));
    }

    @Test
    void unknownCommandsAreIgnored() {
        for (int command = 0; command < 0x20; command++) {
            bench.command(command);
        }
        bench.command(0xb5);
        bench.command(0xe5);
        assertFalse(bench.full());
    }

    @Test
    void theKeyboardGoesBeforeTheMouse() {
        bench.aux(0xf4);
        bench.read();
        bench.command(0xad);
        bench.command(0xa7);
        bench.mouse.move(1, 0, 0);
        bench.keyboard.press(Key.A);
        bench.command(0xa8);
        bench.settle();
        List<Integer> bytes = new ArrayList<>();
        bench.command(0xae);
        while (bench.full()) {
            bytes.add(bench.read());
            bench.settle();
        }
        // The mouse's first byte was in the buffer already when the keyboard came back.
        assertEquals(List.of(0x08, 0x1e, 0x01, 0x00), bytes);
    }
}
