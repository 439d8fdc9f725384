package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** One route of a global system interrupt. */
public final class KvmIrqRoutingEntry {
    /** {@code struct kvm_irq_routing_entry}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_irq_routing_entry",
                    U32.withName("gsi"),
                    U32.withName("type"),
                    U32.withName("flags"),
                    U32.withName("pad"),
                    MemoryLayout.unionLayout(
                                    KvmIrqRoutingIrqchip.LAYOUT.withName("irqchip"),
                                    KvmIrqRoutingMsi.LAYOUT.withName("msi"),
                                    array("pad", 8, U32))
                            .withName("u"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code gsi}. */
    public static final long GSI = offset(LAYOUT, "gsi");

    /** Offset of {@code type}. */
    public static final long TYPE = offset(LAYOUT, "type");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code u.irqchip}. */
    public static final long U_IRQCHIP = offset(LAYOUT, "u.irqchip");

    /** Offset of {@code u.msi}. */
    public static final long U_MSI = offset(LAYOUT, "u.msi");

    private KvmIrqRoutingEntry() {}
}
