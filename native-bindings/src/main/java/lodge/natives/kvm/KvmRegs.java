package lodge.natives.kvm;

import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** General-purpose registers, RIP and RFLAGS; KVM_GET_REGS and KVM_SET_REGS. */
public final class KvmRegs {
    /** {@code struct kvm_regs}. */
    public static final StructLayout LAYOUT =
            struct(
                    "kvm_regs",
                    U64.withName("rax"),
                    U64.withName("rbx"),
                    U64.withName("rcx"),
                    U64.withName("rdx"),
                    U64.withName("rsi"),
                    U64.withName("rdi"),
                    U64.withName("rsp"),
                    U64.withName("rbp"),
                    U64.withName("r8"),
                    U64.withName("r9"),
                    U64.withName("r10"),
                    U64.withName("r11"),
                    U64.withName("r12"),
                    U64.withName("r13"),
                    U64.withName("r14"),
                    U64.withName("r15"),
                    U64.withName("rip"),
                    U64.withName("rflags"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code rax}. */
    public static final long RAX = offset(LAYOUT, "rax");

    /** Offset of {@code rbx}. */
    public static final long RBX = offset(LAYOUT, "rbx");

    /** Offset of {@code rcx}. */
    public static final long RCX = offset(LAYOUT, "rcx");

    /** Offset of {@code rdx}. */
    public static final long RDX = offset(LAYOUT, "rdx");

    /** Offset of {@code rsi}. */
    public static final long RSI = offset(LAYOUT, "rsi");

    /** Offset of {@code rdi}. */
    public static final long RDI = offset(LAYOUT, "rdi");

    /** Offset of {@code rsp}. */
    public static final long RSP = offset(LAYOUT, "rsp");

    /** Offset of {@code rbp}. */
    public static final long RBP = offset(LAYOUT, "rbp");

    /** Offset of {@code r8}. */
    public static final long R8 = offset(LAYOUT, "r8");

    /** Offset of {@code r9}. */
    public static final long R9 = offset(LAYOUT, "r9");

    /** Offset of {@code r10}. */
    public static final long R10 = offset(LAYOUT, "r10");

    /** Offset of {@code r11}. */
    public static final long R11 = offset(LAYOUT, "r11");

    /** Offset of {@code r12}. */
    public static final long R12 = offset(LAYOUT, "r12");

    /** Offset of {@code r13}. */
    public static final long R13 = offset(LAYOUT, "r13");

    /** Offset of {@code r14}. */
    public static final long R14 = offset(LAYOUT, "r14");

    /** Offset of {@code r15}. */
    public static final long R15 = offset(LAYOUT, "r15");

    /** Offset of {@code rip}. */
    public static final long RIP = offset(LAYOUT, "rip");

    /** Offset of {@code rflags}. */
    public static final long RFLAGS = offset(LAYOUT, "rflags");

    private KvmRegs() {}
}
