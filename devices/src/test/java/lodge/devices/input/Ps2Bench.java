package lodge.devices.input;

import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IrqLine;
import lodge.core.time.ManualClock;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** A PS/2 controller with its devices, and what a driver does with it. */
final class Ps2Bench {
    final ManualClock clock = new ManualClock();
    final List<Boolean> a20 = new ArrayList<>();
    int resets;
    int interrupts;
    final IrqLine irq1 = counted(1);
    final IrqLine irq12 = counted(12);
    final Ps2Controller8042 kbc =
            new Ps2Controller8042("kbc", clock, irq1, irq12, a20::add, () -> resets++);
    final Ps2Keyboard keyboard = kbc.keyboard();
    final Ps2Mouse mouse = kbc.mouse();

    private IrqLine counted(int pin) {
        return new IrqLine((p, high) -> interrupts += high ? 1 : 0, pin);
    }

    int status() {
        return kbc.commandPort().in(0, 1);
    }

    boolean full() {
        return (status() & 1) != 0;
    }

    /** Lets the next byte come over the cable. */
    void settle() {
        clock.advance(1_000_000);
    }

    void command(int command) {
        kbc.commandPort().out(0, 1, command);
    }

    void command(int command, int parameter) {
        command(command);
        kbc.out(0, 1, parameter);
    }

    /** Sends a byte to the keyboard. */
    void data(int value) {
        kbc.out(0, 1, value);
        settle();
    }

    /** Sends a byte to the mouse. */
    void aux(int value) {
        command(0xd4, value);
        settle();
    }

    int ask(int command) {
        command(command);
        return read();
    }

    int read() {
        assertTrue(full(), "the output buffer is empty");
        return kbc.in(0, 1);
    }

    /** Reads all there is, in hexadecimal. */
    String readAll() {
        StringJoiner text = new StringJoiner(" ");
        settle();
        while (full()) {
            text.add("%02x".formatted(read()));
            settle();
        }
        return text.toString();
    }
}
