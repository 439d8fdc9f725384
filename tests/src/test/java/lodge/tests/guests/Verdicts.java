package lodge.tests.guests;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a guest program said: lines {@code PASS rule}, {@code FAIL rule expected X got Y}, {@code
 * SKIP rule reason} and at the end {@code DONE n passed m failed}.
 *
 * @param passed names of rules
 * @param failed whole lines
 * @param skipped whole lines
 * @param problem what is wrong with the output as a whole; empty when nothing is
 */
record Verdicts(List<String> passed, List<String> failed, List<String> skipped, String problem) {
    private static final Pattern DONE = Pattern.compile("DONE (\\d+) passed (\\d+) failed");

    static Verdicts of(String output) {
        List<String> passed = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        String problem = "no line DONE; the last line is \"" + lastLine(output) + "\"";
        for (String line : output.lines().toList()) {
            Matcher done = DONE.matcher(line);
            if (line.startsWith("PASS ")) {
                passed.add(line.substring("PASS ".length()));
            } else if (line.startsWith("FAIL ")) {
                failed.add(line);
            } else if (line.startsWith("SKIP ")) {
                skipped.add(line);
            } else if (done.matches()) {
                boolean counted =
                        Integer.parseInt(done.group(1)) == passed.size()
                                && Integer.parseInt(done.group(2)) == failed.size();
                problem = counted ? "" : line + ", but the lines before it say otherwise";
            } else {
                return new Verdicts(passed, failed, skipped, "unknown line: " + line);
            }
        }
        return new Verdicts(passed, failed, skipped, problem);
    }

    private static String lastLine(String output) {
        List<String> lines = output.lines().toList();
        return lines.isEmpty() ? "" : lines.getLast();
    }

    /** Returns the name of the rule of a line. */
    static String rule(String line) {
        return line.split(" ", 3)[1];
    }
}
