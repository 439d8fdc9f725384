package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.machine.config.DiskConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Real firmware and real loaders, as Debian packs them. */
class FirmwareBootTest {
    /**
     * Real-mode code runs at 2 million instructions a second here, and the machine has other things
     * to do.
     */
    private static final Duration LONG = Duration.ofMinutes(4);

    @TempDir private Path folder;

    @Test
    void seaBiosFindsTheBoardAndGrubAnswersAKeyPress() {
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("grub-cd").cdrom(Guests.grubCd()).serial(List.of()))) {
            machine.awaitScreen("GNU GRUB", LONG);
            machine.type("c");
            machine.awaitScreen("grub>", LONG);
            // What comes back is not what was typed: GRUB has understood it.
            machine.type("set word=odge\necho ==L$word==\n");
            machine.awaitScreen("==Lodge==", LONG);
            String log = machine.machine().board().firmwareLog();
            for (String line :
                    List.of(
                            "Found QEMU fw_cfg",
                            "QEMU fw_cfg DMA interface supported",
                            "Using pmtimer, ioport 0x608",
                            "DVD/CD [ata1-0: LODGE CD-ROM",
                            "PS2 keyboard initialized",
                            "VBE DISPI: bdf 00:02.0",
                            "Booting from DVD/CD...")) {
                assertTrue(log.contains(line), () -> "No '" + line + "' in\n" + log);
            }
            machine.type("halt\n");
            assertEquals(0, machine.machine().resets());
        }
    }

    @Test
    void theSerialConsoleShowsTheFirmwareAndTakesKeys() {
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("grub-floppy").floppy(copy(Guests.grubFloppy())))) {
            machine.awaitSerial("SeaBIOS (version", LONG);
            machine.awaitSerial("Booting from Floppy", LONG);
            machine.awaitScreen("Welcome to GRUB!", LONG);
            machine.awaitScreen("GNU GRUB", LONG);
            Map<String, Long> floppy = machine.machine().counters().get("floppy");
            assertTrue(floppy.get("portReads") > 100, floppy::toString);
        }
    }

    @Test
    void iPxeStartsFromItsCd() {
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("ipxe-cd").cdrom(Guests.ipxeCd()).serial(List.of()))) {
            machine.awaitScreen("iPXE", LONG);
            machine.awaitScreen("Open Source Network Boot Firmware", LONG);
        }
    }

    @Test
    void aHardDiskImageBootsGrub() {
        try (TestMachine machine =
                TestMachine.start(
                        TestMachine.firmware("grub-disk")
                                .disks(List.of(new DiskConfig(copy(Guests.grubUsb()))))
                                .serial(List.of()))) {
            machine.awaitScreen("GRUB", LONG);
        }
    }

    /** Guests may write to what they boot from, and only one machine can have it. */
    private Path copy(Path image) {
        try {
            return Files.copy(image, folder.resolve(image.getFileName()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
