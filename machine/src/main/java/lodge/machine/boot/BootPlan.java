package lodge.machine.boot;

import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegisters;

/**
 * How a loaded kernel is entered.
 *
 * @param how the protocol, for the log: for example {@code PVH at 0x1000760}
 * @param general general registers
 * @param segments segment registers
 * @param control control registers
 * @param kernelStart lowest guest physical address of the kernel
 * @param kernelEnd first address behind the memory the kernel needs
 * @param initrdStart guest physical address of the initial RAM disk, or 0
 * @param initrdSize its size in bytes, or 0
 */
public record BootPlan(
        String how,
        GeneralRegisters general,
        SegmentRegisters segments,
        ControlRegisters control,
        long kernelStart,
        long kernelEnd,
        long initrdStart,
        long initrdSize) {
    /**
     * The state in which the bootstrap processor enters the kernel.
     *
     * @param reset its state after reset
     * @return the state to load
     */
    public CpuState enter(CpuState reset) {
        return reset.with(general, segments, control);
    }
}
