package lodge.core.cpu;

/**
 * The general-purpose registers, RIP and RFLAGS (SDM vol. 1, 3.4).
 *
 * @param rax RAX
 * @param rbx RBX
 * @param rcx RCX
 * @param rdx RDX
 * @param rsi RSI
 * @param rdi RDI
 * @param rbp RBP
 * @param rsp RSP
 * @param r8 R8
 * @param r9 R9
 * @param r10 R10
 * @param r11 R11
 * @param r12 R12
 * @param r13 R13
 * @param r14 R14
 * @param r15 R15
 * @param rip RIP
 * @param rflags RFLAGS; bit 1 is always 1
 */
public record GeneralRegisters(
        long rax,
        long rbx,
        long rcx,
        long rdx,
        long rsi,
        long rdi,
        long rbp,
        long rsp,
        long r8,
        long r9,
        long r10,
        long r11,
        long r12,
        long r13,
        long r14,
        long r15,
        long rip,
        long rflags) {
    /** RFLAGS with only the always-set bit. */
    public static final long RFLAGS_FIXED = 2;

    /**
     * All zero but RIP, RSI and RFLAGS: how boot protocols enter a kernel.
     *
     * @param rip where to start
     * @param rbx RBX (PVH start info)
     * @param rsi RSI (Linux boot_params)
     * @return the registers
     */
    public static GeneralRegisters entry(long rip, long rbx, long rsi) {
        return new GeneralRegisters(
                0, rbx, 0, 0, rsi, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, rip, RFLAGS_FIXED);
    }

    /**
     * The same with another RIP.
     *
     * @param newRip the new RIP
     * @return a copy
     */
    public GeneralRegisters withRip(long newRip) {
        return new GeneralRegisters(
                rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15,
                newRip, rflags);
    }
}
