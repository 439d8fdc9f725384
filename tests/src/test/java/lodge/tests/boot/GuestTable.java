package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The table docs/guests.md. The run that boots a guest writes its row, when {@code
 * -Dlodge.update-docs=true}; otherwise it compares what does not depend on the day and the host.
 */
final class GuestTable {
    private static final Path FILE = Path.of("..", "docs", "guests.md");
    private static final String HEAD =
            """
            # Guests

            What boots on the processor in pure Java (`--backend interpreter`). `LinuxGuestsTest` and `FirmwareGuestsTest` boot these guests,
            and write their rows when run with `-Dlodge.update-docs=true`; rows marked "long" only with `-Dlodge.long=true`. Every Linux
            guest is asked for its machine and its processors at its prompt, and switches the machine off itself. The seconds are
            those of the host named last, from power-on.

            | guest | version | entered by | CPUs | memory | result | run | seconds | million instructions | host |
            |---|---|---|---|---|---|---|---|---|---|
            """;
    private static final int CELLS = 10;

    /** The columns that do not depend on the host or the version of the day. */
    private static final List<Integer> LASTING = List.of(0, 2, 3, 4, 5, 6);

    private GuestTable() {}

    /**
     * A row of the table.
     *
     * @param guest what was booted
     * @param version its version
     * @param entry how it was entered
     * @param cpus number of processors
     * @param memory its memory, for example 256M
     * @param result how far it got
     * @param longRun whether it is booted in long runs only
     */
    record Row(
            String guest,
            String version,
            String entry,
            int cpus,
            String memory,
            String result,
            boolean longRun) {
        private String key() {
            String run = longRun ? "long" : "CI";
            return String.join(" | ", guest, entry, Integer.toString(cpus), memory, run);
        }
    }

    /**
     * Takes a guest that booted.
     *
     * @param row what is known of it
     * @param seconds how long it took
     * @param instructions how many instructions it executed until then; 0 when not known
     */
    static synchronized void booted(Row row, Duration seconds, long instructions) {
        String line =
                String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %d | %s | %s | %s | %.1f | %s | %s |",
                        row.guest,
                        row.version,
                        row.entry,
                        row.cpus,
                        row.memory,
                        row.result,
                        row.longRun ? "long" : "CI",
                        seconds.toMillis() / 1000.0,
                        instructions == 0 ? "-" : Long.toString(instructions / 1_000_000),
                        host());
        try {
            List<String> rows = rows();
            int at = 0;
            while (at < rows.size() && !key(rows.get(at)).equals(row.key())) {
                at++;
            }
            if (Boolean.getBoolean("lodge.update-docs")) {
                if (at < rows.size()) {
                    rows.set(at, line);
                } else {
                    rows.add(line);
                }
                Files.writeString(FILE, HEAD + String.join("\n", rows) + "\n");
            }
            String remedy = "; run with -Dlodge.update-docs=true";
            assertTrue(at < rows.size(), "No row for " + row.key() + " in " + FILE + remedy);
            assertEquals(lasting(line), lasting(rows.get(at)), FILE + remedy);
            assertTrue(Files.readString(FILE).startsWith(HEAD), "The head of " + FILE + remedy);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> rows() throws IOException {
        List<String> rows = new ArrayList<>();
        if (Files.exists(FILE)) {
            for (String line : Files.readAllLines(FILE)) {
                if (cells(line).size() == CELLS
                        && !line.startsWith("| guest ")
                        && !line.startsWith("|---")) {
                    rows.add(line);
                }
            }
        }
        return rows;
    }

    private static List<String> cells(String line) {
        if (!line.startsWith("|") || !line.endsWith("|")) {
            return List.of();
        }
        return List.of(line.substring(1, line.length() - 1).split("\\|")).stream()
                .map(String::trim)
                .toList();
    }

    private static String key(String line) {
        List<String> cells = cells(line);
        return String.join(
                " | ", cells.get(0), cells.get(2), cells.get(3), cells.get(4), cells.get(6));
    }

    private static List<String> lasting(String line) {
        List<String> cells = cells(line);
        return LASTING.stream().map(cells::get).toList();
    }

    /** The host's processors, as Linux names them. */
    private static String host() {
        String model = System.getProperty("os.arch");
        Path info = Path.of("/proc/cpuinfo");
        try {
            if (Files.isReadable(info)) {
                for (String line : Files.readAllLines(info)) {
                    if (line.startsWith("model name")) {
                        model = line.substring(line.indexOf(':') + 1).trim();
                        break;
                    }
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return Runtime.getRuntime().availableProcessors() + " x " + model.replace('|', '/');
    }
}
