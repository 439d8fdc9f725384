package lodge.core.bus;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A range of ports reached by IN and OUT. The bus calls it with the owner's monitor held and only
 * with accesses that lie wholly inside the claim and are no wider than {@link #width()}; wider ones
 * arrive as bytes, lowest port first, as on an ISA bus.
 */
public interface PortDevice {
    /**
     * A read by the guest.
     *
     * @param offset from the first port of the claim
     * @param size 1, 2 or 4 bytes, at most {@link #width()}
     * @return the value; bits above {@code size} bytes are ignored
     */
    int in(int offset, int size);

    /**
     * A write by the guest.
     *
     * @param offset from the first port of the claim
     * @param size 1, 2 or 4 bytes, at most {@link #width()}
     * @param value the value, zero-extended
     */
    void out(int offset, int size, int value);

    /**
     * Returns the widest access in bytes this device takes as one: 1 (the default), 2 or 4. Must
     * never change.
     */
    default int width() {
        return 1;
    }

    /**
     * {@code rep ins}: reads the same port {@code count} times. Override where a block can be
     * copied at once.
     *
     * @param offset from the first port of the claim
     * @param size bytes of one element
     * @param count number of elements, at least 1
     * @param data where to put them
     * @param at offset of the first element in {@code data}
     */
    default void insBurst(int offset, int size, int count, MemorySegment data, long at) {
        for (int i = 0; i < count; i++) {
            Elements.put(data, at + (long) i * size, size, in(offset, size));
        }
    }

    /**
     * {@code rep outs}: writes the same port {@code count} times. Override where a block can be
     * copied at once.
     *
     * @param offset from the first port of the claim
     * @param size bytes of one element
     * @param count number of elements, at least 1
     * @param data where to take them from
     * @param at offset of the first element in {@code data}
     */
    default void outsBurst(int offset, int size, int count, MemorySegment data, long at) {
        for (int i = 0; i < count; i++) {
            out(offset, size, Elements.get(data, at + (long) i * size, size));
        }
    }

    /** Little-endian elements of 1, 2 or 4 bytes in a segment. */
    final class Elements {
        private static final ValueLayout.OfShort LE16 =
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfInt LE32 =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        private Elements() {}

        /**
         * Reads one element, zero-extended.
         *
         * @param data the segment
         * @param at offset in bytes
         * @param size 1, 2 or 4
         * @return the element
         */
        public static int get(MemorySegment data, long at, int size) {
            return switch (size) {
                case 1 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
                case 2 -> data.get(LE16, at) & 0xffff;
                default -> data.get(LE32, at);
            };
        }

        /**
         * Writes one element.
         *
         * @param data the segment
         * @param at offset in bytes
         * @param size 1, 2 or 4
         * @param value the element; bits above its size are ignored
         */
        public static void put(MemorySegment data, long at, int size, int value) {
            switch (size) {
                case 1 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) value);
                case 2 -> data.set(LE16, at, (short) value);
                default -> data.set(LE32, at, value);
            }
        }
    }
}
