package lodge.devices.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.serial.ByteQueue;
import lodge.core.serial.CharPort;
import lodge.core.time.ManualClock;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

/** After the PC16550D datasheet, and after what went wrong in other machines. */
class Uart16550Test {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;

    private static final int OUT2 = 0x08;
    private static final int LOOP = 0x10;
    private static final int NO_INTERRUPT = 0x01;

    private final ManualClock clock = new ManualClock();
    private final IrqLine irq = new IrqLine((pin, high) -> {}, 4);
    private final CharPort host = new CharPort(new ByteQueue(8), new ByteQueue(64));
    private final Uart16550 uart = new Uart16550("uart0", clock, irq, host);

    private int in(int register) {
        return uart.in(register, 1);
    }

    private void out(int register, int value) {
        uart.out(register, 1, value);
    }

    private void type(String text) {
        for (int i = 0; i < text.length(); i++) {
            assertTrue(host.toGuest().offer(text.charAt(i)));
        }
    }

    private String received() {
        StringBuilder text = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            text.append((char) in(DATA));
        }
        return text.toString();
    }

    private String sent() {
        StringBuilder text = new StringBuilder();
        for (int c = host.toHost().poll(); c >= 0; c = host.toHost().poll()) {
            text.append((char) c);
        }
        return text.toString();
    }

    @Test
    void aNewChipIsIdle() {
        assertEquals(0x60, in(LSR));
        assertEquals(NO_INTERRUPT, in(IIR));
        assertEquals(0, in(IER));
        assertEquals(0, in(LCR));
        assertEquals(0, in(MCR));
        assertEquals(0xb0, in(MSR));
        assertFalse(irq.high());
    }

    @Test
    void bytesGoBothWays() {
        out(DATA, 'H');
        out(DATA, 'i');
        assertEquals("Hi", sent());
        type("ok");
        assertEquals("ok", received());
        assertEquals(0, in(LSR) & 1);
    }

    /** Firecracker #3046: FreeBSD waits for the FIFO control register to have an effect. */
    @Test
    void freeBsdDoesNotHangBecauseTheFifoControlRegisterWorks() {
        type("abc");
        out(FCR, 0x01);
        assertEquals(0xc0, in(IIR) & 0xc0, "FIFOs are there");
        assertEquals("bc", received(), "enabling the FIFOs clears them");
        out(MCR, LOOP);
        for (int i = 0; i < 3; i++) {
            out(DATA, i);
        }
        out(FCR, 0x03);
        assertEquals(0, in(LSR) & 1, "the receiver's FIFO can be cleared");
        out(FCR, 0x00);
        assertEquals(0, in(IIR) & 0xc0, "FIFOs can be switched off");
    }

    /** kvmtool took writes to one of the two neighbours for writes to the other. */
    @Test
    void fcrAndLcrAreNotMixedUp() {
        out(LCR, 0x03);
        out(FCR, 0xc7);
        assertEquals(0x03, in(LCR));
        out(LCR, 0x80);
        assertEquals(0xc0, in(IIR) & 0xc0);
        out(FCR, 0x00);
        assertEquals(0x80, in(LCR));
    }

    /** CVE-2020-27173: whoever types faster than the guest reads fills the host's memory. */
    @Test
    void inputIsBounded() {
        int taken = 0;
        for (int i = 0; i < 10_000; i++) {
            taken += host.toGuest().offer('x') ? 1 : 0;
        }
        assertEquals(64 + 1, taken);
        out(FCR, 0x01);
        for (int i = 0; i < 10_000; i++) {
            taken += host.toGuest().offer('x') ? 1 : 0;
        }
        assertEquals(64 + 1 + 16, taken);
    }

    @Test
    void outputWaitsForASlowHostAndLosesNothing() {
        out(FCR, 0x01);
        StringBuilder expected = new StringBuilder();
        for (char c = 'a'; c < 'a' + 8; c++) {
            out(DATA, c);
            expected.append(c);
        }
        assertEquals(0x60, in(LSR) & 0x60);
        for (char c = 'A'; c < 'A' + 16; c++) {
            out(DATA, c);
            expected.append(c);
            assertEquals(0, in(LSR) & 0x60, "the transmitter is busy while the host is");
        }
        assertEquals(expected.toString(), sent());
        assertEquals(0x60, in(LSR) & 0x60);
    }

    @Test
    void aTransmitterThatIsOverrunKeepsTheLastByte() {
        for (int i = 0; i < 8; i++) {
            out(DATA, '.');
        }
        out(DATA, 'x');
        out(DATA, 'y');
        assertEquals("........y", sent());
    }

    @Test
    void theTransmitterInterruptsWhenTheHostHasTakenAll() {
        out(MCR, OUT2);
        for (int i = 0; i < 9; i++) {
            out(DATA, '.');
        }
        out(IER, 0x02);
        assertFalse(irq.high());
        host.toHost().poll();
        assertTrue(irq.high());
        assertEquals(0x02, in(IIR));
    }

    @Test
    void enablingTheTransmittersInterruptRequestsIt() {
        out(MCR, OUT2);
        assertFalse(irq.high());
        out(IER, 0x02);
        assertTrue(irq.high());
    }

    @Test
    void readingTheCauseEndsTheTransmittersInterruptAndSendingBringsTheNext() {
        out(MCR, OUT2);
        out(IER, 0x02);
        assertEquals(0x02, in(IIR));
        assertFalse(irq.high());
        assertEquals(NO_INTERRUPT, in(IIR));
        out(DATA, 'x');
        assertTrue(irq.high());
    }

    @Test
    void readingAMoreUrgentCauseDoesNotEndTheTransmittersInterrupt() {
        out(MCR, OUT2);
        out(IER, 0x03);
        type("x");
        assertEquals(0x04, in(IIR));
        in(DATA);
        assertEquals(0x02, in(IIR));
    }

    @Test
    void causesComeInOrderOfPriority() {
        out(MCR, OUT2);
        out(IER, 0x0f);
        uart.modemLines(true, true, true, false);
        type("x");
        uart.receiveBreak();
        assertEquals(0x06, in(IIR));
        in(LSR);
        assertEquals(0x04, in(IIR));
        in(DATA);
        assertEquals(0x02, in(IIR));
        assertEquals(0x00, in(IIR));
        in(MSR);
        assertEquals(NO_INTERRUPT, in(IIR));
        assertFalse(irq.high());
    }

    @Test
    void theInterruptIsALevelThatStaysWhileItsCauseDoes() {
        out(MCR, OUT2);
        out(IER, 0x01);
        type("ab");
        assertTrue(irq.high());
        in(DATA);
        assertTrue(irq.high());
        in(DATA);
        assertFalse(irq.high());
    }

    @Test
    void out2GatesTheInterrupt() {
        out(IER, 0x01);
        type("a");
        assertEquals(0x04, in(IIR));
        assertFalse(irq.high());
        out(MCR, OUT2);
        assertTrue(irq.high());
        out(MCR, OUT2 | LOOP);
        assertFalse(irq.high());
    }

    @Test
    void theReceiverInterruptsAtItsTriggerLevel() {
        int[] levels = {1, 4, 8, 14};
        for (int i = 0; i < levels.length; i++) {
            uart.reset();
            out(MCR, OUT2);
            out(IER, 0x01);
            out(FCR, i << 6 | 0x01);
            for (int n = 1; n < levels[i]; n++) {
                type("x");
                assertFalse(irq.high());
            }
            type("x");
            assertTrue(irq.high());
            assertEquals(0xc4, in(IIR));
            in(DATA);
            assertFalse(irq.high());
        }
    }

    @Test
    void aFewBytesInterruptAfterTheTimeOfFourCharacters() {
        out(LCR, 0x83);
        out(DATA, 12);
        out(LCR, 0x03);
        out(MCR, OUT2);
        out(IER, 0x01);
        out(FCR, 0xc1);
        type("ab");
        // 9600 baud, 10 bits a character.
        clock.advance(4_166_000);
        assertFalse(irq.high());
        clock.advance(1_000);
        assertTrue(irq.high());
        assertEquals(0xcc, in(IIR));
        in(DATA);
        assertFalse(irq.high());
        clock.advance(4_167_000);
        assertEquals(0xcc, in(IIR));
        in(DATA);
        clock.advance(50_000_000);
        assertEquals(0xc1, in(IIR));
    }

    @Test
    void aNewByteRestartsTheTimeout() {
        out(LCR, 0x03);
        out(FCR, 0xc1);
        out(IER, 0x01);
        type("a");
        clock.advance(300_000);
        type("b");
        clock.advance(300_000);
        assertEquals(0xc1, in(IIR));
        clock.advance(50_000);
        assertEquals(0xcc, in(IIR));
    }

    @Test
    void dlabShowsTheDivisor() {
        out(LCR, 0x80);
        out(DATA, 0x34);
        out(IER, 0x12);
        assertEquals(0x34, in(DATA));
        assertEquals(0x12, in(IER));
        out(LCR, 0x00);
        assertEquals(0, in(IER));
        assertEquals(-1, host.toHost().poll());
    }

    @Test
    void unusedBitsReadAsZero() {
        out(IER, 0xff);
        assertEquals(0x0f, in(IER));
        out(MCR, 0xff);
        assertEquals(0x1f, in(MCR));
    }

    @Test
    void theScratchRegisterHoldsAnything() {
        out(SCR, 0xa5);
        assertEquals(0xa5, in(SCR));
    }

    @Test
    void loopbackBringsTheBytesBackAndSendsNone() {
        out(MCR, LOOP);
        out(FCR, 0x01);
        for (int i = 0; i < 16; i++) {
            out(DATA, 'a' + i);
        }
        assertEquals("abcdefghijklmnop", received());
        assertEquals("", sent());
    }

    @Test
    void loopbackWithFifosOverrunsAndDropsTheNewest() {
        out(MCR, LOOP);
        out(FCR, 0x01);
        for (int i = 0; i < 17; i++) {
            out(DATA, 'a' + i);
        }
        assertEquals(0x02, in(LSR) & 0x02);
        assertEquals(0, in(LSR) & 0x02, "reading clears it");
        assertEquals("abcdefghijklmnop", received());
    }

    @Test
    void loopbackWithoutFifosOverrunsAndDropsTheOldest() {
        out(MCR, LOOP);
        out(DATA, 'a');
        out(DATA, 'b');
        assertEquals(0x03, in(LSR) & 0x03);
        assertEquals("b", received());
    }

    @Test
    void loopbackConnectsTheModemLines() {
        int[][] pairs = {{0x01, 0x20}, {0x02, 0x10}, {0x04, 0x40}, {0x08, 0x80}};
        for (int[] pair : pairs) {
            out(MCR, LOOP | pair[0]);
            assertEquals(pair[1], in(MSR) & 0xf0);
        }
        out(MCR, 0);
        assertEquals(0xb0, in(MSR) & 0xf0);
    }

    @Test
    void whatTheHostSendsWaitsWhileTheGuestIsInLoopback() {
        out(MCR, LOOP);
        type("later");
        assertEquals(0, in(LSR) & 1);
        out(MCR, 0);
        assertEquals("later", received());
    }

    @Test
    void changesOfModemLinesAreRememberedUntilRead() {
        in(MSR);
        uart.modemLines(false, true, true, true);
        assertEquals(0xe1, in(MSR));
        assertEquals(0xe0, in(MSR));
        uart.modemLines(false, true, false, true);
        assertEquals(0xa4, in(MSR), "only the end of ringing is a change");
    }

    @Test
    void aBreakIsAZeroByteWithItsOwnInterrupt() {
        out(MCR, OUT2);
        out(IER, 0x04);
        uart.receiveBreak();
        assertEquals(0x06, in(IIR));
        assertEquals(0x10, in(LSR) & 0x10);
        assertEquals(0, in(LSR) & 0x10);
        assertFalse(irq.high());
        assertEquals(0, in(DATA));
    }

    @Test
    void aBreakShowsWhenItsByteIsTheNext() {
        out(FCR, 0x01);
        type("a");
        uart.receiveBreak();
        assertEquals(0x80, in(LSR) & 0x90, "somewhere in the FIFO");
        in(DATA);
        assertEquals(0x90, in(LSR) & 0x90);
        assertEquals(0, in(LSR) & 0x90);
    }

    @Test
    void aBreakSentInLoopbackIsReceived() {
        out(MCR, LOOP);
        out(LCR, 0x40);
        assertEquals(0x11, in(LSR) & 0x11);
    }

    @Test
    void aHostThatTakesEachByteAtOnceGetsEachByteOnce() {
        CharPort narrow = new CharPort(new ByteQueue(1), new ByteQueue(1));
        StringBuilder text = new StringBuilder();
        Uart16550 eager = new Uart16550("uart1", clock, IrqLine.unconnected(), narrow);
        for (int i = 0; i < 4; i++) {
            eager.out(FCR, 1, 0x01);
            eager.out(DATA, 1, 'a' + i);
        }
        narrow.toHost().onData(() -> text.append((char) narrow.toHost().poll()));
        assertEquals('a', narrow.toHost().poll());
        assertEquals("bcd", text.toString());
    }

    @Test
    void sendingAByteAllocatesNothing() {
        CharPort wide = new CharPort();
        Uart16550 fast = new Uart16550("uart1", clock, IrqLine.unconnected(), wide);
        IoSpace io = new IoSpace();
        io.claimPorts(fast, 0x3f8, Uart16550.PORTS, fast);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            while (wide.toHost().poll() >= 0) {}
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 60_000; i++) {
                io.out(0x3f8, 1, i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }

    @Test
    void aLoadedChipRaisesItsInterruptAgain() {
        out(MCR, OUT2);
        out(IER, 0x01);
        type("a");
        Uart16550.State state = uart.save();
        IrqLine line = new IrqLine((pin, high) -> {}, 4);
        Uart16550 other = new Uart16550("uart0", clock, line, new CharPort());
        other.load(state);
        assertTrue(line.high());
        assertEquals('a', other.in(DATA, 1));
        assertFalse(line.high());
    }
}
