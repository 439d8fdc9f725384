package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The host's processor, asked by batches of records. There are two halves, so that one is executed
 * while the other is filled and its outcomes are compared. One thread at a time.
 */
final class Oracle implements AutoCloseable {
    private final Path folder;
    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment file;
    private final Process process;
    private final OutputStream requests;
    private final InputStream answers;

    /**
     * Compiles and starts the oracle.
     *
     * @param capacity records per batch, 1 to 65,536
     * @throws IOException when it cannot be compiled or started; {@link #missing} tells the usual
     *     reasons beforehand
     */
    static Oracle start(int capacity) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("lodge-oracle");
        try {
            return new Oracle(folder, capacity);
        } catch (IOException | InterruptedException | RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    /** Returns why there cannot be an oracle here and what helps, empty if there can. */
    static Optional<String> missing() {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            return Optional.of("the oracle needs Linux on x86-64; remedy: run this test there");
        }
        if (compiler().isEmpty()) {
            return Optional.of(
                    "the oracle is a C program and there is no cc on the PATH; remedy: install"
                            + " gcc");
        }
        return Optional.empty();
    }

    private static Optional<Path> compiler() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder, "cc"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private Oracle(Path folder, int capacity) throws IOException, InterruptedException {
        this.folder = folder;
        this.capacity = capacity;
        Path program = compile();
        Path shared = folder.resolve("records");
        long size = OracleLayout.HEADER_SIZE + 2L * capacity * OracleLayout.RECORD_SIZE;
        try (FileChannel channel =
                FileChannel.open(
                        shared,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            file = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        }
        file.set(JAVA_LONG, OracleLayout.HEADER_MAGIC, OracleLayout.MAGIC);
        file.set(JAVA_INT, OracleLayout.HEADER_RECORD_SIZE, OracleLayout.RECORD_SIZE);
        file.set(JAVA_INT, OracleLayout.HEADER_CAPACITY, capacity);
        fillAreas();
        process =
                new ProcessBuilder(program.toString(), shared.toString())
                        .redirectError(folder.resolve("errors").toFile())
                        .start();
        requests = process.getOutputStream();
        answers = process.getInputStream();
    }

    private Path compile() throws IOException, InterruptedException {
        Path source = folder.resolve("oracle.c");
        try (InputStream resource = Oracle.class.getResourceAsStream("/oracle/oracle.c")) {
            Files.copy(resource, source);
        }
        Path program = folder.resolve("oracle");
        Path messages = folder.resolve("cc.log");
        Process cc =
                new ProcessBuilder(
                                compiler().orElseThrow().toString(),
                                "-O2",
                                "-std=gnu11",
                                "-Wall",
                                "-Wextra",
                                "-Werror",
                                // No TLS and no signature of control flow after the initialisation.
                                "-fno-stack-protector",
                                "-fcf-protection=none",
                                "-Wl,-z,now",
                                "-o",
                                program.toString(),
                                source.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(messages.toFile())
                        .start();
        if (cc.waitFor() != 0) {
            throw new IOException("cc refuses oracle.c: " + Files.readString(messages));
        }
        return program;
    }

    /** What the areas hold before every instruction: any pattern without repetition. */
    private void fillAreas() {
        SplitMix random = new SplitMix(1);
        for (long at = OracleLayout.HEADER_DATA; at < OracleLayout.HEADER_SIZE; at += 8) {
            file.set(JAVA_LONG, at, random.next());
        }
    }

    /** Returns the processor time that the oracle has taken, in seconds. */
    double seconds() {
        return process.info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0);
    }

    /** Returns how many records fit in a batch. */
    int capacity() {
        return capacity;
    }

    /** Returns whether the host has AVX; without it the upper halves of YMM registers stay 0. */
    boolean hasAvx() {
        return (file.get(JAVA_INT, OracleLayout.HEADER_FEATURES) & 1) != 0;
    }

    /** Returns what the data area holds before every instruction, but for the window. */
    MemorySegment dataArea() {
        return file.asSlice(OracleLayout.HEADER_DATA, OracleLayout.DATA_SIZE).asReadOnly();
    }

    /** Returns what the page that can only be read holds. */
    MemorySegment readOnlyArea() {
        return file.asSlice(OracleLayout.HEADER_READ_ONLY, OracleLayout.PAGE).asReadOnly();
    }

    /** Returns what the stack holds before every instruction. */
    MemorySegment stackArea() {
        return file.asSlice(OracleLayout.HEADER_STACK, OracleLayout.PAGE).asReadOnly();
    }

    /**
     * Moves views to a record.
     *
     * @param half 0 or 1
     * @param index 0 to {@link #capacity()} - 1
     */
    void view(int half, int index, StateBefore before, StateAfter after) {
        long offset =
                OracleLayout.HEADER_SIZE
                        + ((long) half * capacity + index) * OracleLayout.RECORD_SIZE;
        before.at(file, offset);
        after.at(file, offset + OracleLayout.BEFORE_SIZE);
    }

    /** Has the first {@code count} records of a half executed; {@link #await} their outcomes. */
    void submit(int half, int count) throws IOException {
        file.set(JAVA_INT, OracleLayout.HEADER_COUNT + half * 4L, count);
        try {
            requests.write(half);
            requests.flush();
        } catch (IOException e) {
            throw died(e);
        }
    }

    /** Waits until a half that was submitted has been executed. */
    void await(int half) throws IOException {
        int answer = answers.read();
        if (answer != half) {
            throw died(null);
        }
    }

    private IOException died(IOException cause) throws IOException {
        int current = file.get(JAVA_INT, OracleLayout.HEADER_CURRENT);
        StateBefore before = new StateBefore();
        view(current / capacity, current % capacity, before, new StateAfter());
        return new IOException(
                "The oracle ended ("
                        + (process.isAlive() ? "still running" : "exit " + process.exitValue())
                        + ") at record "
                        + current
                        + ", instruction "
                        + before.codeInHex()
                        + "; it said: "
                        + Files.readString(folder.resolve("errors"))
                        + ". Remedy: exclude what the instruction does to its host, see Exclusions",
                cause);
    }

    @Override
    public void close() throws IOException {
        requests.close(); // end of file: it ends by itself
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        answers.close();
        arena.close();
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
