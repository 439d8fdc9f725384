package lodge.core.backend;

import lodge.core.bus.IoSpace;

/**
 * A way of running x86 code: KVM, WHP or our own interpreter. Found with {@link
 * java.util.ServiceLoader}.
 */
public interface Hypervisor {
    /** Returns the name users type: {@code kvm}, {@code whpx}, {@code interpreter}. */
    String name();

    /**
     * Returns whether it works here, and if not what to do about it. Never throws, never takes
     * longer than a blink.
     */
    Availability probe();

    /**
     * Makes a machine without memory and processors.
     *
     * @param shape what it is like
     * @param io receives every port and MMIO access of the guest
     * @return the machine; close it to give everything back
     * @throws lodge.core.LodgeException when the host cannot
     */
    VirtualMachine create(VmShape shape, IoSpace io);
}
