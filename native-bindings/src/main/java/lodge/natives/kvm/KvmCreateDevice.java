package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** An in-kernel device; KVM_CREATE_DEVICE. */
public final class KvmCreateDevice {
    /** {@code struct kvm_create_device}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_create_device",
                    U32.withName("type"),
                    U32.withName("fd"),
                    U32.withName("flags"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code type}. */
    public static final long TYPE = offset(LAYOUT, "type");

    /** Offset of {@code fd}. */
    public static final long FD = offset(LAYOUT, "fd");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    private KvmCreateDevice() {}
}
