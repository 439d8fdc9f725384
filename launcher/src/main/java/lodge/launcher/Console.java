package lodge.launcher;

import lodge.core.serial.CharPort;
import lodge.machine.Machine;
import lodge.machine.MachineState;
import lodge.machine.host.SerialConnection;
import lodge.natives.terminal.Terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Standard input and output as the other end of a serial port. When both are a terminal it is
 * switched to raw mode, so that every key reaches the guest, and Ctrl+] begins a command to Lodge.
 * Pipes and files are passed on as they are.
 */
final class Console implements AutoCloseable {
    private static final String HELP =
            "Ctrl+] then: q leaves, p pauses or goes on, r resets, b presses the power button,"
                    + " Ctrl+] sends Ctrl+]";

    private final CharPort port = new CharPort();
    private final Optional<Terminal> terminal;
    private SerialConnection connection;
    private volatile boolean left;

    Console() {
        terminal = isTerminal(0) && isTerminal(1) ? Terminal.of(0) : Optional.empty();
    }

    /**
     * Returns whether a standard stream is a terminal.
     *
     * @param descriptor 0 input, 1 output, 2 errors
     */
    static boolean isTerminal(int descriptor) {
        return System.getProperty("os.name").equals("Linux") && Terminal.of(descriptor).isPresent();
    }

    /** Returns what the serial port is connected to. */
    CharPort port() {
        return port;
    }

    /** Returns whether the user left with the escape. */
    boolean left() {
        return left;
    }

    /**
     * Switches the terminal to raw mode and lets bytes flow.
     *
     * @param machine what the escape's commands are for
     */
    synchronized void attach(Machine machine) {
        InputStream in = new FileInputStream(FileDescriptor.in);
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        if (terminal.isPresent()) {
            terminal.get().raw();
            say("Machine " + machine.name() + " is on. Ctrl+] q leaves, Ctrl+] ? lists more.");
            in = new EscapeInput(in, key -> command(machine, key));
        }
        connection = SerialConnection.of("console", port, in, out);
    }

    private void command(Machine machine, char key) {
        switch (key) {
            case 'q', 'Q', '.', 3 -> {
                left = true;
                machine.stop();
            }
            case 'p', 'P' -> {
                if (machine.state() == MachineState.PAUSED) {
                    machine.resume();
                    say("Goes on.");
                } else {
                    machine.pause();
                    say("Paused; Ctrl+] p goes on.");
                }
            }
            case 'r', 'R' -> machine.reset();
            case 'b', 'B' -> machine.board().pressPowerButton();
            default -> say(HELP);
        }
    }

    /**
     * Says something between the guest's lines; a raw terminal does not return the carriage by
     * itself.
     */
    private static void say(String text) {
        System.err.print("\r\n[lodge] " + text + "\r\n");
        System.err.flush();
    }

    /**
     * Shows what the guest has sent, and gives the terminal back as it was. Any thread may call,
     * and more than once.
     */
    synchronized void disconnect() {
        try {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        } finally {
            terminal.ifPresent(Terminal::restore);
        }
    }

    @Override
    public void close() {
        disconnect();
    }
}
