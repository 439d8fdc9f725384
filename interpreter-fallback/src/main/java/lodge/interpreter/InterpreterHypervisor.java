package lodge.interpreter;

import lodge.core.BadConfigException;
import lodge.core.backend.Availability;
import lodge.core.backend.Capability;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;

import java.util.EnumSet;

/** Runs guest code with nothing but Java: on every host, slower than a hardware hypervisor. */
public final class InterpreterHypervisor implements Hypervisor {
    /** Made by {@link java.util.ServiceLoader}. */
    public InterpreterHypervisor() {}

    @Override
    public String name() {
        return "interpreter";
    }

    @Override
    public Availability probe() {
        String reason = RawMemory.unavailable();
        if (reason != null) {
            return new Availability.Missing(
                    reason, "start Lodge with its own launcher, or add that option");
        }
        return new Availability.Ready(
                "pure Java, x86-64-v2 and more, at most %d processors".formatted(VmShape.MAX_CPUS),
                EnumSet.of(
                        Capability.DIRTY_LOG,
                        Capability.SINGLE_STEP,
                        Capability.HARDWARE_BREAKPOINTS,
                        Capability.READ_ONLY_MEMORY,
                        Capability.FULL_STATE,
                        Capability.X2APIC));
    }

    @Override
    public VirtualMachine create(VmShape shape, IoSpace io) {
        String reason = RawMemory.unavailable();
        if (reason != null) {
            throw new BadConfigException("The backend interpreter cannot run: " + reason);
        }
        return new InterpreterMachine(shape, io);
    }
}
