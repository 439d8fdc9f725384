package lodge.natives.kvm;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** x87 and SSE registers; KVM_GET_FPU and KVM_SET_FPU. */
public final class KvmFpu {
    /** {@code struct kvm_fpu}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_fpu",
                    array("fpr", 128, U8),
                    U16.withName("fcw"),
                    U16.withName("fsw"),
                    U8.withName("ftwx"),
                    U8.withName("pad1"),
                    U16.withName("last_opcode"),
                    U64.withName("last_ip"),
                    U64.withName("last_dp"),
                    array("xmm", 256, U8),
                    U32.withName("mxcsr"),
                    U32.withName("pad2"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code fpr}. */
    public static final long FPR = offset(LAYOUT, "fpr");

    /** Offset of {@code fcw}. */
    public static final long FCW = offset(LAYOUT, "fcw");

    /** Offset of {@code fsw}. */
    public static final long FSW = offset(LAYOUT, "fsw");

    /** Offset of {@code ftwx}. */
    public static final long FTWX = offset(LAYOUT, "ftwx");

    /** Offset of {@code last_opcode}. */
    public static final long LAST_OPCODE = offset(LAYOUT, "last_opcode");

    /** Offset of {@code last_ip}. */
    public static final long LAST_IP = offset(LAYOUT, "last_ip");

    /** Offset of {@code last_dp}. */
    public static final long LAST_DP = offset(LAYOUT, "last_dp");

    /** Offset of {@code xmm}. */
    public static final long XMM = offset(LAYOUT, "xmm");

    /** Offset of {@code mxcsr}. */
    public static final long MXCSR = offset(LAYOUT, "mxcsr");

    private KvmFpu() {}
}
