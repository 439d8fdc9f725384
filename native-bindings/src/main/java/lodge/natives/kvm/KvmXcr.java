package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** One extended control register. */
public final class KvmXcr {
    /** {@code struct kvm_xcr}. */
    public static final StructLayout LAYOUT =
            struct("kvm_xcr", U32.withName("xcr"), U32.withName("reserved"), U64.withName("value"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code xcr}. */
    public static final long XCR = offset(LAYOUT, "xcr");

    /** Offset of {@code value}. */
    public static final long VALUE = offset(LAYOUT, "value");

    private KvmXcr() {}
}
