package lodge.interpreter.assist;

import lodge.core.cpu.ControlRegisters;
import lodge.core.memory.GuestMemory;

/**
 * Translation of linear to physical addresses through the guest's page tables, as the SDM has it in
 * vol. 3A, chapter 5: 32-bit paging with 4 MiB pages (5.3), PAE (5.4) and 4-level paging (5.5),
 * rights (5.6), accessed and dirty bits (5.8). There is no TLB: every translation walks.
 *
 * <p>Not known, and so {@link NotMine}: 5-level paging, protection keys, shadow stacks, linear
 * address masking. The width of a physical address is not known here either: an address beyond it
 * has no memory behind it, which is {@link NotMine} too where the processor would report a reserved
 * bit. PAE's four top entries are read from memory, not from the registers that MOV to CR3 filled.
 */
final class Paging {
    /** The access stores. */
    static final int WRITE = 1;

    /** The access fetches an instruction. */
    static final int FETCH = 2;

    /** The access is the program's at privilege level 3. */
    static final int USER = 4;

    /** The access is the processor's own, to a descriptor table or a TSS, at supervisor level. */
    static final int IMPLICIT = 8;

    private static final long PRESENT = 1;
    private static final long WRITABLE = 1 << 1;
    private static final long USER_PAGE = 1 << 2;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;
    private static final long LARGE = 1 << 7;
    private static final long NO_EXECUTE = 1L << 63;
    private static final long FRAME = 0x000f_ffff_ffff_f000L;

    private static final int FAULT_PRESENT = 1;
    private static final int FAULT_WRITE = 1 << 1;
    private static final int FAULT_USER = 1 << 2;
    private static final int FAULT_RESERVED = 1 << 3;
    private static final int FAULT_FETCH = 1 << 4;

    /**
     * How often a walk begins anew because another processor changed an entry under it; a table
     * that cannot be written never succeeds.
     */
    private static final int ATTEMPTS = 16;

    private static final long UNKNOWN_FEATURES =
            Processor.CR4_LA57
                    | Processor.CR4_PKE
                    | Processor.CR4_CET
                    | Processor.CR4_PKS
                    | Processor.CR4_LAM
                    | Processor.CR4_FRED;

    private static final long AGAIN = -1;

    private final Processor cpu;
    private final GuestMemory memory;

    Paging(Processor cpu, GuestMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
    }

    /**
     * Translates an address.
     *
     * @param linear canonical, or below 4 GiB outside 64-bit mode
     * @param access {@link #WRITE} and the others, or-ed
     * @return the physical address
     * @throws GuestFault a page fault
     * @throws NotMine where the page tables are not in memory, or use what is not known here
     */
    long translate(long linear, int access) throws Abandon {
        if (!cpu.cr0(ControlRegisters.CR0_PG)) {
            return linear & 0xffff_ffffL;
        }
        if (cpu.cr4(UNKNOWN_FEATURES)) {
            throw new NotMine("paging feature");
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            long physical =
                    cpu.cr4(ControlRegisters.CR4_PAE)
                            ? walkWide(linear, access)
                            : walkNarrow(linear, access);
            if (physical != AGAIN) {
                return physical;
            }
        }
        throw new NotMine("page table cannot be written");
    }

    /** Tables of 64-bit entries: PAE and 4-level paging. */
    private long walkWide(long linear, int access) throws Abandon {
        boolean four = cpu.longMode();
        long table;
        int level;
        if (four) {
            table = cpu.control.cr3() & FRAME;
            level = 4;
        } else {
            table = directory(linear, access);
            level = 2;
        }
        long rights = WRITABLE | USER_PAGE;
        long noExecute = 0;
        while (true) {
            int shift = 12 + 9 * (level - 1);
            long at = table + (linear >>> shift & 511) * 8;
            long entry = wide(at);
            if ((entry & PRESENT) == 0) {
                throw fault(0, linear, access);
            }
            boolean leaf = level == 1 || (entry & LARGE) != 0;
            if ((entry & reserved(level, leaf, four)) != 0) {
                throw fault(FAULT_PRESENT | FAULT_RESERVED, linear, access);
            }
            rights &= entry;
            noExecute |= entry & NO_EXECUTE;
            long marked = entry | ACCESSED;
            if (leaf) {
                check(rights, noExecute != 0, linear, access);
                marked |= (access & WRITE) != 0 ? DIRTY : 0;
            }
            if (marked != entry && !memory.compareAndSetLong(at, entry, marked)) {
                return AGAIN;
            }
            if (leaf) {
                long inside = (1L << shift) - 1;
                return entry & FRAME & ~inside | linear & inside;
            }
            table = entry & FRAME;
            level--;
        }
    }

    /** The page-directory pointer of PAE paging (SDM vol. 3A, table 5-8). */
    private long directory(long linear, int access) throws Abandon {
        long at = (cpu.control.cr3() & 0xffff_ffe0L) + (linear >>> 30 & 3) * 8;
        long entry = wide(at);
        if ((entry & PRESENT) == 0) {
            throw fault(0, linear, access);
        }
        return entry & FRAME;
    }

    private long reserved(int level, boolean leaf, boolean four) {
        long bits = (cpu.control.efer() & Processor.EFER_NXE) == 0 ? NO_EXECUTE : 0;
        if (!four) {
            bits |= 0x7ff0_0000_0000_0000L;
        }
        if (level == 4) {
            bits |= LARGE;
        } else if (leaf && level > 1) {
            // Bit 12 of a large page's entry is PAT.
            bits |= (1L << 12 + 9 * (level - 1)) - 1 & ~0x1fffL;
        }
        return bits;
    }

    /** 32-bit paging. */
    private long walkNarrow(long linear, int access) throws Abandon {
        long at = (cpu.control.cr3() & 0xffff_f000L) + (linear >>> 22 & 1023) * 4;
        int directory = narrow(at);
        if ((directory & PRESENT) == 0) {
            throw fault(0, linear, access);
        }
        boolean large = (directory & LARGE) != 0 && cpu.cr4(Processor.CR4_PSE);
        if (large) {
            if ((directory & 1 << 21) != 0) {
                throw fault(FAULT_PRESENT | FAULT_RESERVED, linear, access);
            }
            check(directory, false, linear, access);
            if (!mark(at, directory, access)) {
                return AGAIN;
            }
            return directory & 0xffc0_0000L
                    | (directory & 0x001f_e000L) << 19
                    | linear & 0x003f_ffffL;
        }
        if (!mark(at, directory, 0)) {
            return AGAIN;
        }
        at = (directory & 0xffff_f000L) + (linear >>> 12 & 1023) * 4;
        int entry = narrow(at);
        if ((entry & PRESENT) == 0) {
            throw fault(0, linear, access);
        }
        check(directory & entry, false, linear, access);
        return mark(at, entry, access) ? entry & 0xffff_f000L | linear & 0xfff : AGAIN;
    }

    private boolean mark(long at, int entry, int access) {
        int marked = entry | (int) ACCESSED | ((access & WRITE) != 0 ? (int) DIRTY : 0);
        return marked == entry || memory.compareAndSetInt(at, entry, marked);
    }

    private long wide(long at) throws NotMine {
        if (!memory.isMemory(at, 8, false)) {
            throw new NotMine("page table outside memory");
        }
        return memory.readLong(at);
    }

    private int narrow(long at) throws NotMine {
        if (!memory.isMemory(at, 4, false)) {
            throw new NotMine("page table outside memory");
        }
        return memory.readInt(at);
    }

    /** SDM vol. 3A, 5.6.1. */
    private void check(long rights, boolean noExecute, long linear, int access) throws GuestFault {
        boolean write = (access & WRITE) != 0;
        boolean fetch = (access & FETCH) != 0;
        boolean userPage = (rights & USER_PAGE) != 0;
        boolean readOnly = (rights & WRITABLE) == 0;
        boolean denied = fetch && noExecute;
        if ((access & USER) != 0) {
            denied |= !userPage || write && readOnly;
        } else if (fetch) {
            denied |= userPage && cpu.cr4(Processor.CR4_SMEP);
        } else {
            boolean open = (access & IMPLICIT) == 0 && cpu.flag(Processor.AC);
            denied |= userPage && cpu.cr4(Processor.CR4_SMAP) && !open;
            denied |= write && readOnly && cpu.cr0(Processor.CR0_WP);
        }
        if (denied) {
            throw fault(FAULT_PRESENT, linear, access);
        }
    }

    /** SDM vol. 3A, figure 5-12. */
    private GuestFault fault(int code, long linear, int access) {
        boolean tellsFetch =
                cpu.cr4(Processor.CR4_SMEP)
                        || cpu.cr4(ControlRegisters.CR4_PAE)
                                && (cpu.control.efer() & Processor.EFER_NXE) != 0;
        int all =
                code
                        | ((access & WRITE) != 0 ? FAULT_WRITE : 0)
                        | ((access & USER) != 0 ? FAULT_USER : 0)
                        | ((access & FETCH) != 0 && tellsFetch ? FAULT_FETCH : 0);
        return GuestFault.page(all, linear);
    }
}
