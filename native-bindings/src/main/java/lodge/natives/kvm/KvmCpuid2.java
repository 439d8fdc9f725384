package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** CPUID leaves; KVM_GET_SUPPORTED_CPUID and KVM_SET_CPUID2. The entries follow the header. */
public final class KvmCpuid2 {
    /** {@code struct kvm_cpuid2}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_cpuid2",
                    U32.withName("nent"),
                    U32.withName("padding"),
                    array("entries", 0, KvmCpuidEntry2.LAYOUT));

    /** Size of the struct in bytes, without what follows it. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code nent}. */
    public static final long NENT = offset(LAYOUT, "nent");

    /** Offset of {@code entries}. */
    public static final long ENTRIES = offset(LAYOUT, "entries");

    private KvmCpuid2() {}
}
