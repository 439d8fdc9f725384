package lodge.machine.config;

import lodge.core.BadConfigException;

import java.nio.file.Path;
import java.util.Locale;

/** What a serial port is connected to. */
public sealed interface SerialConfig {
    /** The terminal, or whatever standard input and output are. */
    record Stdio() implements SerialConfig {}

    /**
     * A file that gets what the guest sends; it is emptied first.
     *
     * @param file the file
     */
    record ToFile(Path file) implements SerialConfig {}

    /**
     * A TCP server somebody else runs; Lodge connects when the machine is built.
     *
     * @param host name or address
     * @param port 1 to 65535
     */
    record Tcp(String host, int port) implements SerialConfig {}

    /** Nothing: what the guest sends is thrown away. */
    record None() implements SerialConfig {}

    /**
     * Reads the form that the command line and JSON share.
     *
     * @param text {@code stdio}, {@code file:F}, {@code tcp:HOST:PORT} or {@code none}; an IPv6
     *     address stands in brackets
     * @param base folder that a relative file name begins at
     * @return what it says
     * @throws BadConfigException when it says nothing known
     */
    static SerialConfig parse(String text, Path base) {
        int colon = text.indexOf(':');
        String kind = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        switch (kind) {
            case "stdio", "none" -> {
                if (colon < 0) {
                    return kind.equals("stdio") ? new Stdio() : new None();
                }
            }
            case "file" -> {
                if (!rest.isEmpty()) {
                    return new ToFile(Values.path(rest, base));
                }
            }
            case "tcp" -> {
                return tcp(text, rest);
            }
            default -> {}
        }
        throw new BadConfigException(
                "Serial port '"
                        + text
                        + "' is not understood; use stdio, file:F, tcp:HOST:PORT or none");
    }

    private static Tcp tcp(String text, String rest) {
        int colon = rest.lastIndexOf(':');
        String host = colon < 0 ? "" : rest.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        String digits = rest.substring(colon + 1);
        int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        if (host.isEmpty() || port < 1 || port > 65535) {
            throw new BadConfigException(
                    "Serial port '"
                            + text
                            + "' lacks a host or a port from 1 to 65535; write tcp:HOST:PORT");
        }
        return new Tcp(host, port);
    }
}
