package lodge.core.backend;

/** Why a vCPU came back. Port and memory accesses never appear here. */
public sealed interface Exit {
    /** What needs no details. */
    enum Signal implements Exit {
        /** Someone called {@link Vcpu#kick}. */
        KICKED,
        /** Executed HLT and the backend has no local APIC that could wake it. */
        HALTED,
        /** Triple fault. */
        SHUTDOWN,
        /** The backend saw a reset request. */
        RESET,
        /** Single-step or breakpoint. */
        DEBUG_STOP
    }

    /**
     * The backend cannot go on.
     *
     * @param what what happened, decoded, in one line
     * @param code the backend's own number for it
     * @param rip where
     */
    record Fault(String what, long code, long rip) implements Exit {}
}
