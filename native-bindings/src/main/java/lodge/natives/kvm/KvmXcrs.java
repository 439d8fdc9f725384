package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Extended control registers; KVM_GET_XCRS and KVM_SET_XCRS. */
public final class KvmXcrs {
    /** {@code struct kvm_xcrs}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_xcrs",
                    U32.withName("nr_xcrs"),
                    U32.withName("flags"),
                    array("xcrs", 16, KvmXcr.LAYOUT),
                    array("padding", 16, U64));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code nr_xcrs}. */
    public static final long NR_XCRS = offset(LAYOUT, "nr_xcrs");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code xcrs}. */
    public static final long XCRS = offset(LAYOUT, "xcrs");

    private KvmXcrs() {}
}
