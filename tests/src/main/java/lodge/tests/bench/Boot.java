package lodge.tests.bench;

import lodge.launcher.AptPackages;
import lodge.launcher.BusyboxInitrd;
import lodge.machine.host.LodgeFolders;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * From the start of {@code ./lodge run} to the prompt of a shell on Debian's cloud kernel, on the
 * processor in pure Java, against {@code qemu-system-x86_64 -accel tcg -kernel} with the same files
 * on the same machine, in turns. The JVM gets no more heap than it is allowed to need.
 */
public final class Boot {
    private static final int ROUNDS = 5;
    private static final double LIMIT = 6;
    private static final int HEAP_MIB = 120;
    private static final int GUEST_MIB = 256;
    private static final int PATIENCE_SECONDS = 600;
    private static final String COMMAND_LINE = "console=ttyS0";
    private static final String META_PACKAGE = "linux-image-cloud-amd64";

    private final Path lodge;
    private final Path kernel;
    private final Path initrd;

    private Boot(Path top, Path kernel, Path initrd) {
        lodge = top.resolve("lodge");
        this.kernel = kernel;
        this.initrd = initrd;
    }

    /**
     * Measures and prints.
     *
     * @param args the checkout; the current folder when it is missing
     * @throws IOException if a program cannot be started
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path cache = LodgeFolders.cache().resolve("bench");
        Path busybox = cache.resolve("busybox-static/bin/busybox");
        AptPackages packages = new AptPackages(cache);
        if (!Files.exists(busybox)) {
            packages.fetch("busybox-static", BusyboxInitrd.IN_PACKAGE);
        }
        Path initrd = cache.resolve("initrd");
        BusyboxInitrd.write(busybox, initrd);
        Path top = Path.of(args.length == 0 ? "" : args[0]).toAbsolutePath();
        new Boot(top, kernel(cache, packages), initrd).measure();
    }

    private static Path kernel(Path cache, AptPackages packages) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try (Stream<Path> files = Files.walk(cache, 3)) {
                List<Path> kernels =
                        files.filter(f -> f.getFileName().toString().startsWith("vmlinuz-"))
                                .sorted()
                                .toList();
                if (!kernels.isEmpty() || attempt > 0) {
                    return kernels.getLast();
                }
            }
            packages.fetchNewest(META_PACKAGE, "linux-image-", "./boot/vmlinuz-*");
        }
    }

    private void measure() throws IOException, InterruptedException {
        seconds(ours()); // builds what is missing
        double[] our = new double[ROUNDS];
        double[] their = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) { // in turns: what disturbs one disturbs both
            our[i] = seconds(ours());
            their[i] = seconds(theirs());
        }
        double ratio = median(our) / median(their);
        System.out.printf(
                Locale.ROOT,
                "%s to a shell prompt takes %.2f times as long as QEMU's TCG (%.1f and %.1f s,"
                    + " median of %d; best %.1f and %.1f), with %d MiB of heap; limit %.3g: %s%n",
                kernel.getFileName(),
                ratio,
                median(our),
                median(their),
                ROUNDS,
                Arrays.stream(our).min().orElseThrow(),
                Arrays.stream(their).min().orElseThrow(),
                HEAP_MIB,
                LIMIT,
                ratio <= LIMIT ? "kept" : "MISSED");
    }

    private ProcessBuilder ours() {
        List<String> command = new ArrayList<>(List.of(lodge.toString(), "run"));
        command.addAll(List.of("--backend", "interpreter", "--memory", GUEST_MIB + "M"));
        command.addAll(List.of("--kernel", kernel.toString(), "--initrd", initrd.toString()));
        command.addAll(List.of("--append", COMMAND_LINE, "--serial", "stdio"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LODGE_JAVA_OPTIONS", "-Xmx" + HEAP_MIB + "m");
        return builder;
    }

    private ProcessBuilder theirs() {
        List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg"));
        command.addAll(List.of("-m", Integer.toString(GUEST_MIB)));
        command.addAll(List.of("-kernel", kernel.toString(), "-initrd", initrd.toString()));
        command.addAll(List.of("-append", COMMAND_LINE, "-nographic", "-no-reboot"));
        return new ProcessBuilder(command);
    }

    /** Starts a monitor, and returns how long it takes until the guest's shell is there. */
    private static double seconds(ProcessBuilder builder) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process monitor = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread watchdog =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
                                        monitor.destroyForcibly();
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt(); // it came in time
                                    }
                                });
        try {
            await(monitor.getInputStream());
            return (System.nanoTime() - start) / 1e9;
        } finally {
            watchdog.interrupt();
            monitor.destroyForcibly().waitFor();
        }
    }

    private static void await(InputStream out) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf(BusyboxInitrd.PROMPT) < 0) {
            int next = out.read();
            if (next < 0) {
                throw new IOException("The monitor ended, or was ended, after: " + line);
            }
            if (next == '\n') {
                line.setLength(0);
            }
            line.append((char) next);
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
