package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The XSAVE area in standard format; KVM_GET_XSAVE and KVM_SET_XSAVE. */
public final class KvmXsave {
    /** {@code struct kvm_xsave}. */
    public static final StructLayout LAYOUT = struct("kvm_xsave", array("region", 1024, U32));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code region}. */
    public static final long REGION = offset(LAYOUT, "region");

    private KvmXsave() {}
}
