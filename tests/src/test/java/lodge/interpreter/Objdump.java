package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What objdump, of the package binutils, makes of code; read as it comes, never held. */
final class Objdump {
    /** Takes one instruction. */
    interface Listener {
        /**
         * Takes one instruction.
         *
         * @param address where it begins
         * @param text blanks between its parts are single ones, names of symbols are left out
         */
        void instruction(long address, String text);
    }

    private Objdump() {}

    /**
     * Disassembles a file in Intel syntax, by Intel's rules.
     *
     * @param options further options, for example {@code -b binary}
     */
    static void run(Path file, List<String> options, Listener listener)
            throws IOException, InterruptedException {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/objdump")),
                "objdump is not here; install the package binutils");
        List<String> command = new ArrayList<>();
        command.add("/usr/bin/objdump");
        command.addAll(List.of("-z", "-w", "--no-show-raw-insn", "-M", "intel,intel64"));
        command.addAll(options);
        command.add(file.toString());
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader in = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int colon = line.indexOf(":\t");
                if (colon > 0) {
                    long address = Long.parseUnsignedLong(line.substring(0, colon).strip(), 16);
                    listener.instruction(address, tidy(line, colon + 2));
                }
            }
        }
        assertEquals(0, process.waitFor(), "objdump's exit code for " + file);
    }

    private static String tidy(String line, int from) {
        StringBuilder text = new StringBuilder(line.length());
        boolean blank = true;
        for (int at = from; at < line.length(); at++) {
            char c = line.charAt(at);
            if (c == '<') {
                break;
            }
            if (c != ' ' || !blank) {
                text.append(c);
            }
            blank = c == ' ';
        }
        return text.toString().strip();
    }
}
