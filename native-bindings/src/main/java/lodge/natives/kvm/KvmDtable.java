package lodge.natives.kvm;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A descriptor-table register. */
public final class KvmDtable {
    /** {@code struct kvm_dtable}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_dtable",
                    U64.withName("base"),
                    U16.withName("limit"),
                    array("padding", 3, U16));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code base}. */
    public static final long BASE = offset(LAYOUT, "base");

    /** Offset of {@code limit}. */
    public static final long LIMIT = offset(LAYOUT, "limit");

    private KvmDtable() {}
}
