import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Checks or applies google-java-format (AOSP style) to every Java file of the checkout that changed
 * since its last good run, or to those below the folders named. Run from the top folder: {@code
 * java -cp google-java-format.jar .mvn/Format.java check|apply [folder...]}.
 */
class Format {
    private static final Path STAMP = Path.of("target", "formatted");

    public static void main(String[] args) throws IOException {
        boolean apply = args[0].equals("apply");
        long now = System.currentTimeMillis();
        long since = Files.exists(STAMP) ? Files.getLastModifiedTime(STAMP).toMillis() : 0;
        List<String> files = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            collect(Path.of(args[i]), 0, files);
        }
        if (args.length == 1) {
            everything(since, files);
        }
        if (!files.isEmpty()) {
            format(apply, files);
        }
        if (args.length == 1) {
            Files.createDirectories(STAMP.getParent());
            Files.writeString(STAMP, "");
            Files.setLastModifiedTime(STAMP, FileTime.fromMillis(now));
        }
    }

    private static void everything(long since, List<String> files) throws IOException {
        try (Stream<Path> top = Files.list(Path.of(""))) {
            for (Path module : top.filter(p -> Files.isDirectory(p.resolve("src"))).toList()) {
                collect(module.resolve("src"), since, files);
            }
        }
        collect(Path.of(".mvn"), since, files);
    }

    private static void format(boolean apply, List<String> files) {
        List<String> command = new ArrayList<>(List.of("--aosp"));
        command.addAll(
                apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
        command.addAll(files);
        ToolProvider formatter = ToolProvider.findFirst("google-java-format").orElseThrow();
        int status = formatter.run(System.err, System.err, command.toArray(String[]::new));
        if (status != 0) {
            System.err.println(
                    apply
                            ? "Some files do not parse."
                            : "The files above are not formatted. Run: ./dev format");
            System.exit(1);
        }
    }

    private static void collect(Path root, long since, List<String> into) {
        try (Stream<Path> tree = Files.walk(root)) {
            tree.filter(p -> p.toString().endsWith(".java"))
                    .filter(p -> p.toFile().lastModified() > since - 1000)
                    .map(Path::toString)
                    .forEach(into::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
