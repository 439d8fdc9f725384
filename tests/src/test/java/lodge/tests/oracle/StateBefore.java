package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A view on what is asked of a processor: an instruction and the complete state before it. One
 * object serves any number of records, see {@link #at}.
 */
public final class StateBefore {
    // SAFETY: at() has checked that the record lies in its segment, which is kept, and offsets are
    // those of OracleLayout. A constant segment costs a quarter of the checks of one in a field.
    @SuppressWarnings("restricted")
    private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private MemorySegment segment = MemorySegment.NULL;
    private long base;
    private long address;

    /** Moves this view to a record that starts at {@code offset}. */
    public StateBefore at(MemorySegment where, long offset) {
        Objects.checkFromIndexSize(offset, OracleLayout.BEFORE_SIZE, where.byteSize());
        segment = where;
        base = offset;
        address = where.address() + offset;
        return this;
    }

    public MemorySegment segment() {
        return segment;
    }

    /** Returns where the record starts in {@link #segment()}. */
    public long base() {
        return base;
    }

    public long gpr(int index) {
        return getLong(OracleLayout.GPR + index * 8L);
    }

    public void gpr(int index, long value) {
        putLong(OracleLayout.GPR + index * 8L, value);
    }

    public long rip() {
        return getLong(OracleLayout.RIP);
    }

    public void rip(long value) {
        putLong(OracleLayout.RIP, value);
    }

    public long rflags() {
        return getLong(OracleLayout.RFLAGS);
    }

    public void rflags(long value) {
        putLong(OracleLayout.RFLAGS, value);
    }

    public int mxcsr() {
        return getInt(OracleLayout.MXCSR);
    }

    public void mxcsr(int value) {
        putInt(OracleLayout.MXCSR, value);
    }

    /** Returns the number of bytes of the instruction, 0 to 15. */
    public int length() {
        return getInt(OracleLayout.LENGTH);
    }

    public int code(int index) {
        return EVERYTHING.get(JAVA_BYTE, address + OracleLayout.CODE_BYTES + index) & 0xff;
    }

    public void code(int index, int value) {
        EVERYTHING.set(JAVA_BYTE, address + OracleLayout.CODE_BYTES + index, (byte) value);
    }

    /** Says how many bytes of {@link #code} count, and puts them so that they end at a slot. */
    public void place(int length, long slot) {
        putInt(OracleLayout.LENGTH, length);
        rip(slot - length);
    }

    public boolean compatibilityMode() {
        return (getInt(OracleLayout.FLAGS) & OracleLayout.FLAG_COMPATIBILITY) != 0;
    }

    /** Returns whether the bytes may be several instructions, see FLAG_RUN. */
    public boolean run() {
        return (getInt(OracleLayout.FLAGS) & OracleLayout.FLAG_RUN) != 0;
    }

    /** Sets FLAG_COMPATIBILITY and FLAG_RUN. */
    public void mode(boolean compatibility, boolean run) {
        putInt(
                OracleLayout.FLAGS,
                (compatibility ? OracleLayout.FLAG_COMPATIBILITY : 0)
                        | (run ? OracleLayout.FLAG_RUN : 0));
    }

    /** Returns where in the data area the record's own memory lies, a multiple of 8. */
    public long windowOffset() {
        return getLong(OracleLayout.WINDOW_OFFSET);
    }

    public void windowOffset(long value) {
        putLong(OracleLayout.WINDOW_OFFSET, value);
    }

    /** Writes 8 bytes of the record's own memory. */
    public void window(int offset, long value) {
        putLong(OracleLayout.WINDOW + (long) offset, value);
    }

    /**
     * Makes this the state of a process that has just started: everything 0 but RSP, RIP, MXCSR and
     * the x87 control word; NOP as the instruction.
     */
    public void reset() {
        segment.asSlice(base, OracleLayout.BEFORE_SIZE).fill((byte) 0);
        putInt(OracleLayout.X87, 0x37f);
        mxcsr(0x1f80);
        putLong(OracleLayout.XSTATE_BV, 7);
        gpr(4, OracleLayout.STACK + OracleLayout.PAGE / 2);
        rflags(0x202);
        code(0, 0x90);
        place(1, OracleLayout.slot(0));
    }

    public String codeInHex() {
        byte[] bytes = new byte[length()];
        MemorySegment.copy(
                segment, JAVA_BYTE, base + OracleLayout.CODE_BYTES, bytes, 0, bytes.length);
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    public byte getByte(long offset) {
        return EVERYTHING.get(JAVA_BYTE, address + offset);
    }

    public void putByte(long offset, int value) {
        EVERYTHING.set(JAVA_BYTE, address + offset, (byte) value);
    }

    public int getInt(long offset) {
        return EVERYTHING.get(JAVA_INT_UNALIGNED, address + offset);
    }

    public void putInt(long offset, int value) {
        EVERYTHING.set(JAVA_INT_UNALIGNED, address + offset, value);
    }

    public long getLong(long offset) {
        return EVERYTHING.get(JAVA_LONG_UNALIGNED, address + offset);
    }

    public void putLong(long offset, long value) {
        EVERYTHING.set(JAVA_LONG_UNALIGNED, address + offset, value);
    }
}
