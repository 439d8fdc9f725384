package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Which pages of a slot to log anew; KVM_CLEAR_DIRTY_LOG. */
public final class KvmClearDirtyLog {
    /** {@code struct kvm_clear_dirty_log}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_clear_dirty_log",
                    U32.withName("slot"),
                    U32.withName("num_pages"),
                    U64.withName("first_page"),
                    U64.withName("dirty_bitmap"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code slot}. */
    public static final long SLOT = offset(LAYOUT, "slot");

    /** Offset of {@code num_pages}. */
    public static final long NUM_PAGES = offset(LAYOUT, "num_pages");

    /** Offset of {@code first_page}. */
    public static final long FIRST_PAGE = offset(LAYOUT, "first_page");

    /** Offset of {@code dirty_bitmap}. */
    public static final long DIRTY_BITMAP = offset(LAYOUT, "dirty_bitmap");

    private KvmClearDirtyLog() {}
}
