package lodge.machine.host;

import lodge.core.backend.Hypervisor;

import java.util.List;

/**
 * The backend that a machine gets, and why.
 *
 * @param hypervisor the backend
 * @param reason one sentence without a full stop, for {@code lodge doctor} and {@code -v}
 * @param measurements what was measured for it, in the order of measuring; often nothing
 */
public record BackendChoice(Hypervisor hypervisor, String reason, List<Measurement> measurements) {
    /** Copies the list. */
    public BackendChoice {
        measurements = List.copyOf(measurements);
    }

    /**
     * How fast a backend executes kernel code.
     *
     * @param backend its name
     * @param mips millions of instructions a second in ring 0 of 64-bit mode
     */
    public record Measurement(String backend, double mips) {}

    /** Returns backend and reason in one line. */
    @Override
    public String toString() {
        return hypervisor.name() + ": " + reason;
    }
}
