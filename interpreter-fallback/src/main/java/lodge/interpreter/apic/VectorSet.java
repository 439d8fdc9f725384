package lodge.interpreter.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One bit for each of the 256 vectors: what IRR, ISR and TMR are made of (SDM vol. 3A, 11.8.4). Any
 * thread may add; finding the highest costs two reads, because a summary says which of the eight
 * words may hold something.
 */
final class VectorSet {
    /** Number of 32-bit words. */
    static final int WORDS = 8;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle OCCUPIED;

    static {
        try {
            OCCUPIED = MethodHandles.lookup().findVarHandle(VectorSet.class, "occupied", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int[] words = new int[WORDS];

    /** Bit i is set before anybody relies on word i being found; it may be set in vain. */
    @SuppressWarnings("UnusedVariable") // By its handle.
    private volatile int occupied;

    void add(int vector) {
        int at = vector >>> 5;
        WORD.getAndBitwiseOr(words, at, 1 << vector);
        OCCUPIED.getAndBitwiseOr(this, 1 << at);
    }

    void remove(int vector) {
        int at = vector >>> 5;
        int before = (int) WORD.getAndBitwiseAnd(words, at, ~(1 << vector));
        if ((before & ~(1 << vector)) == 0) {
            forget(at);
        }
    }

    /** Takes a word out of the summary, unless somebody has just added to it. */
    private void forget(int at) {
        OCCUPIED.getAndBitwiseAnd(this, ~(1 << at));
        if (word(at) != 0) {
            OCCUPIED.getAndBitwiseOr(this, 1 << at);
        }
    }

    void set(int vector, boolean present) {
        if (present) {
            add(vector);
        } else if (contains(vector)) {
            remove(vector);
        }
    }

    boolean contains(int vector) {
        return (word(vector >>> 5) >>> vector & 1) != 0;
    }

    /** Returns whether it may hold anything; false is certain. */
    boolean any() {
        return occupied != 0;
    }

    /** Returns the highest vector, or -1. */
    int highest() {
        for (int left = occupied; left != 0; ) {
            int at = 31 - Integer.numberOfLeadingZeros(left);
            int bits = word(at);
            if (bits != 0) {
                return at * 32 + 31 - Integer.numberOfLeadingZeros(bits);
            }
            left &= ~(1 << at);
        }
        return -1;
    }

    /** Returns vectors 32 * at to 32 * at + 31. */
    int word(int at) {
        return (int) WORD.getVolatile(words, at);
    }

    void word(int at, int bits) {
        WORD.setVolatile(words, at, bits);
        if (bits == 0) {
            forget(at);
        } else {
            OCCUPIED.getAndBitwiseOr(this, 1 << at);
        }
    }

    void clear() {
        for (int at = 0; at < WORDS; at++) {
            word(at, 0);
        }
    }
}
