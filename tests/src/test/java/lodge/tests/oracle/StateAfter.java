package lodge.tests.oracle;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A view on what a processor answered: the complete state after an instruction. */
public final class StateAfter {
    /** The instruction was executed; RIP is behind it or where it jumped to. */
    public static final int COMPLETED = 0;

    /** It raised the exception in {@link #vector()}, with the state that its handler would see. */
    public static final int EXCEPTION = 1;

    /** It was executed and went to another address in the code area. */
    public static final int TRANSFERRED = 2;

    /** It did not end. */
    public static final int TIMEOUT = 3;

    /** The record is malformed. */
    public static final int REFUSED = 4;

    /** The state before it cannot be loaded, such as a reserved bit set in MXCSR. */
    public static final int NOT_LOADED = 5;

    // SAFETY: at() has checked that the record lies in its segment, which is kept, and offsets are
    // those of OracleLayout. A constant segment costs a quarter of the checks of one in a field.
    @SuppressWarnings("restricted")
    private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private MemorySegment segment = MemorySegment.NULL;
    private long base;
    private long address;

    /** Moves this view to an outcome that starts at {@code offset}. */
    public StateAfter at(MemorySegment where, long offset) {
        Objects.checkFromIndexSize(offset, OracleLayout.AFTER_SIZE, where.byteSize());
        segment = where;
        base = offset;
        address = where.address() + offset;
        return this;
    }

    public MemorySegment segment() {
        return segment;
    }

    public long base() {
        return base;
    }

    public int kind() {
        return getInt(OracleLayout.KIND);
    }

    public void kind(int value) {
        putInt(OracleLayout.KIND, value);
    }

    /** Returns whether the instruction ended without an exception. */
    public boolean completed() {
        return kind() == COMPLETED || kind() == TRANSFERRED;
    }

    /** Returns the exception's vector; only meaningful with {@link #EXCEPTION}. */
    public int vector() {
        return getInt(OracleLayout.VECTOR);
    }

    public void vector(int value) {
        putInt(OracleLayout.VECTOR, value);
    }

    public long error() {
        return getLong(OracleLayout.ERROR);
    }

    public void error(long value) {
        putLong(OracleLayout.ERROR, value);
    }

    /** Returns CR2 of a page fault, otherwise 0. */
    public long address() {
        return getLong(OracleLayout.ADDRESS);
    }

    public void address(long value) {
        putLong(OracleLayout.ADDRESS, value);
    }

    /** Returns the signal that brought the exception, 0 when there was none. */
    public int signal() {
        return getInt(OracleLayout.SIGNAL);
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

    /** Returns how many 8-byte words of the data and stack areas changed. */
    public int changes() {
        return getInt(OracleLayout.CHANGES);
    }

    /** Returns a digest over the addresses and values of all changed words. */
    public long hash() {
        return getLong(OracleLayout.HASH);
    }

    /** Returns the address of a changed word, {@code index} below {@link #listed()}. */
    public long changeAddress(int index) {
        return getLong(OracleLayout.CHANGE + index * 16L);
    }

    public long changeValue(int index) {
        return getLong(OracleLayout.CHANGE + index * 16L + 8);
    }

    /** Returns how many of the changed words are listed one by one. */
    public int listed() {
        return Math.min(changes(), OracleLayout.MAX_CHANGES);
    }

    /** Forgets all changes. */
    public void clearChanges() {
        putInt(OracleLayout.CHANGES, 0);
        putLong(OracleLayout.HASH, 0);
    }

    /** Adds a changed word; they come in ascending order of their addresses. */
    public void addChange(long address, long value) {
        int count = changes();
        if (count < OracleLayout.MAX_CHANGES) {
            putLong(OracleLayout.CHANGE + count * 16L, address);
            putLong(OracleLayout.CHANGE + count * 16L + 8, value);
        }
        putInt(OracleLayout.CHANGES, count + 1);
        long hash = (hash() ^ address) * 0x9e37_79b9_7f4a_7c15L;
        putLong(OracleLayout.HASH, (hash ^ (hash >>> 29) ^ value) * 0xbf58_476d_1ce4_e5b9L);
    }

    public byte getByte(long offset) {
        return EVERYTHING.get(JAVA_BYTE, address + offset);
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
