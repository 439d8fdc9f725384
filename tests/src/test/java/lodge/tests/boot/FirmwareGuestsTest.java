package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.machine.config.MachineConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Firmware, boot loaders and memory tests on the processor in pure Java: real mode, protected mode
 * and long mode without an operating system. Each writes or checks its row of docs/guests.md.
 */
class FirmwareGuestsTest {
    private static final String BACKEND = "interpreter";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final boolean LONG = Boolean.getBoolean("lodge.long");

    /** A pass fades bits for 160 seconds by the clock, whatever the processor is. */
    private static final Duration PASS = Duration.ofMinutes(60);

    @Test
    void seaBiosBootsGrubWhichUnderstandsWhatIsTyped() {
        long started = System.nanoTime();
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("grub-cd").cdrom(Guests.grubCd()).serial(List.of()),
                        BACKEND)) {
            machine.awaitScreen("GNU GRUB", LIMIT);
            machine.type("c");
            machine.awaitScreen("grub>", LIMIT);
            Duration prompt = since(started);
            machine.type("set word=odge\necho ==L$word==\n");
            machine.awaitScreen("==Lodge==", LIMIT);
            assertEquals(0, machine.machine().resets());
            String version = after(machine.screen(), "GNU GRUB +version (\\S+)");
            row("SeaBIOS, GRUB from CD", version, "prompt answers", prompt, machine, false);
        }
    }

    @Test
    void iPxeStartsFromItsCd() {
        long started = System.nanoTime();
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("ipxe-cd").cdrom(Guests.ipxeCd()).serial(List.of()),
                        BACKEND)) {
            machine.awaitScreen("Open Source Network Boot Firmware", LIMIT);
            String version = after(machine.screen(), "iPXE ([0-9][^ ]*)");
            row("SeaBIOS, iPXE from CD", version, "starts", since(started), machine, false);
        }
    }

    /** Only the long run waits for a whole pass. */
    @ParameterizedTest
    @ValueSource(strings = {"ia32", "x64"})
    void memtestFindsNoErrors(String kind) {
        Path file = Guests.memtest("memtest86+" + kind + ".bin");
        MachineConfig.Builder config =
                MachineConfig.builder()
                        .name("memtest")
                        .memory("64M")
                        .kernel(file)
                        .commandLine("console=ttyS0,115200");
        long started = System.nanoTime();
        try (TestMachine machine = TestMachine.start(config, BACKEND)) {
            machine.awaitSerial("Memtest86+ v", LIMIT);
            machine.awaitSerial("#4  [Moving inversions", LIMIT);
            Duration shown = since(started);
            String result = "first tests without errors";
            if (LONG) {
                machine.awaitSerial("Pass:  1 ", PASS);
                result = "one pass without errors";
            }
            String log = machine.serial();
            assertTrue(log.contains("Errors: 0"), log);
            assertFalse(Pattern.compile("Errors: +[1-9]").matcher(log).find(), log);
            String version = after(log, "Memtest86\\+ v([0-9.]+)");
            row(
                    "memtest86+ " + kind,
                    version,
                    result,
                    LONG ? since(started) : shown,
                    machine,
                    LONG);
        }
    }

    private static void row(
            String guest,
            String version,
            String result,
            Duration time,
            TestMachine machine,
            boolean longRun) {
        boolean kernel = guest.startsWith("memtest");
        String door = kernel ? guest.endsWith("x64") ? "linux64" : "linux32" : "firmware";
        GuestTable.booted(
                new GuestTable.Row(guest, version, door, 1, "64M", result, longRun),
                time,
                LinuxGuestsTest.instructions(machine));
    }

    private static Duration since(long started) {
        return Duration.ofNanos(System.nanoTime() - started);
    }

    private static String after(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), () -> "No '" + pattern + "' in\n" + text);
        return matcher.group(1);
    }
}
