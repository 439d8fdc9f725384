package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The paravirtual clock; KVM_GET_CLOCK and KVM_SET_CLOCK. */
public final class KvmClockData {
    /** {@code struct kvm_clock_data}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_clock_data",
                    U64.withName("clock"),
                    U32.withName("flags"),
                    U32.withName("pad0"),
                    U64.withName("realtime"),
                    U64.withName("host_tsc"),
                    array("pad", 4, U32));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code clock}. */
    public static final long CLOCK = offset(LAYOUT, "clock");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code realtime}. */
    public static final long REALTIME = offset(LAYOUT, "realtime");

    /** Offset of {@code host_tsc}. */
    public static final long HOST_TSC = offset(LAYOUT, "host_tsc");

    private KvmClockData() {}
}
