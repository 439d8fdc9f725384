package lodge.core.backend;

/** Which processor a guest sees through CPUID. */
public enum CpuModel {
    /**
     * A fixed x86-64-v2 processor, the same on every backend and host: what saved machines and
     * fleets want.
     */
    LODGE_V2,
    /** What the host's processor and the backend can do together. */
    HOST,
    /**
     * Everything that the backend can, whatever the host has: for a backend that uses the host's
     * processor the same as {@link #HOST}, for the interpreter all that it knows.
     */
    MAX
}
