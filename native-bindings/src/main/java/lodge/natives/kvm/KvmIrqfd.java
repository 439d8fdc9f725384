package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** An eventfd that raises a GSI; KVM_IRQFD. */
public final class KvmIrqfd {
    /** {@code struct kvm_irqfd}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_irqfd",
                    U32.withName("fd"),
                    U32.withName("gsi"),
                    U32.withName("flags"),
                    U32.withName("resamplefd"),
                    array("pad", 16, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code fd}. */
    public static final long FD = offset(LAYOUT, "fd");

    /** Offset of {@code gsi}. */
    public static final long GSI = offset(LAYOUT, "gsi");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code resamplefd}. */
    public static final long RESAMPLEFD = offset(LAYOUT, "resamplefd");

    private KvmIrqfd() {}
}
