package lodge.core.backend;

/** What not every backend, host or processor can do. */
public enum Capability {
    /** Logs which pages the processor wrote. */
    DIRTY_LOG,
    /** Single-steps. */
    SINGLE_STEP,
    /** Stops at up to four hardware breakpoints. */
    HARDWARE_BREAKPOINTS,
    /** Read-only memory whose writes reach the bus. */
    READ_ONLY_MEMORY,
    /** Full {@code CpuState} with XSAVE areas. */
    FULL_STATE,
    /** System-management mode. */
    SMM,
    /** x2APIC. */
    X2APIC
}
