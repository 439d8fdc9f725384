package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The machine's own processor, by way of {@code silicon.c}: records in, answers out, in batches.
 */
final class Silicon implements AutoCloseable {
    static final int BATCH = 1024;
    static final int FMA = 2;
    static final int F16C = 4;
    static final int AMD = 16;

    private static final int RECORD = 32;
    private static final int FEATURES = 399;

    private final Path folder;
    private final Process process;
    private final ByteBuffer out = ByteBuffer.allocate(BATCH * RECORD);
    private final ByteBuffer in = ByteBuffer.allocate(BATCH * RECORD);
    private final InputStream answers;
    private final OutputStream questions;

    private Silicon(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        out.order(ByteOrder.LITTLE_ENDIAN);
        in.order(ByteOrder.LITTLE_ENDIAN);
        answers = new BufferedInputStream(process.getInputStream(), BATCH * RECORD);
        questions = process.getOutputStream();
    }

    /** Compiles and starts the program; skips the test where that is not possible. */
    static Silicon start() throws IOException, InterruptedException {
        String architecture = System.getProperty("os.arch");
        assumeTrue(
                architecture.equals("amd64") && System.getProperty("os.name").equals("Linux"),
                "The expected results come from an x86-64 processor under Linux, this is "
                        + architecture
                        + "; run the test there.");
        Path folder = Files.createTempDirectory("lodge-silicon");
        Path source = folder.resolve("silicon.c");
        try (InputStream text = Silicon.class.getResourceAsStream("silicon.c")) {
            Files.copy(text, source);
        }
        Path program = folder.resolve("silicon");
        Process gcc;
        try {
            gcc =
                    new ProcessBuilder(
                                    "gcc",
                                    "-O1",
                                    "-mno-red-zone",
                                    "-o",
                                    program.toString(),
                                    source.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            delete(folder);
            return abort("The test needs gcc (Debian: apt-get install gcc): " + e.getMessage());
        }
        String said = new String(gcc.getInputStream().readAllBytes(), UTF_8);
        if (gcc.waitFor() != 0) {
            delete(folder);
            throw new IOException("gcc cannot compile silicon.c: " + said);
        }
        Process process =
                new ProcessBuilder(program.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        return new Silicon(folder, process);
    }

    private static void delete(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve("silicon"));
        Files.deleteIfExists(folder.resolve("silicon.c"));
        Files.delete(folder);
    }

    /** Starts the program on an AMD processor, whose answers those of {@code Float80*} are. */
    static Silicon startAmd() throws IOException, InterruptedException {
        Silicon silicon = start();
        if (!silicon.has(AMD)) {
            silicon.close();
            abort("What the SDM leaves open of x87 is as AMD processors do it: run this on one.");
        }
        return silicon;
    }

    /** Whether the processor has a feature or comes from a vendor. */
    boolean has(int feature) {
        for (int i = 0; i < BATCH; i++) {
            ask(i, FEATURES, 0, 0, 0, 0);
        }
        exchange();
        return (first(0) & feature) != 0;
    }

    void ask(int index, int operation, int control, long x, long y, long z) {
        int at = index * RECORD;
        out.putInt(at, operation);
        out.putInt(at + 4, control);
        out.putLong(at + 8, x);
        out.putLong(at + 16, y);
        out.putLong(at + 24, z);
    }

    /** Sends all questions of the batch and waits for the answers. */
    void exchange() {
        try {
            questions.write(out.array());
            questions.flush();
            if (answers.readNBytes(in.array(), 0, in.capacity()) != in.capacity()) {
                throw new IOException("silicon.c ended early");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long first(int index) {
        return in.getLong(index * RECORD);
    }

    long second(int index) {
        return in.getLong(index * RECORD + 8);
    }

    /** The memory operand, or rax. */
    long memory(int index) {
        return in.getLong(index * RECORD + 16);
    }

    /** Sign and exponent of ST(0), or MXCSR. */
    int se0(int index) {
        return in.getShort(index * RECORD + 24) & 0xffff;
    }

    /** Sign and exponent of ST(1), or whether SIGFPE came. */
    int se1(int index) {
        return in.getShort(index * RECORD + 26) & 0xffff;
    }

    /** Bytes 8 and 9 of the memory operand. */
    int memoryTop(int index) {
        return in.getShort(index * RECORD + 28) & 0xffff;
    }

    /** The x87 status word. */
    int status(int index) {
        return in.getShort(index * RECORD + 30) & 0xffff;
    }

    @Override
    public void close() throws IOException {
        questions.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        answers.close();
        delete(folder);
    }
}
