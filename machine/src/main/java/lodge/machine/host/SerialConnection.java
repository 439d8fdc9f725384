package lodge.machine.host;

import lodge.core.BadConfigException;
import lodge.core.serial.CharPort;
import lodge.machine.config.SerialConfig;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;

/**
 * A serial port's connection to a file, a socket or other streams of the host. Its threads own the
 * streams, so neither a vCPU nor a device ever waits for the host. When the other side fails or
 * goes away, what the guest sends is thrown away from then on, as with an unplugged cable.
 */
public final class SerialConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SerialConnection.class);
    private static final int CONNECT_MILLIS = 5000;
    private static final int PIECE = 4096;
    private static final int LAST_WORDS_MILLIS = 2000;

    private final CharPort port;
    private final String name;
    private final AutoCloseable resource;
    private final Thread writer;

    private SerialConnection(
            String name, CharPort port, InputStream in, OutputStream out, AutoCloseable resource) {
        this.name = name;
        this.port = port;
        this.resource = resource;
        writer = start(name + " out", () -> drain(out));
        if (in != null) {
            start(name + " in", () -> feed(in));
        }
    }

    /**
     * Connects to a file or a socket.
     *
     * @param name for threads and messages
     * @param config a file or a TCP server
     * @return the connection
     * @throws BadConfigException when the host cannot
     */
    public static SerialConnection open(String name, SerialConfig config) {
        return switch (config) {
            case SerialConfig.ToFile(var file) -> {
                try {
                    OutputStream out = Files.newOutputStream(file);
                    yield new SerialConnection(name, new CharPort(), null, out, out);
                } catch (IOException e) {
                    throw new BadConfigException(
                            "Serial port file "
                                    + file
                                    + " cannot be written; check its folder and permissions",
                            e);
                }
            }
            case SerialConfig.Tcp(String host, int tcpPort) -> tcp(name, host, tcpPort);
            case SerialConfig.Stdio(), SerialConfig.None() ->
                    throw new IllegalArgumentException("Not a file or socket: " + config);
        };
    }

    /**
     * Connects a port to streams that somebody else owns; they are not closed.
     *
     * @param name for threads and messages
     * @param port what the device is connected to
     * @param in what the guest receives, or null; its end is no error
     * @param out what the guest sends
     * @return the connection
     */
    public static SerialConnection of(
            String name, CharPort port, InputStream in, OutputStream out) {
        return new SerialConnection(name, port, in, out, () -> {});
    }

    private static SerialConnection tcp(String name, String host, int tcpPort) {
        Socket socket = new Socket();
        try {
            InetSocketAddress address = new InetSocketAddress(host, tcpPort);
            if (address.isUnresolved()) {
                throw new BadConfigException(
                        "Serial port: host " + host + " is not known; check its name");
            }
            socket.connect(address, CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            return new SerialConnection(
                    name,
                    new CharPort(),
                    socket.getInputStream(),
                    socket.getOutputStream(),
                    socket);
        } catch (IOException e) {
            close(name, socket);
            throw new BadConfigException(
                    "Serial port: nobody answers at %s:%d; start what should listen there first"
                            .formatted(host, tcpPort),
                    e);
        } catch (BadConfigException e) {
            close(name, socket);
            throw e;
        }
    }

    /** Returns what the device is connected to. */
    public CharPort port() {
        return port;
    }

    private static Thread start(String name, Runnable work) {
        return Thread.ofPlatform().daemon().name(name).start(work);
    }

    private void drain(OutputStream out) {
        byte[] piece = new byte[PIECE];
        boolean broken = false;
        try {
            for (int n = port.toHost().take(piece); n >= 0; n = port.toHost().take(piece)) {
                if (!broken) {
                    broken = !write(out, piece, n);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("{}: interrupted", name, e);
        }
    }

    private boolean write(OutputStream out, byte[] piece, int n) {
        try {
            out.write(piece, 0, n);
            out.flush();
            return true;
        } catch (IOException e) {
            LOG.warn("{}: Output is lost from here on: {}", name, e.getMessage());
            return false;
        }
    }

    private void feed(InputStream in) {
        byte[] piece = new byte[PIECE];
        try {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                port.toGuest().put(piece, 0, n);
            }
        } catch (IOException e) {
            LOG.debug("{}: input ended", name, e);
        } catch (InterruptedException e) {
            LOG.debug("{}: interrupted", name, e);
        }
    }

    /**
     * Writes out what the guest has sent, waiting two seconds at most, and disconnects; again does
     * nothing.
     */
    public void disconnect() {
        port.toHost().close();
        port.toGuest().close();
        try {
            writer.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close(name, resource);
    }

    @Override
    public void close() {
        disconnect();
    }

    private static void close(String name, AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.debug("{}: closing failed", name, e);
        }
    }
}
