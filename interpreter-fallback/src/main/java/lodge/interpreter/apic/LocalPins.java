package lodge.interpreter.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The levels of LINT0 and LINT1, and whether an ExtINT message waits to be acknowledged. Any thread
 * sets them.
 */
final class LocalPins {
    static final int LINT0 = 1;
    static final int LINT1 = 2;

    private static final int EXT_INT = 4;
    private static final VarHandle BITS;

    static {
        try {
            BITS = MethodHandles.lookup().findVarHandle(LocalPins.class, "bits", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // Written by its handle.
    private volatile int bits;

    /** Sets the level of a pin; returns whether it has just risen. */
    boolean set(int pin, boolean level) {
        if (level) {
            return ((int) BITS.getAndBitwiseOr(this, pin) & pin) == 0;
        }
        BITS.getAndBitwiseAnd(this, ~pin);
        return false;
    }

    boolean high(int pin) {
        return (bits & pin) != 0;
    }

    /** Returns whether there is anything at all. */
    boolean any() {
        return bits != 0;
    }

    void externalInterrupt() {
        BITS.getAndBitwiseOr(this, EXT_INT);
    }

    boolean externalInterruptWaits() {
        return (bits & EXT_INT) != 0;
    }

    void acknowledged() {
        BITS.getAndBitwiseAnd(this, ~EXT_INT);
    }
}
