package lodge.natives.kvm;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** The page shared with the kernel: why KVM_RUN came back, and what the next one is to do. */
public final class KvmRun {
    /** {@code struct kvm_run}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_run",
                    U8.withName("request_interrupt_window"),
                    U8.withName("immediate_exit"),
                    array("padding1", 6, U8),
                    U32.withName("exit_reason"),
                    U8.withName("ready_for_interrupt_injection"),
                    U8.withName("if_flag"),
                    U16.withName("flags"),
                    U64.withName("cr8"),
                    U64.withName("apic_base"),
                    MemoryLayout.unionLayout(
                            struct("hw", U64.withName("hardware_exit_reason")),
                            struct(
                                    "fail_entry",
                                    U64.withName("hardware_entry_failure_reason"),
                                    U32.withName("cpu")),
                            struct("ex", U32.withName("exception"), U32.withName("error_code")),
                            struct(
                                    "io",
                                    U8.withName("direction"),
                                    U8.withName("size"),
                                    U16.withName("port"),
                                    U32.withName("count"),
                                    U64.withName("data_offset")),
                            struct(
                                    "debug",
                                    struct(
                                            "arch",
                                            U32.withName("exception"),
                                            U32.withName("pad"),
                                            U64.withName("pc"),
                                            U64.withName("dr6"),
                                            U64.withName("dr7"))),
                            struct(
                                    "mmio",
                                    U64.withName("phys_addr"),
                                    array("data", 8, U8),
                                    U32.withName("len"),
                                    U8.withName("is_write")),
                            struct(
                                    "internal",
                                    U32.withName("suberror"),
                                    U32.withName("ndata"),
                                    array("data", 16, U64)),
                            struct(
                                    "emulation_failure",
                                    U32.withName("suberror"),
                                    U32.withName("ndata"),
                                    U64.withName("flags"),
                                    U8.withName("insn_size"),
                                    array("insn_bytes", 15, U8)),
                            struct(
                                    "system_event",
                                    U32.withName("type"),
                                    U32.withName("ndata"),
                                    array("data", 16, U64)),
                            struct("eoi", U8.withName("vector")),
                            struct(
                                    "msr",
                                    U8.withName("error"),
                                    array("pad", 7, U8),
                                    U32.withName("reason"),
                                    U32.withName("index"),
                                    U64.withName("data")),
                            struct("notify", U32.withName("flags")),
                            array("padding", 256, U8)),
                    U64.withName("kvm_valid_regs"),
                    U64.withName("kvm_dirty_regs"),
                    MemoryLayout.unionLayout(array("padding", 2048, U8)).withName("s"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code request_interrupt_window}. */
    public static final long REQUEST_INTERRUPT_WINDOW = offset(LAYOUT, "request_interrupt_window");

    /** Offset of {@code immediate_exit}. */
    public static final long IMMEDIATE_EXIT = offset(LAYOUT, "immediate_exit");

    /** Offset of {@code exit_reason}. */
    public static final long EXIT_REASON = offset(LAYOUT, "exit_reason");

    /** Offset of {@code ready_for_interrupt_injection}. */
    public static final long READY_FOR_INTERRUPT_INJECTION =
            offset(LAYOUT, "ready_for_interrupt_injection");

    /** Offset of {@code if_flag}. */
    public static final long IF_FLAG = offset(LAYOUT, "if_flag");

    /** Offset of {@code flags}. */
    public static final long FLAGS = offset(LAYOUT, "flags");

    /** Offset of {@code cr8}. */
    public static final long CR8 = offset(LAYOUT, "cr8");

    /** Offset of {@code apic_base}. */
    public static final long APIC_BASE = offset(LAYOUT, "apic_base");

    /** Offset of {@code hw.hardware_exit_reason}. */
    public static final long HW_HARDWARE_EXIT_REASON = offset(LAYOUT, "hw.hardware_exit_reason");

    /** Offset of {@code fail_entry.hardware_entry_failure_reason}. */
    public static final long FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON =
            offset(LAYOUT, "fail_entry.hardware_entry_failure_reason");

    /** Offset of {@code fail_entry.cpu}. */
    public static final long FAIL_ENTRY_CPU = offset(LAYOUT, "fail_entry.cpu");

    /** Offset of {@code ex.exception}. */
    public static final long EX_EXCEPTION = offset(LAYOUT, "ex.exception");

    /** Offset of {@code ex.error_code}. */
    public static final long EX_ERROR_CODE = offset(LAYOUT, "ex.error_code");

    /** Offset of {@code io.direction}. */
    public static final long IO_DIRECTION = offset(LAYOUT, "io.direction");

    /** Offset of {@code io.size}. */
    public static final long IO_SIZE = offset(LAYOUT, "io.size");

    /** Offset of {@code io.port}. */
    public static final long IO_PORT = offset(LAYOUT, "io.port");

    /** Offset of {@code io.count}. */
    public static final long IO_COUNT = offset(LAYOUT, "io.count");

    /** Offset of {@code io.data_offset}. */
    public static final long IO_DATA_OFFSET = offset(LAYOUT, "io.data_offset");

    /** Offset of {@code debug.arch.exception}. */
    public static final long DEBUG_ARCH_EXCEPTION = offset(LAYOUT, "debug.arch.exception");

    /** Offset of {@code debug.arch.pc}. */
    public static final long DEBUG_ARCH_PC = offset(LAYOUT, "debug.arch.pc");

    /** Offset of {@code debug.arch.dr6}. */
    public static final long DEBUG_ARCH_DR6 = offset(LAYOUT, "debug.arch.dr6");

    /** Offset of {@code debug.arch.dr7}. */
    public static final long DEBUG_ARCH_DR7 = offset(LAYOUT, "debug.arch.dr7");

    /** Offset of {@code mmio.phys_addr}. */
    public static final long MMIO_PHYS_ADDR = offset(LAYOUT, "mmio.phys_addr");

    /** Offset of {@code mmio.data}. */
    public static final long MMIO_DATA = offset(LAYOUT, "mmio.data");

    /** Offset of {@code mmio.len}. */
    public static final long MMIO_LEN = offset(LAYOUT, "mmio.len");

    /** Offset of {@code mmio.is_write}. */
    public static final long MMIO_IS_WRITE = offset(LAYOUT, "mmio.is_write");

    /** Offset of {@code internal.suberror}. */
    public static final long INTERNAL_SUBERROR = offset(LAYOUT, "internal.suberror");

    /** Offset of {@code internal.ndata}. */
    public static final long INTERNAL_NDATA = offset(LAYOUT, "internal.ndata");

    /** Offset of {@code internal.data}. */
    public static final long INTERNAL_DATA = offset(LAYOUT, "internal.data");

    /** Offset of {@code emulation_failure.suberror}. */
    public static final long EMULATION_FAILURE_SUBERROR =
            offset(LAYOUT, "emulation_failure.suberror");

    /** Offset of {@code emulation_failure.ndata}. */
    public static final long EMULATION_FAILURE_NDATA = offset(LAYOUT, "emulation_failure.ndata");

    /** Offset of {@code emulation_failure.flags}. */
    public static final long EMULATION_FAILURE_FLAGS = offset(LAYOUT, "emulation_failure.flags");

    /** Offset of {@code emulation_failure.insn_size}. */
    public static final long EMULATION_FAILURE_INSN_SIZE =
            offset(LAYOUT, "emulation_failure.insn_size");

    /** Offset of {@code emulation_failure.insn_bytes}. */
    public static final long EMULATION_FAILURE_INSN_BYTES =
            offset(LAYOUT, "emulation_failure.insn_bytes");

    /** Offset of {@code system_event.type}. */
    public static final long SYSTEM_EVENT_TYPE = offset(LAYOUT, "system_event.type");

    /** Offset of {@code system_event.ndata}. */
    public static final long SYSTEM_EVENT_NDATA = offset(LAYOUT, "system_event.ndata");

    /** Offset of {@code system_event.data}. */
    public static final long SYSTEM_EVENT_DATA = offset(LAYOUT, "system_event.data");

    /** Offset of {@code eoi.vector}. */
    public static final long EOI_VECTOR = offset(LAYOUT, "eoi.vector");

    /** Offset of {@code msr.error}. */
    public static final long MSR_ERROR = offset(LAYOUT, "msr.error");

    /** Offset of {@code msr.reason}. */
    public static final long MSR_REASON = offset(LAYOUT, "msr.reason");

    /** Offset of {@code msr.index}. */
    public static final long MSR_INDEX = offset(LAYOUT, "msr.index");

    /** Offset of {@code msr.data}. */
    public static final long MSR_DATA = offset(LAYOUT, "msr.data");

    /** Offset of {@code notify.flags}. */
    public static final long NOTIFY_FLAGS = offset(LAYOUT, "notify.flags");

    /** Offset of {@code kvm_valid_regs}. */
    public static final long KVM_VALID_REGS = offset(LAYOUT, "kvm_valid_regs");

    /** Offset of {@code kvm_dirty_regs}. */
    public static final long KVM_DIRTY_REGS = offset(LAYOUT, "kvm_dirty_regs");

    private KvmRun() {}
}
