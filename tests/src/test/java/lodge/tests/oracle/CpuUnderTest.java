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

    /** Stores the state, and what changed in memory; then restores the memory. */
    void store(StateAfter after);
}
