package lodge.natives.kvm;

import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Segment, descriptor-table and control registers; KVM_GET_SREGS and KVM_SET_SREGS. */
public final class KvmSregs {
    /** {@code struct kvm_sregs}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_sregs",
                    KvmSegment.LAYOUT.withName("cs"),
                    KvmSegment.LAYOUT.withName("ds"),
                    KvmSegment.LAYOUT.withName("es"),
                    KvmSegment.LAYOUT.withName("fs"),
                    KvmSegment.LAYOUT.withName("gs"),
                    KvmSegment.LAYOUT.withName("ss"),
                    KvmSegment.LAYOUT.withName("tr"),
                    KvmSegment.LAYOUT.withName("ldt"),
                    KvmDtable.LAYOUT.withName("gdt"),
                    KvmDtable.LAYOUT.withName("idt"),
                    U64.withName("cr0"),
                    U64.withName("cr2"),
                    U64.withName("cr3"),
                    U64.withName("cr4"),
                    U64.withName("cr8"),
                    U64.withName("efer"),
                    U64.withName("apic_base"),
                    array("interrupt_bitmap", 4, U64));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code cs}. */
    public static final long CS = offset(LAYOUT, "cs");

    /** Offset of {@code ds}. */
    public static final long DS = offset(LAYOUT, "ds");

    /** Offset of {@code es}. */
    public static final long ES = offset(LAYOUT, "es");

    /** Offset of {@code fs}. */
    public static final long FS = offset(LAYOUT, "fs");

    /** Offset of {@code gs}. */
    public static final long GS = offset(LAYOUT, "gs");

    /** Offset of {@code ss}. */
    public static final long SS = offset(LAYOUT, "ss");

    /** Offset of {@code tr}. */
    public static final long TR = offset(LAYOUT, "tr");

    /** Offset of {@code ldt}. */
    public static final long LDT = offset(LAYOUT, "ldt");

    /** Offset of {@code gdt}. */
    public static final long GDT = offset(LAYOUT, "gdt");

    /** Offset of {@code idt}. */
    public static final long IDT = offset(LAYOUT, "idt");

    /** Offset of {@code cr0}. */
    public static final long CR0 = offset(LAYOUT, "cr0");

    /** Offset of {@code cr2}. */
    public static final long CR2 = offset(LAYOUT, "cr2");

    /** Offset of {@code cr3}. */
    public static final long CR3 = offset(LAYOUT, "cr3");

    /** Offset of {@code cr4}. */
    public static final long CR4 = offset(LAYOUT, "cr4");

    /** Offset of {@code cr8}. */
    public static final long CR8 = offset(LAYOUT, "cr8");

    /** Offset of {@code efer}. */
    public static final long EFER = offset(LAYOUT, "efer");

    /** Offset of {@code apic_base}. */
    public static final long APIC_BASE = offset(LAYOUT, "apic_base");

    /** Offset of {@code interrupt_bitmap}. */
    public static final long INTERRUPT_BITMAP = offset(LAYOUT, "interrupt_bitmap");

    private KvmSregs() {}
}
