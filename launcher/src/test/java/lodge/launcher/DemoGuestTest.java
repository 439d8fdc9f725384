package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.machine.MachineOutcome;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

class DemoGuestTest {
    private final ConsoleText console = new ConsoleText();
    private final StringBuilder typed = new StringBuilder();
    private final DemoGuest linux = new LinuxGuest(Path.of("vmlinuz"), Path.of("initrd"));

    @Test
    void linuxIsDoneWhenItsShellHasAnsweredAndTheMachineIsOff() {
        feed("[    1.0] Run /init as init process\n");
        assertEquals(Optional.empty(), look(1000, null));
        assertEquals("", typed.toString());
        feed("lodge:/# ");
        assertEquals(Optional.empty(), look(2300, null));
        assertEquals(1, typed.toString().lines().count());
        feed(typed.toString()); // the terminal's echo is no answer
        assertEquals(Optional.empty(), look(2400, null));
        assertEquals(1, typed.toString().lines().count());
        feed("answer-42 from Linux lodge 6.1.0, 1 processor\nlodge:/# ");
        assertEquals(Optional.empty(), look(2500, null));
        assertEquals("poweroff", typed.toString().lines().toList().get(1));
        assertEquals(
                Optional.of(
                        "the shell appeared after 2.3 s, answered, and switched the machine off"
                                + " after 4.0 s"),
                look(4000, new MachineOutcome.PoweredOff()));
        assertEquals(2, typed.toString().lines().count());
    }

    @Test
    void linuxIsNotDoneWhenTheMachineEndsOtherwise() {
        feed("lodge:/# ");
        look(1, null);
        assertEquals("the shell's answer", linux.subject());
        assertEquals(Optional.empty(), look(2, new MachineOutcome.PoweredOff()));
        feed("answer-42 from Linux");
        assertEquals(Optional.empty(), look(3, new MachineOutcome.Stopped()));
        assertEquals("the end", linux.subject());
    }

    @Test
    void grubsPromptOrTitleIsRecognisedOnConsoleAndScreen() {
        assertEquals(
                Optional.of("GRUB's prompt 'grub>' on the screen"),
                GrubGuest.seen(console, "\ngrub> _"));
        assertEquals(
                Optional.of("GRUB's title 'GNU GRUB' on the screen"),
                GrubGuest.seen(console, "  GNU GRUB  version 2.06"));
        feed("\u001b[02;24HGNU GRUB  version 2.06");
        assertEquals(
                Optional.of("GRUB's title 'GNU GRUB' on the serial console"),
                GrubGuest.seen(console, ""));
        feed("\ngrub> ");
        assertEquals(
                Optional.of("GRUB's prompt 'grub>' on the serial console"),
                GrubGuest.seen(console, ""));
    }

    @Test
    void grubsGreetingAndFirmwaresOutputDoNotCount() {
        feed(
                """
                SeaBIOS (version 1.16.2)
                Booting from DVD/CD...
                Welcome to GRUB!

                error: no such device.
                """);
        assertEquals(Optional.empty(), GrubGuest.seen(console, "  Welcome to GRUB!"));
    }

    private Optional<String> look(int millis, MachineOutcome outcome) {
        return linux.look(
                console,
                List.of(),
                typed::append,
                Duration.ofMillis(millis),
                Optional.ofNullable(outcome));
    }

    private void feed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        console.add(bytes, 0, bytes.length);
    }
}
