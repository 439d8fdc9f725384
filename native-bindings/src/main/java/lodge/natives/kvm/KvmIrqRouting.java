package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The table of routes; KVM_SET_GSI_ROUTING. The entries follow the header. */
public final class KvmIrqRouting {
    /** {@code struct kvm_irq_routing}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_irq_routing",
                    U32.withName("nr"),
                    U32.withName("flags"),
                    array("entries", 0, KvmIrqRoutingEntry.LAYOUT));

    /** Size of the struct in bytes, without what follows it. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code nr}. */
    public static final long NR = offset(LAYOUT, "nr");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code entries}. */
    public static final long ENTRIES = offset(LAYOUT, "entries");

    private KvmIrqRouting() {}
}
