package lodge.natives.kvm;

import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Debug registers; KVM_GET_DEBUGREGS and KVM_SET_DEBUGREGS. */
public final class KvmDebugregs {
    /** {@code struct kvm_debugregs}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_debugregs",
                    array("db", 4, U64),
                    U64.withName("dr6"),
                    U64.withName("dr7"),
                    U64.withName("flags"),
                    array("reserved", 9, U64));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code db}. */
    public static final long DB = offset(LAYOUT, "db");

    /** Offset of {@code dr6}. */
    public static final long DR6 = offset(LAYOUT, "dr6");

    /** Offset of {@code dr7}. */
    public static final long DR7 = offset(LAYOUT, "dr7");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    private KvmDebugregs() {}
}
