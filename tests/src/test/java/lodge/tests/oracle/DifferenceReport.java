package lodge.tests.oracle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** All differences of a run by instruction, the most frequent first, with a few examples each. */
final class DifferenceReport {
    private static final int EXAMPLES = 3;
    private static final String[] WHAT = {
        "outcome", "rip", "registers", "flags", "memory", "x87", "mxcsr", "vectors"
    };

    private final Map<String, Group> groups = new TreeMap<>();
    private long total;

    /** The differences of one instruction in the same fields. */
    private static final class Group {
        final String name;
        long count;
        final List<Difference> examples = new ArrayList<>();

        Group(String name) {
            this.name = name;
        }
    }

    /** Returns how many records differed. */
    long total() {
        return total;
    }

    /** Notes a difference; {@code what} has the bits of {@link Comparison}. */
    void add(
            Form form,
            Encoding e,
            long seed,
            long index,
            int what,
            StateBefore before,
            StateAfter host,
            StateAfter ours) {
        total++;
        String key = name(form, e) + ": " + fields(what) + kinds(what, host, ours);
        Group group = groups.computeIfAbsent(key, Group::new);
        group.count++;
        if (group.examples.size() < EXAMPLES) {
            group.examples.add(new Difference(seed, index, what, before, host, ours));
        }
    }

    private static String name(Form form, Encoding e) {
        if (form != null) {
            return form.name();
        }
        String prefix = e.operandSize ? "66 " : "";
        prefix += e.repeat ? "F3 " : e.repeatNot ? "F2 " : "";
        String map =
                e.vex == 0
                        ? List.of("", "0F ", "0F 38 ", "0F 3A ").get(e.map)
                        : "VEX map " + e.map + " ";
        return String.format(Locale.ROOT, "bytes %s%s%02X", prefix, map, e.opcode);
    }

    private static String fields(int what) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < WHAT.length; i++) {
            if ((what >> i & 1) != 0) {
                names.add(WHAT[i]);
            }
        }
        return String.join(", ", names);
    }

    private static String kinds(int what, StateAfter host, StateAfter ours) {
        return (what & Comparison.OUTCOME) == 0 ? "" : " (" + kind(host) + " / " + kind(ours) + ")";
    }

    private static String kind(StateAfter after) {
        if (after.completed()) {
            return "completed";
        }
        return after.kind() == StateAfter.EXCEPTION
                ? "exception " + after.vector()
                : "kind " + after.kind();
    }

    /**
     * Writes everything as Markdown.
     *
     * @param title first line
     */
    void write(Path file, String title) throws IOException {
        List<Group> sorted = new ArrayList<>(groups.values());
        sorted.sort(Comparator.comparingLong((Group g) -> -g.count));
        Map<String, String> disassembly = disassemble(sorted);
        StringBuilder text = new StringBuilder("# ").append(title).append("\n\n");
        text.append(
                "Before / the host's processor / ours. What differs first in brackets: host /"
                        + " ours.\n");
        for (Group group : sorted) {
            text.append("\n## ").append(group.count).append(" x ").append(group.name).append('\n');
            for (Difference example : group.examples) {
                String hex = hex(example.code());
                text.append("\n* `").append(hex).append("` ");
                text.append(disassembly.getOrDefault(hex, "")).append(" (");
                text.append(example.where()).append(")\n");
                example.lines().forEach(line -> text.append("    ").append(line).append('\n'));
            }
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(temporary, text);
        Files.move(temporary, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns the most frequent differences with one example each, for a test's message. */
    String summary(int groupsAtMost) throws IOException {
        List<Group> sorted = new ArrayList<>(groups.values());
        sorted.sort(Comparator.comparingLong((Group g) -> -g.count));
        List<Group> first = sorted.subList(0, Math.min(groupsAtMost, sorted.size()));
        Map<String, String> disassembly = disassemble(first);
        StringBuilder text = new StringBuilder();
        for (Group group : first) {
            Difference example = group.examples.getFirst();
            String hex = hex(example.code());
            text.append('\n').append(group.count).append(" x ").append(group.name);
            text.append("\n  ").append(hex).append("  ").append(disassembly.getOrDefault(hex, ""));
            text.append("  ").append(example.where());
            example.lines().forEach(line -> text.append("\n    ").append(line));
        }
        return text.toString();
    }

    private static String hex(byte[] code) {
        return HexFormat.ofDelimiter(" ").formatHex(code);
    }

    /** Has objdump, where there is one, disassemble the examples. */
    private static Map<String, String> disassemble(Collection<Group> groups) throws IOException {
        Map<String, String> result = new TreeMap<>();
        List<byte[]> all =
                groups.stream().flatMap(g -> g.examples.stream()).map(Difference::code).toList();
        Path file = Files.createTempFile("lodge-oracle", ".bin");
        try {
            // Each in 32 bytes, filled with INT3, so that the address tells which one it is.
            byte[] bytes = new byte[all.size() * 32];
            java.util.Arrays.fill(bytes, (byte) 0xcc);
            for (int i = 0; i < all.size(); i++) {
                System.arraycopy(all.get(i), 0, bytes, i * 32, all.get(i).length);
            }
            Files.write(file, bytes);
            Process objdump =
                    new ProcessBuilder(
                                    "objdump",
                                    "-D",
                                    "-b",
                                    "binary",
                                    "-m",
                                    "i386:x86-64",
                                    "-M",
                                    "intel",
                                    "-w",
                                    "--no-show-raw-insn",
                                    file.toString())
                            .redirectErrorStream(true)
                            .start();
            String output =
                    new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            for (String line : output.lines().toList()) {
                int colon = line.indexOf(":\t");
                if (colon > 0) {
                    int address = Integer.parseInt(line.substring(0, colon).strip(), 16);
                    byte[] code = all.get(address / 32);
                    if (address % 32 < code.length) {
                        String text = line.substring(colon + 2).strip();
                        result.merge(hex(code), text, (a, b) -> a + "; " + b);
                    }
                }
            }
        } catch (IOException e) {
            return Map.of(); // no objdump: the bytes must do
        } finally {
            Files.delete(file);
        }
        return result;
    }
}
