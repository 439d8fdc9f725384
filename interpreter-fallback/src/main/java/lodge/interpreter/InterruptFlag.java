package lodge.interpreter;

/**
 * CLI and STI, with virtual interrupts in virtual-8086 mode (CR4.VME) and at level 3 (CR4.PVI): SDM
 * vol. 2, tables of CLI and STI.
 */
final class InterruptFlag {
    private InterruptFlag() {}

    /** Whether the instruction concerns VIF; #GP(0) when it concerns neither flag. */
    private static boolean virtual(Cpu c) {
        int iopl = c.iopl();
        if (!c.protectedMode() || c.cpl <= iopl) {
            return false;
        }
        boolean extension =
                c.vm86()
                        ? (c.cr4 & CpuSystem.CR4_VME) != 0
                        : c.cpl == 3 && (c.cr4 & CpuSystem.CR4_PVI) != 0;
        if (!extension) {
            throw c.gp(0);
        }
        return true;
    }

    static void clear(Cpu c) {
        c.writeFlags(0, virtual(c) ? CpuRegisters.VIF : CpuRegisters.IF);
    }

    static void set(Cpu c) {
        if (virtual(c)) {
            if ((c.systemFlags & CpuRegisters.VIP) != 0) {
                throw c.gp(0);
            }
            c.writeFlags(CpuRegisters.VIF, CpuRegisters.VIF);
        } else if ((c.systemFlags & CpuRegisters.IF) == 0) {
            c.writeFlags(CpuRegisters.IF, CpuRegisters.IF);
            c.shadow = 1;
        }
    }
}
