package lodge.core.backend;

import java.util.List;

/**
 * A debugger's wishes.
 *
 * @param singleStep stop after every instruction
 * @param breakpoints linear addresses of instructions to stop before, at most 4
 */
public record DebugControl(boolean singleStep, List<Long> breakpoints) {
    /** Run freely. */
    public static final DebugControl NONE = new DebugControl(false, List.of());

    /** Checks the number of breakpoints. */
    public DebugControl {
        breakpoints = List.copyOf(breakpoints);
        if (breakpoints.size() > 4) {
            throw new IllegalArgumentException("x86 has 4 hardware breakpoints");
        }
    }

    /**
     * Stops before one instruction.
     *
     * @param address linear address
     * @return the control
     */
    public static DebugControl breakpoint(long address) {
        return new DebugControl(false, List.of(address));
    }

    /** Returns a control that stops after every instruction. */
    public static DebugControl step() {
        return new DebugControl(true, List.of());
    }
}
