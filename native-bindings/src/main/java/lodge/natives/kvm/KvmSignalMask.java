package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/**
 * Which signals are blocked inside KVM_RUN; KVM_SET_SIGNAL_MASK. The kernel's set of 64 signals
 * follows the header.
 */
public final class KvmSignalMask {
    /** {@code struct kvm_signal_mask}. */
    public static final StructLayout LAYOUT =
            struct("kvm_signal_mask", U32.withName("len"), array("sigset", 0, U8));

    /** Size of the struct in bytes, without what follows it. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code len}. */
    public static final long LEN = offset(LAYOUT, "len");

    /** Offset of {@code sigset}. */
    public static final long SIGSET = offset(LAYOUT, "sigset");

    private KvmSignalMask() {}
}
