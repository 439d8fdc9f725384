package lodge.launcher;

import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A guest that the demo boots, and how to see without a person that it works. */
interface DemoGuest {
    /** Returns the machine, without its backend. */
    MachineConfig.Builder machine();

    /** Returns what the guest is and what a person at the terminal may do with it. */
    String invitation();

    /** Returns what {@link #look} waits for, to follow "Booting" and to precede "did not". */
    String subject();

    /**
     * Looks whether the guest has got where it should, and helps it there; called again and again.
     *
     * @param console what it wrote
     * @param screen the lines of its text screen
     * @param keys types at its serial console
     * @param since how long it runs
     * @param outcome how the machine ended, if it did
     * @return what was seen, when that is all there is to see
     */
    Optional<String> look(
            ConsoleText console,
            List<String> screen,
            Keys keys,
            Duration since,
            Optional<MachineOutcome> outcome);

    /** The serial console's other direction. */
    interface Keys {
        /** Types a text; a line ends with a line feed. */
        void type(String text);
    }
}
