package lodge.interpreter.assist;

import lodge.core.backend.InstructionAssist;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.MpState;
import lodge.core.cpu.PendingEvents;
import lodge.core.memory.GuestMemory;

import java.util.Optional;

/**
 * Executes the instructions that KVM's emulator is known to lack, in protected, compatibility and
 * 64-bit mode. Whether the CPU model has an instruction is not asked: nor does a processor that has
 * it, when the guest uses it against CPUID's word.
 *
 * <p>Not modelled, because a guest that depends on it would not tell the difference from a slow
 * processor: hardware breakpoints on the data that an assisted instruction touches, and the order
 * in which other processors see its stores.
 */
public final class EmulationAssist implements InstructionAssist {
    /** Made by {@link java.util.ServiceLoader}. */
    public EmulationAssist() {}

    @Override
    public Optional<Outcome> execute(CpuState state, GuestMemory memory) {
        PendingEvents events = state.events();
        if (state.mpState() != MpState.RUNNABLE
                || events.exceptionPending()
                || events.interruptPending()
                || events.nmiInjected()) {
            // Something comes before the instruction.
            return Optional.empty();
        }
        Processor cpu = new Processor(state);
        if (!cpu.protectedMode() || !FloatingPointState.known(cpu)) {
            return Optional.empty();
        }
        LinearSpace space = new LinearSpace(cpu, memory);
        try {
            boolean singleStep = new Executor(cpu, space, memory).execute();
            space.commit();
            return Optional.of(new Outcome(cpu.completed(singleStep), cpu.flush));
        } catch (Abandon reason) {
            return switch (reason) {
                case GuestFault fault -> Optional.of(new Outcome(cpu.faulted(fault), false));
                case NotMine _ -> Optional.empty();
            };
        }
    }
}
