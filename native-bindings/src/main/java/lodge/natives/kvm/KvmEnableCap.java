package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A capability to switch on; KVM_ENABLE_CAP. */
public final class KvmEnableCap {
    /** {@code struct kvm_enable_cap}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_enable_cap",
                    U32.withName("cap"),
                    U32.withName("flags"),
                    array("args", 4, U64),
                    array("pad", 64, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code cap}. */
    public static final long CAP = offset(LAYOUT, "cap");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code args}. */
    public static final long ARGS = offset(LAYOUT, "args");

    private KvmEnableCap() {}
}
