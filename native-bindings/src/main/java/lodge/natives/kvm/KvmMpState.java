package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** What the processor does between instructions; KVM_GET_MP_STATE and KVM_SET_MP_STATE. */
public final class KvmMpState {
    /** {@code struct kvm_mp_state}. */
    public static final StructLayout LAYOUT = struct("kvm_mp_state", U32.withName("mp_state"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code mp_state}. */
    public static final long MP_STATE = offset(LAYOUT, "mp_state");

    private KvmMpState() {}
}
