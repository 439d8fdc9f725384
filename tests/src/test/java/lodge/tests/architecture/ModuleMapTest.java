package lodge.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The code map of ARCHITECTURE.md is the source tree's. */
class ModuleMapTest {
    private static final Path TOP = Path.of("..");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z-]+)/` \\| (lodge\\.[a-z]+) \\|");
    private static final Pattern MODULE = Pattern.compile("(?m)^(?:open )?module ([a-z.]+) \\{");
    private static final Pattern CLASS_IN_TEXT =
            Pattern.compile("`([a-z-]+/src/main/java/[A-Za-z/]+\\.java)`");

    @Test
    void theTableNamesEveryModule() throws IOException {
        Map<String, String> table = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(TOP.resolve("ARCHITECTURE.md")));
        while (row.find()) {
            table.put(row.group(1), row.group(2));
        }
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> folders = Files.list(TOP)) {
            for (Path folder :
                    folders.filter(path -> Files.exists(path.resolve("pom.xml"))).toList()) {
                Path info = folder.resolve("src/main/java/module-info.java");
                String name = "lodge.tests";
                if (Files.exists(info)) {
                    Matcher module = MODULE.matcher(Files.readString(info));
                    assertTrue(module.find(), info::toString);
                    name = module.group(1);
                }
                tree.put(folder.getFileName().toString(), name);
            }
        }
        assertEquals(tree, table);
    }

    @Test
    void everyFileThatItNamesExists() throws IOException {
        Matcher file = CLASS_IN_TEXT.matcher(Files.readString(TOP.resolve("ARCHITECTURE.md")));
        int found = 0;
        while (file.find()) {
            assertTrue(Files.exists(TOP.resolve(file.group(1))), file.group(1));
            found++;
        }
        assertTrue(found > 0);
    }
}
