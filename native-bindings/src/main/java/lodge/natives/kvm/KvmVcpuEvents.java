package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** Pending and injected events; KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS. */
public final class KvmVcpuEvents {
    /** {@code struct kvm_vcpu_events}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_vcpu_events",
                    struct(
                            "exception",
                            U8.withName("injected"),
                            U8.withName("nr"),
                            U8.withName("has_error_code"),
                            U8.withName("pending"),
                            U32.withName("error_code")),
                    struct(
                            "interrupt",
                            U8.withName("injected"),
                            U8.withName("nr"),
                            U8.withName("soft"),
                            U8.withName("shadow")),
                    struct(
                            "nmi",
                            U8.withName("injected"),
                            U8.withName("pending"),
                            U8.withName("masked"),
                            U8.withName("pad")),
                    U32.withName("sipi_vector"),
                    U32.withName("flags"),
                    struct(
                            "smi",
                            U8.withName("smm"),
                            U8.withName("pending"),
                            U8.withName("smm_inside_nmi"),
                            U8.withName("latched_init")),
                    struct("triple_fault", U8.withName("pending")),
                    array("reserved", 26, U8),
                    U8.withName("exception_has_payload"),
                    U64.withName("exception_payload"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code exception.injected}. */
    public static final long EXCEPTION_INJECTED = offset(LAYOUT, "exception.injected");

    /** Offset of {@code exception.nr}. */
    public static final long EXCEPTION_NR = offset(LAYOUT, "exception.nr");

    /** Offset of {@code exception.has_error_code}. */
    public static final long EXCEPTION_HAS_ERROR_CODE = offset(LAYOUT, "exception.has_error_code");

    /** Offset of {@code exception.pending}. */
    public static final long EXCEPTION_PENDING = offset(LAYOUT, "exception.pending");

    /** Offset of {@code exception.error_code}. */
    public static final long EXCEPTION_ERROR_CODE = offset(LAYOUT, "exception.error_code");

    /** Offset of {@code interrupt.injected}. */
    public static final long INTERRUPT_INJECTED = offset(LAYOUT, "interrupt.injected");

    /** Offset of {@code interrupt.nr}. */
    public static final long INTERRUPT_NR = offset(LAYOUT, "interrupt.nr");

    /** Offset of {@code interrupt.soft}. */
    public static final long INTERRUPT_SOFT = offset(LAYOUT, "interrupt.soft");

    /** Offset of {@code interrupt.shadow}. */
    public static final long INTERRUPT_SHADOW = offset(LAYOUT, "interrupt.shadow");

    /** Offset of {@code nmi.injected}. */
    public static final long NMI_INJECTED = offset(LAYOUT, "nmi.injected");

    /** Offset of {@code nmi.pending}. */
    public static final long NMI_PENDING = offset(LAYOUT, "nmi.pending");

    /** Offset of {@code nmi.masked}. */
    public static final long NMI_MASKED = offset(LAYOUT, "nmi.masked");

    /** Offset of {@code sipi_vector}. */
    public static final long SIPI_VECTOR = offset(LAYOUT, "sipi_vector");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code smi.smm}. */
    public static final long SMI_SMM = offset(LAYOUT, "smi.smm");

    /** Offset of {@code smi.pending}. */
    public static final long SMI_PENDING = offset(LAYOUT, "smi.pending");

    /** Offset of {@code smi.smm_inside_nmi}. */
    public static final long SMI_SMM_INSIDE_NMI = offset(LAYOUT, "smi.smm_inside_nmi");

    /** Offset of {@code smi.latched_init}. */
    public static final long SMI_LATCHED_INIT = offset(LAYOUT, "smi.latched_init");

    /** Offset of {@code triple_fault.pending}. */
    public static final long TRIPLE_FAULT_PENDING = offset(LAYOUT, "triple_fault.pending");

    /** Offset of {@code exception_has_payload}. */
    public static final long EXCEPTION_HAS_PAYLOAD = offset(LAYOUT, "exception_has_payload");

    /** Offset of {@code exception_payload}. */
    public static final long EXCEPTION_PAYLOAD = offset(LAYOUT, "exception_payload");

    private KvmVcpuEvents() {}
}
