package lodge.machine.host;

import lodge.core.serial.CharPort;
import lodge.machine.Machine;
import lodge.machine.MachineBuilder;
import lodge.machine.config.MachineConfig;
import lodge.machine.config.SerialConfig;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A machine and everything of the host that it is connected to. */
public final class MachineSetup implements AutoCloseable {
    private final List<SerialConnection> connections;
    private final Machine machine;

    private MachineSetup(List<SerialConnection> connections, Machine machine) {
        this.connections = connections;
        this.machine = machine;
    }

    /**
     * Connects the serial ports and builds a machine that is switched off.
     *
     * @param config the description
     * @param stdio what a serial port on stdio is connected to; its other end is the caller's
     * @return both; close them to give everything back
     * @throws lodge.core.LodgeException when a file is missing or damaged, or the host cannot give
     *     what is needed
     */
    public static MachineSetup build(MachineConfig config, CharPort stdio) {
        List<SerialConnection> connections = new ArrayList<>();
        try {
            List<CharPort> ports = new ArrayList<>();
            for (SerialConfig serial : config.serial()) {
                String name = "%s com%d".formatted(config.name(), ports.size() + 1);
                ports.add(
                        serial instanceof SerialConfig.Stdio
                                ? stdio
                                : connect(connections, name, serial));
            }
            return new MachineSetup(connections, MachineBuilder.build(config, ports));
        } catch (RuntimeException | Error e) {
            connections.forEach(SerialConnection::close);
            throw e;
        }
    }

    private static CharPort connect(
            List<SerialConnection> connections, String name, SerialConfig serial) {
        SerialConnection connection =
                serial instanceof SerialConfig.None
                        ? SerialConnection.of(
                                name, new CharPort(), null, OutputStream.nullOutputStream())
                        : SerialConnection.open(name, serial);
        connections.add(connection);
        return connection.port();
    }

    /** Returns the machine. */
    public Machine machine() {
        return machine;
    }

    /** Stops the machine if it runs, and gives everything back. */
    @Override
    public void close() {
        try {
            machine.close();
        } finally {
            connections.forEach(SerialConnection::close);
        }
    }
}
