package lodge.natives.kvm;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A segment register with its hidden part. */
public final class KvmSegment {
    /** {@code struct kvm_segment}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_segment",
                    U64.withName("base"),
                    U32.withName("limit"),
                    U16.withName("selector"),
                    U8.withName("type"),
                    U8.withName("present"),
                    U8.withName("dpl"),
                    U8.withName("db"),
                    U8.withName("s"),
                    U8.withName("l"),
                    U8.withName("g"),
                    U8.withName("avl"),
                    U8.withName("unusable"),
                    U8.withName("padding"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code base}. */
    public static final long BASE = offset(LAYOUT, "base");

    /** Offset of {@code limit}. */
    public static final long LIMIT = offset(LAYOUT, "limit");

    /** Offset of {@code selector}. */
    public static final long SELECTOR = offset(LAYOUT, "selector");

    /** Offset of {@code type}. */
    public static final long TYPE = offset(LAYOUT, "type");

    /** Offset of {@code present}. */
    public static final long PRESENT = offset(LAYOUT, "present");

    /** Offset of {@code dpl}. */
    public static final long DPL = offset(LAYOUT, "dpl");

    /** Offset of {@code db}. */
    public static final long DB = offset(LAYOUT, "db");

    /** Offset of {@code s}. */
    public static final long S = offset(LAYOUT, "s");

    /** Offset of {@code l}. */
    public static final long L = offset(LAYOUT, "l");

    /** Offset of {@code g}. */
    public static final long G = offset(LAYOUT, "g");

    /** Offset of {@code avl}. */
    public static final long AVL = offset(LAYOUT, "avl");

    /** Offset of {@code unusable}. */
    public static final long UNUSABLE = offset(LAYOUT, "unusable");

    private KvmSegment() {}
}
