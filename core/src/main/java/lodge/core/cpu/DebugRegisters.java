package lodge.core.cpu;

/**
 * Debug registers (SDM vol. 3B, 18.2).
 *
 * @param dr0 address of breakpoint 0
 * @param dr1 address of breakpoint 1
 * @param dr2 address of breakpoint 2
 * @param dr3 address of breakpoint 3
 * @param dr6 status
 * @param dr7 control
 */
public record DebugRegisters(long dr0, long dr1, long dr2, long dr3, long dr6, long dr7) {
    /** After reset. */
    public static final DebugRegisters RESET = new DebugRegisters(0, 0, 0, 0, 0xffff_0ff0L, 0x400);
}
