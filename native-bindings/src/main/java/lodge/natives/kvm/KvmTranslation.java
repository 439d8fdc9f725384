package lodge.natives.kvm;

import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A linear address and where it leads; KVM_TRANSLATE. */
public final class KvmTranslation {
    /** {@code struct kvm_translation}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_translation",
                    U64.withName("linear_address"),
                    U64.withName("physical_address"),
                    U8.withName("valid"),
                    U8.withName("writeable"),
                    U8.withName("usermode"),
                    array("pad", 5, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code linear_address}. */
    public static final long LINEAR_ADDRESS = offset(LAYOUT, "linear_address");

    /** Offset of {@code physical_address}. */
    public static final long PHYSICAL_ADDRESS = offset(LAYOUT, "physical_address");

    /** Offset of {@code valid}. */
    public static final long VALID = offset(LAYOUT, "valid");

    /** Offset of {@code writeable}. */
    public static final long WRITEABLE = offset(LAYOUT, "writeable");

    /** Offset of {@code usermode}. */
    public static final long USERMODE = offset(LAYOUT, "usermode");

    private KvmTranslation() {}
}
