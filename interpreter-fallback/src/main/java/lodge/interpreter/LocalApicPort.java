package lodge.interpreter;

/** The processor's side of its local APIC. Called by the processor's thread only. */
interface LocalApicPort {
    /**
     * Whether a guest physical address lies in the register page, while it is enabled as memory.
     */
    boolean covers(long gpa);

    /** Reads a register; offsets that are no multiple of 16 follow SDM vol. 3A, 11.4.1. */
    long read(int offset, int size);

    /** Writes a register. */
    void write(int offset, int size, long value);

    /** Returns the vector of a deliverable interrupt of the APIC itself, or -1. */
    int pending();

    /** Takes that interrupt into service. */
    void accept(int vector);

    /** Whether the 8259's INTR reaches the processor. */
    boolean externalPending();

    /** Acknowledges the 8259's interrupt. Returns the vector, or -1 when it was taken back. */
    int acknowledgeExternal();

    /** CR8, 0 to 15. */
    int cr8();

    /** Sets CR8. */
    void cr8(int value);

    /** Whether a model-specific register is the APIC's. */
    boolean ownsMsr(int index);

    /** Reads such a register; false is #GP(0), otherwise {@link #msrValue} has it. */
    boolean readMsr(int index);

    long msrValue();

    /** Writes such a register; false is #GP(0). */
    boolean writeMsr(int index, long value);

    /** Does what an INIT does to the APIC. */
    void init();

    /** The TSC was set: a deadline is met anew. */
    void tscChanged();
}
