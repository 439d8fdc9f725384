package lodge.devices.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the script by which firmware places files of the firmware configuration device and links
 * them: entries of 128 bytes, each a command number and its operands, little-endian, file names of
 * 56 bytes.
 */
final class TableLoader {
    static final int ZONE_HIGH = 1;
    static final int ZONE_BELOW_1_MIB = 2;

    private static final int ENTRY = 128;
    private static final int FILE_NAME = 56;
    private static final int ALLOCATE = 1;
    private static final int ADD_POINTER = 2;
    private static final int ADD_CHECKSUM = 3;

    private final ByteArrayOutputStream script = new ByteArrayOutputStream();

    /** Loads a file; must come before any other command that names it. */
    void allocate(String file, int alignment, int zone) {
        ByteBuffer entry = entry(ALLOCATE);
        file(entry, file);
        entry.putInt(alignment).put((byte) zone);
        script.writeBytes(entry.array());
    }

    /** Adds the address of a loaded file to the number at a place in another. */
    void addPointer(String in, String to, int offset, int size) {
        ByteBuffer entry = entry(ADD_POINTER);
        file(entry, in);
        file(entry, to);
        entry.putInt(offset).put((byte) size);
        script.writeBytes(entry.array());
    }

    /** Subtracts the sum of a range of a file from a byte inside it. */
    void addChecksum(String file, int offset, int start, int length) {
        ByteBuffer entry = entry(ADD_CHECKSUM);
        file(entry, file);
        entry.putInt(offset).putInt(start).putInt(length);
        script.writeBytes(entry.array());
    }

    byte[] script() {
        return script.toByteArray();
    }

    private static ByteBuffer entry(int command) {
        return ByteBuffer.allocate(ENTRY).order(ByteOrder.LITTLE_ENDIAN).putInt(command);
    }

    private static void file(ByteBuffer entry, String name) {
        int at = entry.position();
        entry.put(name.getBytes(StandardCharsets.US_ASCII));
        entry.position(at + FILE_NAME);
    }
}
