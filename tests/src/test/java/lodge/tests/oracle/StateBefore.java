package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * A view on what is asked of a processor: an instruction and the complete state before it. One
 * object serves any number of records, see {@link #at}.
 */
final class StateBefore {
    private MemorySegment segment = MemorySegment.NULL;
    private long base;

    /** Moves this view to a record that starts at {@code offset}. */
    StateBefore at(MemorySegment where, long offset) {
        segment = where;
        base = offset;
        return this;
    }

    MemorySegment segment() {
        return segment;
    }

    /** Returns where the record starts in {@link #segment()}. */
    long base() {
        return base;
    }

    long gpr(int index) {
        return getLong(OracleLayout.GPR + index * 8L);
    }

    void gpr(int index, long value) {
        putLong(OracleLayout.GPR + index * 8L, value);
    }

    long rip() {
        return getLong(OracleLayout.RIP);
    }

    void rip(long value) {
        putLong(OracleLayout.RIP, value);
    }

    long rflags() {
        return getLong(OracleLayout.RFLAGS);
    }

    void rflags(long value) {
        putLong(OracleLayout.RFLAGS, value);
    }

    int mxcsr() {
        return getInt(OracleLayout.MXCSR);
    }

    void mxcsr(int value) {
        putInt(OracleLayout.MXCSR, value);
    }

    /** Returns the number of bytes of the instruction, 0 to 15. */
    int length() {
        return getInt(OracleLayout.LENGTH);
    }

    int code(int index) {
        return segment.get(JAVA_BYTE, base + OracleLayout.CODE_BYTES + index) & 0xff;
    }

    void code(int index, int value) {
        segment.set(JAVA_BYTE, base + OracleLayout.CODE_BYTES + index, (byte) value);
    }

    /** Says how many bytes of {@link #code} count, and puts them so that they end at a slot. */
    void place(int length, long slot) {
        putInt(OracleLayout.LENGTH, length);
        rip(slot - length);
    }

    boolean compatibilityMode() {
        return (getInt(OracleLayout.FLAGS) & OracleLayout.FLAG_COMPATIBILITY) != 0;
    }

    void compatibilityMode(boolean on) {
        putInt(OracleLayout.FLAGS, on ? OracleLayout.FLAG_COMPATIBILITY : 0);
    }

    /** Returns where in the data area the record's own memory lies, a multiple of 8. */
    long windowOffset() {
        return getLong(OracleLayout.WINDOW_OFFSET);
    }

    void windowOffset(long value) {
        putLong(OracleLayout.WINDOW_OFFSET, value);
    }

    /** Writes 8 bytes of the record's own memory. */
    void window(int offset, long value) {
        putLong(OracleLayout.WINDOW + (long) offset, value);
    }

    /**
     * Makes this the state of a process that has just started: everything 0 but RSP, RIP, MXCSR and
     * the x87 control word; NOP as the instruction.
     */
    void reset() {
        segment.asSlice(base, OracleLayout.BEFORE_SIZE).fill((byte) 0);
        putInt(OracleLayout.X87, 0x37f);
        mxcsr(0x1f80);
        putLong(OracleLayout.XSTATE_BV, 7);
        gpr(4, OracleLayout.STACK + OracleLayout.PAGE / 2);
        rflags(0x202);
        code(0, 0x90);
        place(1, OracleLayout.slot(0));
    }

    String codeInHex() {
        byte[] bytes = new byte[length()];
        MemorySegment.copy(
                segment, JAVA_BYTE, base + OracleLayout.CODE_BYTES, bytes, 0, bytes.length);
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    byte getByte(long offset) {
        return segment.get(JAVA_BYTE, base + offset);
    }

    void putByte(long offset, int value) {
        segment.set(JAVA_BYTE, base + offset, (byte) value);
    }

    int getInt(long offset) {
        return segment.get(JAVA_INT_UNALIGNED, base + offset);
    }

    void putInt(long offset, int value) {
        segment.set(JAVA_INT_UNALIGNED, base + offset, value);
    }

    long getLong(long offset) {
        return segment.get(JAVA_LONG_UNALIGNED, base + offset);
    }

    void putLong(long offset, long value) {
        segment.set(JAVA_LONG_UNALIGNED, base + offset, value);
    }
}
