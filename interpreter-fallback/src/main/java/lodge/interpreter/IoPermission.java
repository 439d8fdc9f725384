package lodge.interpreter;

/**
 * Whether ports may be accessed (SDM vol. 1, 19.5): IOPL and the I/O permission bitmap of the TSS.
 */
final class IoPermission {
    /** Where a 32-bit or 64-bit TSS holds the offset of its bitmap. */
    private static final int MAP_BASE = 102;

    private IoPermission() {}

    /**
     * Checks an access to ports, and tells the I/O breakpoints of it.
     *
     * @param port 0 to 0xffff
     * @param size 1, 2 or 4
     * @throws GuestFault #GP(0) when it is not allowed, or a page fault in the TSS
     */
    static void check(Cpu c, int port, int size) {
        checkAllowed(c, port, size);
        c.debug.port(port, size);
    }

    /** As {@link #check}, when no access follows. */
    static void checkAllowed(Cpu c, int port, int size) {
        if (c.protectedMode() && (c.vm86() || c.cpl > c.iopl())) {
            checkMap(c, port, size);
        }
    }

    private static void checkMap(Cpu c, int port, int size) {
        int attributes = c.attributes[CpuRegisters.TR];
        // A 16-bit TSS has no bitmap; type 9 is an available 32- or 64-bit TSS, 11 a busy one.
        boolean has =
                (attributes & CpuSystem.ATTR_P) != 0
                        && (attributes & CpuSystem.ATTR_UNUSABLE) == 0
                        && (attributes & 0x1d) == 9;
        long limit = c.limit[CpuRegisters.TR] & 0xffff_ffffL;
        if (!has || limit < MAP_BASE + 1) {
            throw c.gp(0);
        }
        c.implicit();
        long at = (long) load(c, MAP_BASE) + (port >> 3);
        // Two bytes are read whatever the size, so that a byte of ones ends the bitmap.
        if (at + 1 > limit) {
            throw c.gp(0);
        }
        int bits = load(c, at);
        c.explicit();
        if ((bits >> (port & 7) & (1 << size) - 1) != 0) {
            throw c.gp(0);
        }
    }

    private static int load(Cpu c, long offset) {
        long va = c.base(CpuRegisters.TR) + offset;
        return c.load16(c.longMode() ? va : va & 0xffff_ffffL);
    }
}
