import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.module.ModuleFinder;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Links the {@code lodge} command: a run-time image that holds the JVM and every module, and an AOT
 * cache trained with real work (JEP 483, 514, 515). The launcher's build runs it at its end: {@code
 * java .mvn/Image.java FOLDER BUILD-START OPTIONS JAR CLASS-PATH}.
 *
 * <p>In the folder, each image has a folder of its own, named after what it was made from; the file
 * {@code current} names the image to start and carries the time at which its build began. A start
 * that overlaps with a build therefore uses the old image or the new one, never half of one.
 */
class Image {
    /** Class files from this version on carry stack maps, without which the JVM caches no class. */
    private static final int STACK_MAPS = 50;

    private static final long TRAINING_SECONDS = 60;
    private static final String JAVA = File.separatorChar == '/' ? "java" : "java.exe";

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Instant buildStart = Instant.parse(args[1]);
        Path options = Path.of(args[2]);
        List<Path> jars = new ArrayList<>(List.of(Path.of(args[3])));
        for (String entry : args[4].split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) { // the launcher's own class folder is in its jar
                jars.add(Path.of(entry));
            }
        }
        Files.createDirectories(folder);
        String name = "image-" + fingerprint(jars, options);
        Path image = folder.resolve(name);
        if (!Files.exists(image)) {
            Path work = Files.createTempDirectory(folder, "new-");
            try {
                make(work, jars, options);
                Files.move(work.resolve("image"), image);
            } finally {
                delete(work);
            }
        }
        publish(folder, name, buildStart);
    }

    private static void make(Path work, List<Path> jars, Path options) throws Exception {
        Path modules = Files.createDirectory(work.resolve("modules"));
        try (URLClassLoader classes = new URLClassLoader(urls(jars))) {
            for (Path jar : jars) {
                copy(jar, modules.resolve(jar.getFileName()), classes);
            }
        }
        Path image = work.resolve("image");
        link(modules, image);
        Files.copy(options, image.resolve("lodge.options"));
        train(image, work.resolve("training.log"));
    }

    /** Every module that the launcher has at run time goes in: backends are found as services. */
    private static void link(Path modules, Path image) {
        String names =
                ModuleFinder.of(modules).findAll().stream()
                        .map(module -> module.descriptor().name())
                        .sorted()
                        .collect(Collectors.joining(","));
        ToolProvider jlink =
                ToolProvider.findFirst("jlink")
                        .orElseThrow(() -> new IllegalStateException("This JDK has no jlink."));
        int status =
                jlink.run(
                        System.out,
                        System.err,
                        "--module-path=" + modules,
                        "--add-modules=" + names,
                        "--output=" + image,
                        "--no-header-files",
                        "--no-man-pages");
        if (status != 0) {
            throw new IllegalStateException(
                    "jlink failed with the JDK "
                            + System.getProperty("java.home")
                            + ". Name a complete one in LODGE_JAVA_HOME.");
        }
    }

    /** Runs the command's real work; without a cache Lodge works, it only starts slower. */
    private static void train(Path image, Path log) throws IOException, InterruptedException {
        if (!run(image, log, "-Djava.lang.invoke.MethodHandle.TRACE_RESOLVE=true", "Training")) {
            explain(log);
            return;
        }
        announceMethodHandles(Files.readAllLines(log), image.resolve("lib").resolve("classlist"));
        cache(image, log, "lodge.aot", "Training");
        // The JVM loads all classes of a cache when it starts: too many for an answer in no time.
        cache(image, log, "version.aot", "Main", "--version");
    }

    private static void cache(Path image, Path log, String name, String main, String... arguments)
            throws IOException, InterruptedException {
        Path cache = image.resolve(name);
        if (!run(image, log, "-XX:AOTCacheOutput=" + cache, main, arguments)
                || !Files.exists(cache)) {
            Files.deleteIfExists(cache);
            explain(log);
        }
    }

    /**
     * Adds the kinds of method handle that a traced run used to those that the JVM compiles into
     * its cache. FFM combines a hundred of them for the first few native calls, each a class that
     * would be made at every start.
     */
    private static void announceMethodHandles(List<String> trace, Path classList)
            throws IOException {
        List<String> kinds =
                trace.stream()
                        .filter(line -> line.matches("\\[(LF|SPECIES)_RESOLVE\\] .*"))
                        .map(
                                line ->
                                        "@lambda-form-invoker "
                                                + line.replaceFirst(" \\(\\w+\\)$", ""))
                        .distinct()
                        .toList();
        Files.write(classList, kinds, StandardOpenOption.APPEND);
    }

    private static boolean run(
            Path image, Path log, String option, String main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(image.resolve("bin").resolve(JAVA).toString());
        command.add("@" + image.resolve("lodge.options"));
        command.add(option);
        command.add("--module=lodge.launcher/lodge.launcher." + main);
        command.addAll(List.of(arguments));
        Process training =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        training.getOutputStream().close();
        boolean ended = training.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            training.destroyForcibly().waitFor();
        }
        return ended && training.exitValue() == 0;
    }

    private static void explain(Path log) throws IOException {
        System.err.println("No AOT cache was made, so Lodge will start slower. Training said:");
        Files.copy(log, System.err);
    }

    private static void publish(Path folder, String name, Instant buildStart) throws IOException {
        Path current = folder.resolve("current");
        String before = Files.exists(current) ? Files.readString(current).strip() : name;
        Path next = folder.resolve("next-" + ProcessHandle.current().pid());
        Files.writeString(next, name + "\n");
        Files.setLastModifiedTime(next, FileTime.from(buildStart));
        Files.move(next, current, StandardCopyOption.REPLACE_EXISTING);
        try (Stream<Path> all = Files.list(folder)) {
            // A machine may still be running in the image before this one.
            for (Path old : all.filter(p -> isOlder(p, name, before)).toList()) {
                delete(old);
            }
        }
    }

    private static boolean isOlder(Path path, String name, String before) {
        String file = path.getFileName().toString();
        return file.startsWith("image-") && !file.equals(name) && !file.equals(before);
    }

    /** Copies a jar; classes too old to have stack maps get them, or they would never be cached. */
    private static void copy(Path jar, Path to, ClassLoader hierarchy) throws IOException {
        ClassFile classFile =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(hierarchy)
                                        .orElse(ClassHierarchyResolver.defaultResolver())));
        ClassTransform modernise =
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                        .andThen(
                                (builder, element) -> {
                                    if (element instanceof ClassFileVersion) {
                                        builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                                    } else {
                                        builder.with(element);
                                    }
                                });
        try (JarFile in = new JarFile(jar.toFile());
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(to))) {
            out.setLevel(0);
            for (JarEntry entry : Collections.list(in.entries())) {
                byte[] bytes;
                try (InputStream stream = in.getInputStream(entry)) {
                    bytes = stream.readAllBytes();
                }
                if (entry.getName().endsWith(".class")
                        && ByteBuffer.wrap(bytes).getInt(4) < STACK_MAPS) {
                    bytes = classFile.transformClass(classFile.parse(bytes), modernise);
                }
                out.putNextEntry(new JarEntry(entry.getName()));
                out.write(bytes);
                out.closeEntry();
            }
        }
    }

    /**
     * Names everything that shapes the image; the jars are reproducible, so their bytes will do.
     */
    private static String fingerprint(List<Path> jars, Path options)
            throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Runtime.version().toString().getBytes());
        for (Path jar : jars) {
            digest.update(Files.readAllBytes(jar));
        }
        digest.update(Files.readAllBytes(options));
        digest.update(Files.readAllBytes(Path.of(System.getProperty("jdk.launcher.sourcefile"))));
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    private static URL[] urls(List<Path> jars) throws MalformedURLException {
        URL[] urls = new URL[jars.size()];
        for (int i = 0; i < urls.length; i++) {
            URI uri = jars.get(i).toUri();
            urls[i] = uri.toURL();
        }
        return urls;
    }

    private static void delete(Path tree) {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // On Windows, files of a running program stay; a later build tries again.
            System.err.println("Cannot delete " + tree + ": " + e.getMessage());
        } catch (UncheckedIOException e) {
            System.err.println("Cannot delete " + tree + ": " + e.getMessage());
        }
    }
}
