package lodge.interpreter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The sections of an ELF file that hold code. */
final class ElfCode {
    private static final int EXECUTABLE = 4;
    private static final int NO_BITS = 8;

    /** A section: where it runs, where it lies in the file, and its size. */
    record Section(long address, int offset, int size) {
        boolean holds(long a) {
            return a >= address && a < address + size;
        }
    }

    private final ByteBuffer file;
    private final List<Section> sections = new ArrayList<>();

    ElfCode(byte[] bytes) {
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean wide = is64();
        int table = wide ? (int) file.getLong(0x28) : file.getInt(0x20);
        int size = file.getShort(wide ? 0x3a : 0x2e);
        int count = file.getShort(wide ? 0x3c : 0x30);
        for (int n = 0; n < count; n++) {
            int at = table + n * size;
            long flags = wide ? file.getLong(at + 8) : file.getInt(at + 8);
            if ((flags & EXECUTABLE) != 0 && file.getInt(at + 4) != NO_BITS) {
                sections.add(
                        wide
                                ? new Section(
                                        file.getLong(at + 16),
                                        (int) file.getLong(at + 24),
                                        (int) file.getLong(at + 32))
                                : new Section(
                                        file.getInt(at + 12) & 0xffff_ffffL,
                                        file.getInt(at + 16),
                                        file.getInt(at + 20)));
            }
        }
    }

    /** Whether it is a file for 64-bit processors. */
    boolean is64() {
        return file.get(4) == 2;
    }

    Section section(long address) {
        for (Section section : sections) {
            if (section.holds(address)) {
                return section;
            }
        }
        throw new IllegalArgumentException("No code at " + Long.toHexString(address));
    }

    List<Section> sections() {
        return sections;
    }
}
