package lodge.tests.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What starting costs: the time of {@code ./lodge --version} against that of {@code java -version}
 * of the same JDK, the CPU time of {@code ./lodge run} to the guest's first instruction on each
 * backend, and the memory that a running machine occupies beyond the guest's RAM. Linux only, as it
 * reads /proc.
 */
public final class StartUp {
    private static final int VERSION_ROUNDS = 25;
    private static final int RUN_ROUNDS = 10;
    private static final double VERSION_LIMIT = 1.5;
    private static final double CPU_LIMIT_MILLIS = 250;

    /** For {@code auto} where it has to measure and chooses the interpreter. */
    private static final double AUTO_LIMIT_MILLIS = 500;

    private static final double MEMORY_LIMIT_MIB = 64;
    private static final double INTERPRETER_LIMIT_MIB = 120;
    private static final int GUEST_MIB = 64;

    /** Linux counts CPU time for users in ticks of 10 ms whatever it uses itself (USER_HZ). */
    private static final int TICK_MILLIS = 10;

    /** Longer than the JVM waits before it gives back what it needed to start. */
    private static final int SETTLE_SECONDS = 8;

    private static final int PATIENCE_SECONDS = 60;
    private static final String SIGN = "READY";

    private static final int ROM_BYTES = 0x10000;

    /** Where a processor starts, counted from the end of the ROM. */
    private static final int RESET_VECTOR = 0x10;

    /** Says on COM1 that it runs, and sleeps for ever. */
    private static final String FIRST_INSTRUCTIONS =
            """
            ba f8 03   mov dx, 0x3f8
            b0 52      mov al, 'R'
            ee         out dx, al
            fa         cli
            f4         hlt
            eb fd      jmp hlt
            """;

    /** A boot sector: writes to every page above 1 MiB, so that all of it counts; then says so. */
    private static final String BOOT_SECTOR =
            """
            fa                   cli
            31 c0                xor ax, ax
            8e d8                mov ds, ax
            0f 01 16 50 7c       lgdt [0x7c50]
            0f 20 c0             mov eax, cr0
            0c 01                or al, 1
            0f 22 c0             mov cr0, eax
            ea 17 7c 08 00       jmp 8:0x7c17        ; to the next line, 32 bits wide
            b8 10 00 00 00       mov eax, 0x10
            8e c0                mov es, eax
            8e d8                mov ds, eax
            bf 00 00 10 00       mov edi, 0x100000
            b9 00 3f 00 00       mov ecx, 0x3f00     ; 63 MiB in pages of 4 KiB
            fc                   cld
            89 07                mov [edi], eax
            81 c7 00 10 00 00    add edi, 0x1000
            e2 f6                loop mov
            be 6e 7c 00 00       mov esi, 0x7c6e
            66 ba f8 03          mov dx, 0x3f8
            ac                   lodsb               ; up to the text's final 0
            84 c0                test al, al
            74 03                jz hlt
            ee                   out dx, al
            eb f8                jmp lodsb
            f4                   hlt
            eb fd                jmp hlt
            """;

    private static final int GDT_POINTER = 0x50;
    private static final String TABLES =
            """
            17 00 56 7c 00 00          at 0x50: three descriptors at 0x7c56
            00 00 00 00 00 00 00 00    at 0x56
            ff ff 00 00 00 9a cf 00    code, base 0, limit 4 GiB
            ff ff 00 00 00 92 cf 00    data, base 0, limit 4 GiB; the text follows at 0x7c6e
            """;

    private static final int DISK_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;

    private final Path lodge;
    private final Path java;

    private StartUp(Path top) {
        lodge = top.resolve("lodge");
        java = Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /**
     * Measures and prints.
     *
     * @param args the checkout; the current folder when it is missing
     * @throws IOException if a program cannot be started
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        StartUp benchmark = new StartUp(Path.of(args.length == 0 ? "" : args[0]).toAbsolutePath());
        Path folder = Files.createTempDirectory("lodge-bench");
        Path rom = folder.resolve("first.rom");
        Path disk = folder.resolve("fill.img");
        try {
            Files.write(rom, rom());
            Files.write(disk, disk());
            benchmark.version();
            if (Files.exists(Path.of("/dev/kvm"))) {
                benchmark.firstInstruction(rom, "kvm", CPU_LIMIT_MILLIS);
                benchmark.memory(disk, "kvm", MEMORY_LIMIT_MIB);
            }
            benchmark.firstInstruction(rom, "interpreter", AUTO_LIMIT_MILLIS);
            benchmark.firstInstruction(rom, "auto", AUTO_LIMIT_MILLIS);
            benchmark.memory(disk, "interpreter", INTERPRETER_LIMIT_MIB);
        } finally {
            Files.deleteIfExists(rom);
            Files.deleteIfExists(disk);
            Files.delete(folder);
        }
    }

    private void version() throws IOException, InterruptedException {
        List<String> ours = List.of(lodge.toString(), "--version");
        List<String> theirs = List.of(java.toString(), "-version");
        millis(ours); // builds what is missing
        millis(theirs);
        double[] our = new double[VERSION_ROUNDS];
        double[] their = new double[VERSION_ROUNDS];
        for (int i = 0; i < VERSION_ROUNDS; i++) { // in turns: what disturbs one disturbs both
            our[i] = millis(ours);
            their[i] = millis(theirs);
        }
        double ratio = median(our) / median(their);
        System.out.printf(
                Locale.ROOT,
                "lodge --version takes %.2f times as long as java -version (%.1f and %.1f ms)%s%n",
                ratio,
                median(our),
                median(their),
                verdict(ratio, VERSION_LIMIT));
    }

    private static double millis(List<String> command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(command + " ended with code " + status);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private void firstInstruction(Path rom, String backend, double limit)
            throws IOException, InterruptedException {
        double[] cpu = new double[RUN_ROUNDS];
        double[] wall = new double[RUN_ROUNDS];
        for (int i = 0; i < RUN_ROUNDS; i++) {
            long start = System.nanoTime();
            Process machine = run("--backend", backend, "--firmware", rom.toString());
            try {
                await(machine, "R");
                wall[i] = (System.nanoTime() - start) / 1e6;
                cpu[i] = cpuMillis(machine);
            } finally {
                machine.destroyForcibly().waitFor();
            }
        }
        System.out.printf(
                Locale.ROOT,
                "lodge run --backend %s needs %.0f ms of CPU time to the first guest instruction"
                        + " (best %.0f; %.0f ms by the clock)%s%n",
                backend,
                median(cpu),
                Arrays.stream(cpu).min().orElseThrow(),
                median(wall),
                verdict(median(cpu), limit));
    }

    private void memory(Path disk, String backend, double limit)
            throws IOException, InterruptedException {
        Process machine = run("--backend", backend, "--disk", disk.toString(), "--boot", "disk");
        try {
            await(machine, SIGN);
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            // The first MiB has holes and unused pages: it is counted as Lodge's own.
            double filled = GUEST_MIB - 1;
            double now = mebibytes(machine, "smaps_rollup", "Rss:") - filled;
            double peak = mebibytes(machine, "status", "VmHWM:") - filled;
            System.out.printf(
                    Locale.ROOT,
                    "A machine on %s with %d MiB of RAM occupies %.1f MiB beyond it (%.1f at the"
                            + " peak), all of the JVM's code included%s%n",
                    backend,
                    GUEST_MIB,
                    now,
                    peak,
                    verdict(now, limit));
        } finally {
            machine.destroyForcibly().waitFor();
        }
    }

    private Process run(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(lodge.toString(), "run"));
        command.addAll(List.of("--memory", GUEST_MIB + "M", "--serial", "stdio"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static void await(Process machine, String sign) throws IOException {
        Thread watchdog =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
                                        machine.destroyForcibly();
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt(); // it came in time
                                    }
                                });
        try {
            InputStream out = machine.getInputStream();
            StringBuilder seen = new StringBuilder();
            while (seen.indexOf(sign) < 0) {
                int next = out.read();
                if (next < 0) {
                    throw new IOException("The machine ended, or was ended, after: " + seen);
                }
                seen.append((char) next);
            }
        } finally {
            watchdog.interrupt();
        }
    }

    /** What the process and those it waited for used: fields 14 to 17 of proc_pid_stat(5). */
    private static double cpuMillis(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 11; i <= 14; i++) { // the rest begins with field 3
            ticks += Long.parseLong(fields[i]);
        }
        return ticks * TICK_MILLIS;
    }

    private static double mebibytes(Process process, String file, String key) throws IOException {
        for (String line :
                Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), file))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("No " + key + " in /proc/PID/" + file);
    }

    private static byte[] rom() {
        byte[] code = assembled(FIRST_INSTRUCTIONS);
        byte[] rom = new byte[ROM_BYTES];
        System.arraycopy(code, 0, rom, ROM_BYTES - RESET_VECTOR, code.length);
        return rom;
    }

    private static byte[] disk() {
        byte[] disk = new byte[DISK_BYTES];
        byte[] code = assembled(BOOT_SECTOR);
        System.arraycopy(code, 0, disk, 0, code.length);
        byte[] tables = assembled(TABLES);
        System.arraycopy(tables, 0, disk, GDT_POINTER, tables.length);
        byte[] sign = SIGN.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(sign, 0, disk, GDT_POINTER + tables.length, sign.length);
        disk[SECTOR_BYTES - 2] = 0x55;
        disk[SECTOR_BYTES - 1] = (byte) 0xaa;
        return disk;
    }

    /** The bytes in front of each line of a listing. */
    private static byte[] assembled(String listing) {
        StringBuilder digits = new StringBuilder();
        for (String line : listing.lines().toList()) {
            digits.append(line.split(" {2,}", 2)[0].replace(" ", ""));
        }
        return HexFormat.of().parseHex(digits);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String verdict(double value, double limit) {
        return String.format(
                Locale.ROOT, "; limit %.3g: %s", limit, value <= limit ? "kept" : "MISSED");
    }
}
