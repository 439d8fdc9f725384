package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** An eventfd that a port or memory write signals; KVM_IOEVENTFD. */
public final class KvmIoeventfd {
    /** {@code struct kvm_ioeventfd}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_ioeventfd",
                    U64.withName("datamatch"),
                    U64.withName("addr"),
                    U32.withName("len"),
                    U32.withName("fd"),
                    U32.withName("flags"),
                    array("pad", 36, U8));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code datamatch}. */
    public static final long DATAMATCH = offset(LAYOUT, "datamatch");

    /** Offset of {@code addr}. */
    public static final long ADDR = offset(LAYOUT, "addr");

    /** Offset of {@code len}. */
    public static final long LEN = offset(LAYOUT, "len");

    /** Offset of {@code fd}. */
    public static final long FD = offset(LAYOUT, "fd");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    private KvmIoeventfd() {}
}
