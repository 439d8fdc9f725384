package lodge.devices.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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
        add(ALLOCATE, name(file), number(alignment), Aml.bytes(zone));
    }

    /** Adds the address of a loaded file to the number at a place in another. */
    void addPointer(String in, String to, int offset, int size) {
        add(ADD_POINTER, name(in), name(to), number(offset), Aml.bytes(size));
    }

    /** Subtracts the sum of a range of a file from a byte inside it. */
    void addChecksum(String file, int offset, int start, int length) {
        add(ADD_CHECKSUM, name(file), number(offset), number(start), number(length));
    }

    byte[] script() {
        return script.toByteArray();
    }

    private void add(int command, byte[]... operands) {
        byte[] entry = Aml.join(number(command), Aml.join(operands));
        script.writeBytes(Arrays.copyOf(entry, ENTRY));
    }

    private static byte[] number(int value) {
        return Aml.littleEndian(value, Integer.BYTES);
    }

    private static byte[] name(String file) {
        return Arrays.copyOf(file.getBytes(StandardCharsets.US_ASCII), FILE_NAME);
    }
}
