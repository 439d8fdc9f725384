package lodge.machine;

import lodge.core.cpu.CpuState;
import lodge.core.memory.GuestMemory;

/** What the bootstrap processor starts with, after power-on and after every reset. */
@FunctionalInterface
public interface BootSource {
    /** The processor's own reset vector: firmware in ROM decides what is booted. */
    BootSource FIRMWARE = (memory, reset) -> reset;

    /**
     * Puts what is booted into memory.
     *
     * @param memory the guest's memory
     * @param reset the processor's state after reset
     * @return the state to start with
     * @throws lodge.core.LodgeException when it cannot be booted
     */
    CpuState prepare(GuestMemory memory, CpuState reset);
}
