package lodge.machine.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.devices.platform.MemoryMap;
import lodge.machine.config.KernelConfig;
import lodge.machine.config.KernelEntry;
import lodge.machine.host.LodgeFolders;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The kernel of Debian's package linux-image-cloud-amd64, fetched by apt into the cache and never
 * installed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DebianKernelTest {
    private static final long RAM = 256 << 20;

    private Path kernel;

    @BeforeAll
    void fetch() throws IOException, InterruptedException {
        Path cache = LodgeFolders.cache().resolve("tests/linux-image-cloud-amd64");
        Optional<Path> found = find(cache);
        if (found.isEmpty()) {
            Path work = Files.createTempDirectory("lodge-kernel");
            String script =
                    """
                    set -e
                    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p')
                    apt-get -q -o APT::Sandbox::User=root download "$package"
                    dpkg-deb --extract *.deb unpacked
                    mkdir -p "$1/boot.new"
                    cp unpacked/boot/vmlinuz-* "$1/boot.new"
                    mv "$1/boot.new" "$1/boot"
                    rm -r unpacked *.deb
                    rmdir "$2"
                    """;
            int status =
                    run(work, List.of("sh", "-c", script, "sh", cache.toString(), work.toString()));
            if (status != 0) {
                abort(
                        "apt cannot fetch linux-image-cloud-amd64 here; run 'apt-get update', or"
                                + " check the network");
            }
            found = find(cache);
        }
        kernel = found.orElseThrow();
    }

    private static int run(Path folder, List<String> command)
            throws IOException, InterruptedException {
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            return abort("There is no shell here, so no apt");
        }
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroy();
            return -1;
        }
        return process.exitValue();
    }

    private static Optional<Path> find(Path cache) throws IOException {
        if (!Files.isDirectory(cache.resolve("boot"))) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(cache.resolve("boot"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("vmlinuz"))
                    .findFirst();
        }
    }

    @Test
    void itsBzImageHasA64BitEntry() {
        Loaded loaded = load(KernelEntry.LINUX64);
        assertEquals(0x100_0200, loaded.plan.general().rip());
        // It begins with CLD and CLI.
        assertEquals(0xfafc, loaded.memory.readShort(loaded.plan.general().rip()));
        assertTrue(loaded.plan.kernelEnd() > 0x200_0000);
    }

    @Test
    void unpackedItHasAPvhEntryInItsFirstSegment() {
        Loaded loaded = load(KernelEntry.AUTO);
        long entry = loaded.plan.general().rip();
        assertTrue(entry >= 0x100_0000 && entry < loaded.plan.kernelEnd(), loaded.plan.how());
        assertEquals(0xfc, loaded.memory.readByte(entry), "it begins with CLD");
        assertEquals(0x336e_c578, loaded.memory.readInt(loaded.plan.general().rbx()));
        assertTrue(banner(loaded).startsWith("Linux version 6."), banner(loaded));
    }

    @Test
    void itsOwnEntryIsTheBeginningOfItsText() {
        Loaded loaded = load(KernelEntry.ELF);
        assertEquals("Linux 64-bit entry at 0x1000000", loaded.plan.how());
        long page = loaded.plan.general().rsi();
        assertEquals(0x5372_6448, loaded.memory.readInt(page + 0x202));
        // Its own version, command line size and preferred address, from the bzImage's header.
        assertTrue(loaded.memory.readShort(page + 0x206) >= 0x20f);
        assertEquals(2047, loaded.memory.readInt(page + 0x238));
        assertEquals(0x100_0000, loaded.memory.readLong(page + 0x258));
        assertEquals(0, loaded.memory.readByte(page + 0x211) & 2, "it was not moved");
    }

    /**
     * Finds the kernel's own name in what was loaded: it lies in the read-only data, megabytes
     * behind the entry.
     */
    private static String banner(Loaded loaded) {
        byte[] wanted = "Linux version 6".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (long at = 0x100_0000; at < loaded.plan.kernelEnd(); at++) {
            int i = 0;
            while (i < wanted.length && loaded.memory.readByte(at + i) == wanted[i]) {
                i++;
            }
            if (i == wanted.length) {
                StringBuilder text = new StringBuilder();
                for (long c = at; loaded.memory.readByte(c) >= ' ' && text.length() < 60; c++) {
                    text.append((char) loaded.memory.readByte(c));
                }
                return text.toString();
            }
        }
        return "nowhere";
    }

    private record Loaded(BootPlan plan, GuestMemory memory) {}

    private Loaded load(KernelEntry entry) {
        GuestMemory memory = GuestMemory.forTests();
        MemoryBlock ram = memory.allocate("ram", RAM);
        memory.window(ram, 0, RAM, 0).place(0, true);
        KernelConfig config = new KernelConfig(kernel, Optional.empty(), "console=ttyS0", entry);
        BootPlan plan =
                new LinuxLoader(config)
                        .load(memory, new MemoryMap(RAM).forDirectBoot(), MemoryMap.DIRECT_ACPI);
        return new Loaded(plan, memory);
    }
}
