package lodge.core.backend;

import lodge.core.cpu.CpuState;

/**
 * One processor. {@link #run}, {@link #save}, {@link #load}, {@link #debug} and {@link
 * #finishPendingIo} belong to the thread that first called {@code run} (before that, to whoever
 * made it); {@link #kick} to everyone.
 */
public interface Vcpu extends AutoCloseable {
    /** Returns the APIC id. */
    int id();

    /**
     * Executes guest code. Performs all port and MMIO accesses itself and allocates nothing for
     * them; returns only when someone must decide. With an APIC in the backend, HLT waits inside
     * and is no exit.
     *
     * @return why
     */
    Exit run();

    /**
     * Makes {@link #run} return {@link Exit.Signal#KICKED} soon; a kick before {@code run} is not
     * lost. Never blocks.
     */
    void kick();

    /**
     * Completes an IN or an MMIO read that the processor has not consumed yet; a must before {@link
     * #save}.
     */
    void finishPendingIo();

    /** Returns the whole state. */
    CpuState save();

    /**
     * Takes over a state.
     *
     * @param state the state
     * @throws lodge.core.BadStateException when the processor refuses it
     */
    void load(CpuState state);

    /**
     * Chooses what makes {@link #run} return {@link Exit.Signal#DEBUG_STOP}.
     *
     * @param control single-step and breakpoints; {@link DebugControl#NONE} to run freely
     */
    void debug(DebugControl control);

    /**
     * Returns how many instructions an {@link InstructionAssist} has executed for this processor.
     * For everyone.
     */
    default long assists() {
        return 0;
    }

    @Override
    void close();
}
