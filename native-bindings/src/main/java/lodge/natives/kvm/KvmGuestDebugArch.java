package lodge.natives.kvm;

import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Debug registers of KVM_SET_GUEST_DEBUG. */
public final class KvmGuestDebugArch {
    /** {@code struct kvm_guest_debug_arch}. */
    public static final StructLayout LAYOUT =
            struct("kvm_guest_debug_arch", array("debugreg", 8, U64));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code debugreg}. */
    public static final long DEBUGREG = offset(LAYOUT, "debugreg");

    private KvmGuestDebugArch() {}
}
