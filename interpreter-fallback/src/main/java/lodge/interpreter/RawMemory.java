package lodge.interpreter;

import jdk.internal.misc.Unsafe;

import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * The only class that reaches memory by address: guest memory, the processors' off-heap state and
 * their TLBs. No check guards an access, so every address must come from an allocation of this
 * class plus an offset that was checked, or from a TLB entry. Measured against the checked way
 * (MemorySegment): the same after C2, 5 to 12 times faster before it (docs/decisions.md).
 *
 * <p>Needs {@code --add-exports java.base/jdk.internal.misc=lodge.interpreter}; {@link
 * #unavailable} tells. Little-endian hosts only.
 */
final class RawMemory {
    /** glibc and musl give every allocation of at least this size fresh, zeroed pages by mmap. */
    private static final long FRESH = 64L << 20;

    private static final Unsafe U = Unsafe.getUnsafe();

    private RawMemory() {}

    /** Returns null when the class works in this JVM, otherwise the reason. */
    static String unavailable() {
        Module own = RawMemory.class.getModule();
        if (!Object.class.getModule().isExported("jdk.internal.misc", own)) {
            return "Java was started without --add-exports java.base/jdk.internal.misc="
                    + (own.isNamed() ? own.getName() : "ALL-UNNAMED");
        }
        return java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN
                ? null
                : "the host is big-endian";
    }

    /** Gets zeroed memory that begins at a multiple of 4096. Returns the raw block. */
    static Block allocate(long bytes) {
        long raw = U.allocateMemory(bytes + 4096);
        boolean fresh =
                bytes >= FRESH
                        && System.getProperty("os.name", "")
                                .toLowerCase(Locale.ROOT)
                                .contains("linux");
        if (!fresh) {
            U.setMemory(raw, bytes + 4096, (byte) 0);
        }
        return new Block(raw, raw + 4095 & -4096L, bytes);
    }

    /**
     * Memory of {@link #allocate}.
     *
     * @param raw what the allocator gave
     * @param address the page-aligned address
     * @param bytes usable bytes
     */
    record Block(long raw, long address, long bytes) {
        void free() {
            U.freeMemory(raw);
        }
    }

    static long addressOf(MemorySegment segment) {
        return segment.address();
    }

    static byte getByte(long a) {
        return U.getByte(a);
    }

    static short getShort(long a) {
        return U.getShort(a);
    }

    static char getChar(long a) {
        return U.getChar(a);
    }

    static int getInt(long a) {
        return U.getInt(a);
    }

    static long getLong(long a) {
        return U.getLong(a);
    }

    static void putByte(long a, byte v) {
        U.putByte(a, v);
    }

    static void putShort(long a, short v) {
        U.putShort(a, v);
    }

    static void putInt(long a, int v) {
        U.putInt(a, v);
    }

    static void putLong(long a, long v) {
        U.putLong(a, v);
    }

    static int getIntOpaque(long a) {
        return U.getIntOpaque(null, a);
    }

    static int getIntVolatile(long a) {
        return U.getIntVolatile(null, a);
    }

    static void putIntVolatile(long a, int v) {
        U.putIntVolatile(null, a, v);
    }

    /** Ors bits into a word, seen by all threads. Returns what was there. */
    static int getAndOr(long a, int bits) {
        return U.getAndBitwiseOrInt(null, a, bits);
    }

    /** Clears the bits that are not in the mask. Returns what was there. */
    static int getAndAnd(long a, int mask) {
        return U.getAndBitwiseAndInt(null, a, mask);
    }

    static void putLongVolatile(long a, long v) {
        U.putLongVolatile(null, a, v);
    }

    static boolean casInt(long a, int expected, int v) {
        return U.compareAndSetInt(null, a, expected, v);
    }

    static boolean casLong(long a, long expected, long v) {
        return U.compareAndSetLong(null, a, expected, v);
    }

    static void copy(long from, long to, long bytes) {
        U.copyMemory(from, to, bytes);
    }

    static void fill(long at, long bytes, byte value) {
        U.setMemory(at, bytes, value);
    }

    static void fullFence() {
        U.fullFence();
    }

    static void loadFence() {
        U.loadFence();
    }

    static void storeFence() {
        U.storeFence();
    }
}
