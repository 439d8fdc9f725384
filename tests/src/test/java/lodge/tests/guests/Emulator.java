package lodge.tests.guests;

import java.nio.file.Path;
import java.time.Duration;

/** Something that runs a guest program as firmware of a machine with 16 MiB. */
interface Emulator {
    /** Returns the name as in deviations.txt. */
    String name();

    /**
     * Runs a program to its end or until the time is up; skips the test where the emulator is
     * missing.
     *
     * @param program which
     * @param image its ROM image
     * @param work folder for temporary files
     * @param limit how long it may take
     * @return what it wrote to COM1
     */
    String run(GuestProgram program, Path image, Path work, Duration limit);
}
