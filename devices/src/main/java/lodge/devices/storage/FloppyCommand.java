package lodge.devices.storage;

import java.util.Arrays;

/**
 * The commands of the 82077AA (datasheet 290166, table 5-1), by the low five bits of their first
 * byte.
 */
enum FloppyCommand {
    READ_TRACK(0x02, 9),
    SPECIFY(0x03, 3),
    SENSE_DRIVE(0x04, 2),
    WRITE_DATA(0x05, 9),
    READ_DATA(0x06, 9),
    RECALIBRATE(0x07, 2),
    SENSE_INTERRUPT(0x08, 1),
    WRITE_DELETED(0x09, 9),
    READ_ID(0x0a, 2),
    READ_DELETED(0x0c, 9),
    FORMAT_TRACK(0x0d, 6),
    DUMPREG(0x0e, 1),
    SEEK(0x0f, 3),
    VERSION(0x10, 1),
    PERPENDICULAR(0x12, 2),
    CONFIGURE(0x13, 4),
    LOCK(0x14, 1),
    VERIFY(0x16, 9),
    INVALID(0x00, 1);

    private static final FloppyCommand[] BY_CODE = byCode();

    private final int code;
    private final int length;

    FloppyCommand(int code, int length) {
        this.code = code;
        this.length = length;
    }

    private static FloppyCommand[] byCode() {
        FloppyCommand[] table = new FloppyCommand[32];
        Arrays.fill(table, INVALID);
        for (FloppyCommand command : values()) {
            if (command != INVALID) {
                table[command.code] = command;
            }
        }
        return table;
    }

    static FloppyCommand of(int firstByte) {
        return BY_CODE[firstByte & 0x1f];
    }

    /** Returns the number of bytes of the command phase. */
    int length() {
        return length;
    }
}
