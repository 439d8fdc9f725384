package lodge.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;

import lodge.core.backend.Exit;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmRun;
import lodge.natives.posix.Errno;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/** Says in words why KVM cannot go on. */
final class ExitDecoder {
    private static final long VMX_ENTRY_FAILURE = 1L << 31;

    private ExitDecoder() {}

    /** KVM_RUN itself failed. */
    static Exit failedRun(int errno, LongSupplier rip) {
        String hint =
                switch (errno) {
                    case Errno.EFAULT ->
                            "the host could not give a page of guest memory; free some host memory";
                    case Errno.ENOMEM -> "the host is out of memory; free some";
                    case Errno.EINVAL -> "the processor's state is not one that can run";
                    default -> "see the kernel's log";
                };
        return new Exit.Fault(
                "KVM_RUN failed: " + Errno.name(errno) + "; " + hint, errno, rip.getAsLong());
    }

    static Exit decode(int reason, MemorySegment page, LongSupplier rip) {
        return switch (reason) {
            case KvmApi.KVM_EXIT_SYSTEM_EVENT -> systemEvent(page, rip);
            case KvmApi.KVM_EXIT_INTERNAL_ERROR ->
                    fault(internalError(page), page.get(U32, KvmRun.INTERNAL_SUBERROR), rip);
            case KvmApi.KVM_EXIT_FAIL_ENTRY -> {
                long hardware = page.get(U64, KvmRun.FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON);
                yield fault(failedEntry(hardware), hardware, rip);
            }
            case KvmApi.KVM_EXIT_UNKNOWN -> {
                long hardware = page.get(U64, KvmRun.HW_HARDWARE_EXIT_REASON);
                yield fault(
                        "The processor left the guest for a reason unknown to KVM (0x%x)"
                                .formatted(hardware),
                        hardware,
                        rip);
            }
            case KvmApi.KVM_EXIT_EXCEPTION ->
                    fault(
                            "KVM reports exception %d with error code 0x%x"
                                    .formatted(
                                            page.get(U32, KvmRun.EX_EXCEPTION),
                                            page.get(U32, KvmRun.EX_ERROR_CODE)),
                            reason,
                            rip);
            default ->
                    fault(
                            "KVM reports exit %d (%s), which Lodge never asked for"
                                    .formatted(reason, name(reason)),
                            reason,
                            rip);
        };
    }

    private static Exit fault(String what, long code, LongSupplier rip) {
        return new Exit.Fault(what, code, rip.getAsLong());
    }

    private static Exit systemEvent(MemorySegment page, LongSupplier rip) {
        int type = page.get(U32, KvmRun.SYSTEM_EVENT_TYPE);
        return switch (type) {
            case KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN -> Exit.Signal.SHUTDOWN;
            case KvmApi.KVM_SYSTEM_EVENT_RESET -> Exit.Signal.RESET;
            case KvmApi.KVM_SYSTEM_EVENT_CRASH ->
                    fault("The guest reported a crash to KVM", type, rip);
            default -> fault("KVM reports unknown system event " + type, type, rip);
        };
    }

    private static String internalError(MemorySegment page) {
        int suberror = page.get(U32, KvmRun.INTERNAL_SUBERROR);
        int words = Math.clamp(page.get(U32, KvmRun.INTERNAL_NDATA), 0, 16);
        return switch (suberror) {
            case KvmApi.KVM_INTERNAL_ERROR_EMULATION ->
                    "KVM cannot emulate the instruction" + instruction(page);
            case KvmApi.KVM_INTERNAL_ERROR_SIMUL_EX ->
                    "KVM met simultaneous exceptions it cannot deliver" + data(page, words);
            case KvmApi.KVM_INTERNAL_ERROR_DELIVERY_EV ->
                    "KVM could not deliver an event to the guest" + data(page, words);
            case KvmApi.KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON ->
                    "The processor left the guest for a reason KVM does not expect"
                            + data(page, words);
            default -> "KVM reports internal error " + suberror + data(page, words);
        };
    }

    /**
     * Returns the bytes that KVM fetched, as the end of a sentence; an emulation failure's page.
     */
    static String instruction(MemorySegment page) {
        int words = page.get(U32, KvmRun.INTERNAL_NDATA);
        boolean bytes =
                words >= 3
                        && (page.get(U64, KvmRun.EMULATION_FAILURE_FLAGS)
                                        & KvmApi
                                                .KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES)
                                != 0;
        int size = bytes ? Math.clamp(page.get(U8, KvmRun.EMULATION_FAILURE_INSN_SIZE), 0, 15) : 0;
        if (size == 0) {
            return " (its bytes are not known)";
        }
        byte[] instruction = page.asSlice(KvmRun.EMULATION_FAILURE_INSN_BYTES, size).toArray(U8);
        return " that begins with " + HexFormat.ofDelimiter(" ").formatHex(instruction);
    }

    private static String data(MemorySegment page, int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(i == 0 ? " (data" : "")
                    .append(" 0x")
                    .append(Long.toHexString(page.get(U64, KvmRun.INTERNAL_DATA + 8L * i)));
        }
        return text.isEmpty() ? "" : text.append(')').toString();
    }

    /**
     * On Intel the basic exit reason with bit 31 set (SDM vol. 3C, appendix C); on AMD the VMCB's
     * exit code.
     */
    private static String failedEntry(long hardware) {
        if (hardware == -1 || (hardware & 0xffff_ffffL) == 0xffff_ffffL) {
            return "The processor refuses to enter the guest: its state is invalid"
                    + " (VMEXIT_INVALID)";
        }
        String why =
                (hardware & VMX_ENTRY_FAILURE) == 0
                        ? "hardware code"
                        : switch ((int) hardware & 0xffff) {
                            case 33 -> "invalid guest state; VM-entry failure";
                            case 34 -> "MSR loading; VM-entry failure";
                            case 41 -> "machine check; VM-entry failure";
                            default -> "VM-entry failure";
                        };
        return "The processor refuses to enter the guest: %s 0x%x".formatted(why, hardware);
    }

    private static String name(int reason) {
        return switch (reason) {
            case KvmApi.KVM_EXIT_HYPERCALL -> "HYPERCALL";
            case KvmApi.KVM_EXIT_TPR_ACCESS -> "TPR_ACCESS";
            case KvmApi.KVM_EXIT_NMI -> "NMI";
            case KvmApi.KVM_EXIT_WATCHDOG -> "WATCHDOG";
            case KvmApi.KVM_EXIT_HYPERV -> "HYPERV";
            case KvmApi.KVM_EXIT_X86_RDMSR -> "X86_RDMSR";
            case KvmApi.KVM_EXIT_X86_WRMSR -> "X86_WRMSR";
            case KvmApi.KVM_EXIT_DIRTY_RING_FULL -> "DIRTY_RING_FULL";
            case KvmApi.KVM_EXIT_X86_BUS_LOCK -> "X86_BUS_LOCK";
            case KvmApi.KVM_EXIT_XEN -> "XEN";
            case KvmApi.KVM_EXIT_NOTIFY -> "NOTIFY";
            default -> "unknown";
        };
    }
}
