package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Where a GSI ends: a message. */
public final class KvmIrqRoutingMsi {
    /** {@code struct kvm_irq_routing_msi}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_irq_routing_msi",
                    U32.withName("address_lo"),
                    U32.withName("address_hi"),
                    U32.withName("data"),
                    U32.withName("devid"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code address_lo}. */
    public static final long ADDRESS_LO = offset(LAYOUT, "address_lo");

    /** Offset of {@code address_hi}. */
    public static final long ADDRESS_HI = offset(LAYOUT, "address_hi");

    /** Offset of {@code data}. */
    public static final long DATA = offset(LAYOUT, "data");

    /** Offset of {@code devid}. */
    public static final long DEVID = offset(LAYOUT, "devid");

    private KvmIrqRoutingMsi() {}
}
