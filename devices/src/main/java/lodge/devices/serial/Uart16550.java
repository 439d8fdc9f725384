package lodge.devices.serial;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.serial.CharPort;
import lodge.core.time.MachineClock;

/**
 * A PC16550D universal asynchronous receiver/transmitter (National Semiconductor datasheet, June
 * 1995) on an ISA bus: 8 ports, a level interrupt that the OUT2 pin gates.
 *
 * <p>Emulated: all registers, 16-byte FIFOs with trigger levels and character timeout, loopback
 * with the modem lines, all four interrupt causes with their priorities and clearing rules,
 * overrun, break and FIFO error bits. Not emulated: time on the wire. A byte written leaves at
 * once, so the transmitter is empty again before the guest's next instruction; the divisor only
 * sets the character timeout. Bits of the line control register other than DLAB and break are kept
 * and mean nothing: the host's end always agrees with the guest's format, so parity and framing
 * errors come with a break only.
 *
 * <p>Back-pressure instead of loss: when the host does not take bytes away, the transmitter fills
 * and THRE stays clear until it does; bytes for the guest are taken from the host's bounded queue
 * only while the receiver has room, so the receiver overruns in loopback only.
 *
 * <p>A little over 600 lines because the formatter gives every case of the register switches lines
 * of its own; the FIFO is a class apart, and what is left is one chip.
 */
public final class Uart16550 implements Device<Uart16550.State>, PortDevice {
    /** Number of ports. */
    public static final int PORTS = 8;

    /** Registers by offset; the first two change their meaning with LCR's DLAB. */
    private static final int RBR_THR = 0;

    private static final int IER = 1;
    private static final int IIR_FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;

    private static final int IER_RDA = 0x01;
    private static final int IER_THRE = 0x02;
    private static final int IER_RLS = 0x04;
    private static final int IER_MSI = 0x08;

    private static final int IIR_NONE = 0x01;
    private static final int IIR_MSI = 0x00;
    private static final int IIR_THRE = 0x02;
    private static final int IIR_RDA = 0x04;
    private static final int IIR_RLS = 0x06;
    private static final int IIR_TIMEOUT = 0x0c;
    private static final int IIR_FIFOS = 0xc0;

    private static final int FCR_ENABLE = 0x01;
    private static final int FCR_CLEAR_RX = 0x02;
    private static final int FCR_CLEAR_TX = 0x04;
    private static final int FCR_KEPT = 0xc9;

    private static final int LCR_BREAK = 0x40;
    private static final int LCR_DLAB = 0x80;

    private static final int MCR_DTR = 0x01;
    private static final int MCR_RTS = 0x02;
    private static final int MCR_OUT1 = 0x04;
    private static final int MCR_OUT2 = 0x08;
    private static final int MCR_LOOP = 0x10;

    private static final int LSR_DR = 0x01;
    private static final int LSR_OE = 0x02;
    private static final int LSR_FE = 0x08;
    private static final int LSR_BI = 0x10;
    private static final int LSR_THRE = 0x20;
    private static final int LSR_TEMT = 0x40;
    private static final int LSR_FIFO_ERROR = 0x80;

    private static final int MSR_TERI = 0x04;
    private static final int MSR_CTS = 0x10;
    private static final int MSR_DSR = 0x20;
    private static final int MSR_RI = 0x40;
    private static final int MSR_DCD = 0x80;
    private static final int MSR_LINES = 0xf0;

    /** The crystal of a PC, in hertz; 16 of its cycles over the divisor are one bit. */
    private static final long CRYSTAL = 1_843_200;

    /**
     * The longest character timeout: nobody waits for the 80 milliseconds of four characters at 500
     * baud.
     */
    private static final long LONGEST_TIMEOUT = 5_000_000;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter bytesSent = counters.counter("bytesSent");
    private final Counters.Counter bytesReceived = counters.counter("bytesReceived");
    private final Counters.Counter overruns = counters.counter("overruns");
    private final MachineClock clock;
    private final MachineClock.Timer timer;
    private final IrqLine irq;
    private final CharPort host;

    private static final long NEVER = Long.MAX_VALUE;
    private static final byte[] NO_ERRORS = {};

    private final Fifo rx = new Fifo();
    private final Fifo tx = new Fifo();

    private int ier;
    private int fcr;
    private int lcr;
    private int mcr;
    private int lsrErrors;
    private int msr;
    private int hostLines = MSR_CTS | MSR_DSR | MSR_DCD;
    private int scr;
    private int divisor = 1;
    private boolean threPending;
    private boolean timedOut;
    private long timeoutAt = NEVER;
    private boolean lineStatusPending;
    private boolean draining;

    /**
     * The state of the chip.
     *
     * @param received bytes in the receiver, oldest first
     * @param receivedErrors BI, FE and PE of each, as in LSR
     * @param transmit bytes the host has not taken yet, oldest first
     * @param ier interrupt enable register
     * @param fcr FIFO control register: enable, DMA mode, trigger level
     * @param lcr line control register
     * @param mcr modem control register
     * @param lsrErrors OE, FE and BI of LSR
     * @param msr modem status register
     * @param hostLines CTS, DSR, RI and DCD as the host's end drives them, bits as in MSR
     * @param scr scratch register
     * @param divisor the divisor latches
     * @param threPending whether the transmitter's interrupt is pending
     * @param timedOut whether the character timeout has passed
     * @param timeoutAt machine time in nanoseconds at which it passes, {@link Long#MAX_VALUE} for
     *     never
     * @param lineStatusPending whether the line status interrupt is pending
     */
    public record State(
            byte[] received,
            byte[] receivedErrors,
            byte[] transmit,
            int ier,
            int fcr,
            int lcr,
            int mcr,
            int lsrErrors,
            int msr,
            int hostLines,
            int scr,
            int divisor,
            boolean threPending,
            boolean timedOut,
            long timeoutAt,
            boolean lineStatusPending) {}

    /**
     * A chip whose host end asserts CTS, DSR and DCD.
     *
     * @param name the device's name
     * @param clock the machine's time
     * @param irq the interrupt wire
     * @param host the host's end; this object sets its signals {@code toGuest.onData} and {@code
     *     toHost.onSpace}
     */
    @SuppressWarnings("this-escape")
    public Uart16550(String name, MachineClock clock, IrqLine irq, CharPort host) {
        this.name = name;
        this.clock = clock;
        this.irq = irq;
        this.host = host;
        timer = clock.timer(this::expired);
        msr = hostLines;
        host.toGuest().onData(this::hostHasData);
        host.toHost().onSpace(this::hostHasSpace);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    private synchronized void hostHasData() {
        if (pull()) {
            updateIrq();
        }
    }

    private synchronized void hostHasSpace() {
        drain();
        updateIrq();
    }

    private synchronized void expired() {
        if (clock.nanos() >= timeoutAt) {
            timeoutAt = NEVER;
            timedOut = true;
            updateIrq();
        }
    }

    /** Receives a break from the host's end: a zero byte that carries the break bit. */
    public synchronized void receiveBreak() {
        if ((mcr & MCR_LOOP) == 0) {
            receive(0, LSR_BI | LSR_FE);
            updateIrq();
        }
    }

    /**
     * Sets the modem lines as the host's end drives them; all but RI are asserted at first.
     *
     * @param cts clear to send
     * @param dsr data set ready
     * @param ri ring indicator
     * @param dcd data carrier detect
     */
    public synchronized void modemLines(boolean cts, boolean dsr, boolean ri, boolean dcd) {
        hostLines =
                (cts ? MSR_CTS : 0) | (dsr ? MSR_DSR : 0) | (ri ? MSR_RI : 0) | (dcd ? MSR_DCD : 0);
        updateModemStatus();
        updateIrq();
    }

    @Override
    public int in(int offset, int size) {
        boolean dlab = (lcr & LCR_DLAB) != 0;
        return switch (offset & 7) {
            case RBR_THR -> dlab ? divisor & 0xff : readReceiver();
            case IER -> dlab ? divisor >>> 8 : ier;
            case IIR_FCR -> readIir();
            case LCR -> lcr;
            case MCR -> mcr;
            case LSR -> readLineStatus();
            case MSR -> readModemStatus();
            default -> scr;
        };
    }

    @Override
    public void out(int offset, int size, int value) {
        switch (offset & 7) {
            case RBR_THR -> {
                if ((lcr & LCR_DLAB) != 0) {
                    divisor = divisor & 0xff00 | value & 0xff;
                } else {
                    transmit(value & 0xff);
                }
            }
            case IER -> {
                if ((lcr & LCR_DLAB) != 0) {
                    divisor = divisor & 0xff | (value & 0xff) << 8;
                } else {
                    writeIer(value & 0x0f);
                }
            }
            case IIR_FCR -> writeFcr(value);
            case LCR -> writeLcr(value & 0xff);
            case MCR -> {
                mcr = value & 0x1f;
                updateModemStatus();
                drain();
                pull();
                updateIrq();
            }
            case LSR, MSR -> {
                // Written in factory tests only.
            }
            default -> scr = value & 0xff;
        }
    }

    private void transmit(int value) {
        if (tx.count() == 0 && (mcr & MCR_LOOP) == 0 && host.toHost().offer(value)) {
            // The way of nearly every byte: sent, and the transmitter is empty again.
            bytesSent.add(1);
            threPending = true;
            if ((ier & IER_THRE) != 0) {
                updateIrq();
            }
            return;
        }
        if (tx.count() == capacity()) {
            // The guest did not look at THRE. The 16550 overwrites what was written last.
            tx.removeLast();
        }
        tx.put(value, 0);
        threPending = false;
        drain();
        updateIrq();
    }

    /** Sends what waits in the transmitter, as far as the host takes it. */
    private void drain() {
        // A host that takes the byte inside offer() calls hostHasSpace() inside this loop.
        if (draining) {
            return;
        }
        draining = true;
        while (tx.count() > 0 && deliver(tx.first())) {
            tx.removeFirst();
            threPending |= tx.count() == 0;
        }
        draining = false;
    }

    private boolean deliver(int value) {
        if ((mcr & MCR_LOOP) != 0) {
            receive(value, 0);
            return true;
        }
        boolean taken = host.toHost().offer(value);
        bytesSent.add(taken ? 1 : 0);
        return taken;
    }

    /** Takes bytes from the host while there is room; returns whether there were any. */
    private boolean pull() {
        boolean any = false;
        while (rx.count() < capacity() && (mcr & MCR_LOOP) == 0) {
            int value = host.toGuest().poll();
            if (value < 0) {
                break;
            }
            receive(value, 0);
            any = true;
        }
        return any;
    }

    private void receive(int value, int errors) {
        bytesReceived.add(1);
        if (rx.count() == capacity()) {
            overruns.add(1);
            lsrErrors |= LSR_OE;
            lineStatusPending = true;
            if (fifos()) {
                // "The character in the shift register is overwritten, but it is not transferred to
                // the FIFO."
                return;
            }
            rx.clear();
        }
        rx.put(value, errors);
        if (rx.count() == 1) {
            showErrorsOfFirst();
        }
        timedOut = false;
        armTimeout();
    }

    /** Errors of a byte appear in LSR when it comes to the top of the FIFO. */
    private void showErrorsOfFirst() {
        int errors = rx.takeErrorsOfFirst();
        if (errors != 0) {
            lsrErrors |= errors;
            lineStatusPending = true;
        }
    }

    private int readReceiver() {
        if (rx.count() == 0) {
            return 0;
        }
        int value = rx.first();
        rx.removeFirst();
        timedOut = false;
        showErrorsOfFirst();
        pull();
        armTimeout();
        updateIrq();
        return value;
    }

    /**
     * A timeout comes four characters after the last one was received or read, while some wait
     * below the trigger level.
     */
    private void armTimeout() {
        if (fifos() && rx.count() > 0 && rx.count() < trigger()) {
            timeoutAt = clock.nanos() + timeout();
            timer.arm(timeoutAt);
        } else {
            cancelTimeout();
        }
    }

    private void cancelTimeout() {
        if (timeoutAt != NEVER) {
            timeoutAt = NEVER;
            timer.cancel();
        }
    }

    private long timeout() {
        int bits = 2 + 5 + (lcr & 3) + (lcr >> 2 & 1) + (lcr >> 3 & 1);
        return Math.min(
                4L * bits * 16 * Math.max(divisor, 1) * 1_000_000_000L / CRYSTAL, LONGEST_TIMEOUT);
    }

    private boolean fifos() {
        return (fcr & FCR_ENABLE) != 0;
    }

    private int capacity() {
        return fifos() ? Fifo.SIZE : 1;
    }

    private int trigger() {
        if (!fifos()) {
            return 1;
        }
        return switch (fcr >> 6) {
            case 0 -> 1;
            case 1 -> 4;
            case 2 -> 8;
            default -> 14;
        };
    }

    private void writeIer(int value) {
        if ((value & ~ier & IER_THRE) != 0 && tx.count() == 0) {
            // Enabling the interrupt while the transmitter is empty requests it: drivers start
            // sending by it.
            threPending = true;
        }
        ier = value;
        updateIrq();
    }

    private void writeFcr(int value) {
        boolean switched = ((fcr ^ value) & FCR_ENABLE) != 0;
        fcr = (value & FCR_ENABLE) != 0 ? value & FCR_KEPT : 0;
        if (switched || (value & FCR_CLEAR_RX) != 0) {
            rx.clear();
            timedOut = false;
            cancelTimeout();
        }
        if (switched || (value & FCR_CLEAR_TX) != 0) {
            threPending |= tx.count() > 0;
            tx.clear();
        }
        pull();
        updateIrq();
    }

    private void writeLcr(int value) {
        boolean breakBegins = (value & ~lcr & LCR_BREAK) != 0;
        lcr = value;
        if (breakBegins && (mcr & MCR_LOOP) != 0) {
            receive(0, LSR_BI | LSR_FE);
            updateIrq();
        }
    }

    private int readLineStatus() {
        int value = lineStatus();
        if (lineStatusPending || lsrErrors != 0) {
            lsrErrors = 0;
            lineStatusPending = false;
            updateIrq();
        }
        return value;
    }

    private int readModemStatus() {
        int value = msr;
        msr &= MSR_LINES;
        updateIrq();
        return value;
    }

    private int lineStatus() {
        int value = lsrErrors;
        if (rx.count() > 0) {
            value |= LSR_DR;
        }
        if (tx.count() == 0) {
            value |= LSR_THRE | LSR_TEMT;
        }
        if (fifos() && (rx.hasErrors() || (lsrErrors & ~LSR_OE) != 0)) {
            value |= LSR_FIFO_ERROR;
        }
        return value;
    }

    private void updateModemStatus() {
        int lines = hostLines;
        if ((mcr & MCR_LOOP) != 0) {
            lines =
                    ((mcr & MCR_RTS) != 0 ? MSR_CTS : 0)
                            | ((mcr & MCR_DTR) != 0 ? MSR_DSR : 0)
                            | ((mcr & MCR_OUT1) != 0 ? MSR_RI : 0)
                            | ((mcr & MCR_OUT2) != 0 ? MSR_DCD : 0);
        }
        int changed = (msr ^ lines) & MSR_LINES;
        // Of the ring indicator only the end is noted.
        int deltas = changed >> 4 & ~(lines >> 4 & MSR_TERI);
        msr = lines | msr & 0x0f | deltas;
    }

    /** The interrupt identification: the pending cause of highest priority. */
    private int cause() {
        if ((ier & IER_RLS) != 0 && lineStatusPending) {
            return IIR_RLS;
        }
        if ((ier & IER_RDA) != 0 && rx.count() >= trigger()) {
            return IIR_RDA;
        }
        if ((ier & IER_RDA) != 0 && timedOut) {
            return IIR_TIMEOUT;
        }
        if ((ier & IER_THRE) != 0 && threPending) {
            return IIR_THRE;
        }
        if ((ier & IER_MSI) != 0 && (msr & ~MSR_LINES) != 0) {
            return IIR_MSI;
        }
        return IIR_NONE;
    }

    private int readIir() {
        int value = cause();
        if (value == IIR_THRE) {
            threPending = false;
            updateIrq();
        }
        return value | (fifos() ? IIR_FIFOS : 0);
    }

    private void updateIrq() {
        // In loopback the OUT2 pin is inactive, whatever MCR says, so no interrupt leaves the card.
        irq.set((mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2 && cause() != IIR_NONE);
    }

    @Override
    public synchronized void reset() {
        clear();
        hostLines = MSR_CTS | MSR_DSR | MSR_DCD;
        msr = hostLines;
        divisor = 1;
        updateIrq();
    }

    private void clear() {
        rx.clear();
        tx.clear();
        ier = 0;
        fcr = 0;
        lcr = 0;
        mcr = 0;
        lsrErrors = 0;
        scr = 0;
        threPending = false;
        timedOut = false;
        lineStatusPending = false;
        cancelTimeout();
    }

    @Override
    public synchronized State save() {
        return new State(
                rx.saveBytes(),
                rx.saveErrors(),
                tx.saveBytes(),
                ier,
                fcr,
                lcr,
                mcr,
                lsrErrors,
                msr,
                hostLines,
                scr,
                divisor,
                threPending,
                timedOut,
                timeoutAt,
                lineStatusPending);
    }

    @Override
    public synchronized void load(State state) {
        clear();
        ier = state.ier & 0x0f;
        fcr = (state.fcr & FCR_ENABLE) != 0 ? state.fcr & FCR_KEPT : 0;
        lcr = state.lcr & 0xff;
        mcr = state.mcr & 0x1f;
        lsrErrors = state.lsrErrors & (LSR_OE | LSR_FE | LSR_BI);
        msr = state.msr & 0xff;
        hostLines = state.hostLines & MSR_LINES;
        scr = state.scr & 0xff;
        divisor = state.divisor & 0xffff;
        threPending = state.threPending;
        timedOut = state.timedOut && state.received.length > 0;
        lineStatusPending = state.lineStatusPending;
        rx.load(state.received, state.receivedErrors, capacity(), LSR_BI | LSR_FE);
        tx.load(state.transmit, NO_ERRORS, capacity(), 0);
        if (state.timeoutAt != NEVER && rx.count() > 0) {
            timeoutAt = Math.clamp(state.timeoutAt, 0, NEVER - 1);
            timer.arm(timeoutAt);
        }
        updateIrq();
    }
}
