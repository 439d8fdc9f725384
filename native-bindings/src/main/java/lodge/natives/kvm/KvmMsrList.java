package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Indices of model-specific registers; KVM_GET_MSR_INDEX_LIST. The indices follow the header. */
public final class KvmMsrList {
    /** {@code struct kvm_msr_list}. */
    public static final StructLayout LAYOUT =
            struct("kvm_msr_list", U32.withName("nmsrs"), array("indices", 0, U32));

    /** Size of the struct in bytes, without what follows it. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code nmsrs}. */
    public static final long NMSRS = offset(LAYOUT, "nmsrs");

    /** Offset of {@code indices}. */
    public static final long INDICES = offset(LAYOUT, "indices");

    private KvmMsrList() {}
}
