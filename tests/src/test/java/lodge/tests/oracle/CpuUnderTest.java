package lodge.tests.oracle;

/**
 * A processor that is compared with the host's. It has the areas of {@link OracleLayout} mapped
 * with the same contents and rights, runs at CPL 3 and takes every exception as one.
 */
public interface CpuUnderTest {
    /** Takes over a state, its instruction and its memory. */
    void load(StateBefore before);

    /** Executes one instruction, or one iteration of a repeated one where TF is set. */
    void step();

    /**
     * Stores the state, and what changed in memory; then restores the memory.
     *
     * @param everywhere whether to look at all memory, or only within {@link #NEAR} bytes of the
     *     record's own and of where RSP pointed, which is all that most instructions can reach
     */
    void store(StateAfter after, boolean everywhere);

    /**
     * Returns whether memory is as it is to be between records: false when an instruction wrote
     * elsewhere and {@link #store} did not look there. Restores it.
     */
    boolean tidy();

    /** See {@link #store}. */
    int NEAR = 64;
}
