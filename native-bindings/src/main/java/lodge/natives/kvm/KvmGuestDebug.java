package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Single-step and breakpoints; KVM_SET_GUEST_DEBUG. */
public final class KvmGuestDebug {
    /** {@code struct kvm_guest_debug}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_guest_debug",
                    U32.withName("control"),
                    U32.withName("pad"),
                    KvmGuestDebugArch.LAYOUT.withName("arch"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code control}. */
    public static final long CONTROL = offset(LAYOUT, "control");

    /** Offset of {@code arch}. */
    public static final long ARCH = offset(LAYOUT, "arch");

    private KvmGuestDebug() {}
}
