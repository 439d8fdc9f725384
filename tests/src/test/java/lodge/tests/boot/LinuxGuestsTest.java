package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.launcher.BusyboxInitrd;
import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Debian's kernels on the processor in pure Java: each with BusyBox to a shell that answers, and
 * the network installer to its first dialog. Each writes or checks its row of docs/guests.md.
 */
class LinuxGuestsTest {
    private static final String BACKEND = "interpreter";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final boolean LONG = Boolean.getBoolean("lodge.long");

    /** One boot; long ones only when asked for. */
    record Boot(
            String guest,
            Guests.Kernel kernel,
            String entry,
            int cpus,
            String memory,
            boolean longRun) {
        @Override
        public String toString() {
            return "%s, %d CPUs, entry %s%s"
                    .formatted(guest, cpus, entry, longRun ? " (long)" : "");
        }
    }

    static List<Boot> boots() {
        List<Boot> boots = new ArrayList<>();
        String cloud = "Debian amd64 cloud kernel";
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "pvh", 1, "256M", false));
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "pvh", 2, "256M", false));
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "pvh", 4, "256M", true));
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "elf", 1, "256M", true));
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "linux64", 1, "256M", true));
        boots.add(new Boot(cloud, Guests.Kernel.CLOUD, "linux32", 1, "256M", true));
        String generic = "Debian amd64 kernel";
        boots.add(new Boot(generic, Guests.Kernel.GENERIC, "pvh", 1, "512M", false));
        boots.add(new Boot(generic, Guests.Kernel.GENERIC, "elf", 4, "512M", true));
        String small = "Debian i386 686 kernel";
        boots.add(new Boot(small, Guests.Kernel.I686, "elf", 1, "256M", false));
        boots.add(new Boot(small, Guests.Kernel.I686, "elf", 2, "256M", true));
        String pae = "Debian i386 686-pae kernel";
        boots.add(new Boot(pae, Guests.Kernel.I686_PAE, "pvh", 1, "256M", false));
        boots.add(new Boot(pae, Guests.Kernel.I686_PAE, "elf", 4, "256M", true));
        boots.removeIf(boot -> boot.longRun && !LONG);
        return boots;
    }

    @ParameterizedTest
    @MethodSource("boots")
    void theShellAnswersAndSwitchesTheMachineOff(Boot boot) {
        Path kernel = boot.kernel.file();
        MachineConfig.Builder config =
                MachineConfig.builder()
                        .name("guest")
                        .memory(boot.memory)
                        .cpus(boot.cpus)
                        .kernel(kernel)
                        .kernelEntry(boot.entry)
                        .initrd(boot.kernel.initrd())
                        .commandLine("console=ttyS0 earlyprintk=ttyS0 panic=-1");
        long started = System.nanoTime();
        try (TestMachine machine = TestMachine.start(config, BACKEND)) {
            machine.awaitSerial(BusyboxInitrd.PROMPT, LIMIT);
            Duration prompt = Duration.ofNanos(System.nanoTime() - started);
            long instructions = instructions(machine);
            machine.typeSerial("echo answer-$((6*7)) $(uname -r), $(nproc) processors\n");
            String version = kernel.getFileName().toString().substring("vmlinuz-".length());
            machine.awaitSerial("answer-42 %s, %d processors".formatted(version, boot.cpus), LIMIT);
            machine.typeSerial("poweroff\n");
            assertEquals(
                    Optional.of(new MachineOutcome.PoweredOff()),
                    machine.awaitEnd(LIMIT),
                    machine::serial);
            assertEquals(0, machine.machine().resets(), machine::serial);
            GuestTable.booted(
                    new GuestTable.Row(
                            boot.guest,
                            version,
                            boot.entry,
                            boot.cpus,
                            boot.memory,
                            "shell answers, powers off",
                            boot.longRun),
                    prompt,
                    instructions);
        }
    }

    /** Its initial RAM disk is large: the guest unpacks for a long part of the time. */
    @Test
    void theNetworkInstallerAsksForALanguage() {
        assumeTrue(LONG, "Skipped: it takes minutes; remedy: -Dlodge.long=true");
        Path kernel = Guests.installer("linux");
        MachineConfig.Builder config =
                MachineConfig.builder()
                        .name("installer")
                        .memory("1G")
                        .kernel(kernel)
                        .initrd(Guests.installer("initrd.gz"))
                        .commandLine("console=ttyS0 earlyprintk=ttyS0 TERM=linux panic=-1");
        long started = System.nanoTime();
        try (TestMachine machine = TestMachine.start(config, BACKEND)) {
            machine.awaitSerial("Select a language", LIMIT);
            machine.awaitSerial("English", LIMIT);
            Duration dialog = Duration.ofNanos(System.nanoTime() - started);
            String log = machine.serial();
            int at = log.indexOf("Linux version ") + "Linux version ".length();
            GuestTable.booted(
                    new GuestTable.Row(
                            "Debian 12 network installer",
                            log.substring(at, log.indexOf(' ', at)),
                            "pvh",
                            1,
                            "1G",
                            "first dialog",
                            true),
                    dialog,
                    instructions(machine));
        }
    }

    /** What the backend counted, when it counts. */
    static long instructions(TestMachine machine) {
        long sum = 0;
        for (Map<String, Long> counters : machine.machine().counters().values()) {
            sum += counters.getOrDefault("instructions", 0L);
        }
        return sum;
    }
}
