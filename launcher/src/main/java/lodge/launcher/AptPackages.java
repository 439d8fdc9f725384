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
 * anything, without root and without changing apt's configuration. When apt's lists know nothing of
 * a package (a fresh container), name a version that is no longer there, or are another
 * architecture's, a private copy of the lists is fetched first.
 */
public final class AptPackages {
    /** Stands for the machine's own architecture. */
    private static final String NATIVE = "";

    private final Path cache;
    private final String architecture;
    private final boolean terminal = Console.isTerminal(2);

    /**
     * A fetcher of packages for this machine.
     *
     * @param cache the folder that holds a folder for each package
     */
    public AptPackages(Path cache) {
        this(cache, NATIVE);
    }

    /**
     * A fetcher of packages for another architecture, which dpkg need not know.
     *
     * @param cache the folder that holds a folder for each package
     * @param architecture Debian's name for it, for example {@code i386}
     */
    public AptPackages(Path cache, String architecture) {
        this.cache = cache;
        this.architecture = architecture;
    }

    /**
     * Fetches a package; afterwards the folder of its name in the cache holds its files.
     *
     * @param name the package
     * @param only the files and folders wanted, with wildcards as tar(1) takes them, for example
     *     {@code ./boot}; none for all
     * @throws BadConfigException when it cannot be fetched or unpacked
     */
    public void fetch(String name, String... only) {
        fetch(name, options -> name, only);
    }

    /**
     * Fetches the package that another one, of the kind that only names the newest version, depends
     * on.
     *
     * @param name the package that names it, for example {@code linux-image-amd64}
     * @param prefix how the wanted one's name begins
     * @param only as for {@link #fetch}
     * @return its name, which is its folder's, too
     * @throws BadConfigException when there is none, or it cannot be fetched or unpacked
     */
    public String fetchNewest(String name, String prefix, String... only) {
        return fetch(name, options -> dependencyOf(name, prefix, options), only);
    }

    /** Finds the package to download by apt's lists, which options may say where to find. */
    private interface Choice {
        /** Returns its name; empty when the lists do not know it. */
        String from(List<String> options) throws IOException;
    }

    private String fetch(String asked, Choice choice, String... only) {
        Path work = null;
        try {
            Files.createDirectories(cache);
            work = Files.createTempDirectory(cache, "fetch-");
            String name = download(asked, choice, work);
            Path unpacked = Files.createDirectory(work.resolve("unpacked"));
            String problem = unpack(deb(name, work), unpacked, only);
            if (!problem.isEmpty()) {
                throw new BadConfigException(
                        "Package %s does not unpack (%s); check the space in %s"
                                .formatted(name, problem, cache));
            }
            Path target = cache.resolve(name);
            delete(target);
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
            return name;
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

    /** Returns the name of what was downloaded. */
    private String download(String asked, Choice choice, Path work) throws IOException {
        List<String> own = ownLists();
        // The lists that are here first: the system's, or those fetched earlier.
        List<String> here = architecture.equals(NATIVE) ? List.of() : own;
        String name = choice.from(here);
        if (!name.isEmpty() && apt(name, work, here, "download", name).isEmpty()) {
            return name;
        }
        // Even when one of several lists cannot be fetched, the others may do.
        String update = apt("package lists", work, own, "update");
        name = choice.from(own);
        String problem =
                name.isEmpty()
                        ? "apt's lists do not name it"
                        : apt(name, work, own, "download", name);
        if (!problem.isEmpty()) {
            throw new BadConfigException(
                    "Package %s cannot be fetched (%s); check the network and /etc/apt, or install %s yourself"
                            .formatted(asked, update.isEmpty() ? problem : update, asked));
        }
        return name;
    }

    /** Options that keep apt's lists and caches out of the system's folders. */
    private List<String> ownLists() throws IOException {
        Path apt =
                cache.resolveSibling(architecture.equals(NATIVE) ? "apt" : "apt-" + architecture);
        Files.createDirectories(apt.resolve("lists/partial"));
        Files.createDirectories(apt.resolve("cache/archives/partial"));
        List<String> options = new ArrayList<>();
        options.addAll(List.of("-o", "Dir::State::lists=" + apt.resolve("lists")));
        options.addAll(List.of("-o", "Dir::Cache=" + apt.resolve("cache")));
        if (!architecture.equals(NATIVE)) {
            // apt takes it for the machine's own, on which nothing is installed yet.
            Path status = apt.resolve("status");
            if (!Files.exists(status)) {
                Files.createFile(status);
            }
            options.addAll(List.of("-o", "Dir::State::status=" + status));
            options.addAll(List.of("-o", "APT::Architecture=" + architecture));
            options.addAll(List.of("-o", "APT::Architectures::=" + architecture));
        }
        return options;
    }

    private static String dependencyOf(String name, String prefix, List<String> options)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("apt-cache"));
        command.addAll(options);
        command.addAll(List.of("depends", "--important", name));
        Process process = builder(command).start();
        process.getOutputStream().close();
        try (BufferedReader reader = reader(process)) {
            String start = "Depends: " + prefix;
            Optional<String> found =
                    reader.lines()
                            .map(String::trim)
                            .filter(line -> line.startsWith(start))
                            .findFirst();
            return found.map(line -> line.substring("Depends: ".length())).orElse("");
        }
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
        List<Process> apt =
                List.of(
                        builder(command)
                                .directory(work.toFile())
                                .redirectErrorStream(true)
                                .redirectInput(new File("/dev/null"))
                                .start());
        String problem = await(apt, bar);
        bar.end(problem.isEmpty());
        return problem;
    }

    private static String unpack(Path deb, Path into, String... only) throws IOException {
        List<String> tar =
                new ArrayList<>(List.of("tar", "-x", "-C", into.toString(), "--no-same-owner"));
        if (only.length > 0) {
            tar.add("--wildcards");
            tar.addAll(List.of(only));
        }
        return await(
                ProcessBuilder.startPipeline(
                        List.of(
                                builder(List.of("dpkg-deb", "--fsys-tarfile", deb.toString()))
                                        .redirectError(ProcessBuilder.Redirect.DISCARD),
                                builder(tar).redirectErrorStream(true))),
                null);
    }

    private static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8");
        return builder;
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Waits for a program, or several of which each feeds the next; returns what the last
     * complained of, or an empty text when all succeeded.
     */
    private static String await(List<Process> pipeline, ProgressBar bar) throws IOException {
        String complaint = "";
        try (BufferedReader lines = reader(pipeline.getLast())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (bar != null && bar.aptStatus(line)) {
                    continue;
                }
                if (complaint.isEmpty() && (line.startsWith("E: ") || line.startsWith("tar: "))) {
                    complaint = line.substring(line.indexOf(' ') + 1);
                }
            }
            for (Process process : pipeline) {
                int status = process.waitFor();
                if (status != 0) {
                    String program = process.info().command().orElse("a program");
                    return complaint.isEmpty() ? program + " ended with " + status : complaint;
                }
            }
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            pipeline.forEach(Process::destroy);
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
