package lodge.kvm;

import lodge.core.backend.InstructionAssist;
import lodge.core.cpu.CpuState;
import lodge.core.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Lets somebody else execute the instruction at which KVM's emulator gave up. KVM leaves the
 * processor as it was before the instruction, so the way is: save, execute, load what has changed,
 * go on. Costs some 100 us, and garbage; where KVM runs guest code natively it hardly ever happens.
 */
final class KvmAssist {
    private static final System.Logger LOG = System.getLogger(KvmAssist.class.getName());

    private final int id;
    private final VcpuState state;
    private final GuestMemory memory;
    private final List<InstructionAssist> assists;
    private volatile long count;

    KvmAssist(int id, VcpuState state, GuestMemory memory) {
        this.id = id;
        this.state = state;
        this.memory = memory;
        assists =
                ServiceLoader.load(InstructionAssist.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList();
    }

    /**
     * Executes the instruction at which KVM gave up.
     *
     * @param page the page shared with KVM, which tells of an emulation failure
     * @return whether it is done; otherwise nothing has changed
     */
    boolean execute(MemorySegment page) {
        CpuState before = state.saveForAssist();
        for (InstructionAssist assist : assists) {
            Optional<InstructionAssist.Outcome> after = assist.execute(before, memory);
            if (after.isPresent()) {
                state.loadChanges(before, after.get().state());
                if (after.get().flush()) {
                    state.flushTranslations(after.get().state());
                }
                // Only the thread that runs the processor counts.
                long number = count + 1;
                count = number;
                if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
                    LOG.log(
                            System.Logger.Level.DEBUG,
                            "Processor %d: executed for KVM at 0x%x the instruction%s (number %d)"
                                    .formatted(
                                            id,
                                            before.general().rip(),
                                            ExitDecoder.instruction(page),
                                            number));
                }
                return true;
            }
        }
        return false;
    }

    long count() {
        return count;
    }
}
