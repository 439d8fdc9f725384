import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;

/**
 * Fails if a test was skipped that the file of exceptions does not name, or if no test ran at all.
 * Run from the top folder after {@code mvn verify}: {@code java .ci/Skipped.java .ci/may-skip}.
 */
class Skipped {
    private record Excuse(Pattern test, String reason) {}

    public static void main(String[] args) throws Exception {
        List<Excuse> allowed = exceptions(Path.of(args[0]));
        String build = System.getenv().getOrDefault("LODGE_BUILD", "target");
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        int run = 0;
        int excused = 0;
        List<String> bad = new ArrayList<>();
        for (Path report : reports(build)) {
            NodeList cases =
                    parser.parse(report.toFile())
                            .getDocumentElement()
                            .getElementsByTagName("testcase");
            for (int i = 0; i < cases.getLength(); i++) {
                Element test = (Element) cases.item(i);
                run++;
                String why = skipped(test);
                if (why == null) {
                    continue;
                }
                String name = test.getAttribute("classname") + "#" + test.getAttribute("name");
                Excuse excuse = excuse(name, allowed);
                if (excuse == null) {
                    bad.add(name + ": " + why);
                } else {
                    excused++;
                    System.out.println(name + " may be skipped: " + excuse.reason());
                }
            }
        }
        System.out.printf("%d tests, %d skipped%n", run, excused + bad.size());
        for (String test : bad) {
            System.out.println("Skipped, but expected to run here: " + test);
        }
        if (!bad.isEmpty() || run == 0) {
            System.exit(1);
        }
    }

    private static String skipped(Element test) {
        for (Node node = test.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals("skipped")) {
                return element.getAttribute("message");
            }
        }
        return null;
    }

    private static Excuse excuse(String name, List<Excuse> allowed) {
        for (Excuse excuse : allowed) {
            if (excuse.test().matcher(name).matches()) {
                return excuse;
            }
        }
        return null;
    }

    private static List<Excuse> exceptions(Path file) throws IOException {
        List<Excuse> exceptions = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.strip().split("\\s+", 2);
            if (parts.length < 2) {
                throw new IOException(file + ": a line without a reason: " + line);
            }
            String pattern = Pattern.quote(parts[0]).replace("*", "\\E.*\\Q");
            exceptions.add(new Excuse(Pattern.compile(pattern), parts[1]));
        }
        return exceptions;
    }

    private static List<Path> reports(String build) throws IOException {
        List<Path> reports = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(""))) {
            for (Path module : modules.sorted().toList()) {
                Path folder = module.resolve(build).resolve("surefire-reports");
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.list(folder)) {
                        files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                                .sorted()
                                .forEach(reports::add);
                    }
                }
            }
        }
        return reports;
    }
}
