package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Which pages of a slot were written; KVM_GET_DIRTY_LOG. */
public final class KvmDirtyLog {
    /** {@code struct kvm_dirty_log}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_dirty_log",
                    U32.withName("slot"),
                    U32.withName("padding1"),
                    U64.withName("dirty_bitmap"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code slot}. */
    public static final long SLOT = offset(LAYOUT, "slot");

    /** Offset of {@code dirty_bitmap}. */
    public static final long DIRTY_BITMAP = offset(LAYOUT, "dirty_bitmap");

    private KvmDirtyLog() {}
}
