package lodge.devices.platform;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One line of the memory map that firmware gives to an operating system (INT 15h, AX=E820h; ACPI
 * 6.3 section 15.1).
 *
 * @param address guest physical address of the first byte
 * @param length in bytes, at least 1
 * @param type what lies there
 */
public record E820Entry(long address, long length, Type type) {
    /** Bytes of an entry in {@link #toBytes}. */
    public static final int BYTES = 20;

    /** Bytes of an entry in {@link #toPvhBytes}. */
    public static final int PVH_BYTES = 24;

    /** What a range is, numbered as in table 15-1 of the ACPI specification. */
    public enum Type {
        /** Memory for the operating system to use. */
        RAM(1),
        /** Not for use. */
        RESERVED(2),
        /** Memory that holds ACPI tables and may be used once they have been read. */
        ACPI(3),
        /** Memory that firmware needs across sleep. */
        NVS(4);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        /** Returns the number of the type in the map. */
        public int number() {
            return number;
        }
    }

    /** Returns the address after the last byte. */
    public long end() {
        return address + length;
    }

    /**
     * Writes a map as SeaBIOS reads {@code etc/e820} and Linux reads {@code
     * boot_params.e820_table}: address and length of 64 bits and a type of 32, little-endian,
     * without gaps.
     *
     * @param entries the map
     * @return {@value #BYTES} bytes for each entry
     */
    public static byte[] toBytes(List<E820Entry> entries) {
        return write(entries, BYTES);
    }

    /**
     * Writes a map as the PVH boot protocol has it ({@code hvm_memmap_table_entry}): address and
     * length of 64 bits, a type of 32 and 32 bits of zeros, little-endian.
     *
     * @param entries the map
     * @return {@value #PVH_BYTES} bytes for each entry
     */
    public static byte[] toPvhBytes(List<E820Entry> entries) {
        return write(entries, PVH_BYTES);
    }

    private static byte[] write(List<E820Entry> entries, int stride) {
        ByteBuffer bytes =
                ByteBuffer.allocate(entries.size() * stride).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < entries.size(); i++) {
            E820Entry entry = entries.get(i);
            bytes.position(i * stride);
            bytes.putLong(entry.address).putLong(entry.length).putInt(entry.type.number);
        }
        return bytes.array();
    }
}
