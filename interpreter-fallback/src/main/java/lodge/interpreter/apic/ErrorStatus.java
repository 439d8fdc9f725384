package lodge.interpreter.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The error status register (SDM vol. 3A, 11.5.3). Errors are collected until a write moves them to
 * where they can be read; that write also arms the error interrupt, which comes once. Any thread
 * may note an error.
 */
final class ErrorStatus {
    private static final int INTERRUPTED = 1 << 31;
    private static final VarHandle COLLECTED;

    static {
        try {
            COLLECTED =
                    MethodHandles.lookup().findVarHandle(ErrorStatus.class, "collected", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int collected;
    private int readable;

    void reset() {
        collected = 0;
        readable = 0;
    }

    void note(int bit) {
        COLLECTED.getAndBitwiseOr(this, bit);
    }

    /** Returns whether an error interrupt may come now; it is not armed any more then. */
    boolean interrupt() {
        return ((int) COLLECTED.getAndBitwiseOr(this, INTERRUPTED) & INTERRUPTED) == 0;
    }

    int read() {
        return readable;
    }

    void write() {
        readable = (int) COLLECTED.getAndSet(this, 0) & ApicRegisters.ESR_BITS;
    }

    /** Returns what was collected, for a saved state. */
    int collected() {
        return collected;
    }

    void load(int savedReadable, int savedCollected) {
        readable = savedReadable & ApicRegisters.ESR_BITS;
        collected = savedCollected & (ApicRegisters.ESR_BITS | INTERRUPTED);
    }
}
