package lodge.core.backend;

import lodge.core.memory.GuestMemory;

/**
 * Memory, local APICs and processors: what lies inside the hypervisor. Everything else of the
 * machine is {@code devices}.
 */
public interface VirtualMachine extends AutoCloseable {
    /** Returns the guest's memory; empty at first. */
    GuestMemory memory();

    /** Returns the way to the processors' local APICs. */
    LocalApics localApics();

    /**
     * Makes a processor in its reset state.
     *
     * @param id APIC id, 0 to cpus-1, each once
     * @return the processor
     */
    Vcpu createVcpu(int id);

    /** Returns EAX of CPUID leaf 1: family, model, stepping of the chosen model. */
    int cpuSignature();

    /** Gives processors and memory back. The vCPU threads must have ended. */
    @Override
    void close();
}
