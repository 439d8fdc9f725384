package lodge.devices.input;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.time.MachineClock;
import lodge.devices.platform.A20Gate;

import java.util.Arrays;

/**
 * The keyboard controller of the PS/2 (an 8042 with IBM's firmware; IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller"), with its keyboard and mouse:
 * ports 0x60 (this object) and 0x64 ({@link #commandPort}).
 *
 * <p>Emulated: all of IBM's commands, the disabling of either device, translation to scan code set
 * 1, the output port with A20 and reset, IRQ 1 and IRQ 12. Not emulated: passwords (command 0xa4
 * says that there is none), the diagnostic dump, the keyboard lock (never locked), time-out and
 * parity errors (the cables are good), and the multiplexing of four devices.
 *
 * <p>Replies of the controller itself are there at once. A byte of a device comes no earlier than
 * {@value #BYTE_NANOS} nanoseconds after the one before was read, as the serial cable has it:
 * programs that hook the keyboard interrupt read port 0x60 and then let the next handler read the
 * same byte again.
 *
 * <p>Locks: the controller, the keyboard and the mouse all use the controller's monitor.
 */
public final class Ps2Controller8042 implements Device<Ps2Controller8042.State>, PortDevice {
    /**
     * A byte of eleven bits at 16.7 kHz, the fastest clock of a PS/2 device, takes 660
     * microseconds.
     */
    private static final long BYTE_NANOS = 660_000;

    private static final int STATUS_OBF = 0x01;
    private static final int STATUS_SYSTEM = 0x04;
    private static final int STATUS_COMMAND = 0x08;
    private static final int STATUS_UNLOCKED = 0x10;
    private static final int STATUS_AUX = 0x20;

    private static final int CB_KEYBOARD_INTERRUPT = 0x01;
    private static final int CB_AUX_INTERRUPT = 0x02;
    private static final int CB_SYSTEM = 0x04;
    private static final int CB_KEYBOARD_OFF = 0x10;
    private static final int CB_AUX_OFF = 0x20;
    private static final int CB_TRANSLATE = 0x40;

    /**
     * The bits of the output port that a guest writes: the others follow the buffers and the
     * cables.
     */
    private static final int OUTPUT_NOT_RESET = 0x01;

    private static final int OUTPUT_A20 = 0x02;
    private static final int OUTPUT_KEYBOARD_FULL = 0x10;
    private static final int OUTPUT_AUX_FULL = 0x20;
    private static final int OUTPUT_WRITABLE = 0xcf;

    /** Keyboard not locked, no manufacturing jumper, all memory enabled. */
    private static final int INPUT_PORT = 0xb0;

    /** Both lines of the idle keyboard cable are high. */
    private static final int TEST_INPUTS = 0x03;

    private static final int WRITE_RAM = 0x60;
    private static final int WRITE_OUTPUT_PORT = 0xd1;
    private static final int WRITE_KEYBOARD_BUFFER = 0xd2;
    private static final int WRITE_AUX_BUFFER = 0xd3;
    private static final int WRITE_AUX = 0xd4;

    private static final int NO_REPLY = -1;

    private final String name;
    private final Counters counters = new Counters();
    private final MachineClock clock;
    private final MachineClock.Timer timer;
    private final IrqLine irq1;
    private final IrqLine irq12;
    private final A20Gate a20;
    private final Runnable resetLine;
    private final PortDevice commandPort = new CommandPort();
    private final Ps2Keyboard keyboard;
    private final Ps2Mouse mouse;

    private final byte[] ram = new byte[32];
    private int output;
    private boolean full;
    private boolean fromAux;
    private int reply = NO_REPLY;
    private boolean replyFromAux;
    private boolean lastWasCommand;
    private int parameterOf;
    private int outputPort;
    private boolean released;
    private long nextByteAt;

    /**
     * The state of the controller.
     *
     * @param ram its memory; byte 0 is the command byte
     * @param output the output buffer
     * @param full whether it is full (OBF)
     * @param fromAux whether it holds a byte of the mouse
     * @param reply the controller's own byte that waits for the output buffer, or -1
     * @param replyFromAux whether that byte pretends to come from the mouse
     * @param lastWasCommand whether the last write went to port 0x64
     * @param parameterOf the command whose parameter is to come, or 0
     * @param outputPort the bits of the output port that are written
     * @param released whether translation has met a release prefix
     * @param nextByteAt machine time in nanoseconds before which no device's byte comes
     */
    public record State(
            byte[] ram,
            int output,
            boolean full,
            boolean fromAux,
            int reply,
            boolean replyFromAux,
            boolean lastWasCommand,
            int parameterOf,
            int outputPort,
            boolean released,
            long nextByteAt) {}

    /**
     * A controller with a keyboard and a mouse, whose names are this one's with {@code -keyboard}
     * and {@code -mouse}.
     *
     * @param name the device's name
     * @param clock the machine's time
     * @param irq1 the keyboard's interrupt wire
     * @param irq12 the mouse's interrupt wire
     * @param a20 told when the guest opens or closes A20; it is open at first
     * @param resetLine run when the guest pulls the processors' reset line; must not block
     */
    public Ps2Controller8042(
            String name,
            MachineClock clock,
            IrqLine irq1,
            IrqLine irq12,
            A20Gate a20,
            Runnable resetLine) {
        this.name = name;
        this.clock = clock;
        this.irq1 = irq1;
        this.irq12 = irq12;
        this.a20 = a20;
        this.resetLine = resetLine;
        timer = clock.timer(this::expired);
        keyboard = new Ps2Keyboard(name + "-keyboard", this);
        mouse = new Ps2Mouse(name + "-mouse", this);
        powerOn();
    }

    private void powerOn() {
        Arrays.fill(ram, (byte) 0);
        ram[0] = CB_TRANSLATE;
        output = 0;
        full = false;
        fromAux = false;
        reply = NO_REPLY;
        replyFromAux = false;
        lastWasCommand = false;
        parameterOf = 0;
        outputPort = OUTPUT_WRITABLE;
        released = false;
        nextByteAt = 0;
    }

    /** Returns the device of port 0x64 (one port); claim it with the controller as owner. */
    public PortDevice commandPort() {
        return commandPort;
    }

    /** Returns the keyboard. */
    public Ps2Keyboard keyboard() {
        return keyboard;
    }

    /** Returns the mouse. */
    public Ps2Mouse mouse() {
        return mouse;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public int in(int offset, int size) {
        int value = output;
        if (full) {
            full = false;
            nextByteAt = clock.nanos() + BYTE_NANOS;
            updateIrq();
            fill();
        }
        return value;
    }

    @Override
    public void out(int offset, int size, int value) {
        lastWasCommand = false;
        int command = parameterOf;
        parameterOf = 0;
        switch (command) {
            case 0 -> {
                // The clock line of the keyboard is freed to send, and stays free.
                ram[0] = (byte) (ram[0] & ~CB_KEYBOARD_OFF);
                keyboard.receive(value & 0xff);
            }
            case WRITE_OUTPUT_PORT -> writeOutputPort(value & 0xff);
            case WRITE_KEYBOARD_BUFFER -> reply(value & 0xff, false);
            case WRITE_AUX_BUFFER -> reply(value & 0xff, true);
            case WRITE_AUX -> {
                ram[0] = (byte) (ram[0] & ~CB_AUX_OFF);
                mouse.receive(value & 0xff);
            }
            default -> {
                ram[command & 0x1f] = (byte) value;
                updateIrq();
            }
        }
        fill();
    }

    private int readStatus() {
        return (full ? STATUS_OBF : 0)
                | ((ram[0] & CB_SYSTEM) != 0 ? STATUS_SYSTEM : 0)
                | (lastWasCommand ? STATUS_COMMAND : 0)
                | STATUS_UNLOCKED
                | (full && fromAux ? STATUS_AUX : 0);
    }

    private void command(int command) {
        lastWasCommand = true;
        parameterOf = 0;
        switch (command) {
            case 0xa4 -> reply(0xf1, false);
            case 0xa7 -> ram[0] = (byte) (ram[0] | CB_AUX_OFF);
            case 0xa8 -> ram[0] = (byte) (ram[0] & ~CB_AUX_OFF);
            case 0xa9, 0xab -> reply(0x00, false);
            case 0xaa -> {
                ram[0] = (byte) (ram[0] | CB_SYSTEM);
                full = false;
                released = false;
                updateIrq();
                reply(0x55, false);
            }
            case 0xad -> ram[0] = (byte) (ram[0] | CB_KEYBOARD_OFF);
            case 0xae -> ram[0] = (byte) (ram[0] & ~CB_KEYBOARD_OFF);
            case 0xc0 -> reply(INPUT_PORT, false);
            case 0xd0 -> reply(readOutputPort(), false);
            case WRITE_OUTPUT_PORT, WRITE_KEYBOARD_BUFFER, WRITE_AUX_BUFFER, WRITE_AUX ->
                    parameterOf = command;
            case 0xdd -> writeOutputPort(outputPort & ~OUTPUT_A20);
            case 0xdf -> writeOutputPort(outputPort | OUTPUT_A20);
            case 0xe0 -> reply(TEST_INPUTS, false);
            default -> {
                switch (command >> 4) {
                    case 2, 3 -> reply(ram[command & 0x1f] & 0xff, false);
                    case 6, 7 -> parameterOf = WRITE_RAM | command & 0x1f;
                    case 15 -> {
                        // Pulses the low four bits of the output port that are 0 here; only reset
                        // hears 6 microseconds.
                        if ((command & OUTPUT_NOT_RESET) == 0) {
                            resetLine.run();
                        }
                    }
                    default -> {
                        // Not a command of this controller: ignored, as by the real one.
                    }
                }
            }
        }
        fill();
    }

    private void reply(int value, boolean aux) {
        reply = value;
        replyFromAux = aux;
    }

    private int readOutputPort() {
        return outputPort
                | (full && !fromAux ? OUTPUT_KEYBOARD_FULL : 0)
                | (full && fromAux ? OUTPUT_AUX_FULL : 0);
    }

    private void writeOutputPort(int value) {
        int changed = outputPort ^ value;
        outputPort = value & OUTPUT_WRITABLE;
        if ((changed & OUTPUT_A20) != 0) {
            a20.open((value & OUTPUT_A20) != 0);
        }
        if ((value & OUTPUT_NOT_RESET) == 0) {
            resetLine.run();
        }
    }

    /** A device has a byte. */
    void deviceReady() {
        fill();
    }

    private synchronized void expired() {
        fill();
    }

    /**
     * Gives the output buffer its next byte if it is empty: the controller's first, then the
     * keyboard's, then the mouse's.
     */
    private void fill() {
        if (full) {
            return;
        }
        if (reply != NO_REPLY) {
            int value = reply;
            reply = NO_REPLY;
            put(value, replyFromAux);
            return;
        }
        boolean keyboardReady = (ram[0] & CB_KEYBOARD_OFF) == 0 && keyboard.ready();
        boolean mouseReady = (ram[0] & CB_AUX_OFF) == 0 && mouse.ready();
        if (!keyboardReady && !mouseReady) {
            return;
        }
        if (clock.nanos() < nextByteAt) {
            timer.arm(nextByteAt);
            return;
        }
        while (keyboardReady) {
            int value = keyboard.send();
            if ((ram[0] & CB_TRANSLATE) == 0) {
                put(value, false);
                return;
            }
            if (value != ScanCodes.BREAK) {
                value = ScanCodes.set1(value) | (released ? 0x80 : 0);
                released = false;
                put(value, false);
                return;
            }
            released = true;
            keyboardReady = keyboard.ready();
        }
        if (mouseReady) {
            put(mouse.send(), true);
        }
    }

    private void put(int value, boolean aux) {
        output = value;
        fromAux = aux;
        full = true;
        updateIrq();
    }

    private void updateIrq() {
        irq1.set(full && !fromAux && (ram[0] & CB_KEYBOARD_INTERRUPT) != 0);
        irq12.set(full && fromAux && (ram[0] & CB_AUX_INTERRUPT) != 0);
    }

    @Override
    public synchronized void reset() {
        boolean wasOpen = (outputPort & OUTPUT_A20) != 0;
        powerOn();
        if (!wasOpen) {
            a20.open(true);
        }
        timer.cancel();
        updateIrq();
    }

    @Override
    public synchronized State save() {
        return new State(
                ram.clone(),
                output,
                full,
                fromAux,
                reply,
                replyFromAux,
                lastWasCommand,
                parameterOf,
                outputPort,
                released,
                nextByteAt);
    }

    @Override
    public synchronized void load(State state) {
        Arrays.fill(ram, (byte) 0);
        System.arraycopy(state.ram, 0, ram, 0, Math.min(ram.length, state.ram.length));
        output = state.output & 0xff;
        full = state.full;
        fromAux = state.fromAux;
        reply = state.reply < 0 ? NO_REPLY : state.reply & 0xff;
        replyFromAux = state.replyFromAux;
        lastWasCommand = state.lastWasCommand;
        parameterOf = state.parameterOf & 0xff;
        outputPort = state.outputPort & OUTPUT_WRITABLE;
        released = state.released;
        nextByteAt = Math.max(0, state.nextByteAt);
        a20.open((outputPort & OUTPUT_A20) != 0);
        // Whoever has a byte waits for this time at most; the devices' own states may be loaded
        // later.
        timer.arm(Math.min(nextByteAt, clock.nanos() + BYTE_NANOS));
        updateIrq();
    }

    /** Port 0x64: status, and commands to the controller. */
    private final class CommandPort implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return readStatus();
        }

        @Override
        public void out(int offset, int size, int value) {
            command(value & 0xff);
        }
    }
}
