package lodge.natives.kvm;

import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The local APIC's register page; KVM_GET_LAPIC and KVM_SET_LAPIC. */
public final class KvmLapicState {
    /** {@code struct kvm_lapic_state}. */
    public static final StructLayout LAYOUT = struct("kvm_lapic_state", array("regs", 1024, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code regs}. */
    public static final long REGS = offset(LAYOUT, "regs");

    private KvmLapicState() {}
}
