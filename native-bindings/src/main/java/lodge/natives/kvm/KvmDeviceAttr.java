package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** An attribute of an in-kernel device; KVM_SET_DEVICE_ATTR and its like. */
public final class KvmDeviceAttr {
    /** {@code struct kvm_device_attr}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_device_attr",
                    U32.withName("flags"),
                    U32.withName("group"),
                    U64.withName("attr"),
                    U64.withName("addr"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code group}. */
    public static final long GROUP = offset(LAYOUT, "group");

    /** Offset of {@code attr}. */
    public static final long ATTR = offset(LAYOUT, "attr");

    /** Offset of {@code addr}. */
    public static final long ADDR = offset(LAYOUT, "addr");

    private KvmDeviceAttr() {}
}
