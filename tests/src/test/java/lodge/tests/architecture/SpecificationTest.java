package lodge.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every promise of SPECIFICATION.md names a test or a benchmark that exists, or says "pending". */
class SpecificationTest {
    private static final Path TOP = Path.of("..");
    private static final Pattern HOLDER = Pattern.compile("`([A-Z][A-Za-z0-9]+)`");

    @Test
    void everyPromiseIsHeldBySomething() throws IOException {
        Set<String> classes = classes();
        List<String> missing = new ArrayList<>();
        int promises = 0;
        for (String line : Files.readAllLines(TOP.resolve("SPECIFICATION.md"))) {
            if (!line.startsWith("| ") || line.startsWith("| promise ")) {
                continue;
            }
            promises++;
            String held = line.substring(line.lastIndexOf('|', line.length() - 2));
            Matcher holder = HOLDER.matcher(held);
            boolean found = held.contains("pending");
            while (holder.find()) {
                found = true;
                if (!classes.contains(holder.group(1))) {
                    missing.add(holder.group(1) + " of: " + line);
                }
            }
            if (!found) {
                missing.add("nothing holds: " + line);
            }
            assertTrue(!line.contains("@"), () -> "A figure is missing: " + line);
        }
        assertEquals(List.of(), missing);
        assertTrue(promises > 15);
    }

    private static Set<String> classes() throws IOException {
        try (Stream<Path> tree = Files.walk(TOP)) {
            return tree.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }
}
