package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A memory slot; KVM_SET_USER_MEMORY_REGION. */
public final class KvmUserspaceMemoryRegion {
    /** {@code struct kvm_userspace_memory_region}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_userspace_memory_region",
                    U32.withName("slot"),
                    U32.withName("flags"),
                    U64.withName("guest_phys_addr"),
                    U64.withName("memory_size"),
                    U64.withName("userspace_addr"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code slot}. */
    public static final long SLOT = offset(LAYOUT, "slot");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code guest_phys_addr}. */
    public static final long GUEST_PHYS_ADDR = offset(LAYOUT, "guest_phys_addr");

    /** Offset of {@code memory_size}. */
    public static final long MEMORY_SIZE = offset(LAYOUT, "memory_size");

    /** Offset of {@code userspace_addr}. */
    public static final long USERSPACE_ADDR = offset(LAYOUT, "userspace_addr");

    private KvmUserspaceMemoryRegion() {}
}
