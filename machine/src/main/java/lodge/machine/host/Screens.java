package lodge.machine.host;

import lodge.core.BadConfigException;
import lodge.devices.video.Frame;
import lodge.devices.video.PngWriter;
import lodge.machine.Machine;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a machine's screen shows, for those who do not know the display adapter. */
public final class Screens {
    private Screens() {}

    /**
     * Returns the screen's lines in a text mode; none in a graphics mode.
     *
     * @param machine the machine, in any state but closed
     */
    public static List<String> text(Machine machine) {
        return machine.board().vga().textScreen();
    }

    /**
     * Leaves a picture of the screen.
     *
     * @param machine the machine, in any state but closed
     * @param file a PNG file to write
     * @throws BadConfigException when the file cannot be written
     */
    public static void png(Machine machine, Path file) {
        Frame frame = new Frame();
        machine.board().vga().render(frame);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            PngWriter.write(frame, out);
        } catch (IOException e) {
            throw new BadConfigException(
                    "Screenshot " + file + " cannot be written; check its folder and permissions",
                    e);
        }
    }
}
