package lodge.interpreter;

/**
 * The stacks of inner privilege levels in the running task's TSS (SDM vol. 3A, figures 8-2, 8-10
 * and 8-11).
 */
final class TaskState {
    private TaskState() {}

    static boolean is16(Cpu c) {
        return (c.attributes[CpuRegisters.TR] & 8) == 0;
    }

    private static long read(Cpu c, int offset, int size) {
        if ((c.attributes[CpuRegisters.TR] & CpuSystem.ATTR_UNUSABLE) != 0
                || offset + size - 1 > (c.limit[CpuRegisters.TR] & 0xffff_ffffL)) {
            throw Segments.fault(c, GuestFault.TS, c.selector[CpuRegisters.TR]);
        }
        return Segments.load(c, c.base(CpuRegisters.TR) + offset, size);
    }

    /**
     * Reads the stack of an inner level, outside IA-32e mode.
     *
     * @param level 0 to 2
     * @return selector in bits 47:32, stack pointer in bits 31:0
     */
    static long innerStack(Cpu c, int level) {
        if (is16(c)) {
            // Both words are looked at before either is used, so the limit is that of the last.
            long selector = read(c, 4 + 4 * level, 2);
            return selector << 32 | read(c, 2 + 4 * level, 2);
        }
        long selector = read(c, 8 + 8 * level, 2);
        return selector << 32 | read(c, 4 + 8 * level, 4);
    }

    /**
     * Reads a stack pointer of the 64-bit TSS.
     *
     * @param offset 4 to 20 for RSP0 to RSP2, 36 to 84 for IST1 to IST7
     * @throws GuestFault #TS, or #SS for a pointer that is not canonical
     */
    static long pointer64(Cpu c, int offset) {
        long rsp = read(c, offset, 8);
        if (!c.canonical(rsp)) {
            throw c.raise(GuestFault.SS, c.events.ext);
        }
        return rsp;
    }

    /** Whether the redirection bitmap sends a software interrupt to the IDT (20.3.3). */
    static boolean redirectedToIdt(Cpu c, int vector) {
        long map = read(c, 102, 2);
        long at = map - 32 + (vector >> 3);
        if (map < 32 || at > (c.limit[CpuRegisters.TR] & 0xffff_ffffL)) {
            throw Segments.gp(c, 0);
        }
        return (Segments.load(c, c.base(CpuRegisters.TR) + at, 1) >>> (vector & 7) & 1) != 0;
    }
}
