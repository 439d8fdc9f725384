package lodge.interpreter.apic;

/**
 * The processor that a {@link LocalApic} belongs to. Every method may be called by any thread, also
 * by the processor's own in the middle of an instruction, with no lock held; it must not block and
 * must not call back into the APIC, but leave word for the processor's loop.
 */
public interface ApicHost {
    /**
     * There may be an interrupt to take: the processor is to look at {@link LocalApic#mayInterrupt}
     * at its next instruction boundary, and to wake up when it is halted.
     */
    void attention();

    /**
     * An INIT has come (SDM vol. 3A, 9.1). The processor resets itself at its next instruction
     * boundary and calls {@link LocalApic#init} then.
     */
    void init();

    /**
     * A start-up IPI has come (SDM vol. 3A, 9.4.4). It counts only for a processor that waits for
     * one; of several the first one counts.
     *
     * @param vector 0 to 255: execution begins at physical address {@code vector << 12}
     */
    void startup(int vector);

    /** A non-maskable interrupt has come; one that waits absorbs further ones. */
    void nmi();

    /** A system-management interrupt has come; ignored by a processor without that mode. */
    void smi();
}
