package lodge.machine;

/** How a machine ended. */
public sealed interface MachineOutcome {
    /** The guest switched itself off. */
    record PoweredOff() implements MachineOutcome {}

    /**
     * The guest wrote to the debug-exit port.
     *
     * @param code {@code (value << 1) | 1}
     */
    record DebugExit(int code) implements MachineOutcome {}

    /** Someone stopped it from outside. */
    record Stopped() implements MachineOutcome {}

    /**
     * The backend or the host could not go on.
     *
     * @param message one line: what, why, what to do
     */
    record Failed(String message) implements MachineOutcome {}
}
