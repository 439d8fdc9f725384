package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Where a GSI ends: a pin of an in-kernel chip. */
public final class KvmIrqRoutingIrqchip {
    /** {@code struct kvm_irq_routing_irqchip}. */
    public static final StructLayout LAYOUT =
            struct("kvm_irq_routing_irqchip", U32.withName("irqchip"), U32.withName("pin"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code irqchip}. */
    public static final long IRQCHIP = offset(LAYOUT, "irqchip");

    /** Offset of {@code pin}. */
    public static final long PIN = offset(LAYOUT, "pin");

    private KvmIrqRoutingIrqchip() {}
}
