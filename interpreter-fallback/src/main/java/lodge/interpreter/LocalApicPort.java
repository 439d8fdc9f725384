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
}
