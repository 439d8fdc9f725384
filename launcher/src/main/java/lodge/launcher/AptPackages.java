package lodge.launcher;

import lodge.core.BadConfigException;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Fetches Debian packages with apt and unpacks them into a folder of their own, without installing
 * anything and without root. When apt's lists know nothing of a package (a fresh container), a
 * private copy of the lists is fetched first.
 */
public final class AptPackages {
    private final Path cache;
    private final boolean terminal = Console.isTerminal(2);

    /**
     * A fetcher.
     *
     * @param cache the folder that holds a folder for each package
     */
    public AptPackages(Path cache) {
        this.cache = cache;
    }

    /**
     * Fetches a package; afterwards the folder of its name in the cache holds its files.
     *
     * @param name the package
     * @throws BadConfigException when it cannot be fetched or unpacked
     */
    public void fetch(String name) {
        Path work = null;
        try {
            Files.createDirectories(cache);
            work = Files.createTempDirectory(cache, "fetch-");
            download(name, work);
            Path unpacked = work.resolve("unpacked");
            String problem =
                    run(
                            List.of(
                                    "dpkg-deb",
                                    "--extract",
                                    deb(name, work).toString(),
                                    unpacked.toString()),
                            work,
                            null);
            if (!problem.isEmpty()) {
                throw new BadConfigException(
                        "Package "
                                + name
                                + " does not unpack ("
                                + problem
                                + "); check the space in "
                                + cache);
            }
            Path target = cache.resolve(name);
            delete(target);
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            throw new BadConfigException(
                    "Cache folder " + cache + " cannot be written; set LODGE_CACHE to one that can",
                    e);
        } finally {
            if (work != null) {
                delete(work);
            }
        }
    }

    /**
     * Returns the package that another one, of the kind that only names the newest version, depends
     * on.
     *
     * @param name the package
     * @param prefix how the wanted one's name begins
     * @return its name, or empty when apt's lists do not know it
     */
    public static Optional<String> dependencyOf(String name, String prefix) {
        List<String> lines = new ArrayList<>();
        try {
            Process process =
                    new ProcessBuilder("apt-cache", "depends", "--important", name).start();
            process.getOutputStream().close();
            try (BufferedReader reader =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return lines.stream()
                .map(String::trim)
                .filter(line -> line.startsWith("Depends: " + prefix))
                .map(line -> line.substring("Depends: ".length()))
                .findFirst();
    }

    private void download(String name, Path work) throws IOException {
        String problem = apt(name, work, List.of(), "download", name);
        if (problem.isEmpty()) {
            return;
        }
        List<String> own = ownLists();
        String update = apt("package lists", work, own, "update");
        if (update.isEmpty()) {
            problem = apt(name, work, own, "download", name);
        }
        if (!problem.isEmpty()) {
            throw new BadConfigException(
                    "Package %s cannot be fetched (%s); check the network and /etc/apt, or install %s yourself"
                            .formatted(name, update.isEmpty() ? problem : update, name));
        }
    }

    /** Options that keep apt's lists and caches out of the system's folders. */
    private List<String> ownLists() throws IOException {
        Path apt = cache.resolveSibling("apt");
        Files.createDirectories(apt.resolve("lists/partial"));
        Files.createDirectories(apt.resolve("cache/archives/partial"));
        return List.of(
                "-o",
                "Dir::State::lists=" + apt.resolve("lists"),
                "-o",
                "Dir::Cache=" + apt.resolve("cache"));
    }

    private String apt(String what, Path work, List<String> options, String... verb)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-q"));
        command.addAll(options);
        // Its sandbox user could not write to a folder of ours; progress goes to standard output,
        // one line each.
        command.addAll(List.of("-o", "APT::Sandbox::User=root", "-o", "APT::Status-Fd=1"));
        command.addAll(List.of(verb));
        ProgressBar bar = new ProgressBar(System.err, terminal, "Fetching " + what);
        String problem = run(command, work, bar);
        bar.end(problem.isEmpty());
        return problem;
    }

    /** Runs a program; returns what it complained of, or an empty text when it succeeded. */
    private static String run(List<String> command, Path folder, ProgressBar bar)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        Process process = builder.start();
        String complaint = "";
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (bar != null && bar.aptStatus(line)) {
                    continue;
                }
                if (complaint.isEmpty()
                        && (line.startsWith("E: ") || line.startsWith("dpkg-deb: "))) {
                    complaint = line.substring(line.indexOf(' ') + 1);
                }
            }
            int status = process.waitFor();
            return status == 0
                    ? ""
                    : complaint.isEmpty()
                            ? command.getFirst() + " ended with " + status
                            : complaint;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            process.destroy();
        }
    }

    private static Path deb(String name, Path work) throws IOException {
        try (Stream<Path> files = Files.list(work)) {
            return files.filter(file -> file.toString().endsWith(".deb"))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new BadConfigException(
                                            "apt-get fetched no file for package " + name));
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
