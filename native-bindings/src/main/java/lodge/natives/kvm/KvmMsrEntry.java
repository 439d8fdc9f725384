package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** One model-specific register. */
public final class KvmMsrEntry {
    /** {@code struct kvm_msr_entry}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_msr_entry",
                    U32.withName("index"),
                    U32.withName("reserved"),
                    U64.withName("data"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code index}. */
    public static final long INDEX = offset(LAYOUT, "index");

    /** Offset of {@code data}. */
    public static final long DATA = offset(LAYOUT, "data");

    private KvmMsrEntry() {}
}
