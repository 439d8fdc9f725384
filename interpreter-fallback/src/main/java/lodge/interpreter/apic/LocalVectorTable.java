package lodge.interpreter.apic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The local vector table (SDM vol. 3A, 11.5.1): what the APIC's own sources deliver. The
 * processor's thread writes it; the sources read it on any thread. The delivery status reads idle
 * always, because interrupts are accepted at once.
 */
final class LocalVectorTable {
    static final int MASKED = 1 << 16;
    static final int LEVEL = 1 << 15;
    static final int REMOTE_IRR = 1 << 14;

    private static final int POLARITY = 1 << 13;
    private static final int DELIVERY_STATUS = 1 << 12;
    private static final int MODE = 7 << 8;
    private static final int VECTOR = 0xff;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(int[].class);

    /** The entry for corrected machine checks comes last, as it came last to the architecture. */
    private static final int CMCI = 6;

    private static final int ENTRIES = 7;

    private final int[] entries = new int[ENTRIES];
    private final boolean tscDeadline;

    LocalVectorTable(boolean tscDeadline) {
        this.tscDeadline = tscDeadline;
        reset();
    }

    void reset() {
        for (int i = 0; i < ENTRIES; i++) {
            ENTRY.setVolatile(entries, i, MASKED);
        }
    }

    /** Returns whether a register belongs to the table. */
    static boolean holds(int register) {
        return register >= ApicRegisters.LVT_TIMER && register <= ApicRegisters.LVT_ERROR
                || register == ApicRegisters.LVT_CMCI;
    }

    private static int index(int register) {
        return register == ApicRegisters.LVT_CMCI ? CMCI : register - ApicRegisters.LVT_TIMER;
    }

    /** Returns the bits that software may write. */
    int writable(int register) {
        return switch (register) {
            case ApicRegisters.LVT_TIMER ->
                    MASKED
                            | ApicTimer.PERIODIC
                            | (tscDeadline ? ApicTimer.TSC_DEADLINE : 0)
                            | VECTOR;
            case ApicRegisters.LVT_LINT0, ApicRegisters.LVT_LINT1 ->
                    MASKED | LEVEL | POLARITY | MODE | VECTOR;
            case ApicRegisters.LVT_ERROR -> MASKED | VECTOR;
            default -> MASKED | MODE | VECTOR;
        };
    }

    /** Returns the bits that only the APIC writes; software that writes them changes nothing. */
    static int readOnly(int register) {
        boolean pin = register == ApicRegisters.LVT_LINT0 || register == ApicRegisters.LVT_LINT1;
        return pin ? DELIVERY_STATUS | REMOTE_IRR : DELIVERY_STATUS;
    }

    int read(int register) {
        return (int) ENTRY.getVolatile(entries, index(register));
    }

    /**
     * Writes an entry.
     *
     * @param enabled whether the APIC is enabled by software; if not, the mask bit stays set
     */
    void write(int register, int value, boolean enabled) {
        int at = index(register);
        int wanted = value & writable(register) | (enabled ? 0 : MASKED);
        // Remote IRR says that a level-triggered interrupt is being serviced; an entry that is no
        // longer one has nothing to wait for.
        int kept = (wanted & (LEVEL | MODE)) == LEVEL ? REMOTE_IRR : 0;
        int before;
        do {
            before = (int) ENTRY.getVolatile(entries, at);
        } while (!ENTRY.compareAndSet(entries, at, before, before & kept | wanted));
    }

    /** Takes over a saved entry, its remote IRR included. */
    void load(int register, int value, boolean enabled) {
        int at = index(register);
        int entry = value & writable(register) | (enabled ? 0 : MASKED);
        if ((entry & (LEVEL | MODE)) == LEVEL) {
            entry |= value & readOnly(register) & REMOTE_IRR;
        }
        ENTRY.setVolatile(entries, at, entry);
    }

    /** Masks everything: what disabling the APIC by software does. */
    void mask() {
        for (int i = 0; i < ENTRIES; i++) {
            ENTRY.getAndBitwiseOr(entries, i, MASKED);
        }
    }

    /** Sets the remote IRR; returns whether it was clear. */
    boolean claim(int register) {
        return ((int) ENTRY.getAndBitwiseOr(entries, index(register), REMOTE_IRR) & REMOTE_IRR)
                == 0;
    }

    /**
     * Clears the remote IRR of an entry whose interrupt has ended.
     *
     * @return whether it was set, for this vector
     */
    boolean end(int register, int vector) {
        int entry = read(register);
        if ((entry & REMOTE_IRR) == 0 || (entry & VECTOR) != vector) {
            return false;
        }
        ENTRY.getAndBitwiseAnd(entries, index(register), ~REMOTE_IRR);
        return true;
    }

    static int mode(int entry) {
        return (entry & MODE) >>> 8;
    }

    static int vector(int entry) {
        return entry & VECTOR;
    }
}
