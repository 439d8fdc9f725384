package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Model-specific registers; KVM_GET_MSRS and KVM_SET_MSRS. The entries follow the header. */
public final class KvmMsrs {
    /** {@code struct kvm_msrs}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_msrs",
                    U32.withName("nmsrs"),
                    U32.withName("pad"),
                    array("entries", 0, KvmMsrEntry.LAYOUT));

    /** Size of the struct in bytes, without what follows it. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code nmsrs}. */
    public static final long NMSRS = offset(LAYOUT, "nmsrs");

    /** Offset of {@code entries}. */
    public static final long ENTRIES = offset(LAYOUT, "entries");

    private KvmMsrs() {}
}
