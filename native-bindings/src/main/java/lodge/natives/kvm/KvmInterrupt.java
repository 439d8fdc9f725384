package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The vector of an external interrupt; KVM_INTERRUPT. */
public final class KvmInterrupt {
    /** {@code struct kvm_interrupt}. */
    public static final StructLayout LAYOUT = struct("kvm_interrupt", U32.withName("irq"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code irq}. */
    public static final long IRQ = offset(LAYOUT, "irq");

    private KvmInterrupt() {}
}
