package lodge.core.backend;

import lodge.core.cpu.CpuState;
import lodge.core.memory.GuestMemory;

import java.util.Optional;

/**
 * Executes a single instruction that a hardware backend cannot. KVM's own emulator, which steps in
 * where the processor itself cannot run guest code, does not know every instruction; instead of
 * giving up, a backend hands the saved state to the assist and takes back the state after it. Found
 * with {@link java.util.ServiceLoader}; stateless, for all processors of all machines at once.
 */
public interface InstructionAssist {
    /**
     * What an instruction did.
     *
     * @param state the processor after it
     * @param flush whether the backend is to drop all cached translations of addresses
     */
    record Outcome(CpuState state, boolean flush) {}

    /**
     * Executes the instruction at CS:RIP. An exception that it raises is the result too: it is
     * pending in the new state, with RIP still on the instruction.
     *
     * <p>{@link CpuState#msrs}, {@link CpuState#apic} and {@link CpuState#debug} are neither used
     * nor changed, except that DR6 tells of a single step; they may be reset values. A part that
     * the instruction does not change is the same object in the result, so that the backend need
     * not load it.
     *
     * @param state the processor before the instruction; nothing is changed in it
     * @param memory guest memory; without a result nothing in it changes but the accessed and dirty
     *     bits of page tables
     * @return what has become of the processor; empty when it is not one of those that the assist
     *     knows, or when it is not certain what the processor would do
     */
    Optional<Outcome> execute(CpuState state, GuestMemory memory);
}
