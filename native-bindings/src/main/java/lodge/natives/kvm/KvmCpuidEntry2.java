package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** What CPUID answers for one leaf and subleaf. */
public final class KvmCpuidEntry2 {
    /** {@code struct kvm_cpuid_entry2}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_cpuid_entry2",
                    U32.withName("function"),
                    U32.withName("index"),
                    U32.withName("flags"),
                    U32.withName("eax"),
                    U32.withName("ebx"),
                    U32.withName("ecx"),
                    U32.withName("edx"),
                    array("padding", 3, U32));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code function}. */
    public static final long FUNCTION = offset(LAYOUT, "function");

    /** Offset of {@code index}. */
    public static final long INDEX = offset(LAYOUT, "index");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code eax}. */
    public static final long EAX = offset(LAYOUT, "eax");

    /** Offset of {@code ebx}. */
    public static final long EBX = offset(LAYOUT, "ebx");

    /** Offset of {@code ecx}. */
    public static final long ECX = offset(LAYOUT, "ecx");

    /** Offset of {@code edx}. */
    public static final long EDX = offset(LAYOUT, "edx");

    private KvmCpuidEntry2() {}
}
