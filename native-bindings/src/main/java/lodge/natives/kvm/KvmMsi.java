package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A message-signalled interrupt; KVM_SIGNAL_MSI. */
public final class KvmMsi {
    /** {@code struct kvm_msi}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_msi",
                    U32.withName("address_lo"),
                    U32.withName("address_hi"),
                    U32.withName("data"),
                    U32.withName("flags"),
                    U32.withName("devid"),
                    array("pad", 12, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code address_lo}. */
    public static final long ADDRESS_LO = offset(LAYOUT, "address_lo");

    /** Offset of {@code address_hi}. */
    public static final long ADDRESS_HI = offset(LAYOUT, "address_hi");

    /** Offset of {@code data}. */
    public static final long DATA = offset(LAYOUT, "data");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code devid}. */
    public static final long DEVID = offset(LAYOUT, "devid");

    private KvmMsi() {}
}
