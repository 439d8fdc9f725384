package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import lodge.core.cpu.LocalApicState;

/**
 * Where a local APIC lies and which destinations are its own: IA32_APIC_BASE with its modes (SDM
 * vol. 3A, 11.4.4 and 11.12.5), ID, LDR and DFR (11.6.2). Its processor's thread writes; whoever
 * sends a message reads.
 */
final class ApicIdentity {
    private static final int DFR_FLAT = 0xf;
    private static final int DFR_CLUSTER = 0x0;
    private static final int LOW_28 = 0x0fff_ffff;
    private static final int HIGH_8 = 0xff00_0000;
    private static final long PAGE = 0xfff;

    private final int initialId;
    private final ApicFeatures features;
    private volatile long base;
    private volatile int id;
    private volatile int ldr;
    private volatile int dfr;

    ApicIdentity(int initialId, ApicFeatures features) {
        this.initialId = initialId;
        this.features = features;
        base = LocalApicState.DEFAULT_BASE | BASE_ENABLED | (initialId == 0 ? BASE_BSP : 0);
        resetId();
        reset();
    }

    /** Does what INIT does: IA32_APIC_BASE and ID stay. */
    void reset() {
        ldr = 0;
        dfr = -1;
    }

    void resetId() {
        id = initialId << 24;
    }

    /** Returns the id after power-on, which is also the x2APIC id. */
    int initialId() {
        return initialId;
    }

    boolean enabled() {
        return (base & BASE_ENABLED) != 0;
    }

    boolean x2Apic() {
        return (base & BASE_X2APIC) != 0;
    }

    long base() {
        return base;
    }

    /** Returns where the register page is, or -1. */
    long page() {
        long now = base;
        boolean there = (now & (BASE_ENABLED | BASE_X2APIC)) == BASE_ENABLED;
        return there ? now & ~PAGE : -1;
    }

    /** Returns whether IA32_APIC_BASE may be set to a value: the transitions of figure 11-27. */
    boolean admits(long value) {
        if ((value & ~(pageAddress() | modes())) != 0) {
            return false;
        }
        boolean enable = (value & BASE_ENABLED) != 0;
        boolean extend = (value & BASE_X2APIC) != 0;
        return extend ? enable && enabled() : !enable || !x2Apic();
    }

    void base(long value) {
        base = value;
    }

    /** Takes over a saved IA32_APIC_BASE, or the nearest that there can be. */
    void load(long value) {
        boolean enable = (value & BASE_ENABLED) != 0;
        base = value & (pageAddress() | modes() & ~(enable ? 0L : BASE_X2APIC));
    }

    private long pageAddress() {
        return (1L << features.physicalBits()) - 1 & ~PAGE;
    }

    private long modes() {
        return BASE_BSP | BASE_ENABLED | (features.x2Apic() ? BASE_X2APIC : 0);
    }

    int id() {
        return x2Apic() ? initialId : id;
    }

    /** Returns the id as a saved state has it: in bits 31:24 in both modes. */
    int savedId() {
        return x2Apic() ? initialId << 24 : id;
    }

    void id(int value) {
        id = value & HIGH_8;
    }

    int ldr() {
        return x2Apic() ? logicalId() : ldr;
    }

    void ldr(int value) {
        ldr = value & HIGH_8;
    }

    int dfr() {
        return dfr;
    }

    void dfr(int value) {
        dfr = value | LOW_28;
    }

    /** Returns whether a destination, not a broadcast, is or contains this APIC (11.6.2). */
    boolean matches(int destination, boolean logical) {
        if (x2Apic()) {
            if (!logical) {
                return destination == initialId;
            }
            int own = logicalId();
            return own >>> 16 == destination >>> 16 && (own & destination & 0xffff) != 0;
        }
        if (destination >>> 8 != 0) {
            return false;
        }
        if (!logical) {
            return destination == id >>> 24;
        }
        int own = ldr >>> 24;
        return switch (dfr >>> 28) {
            case DFR_FLAT -> (own & destination) != 0;
            case DFR_CLUSTER ->
                    (own >>> 4 == destination >>> 4 || destination >>> 4 == 0xf)
                            && (own & destination & 0xf) != 0;
            default -> false;
        };
    }

    /** The logical id in x2APIC mode follows from the id (11.12.10.2). */
    private int logicalId() {
        return initialId >>> 4 << 16 | 1 << (initialId & 0xf);
    }
}
