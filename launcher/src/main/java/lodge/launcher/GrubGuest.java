package lodge.launcher;

import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * SeaBIOS and GRUB's rescue CD. GRUB is recognised by what it writes, on the serial console or on
 * the screen: its prompt, or the title line of its menu and of its command line. The greeting alone
 * does not count, because GRUB writes it before it has found its modules.
 */
final class GrubGuest implements DemoGuest {
    private static final String PROMPT = "grub>";
    private static final String TITLE = "GNU GRUB";

    private final DemoFiles files;

    GrubGuest(DemoFiles files) {
        this.files = files;
    }

    @Override
    public MachineConfig.Builder machine() {
        return MachineConfig.builder()
                .memory("128M")
                .firmware(files.bios())
                .vgaFirmware(files.vgaBios())
                .cdrom(files.cdrom())
                .boot(List.of("cdrom"));
    }

    @Override
    public String invitation() {
        return "the GRUB rescue CD; try 'ls' and 'lsmmap' at its prompt, 'halt' to end.";
    }

    @Override
    public String subject() {
        return "GRUB";
    }

    @Override
    public Optional<String> look(
            ConsoleText console,
            List<String> screen,
            Keys keys,
            Duration since,
            Optional<MachineOutcome> outcome) {
        return seen(console, String.join("\n", screen))
                .map(what -> "%s appeared after %d s".formatted(what, since.toSeconds()));
    }

    /** Returns what is there of GRUB, and where. */
    static Optional<String> seen(ConsoleText console, String screen) {
        if (console.contains(PROMPT)) {
            return Optional.of("GRUB's prompt '" + PROMPT + "' on the serial console");
        }
        if (console.contains(TITLE)) {
            return Optional.of("GRUB's title '" + TITLE + "' on the serial console");
        }
        if (screen.contains(PROMPT)) {
            return Optional.of("GRUB's prompt '" + PROMPT + "' on the screen");
        }
        return screen.contains(TITLE)
                ? Optional.of("GRUB's title '" + TITLE + "' on the screen")
                : Optional.empty();
    }
}
