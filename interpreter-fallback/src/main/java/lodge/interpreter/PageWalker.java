package lodge.interpreter;

/**
 * Linear to guest physical addresses (SDM vol. 3A, chapter 4): 32-bit paging with and without 4 MiB
 * pages, PAE, 4-level and 5-level paging; protection, reserved bits, accessed and dirty bits. Not
 * cached here: the TLB is {@link CpuMemory}'s.
 */
final class PageWalker {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int EXECUTE = 2;

    private static final int ERROR_P = 1;
    private static final int ERROR_W = 2;
    private static final int ERROR_U = 4;
    private static final int ERROR_RSVD = 8;
    private static final int ERROR_I = 16;

    private static final long P = 1;
    private static final long RW = 2;
    private static final long US = 4;
    private static final long A = 1 << 5;
    private static final long D = 1 << 6;
    private static final long PS = 1 << 7;
    private static final long G = 1 << 8;
    private static final long NX = 1L << 63;

    private final CpuMemory c;

    /** The four page-directory-pointer-table entries that a load of CR3 fetched. */
    final long[] pdpte = new long[4];

    /** Entries being loaded, for the registers. */
    final long[] newPdpte = new long[4];

    /** MAXPHYADDR, 32 to 52. */
    int physicalBits = 39;

    /** Whether 1 GiB pages exist (CPUID 80000001 EDX bit 26). */
    boolean gigabytePages;

    /** A20 mask of every physical address. */
    long a20Mask = -1L;

    /** Of the last translation: whether the page is global, and its size as a power of two. */
    boolean global;

    int pageShift = 12;

    PageWalker(CpuMemory c) {
        this.c = c;
    }

    /**
     * Translates one address for one access.
     *
     * @param va linear address
     * @param access {@link #READ}, {@link #WRITE} or {@link #EXECUTE}
     * @param user whether it is a user-mode access
     * @return the guest physical address
     * @throws GuestFault a page fault with CR2 set, or #GP(0) for an address that is not canonical
     */
    long translate(long va, int access, boolean user) {
        global = false;
        pageShift = 12;
        if ((c.cr0 & CpuSystem.CR0_PG) == 0) {
            return va & a20Mask & 0xffff_ffffL;
        }
        if ((c.cr4 & CpuSystem.CR4_PAE) == 0) {
            return walk32(va, access, user) & a20Mask;
        }
        if ((c.efer & CpuSystem.EFER_LMA) == 0) {
            return walkPae(va, access, user) & a20Mask;
        }
        if (!c.canonical(va)) {
            throw notCanonical();
        }
        return walk64(va, access, user) & a20Mask;
    }

    /** Fills the PDPTE registers from memory, for a state that was loaded with PAE paging on. */
    void pdptesFromMemory() {
        if ((c.cr0 & CpuSystem.CR0_PG) != 0
                && (c.cr4 & CpuSystem.CR4_PAE) != 0
                && (c.efer & CpuSystem.EFER_LMA) == 0) {
            for (int k = 0; k < 4; k++) {
                pdpte[k] = read64((c.cr3 & 0xffff_ffe0L) + 8 * k);
            }
        }
    }

    GuestFault notCanonical() {
        GuestFault f = c.raise(GuestFault.GP, 0);
        f.noncanonical = true;
        return f;
    }

    private GuestFault fault(long va, int access, boolean user, int error) {
        c.cr2 = va;
        boolean nxOn =
                (c.cr4 & CpuSystem.CR4_SMEP) != 0
                        || (c.efer & CpuSystem.EFER_NXE) != 0 && (c.cr4 & CpuSystem.CR4_PAE) != 0;
        return c.raise(
                GuestFault.PF,
                error
                        | (access == WRITE ? ERROR_W : 0)
                        | (user ? ERROR_U : 0)
                        | (access == EXECUTE && nxOn ? ERROR_I : 0));
    }

    // ---- physical accesses to tables ----

    long read64(long gpa) {
        gpa &= a20Mask;
        PhysicalMemory.Region region = c.physical.find(gpa);
        return region == null
                ? c.io.read(gpa, 8)
                : RawMemory.getLong(region.host + gpa - region.gpa);
    }

    private int read32(long gpa) {
        gpa &= a20Mask;
        PhysicalMemory.Region region = c.physical.find(gpa);
        return region == null
                ? (int) c.io.read(gpa, 4)
                : RawMemory.getInt(region.host + gpa - region.gpa);
    }

    /** Sets accessed and dirty bits in one step; false when the entry has changed meanwhile. */
    private boolean mark64(long gpa, long entry, long bits) {
        if ((entry & bits) == bits) {
            return true;
        }
        PhysicalMemory.Region region = c.physical.find(gpa & a20Mask);
        if (region == null || !region.writable) {
            return true;
        }
        long at = (gpa & a20Mask) - region.gpa;
        if (!RawMemory.casLong(region.host + at, entry, entry | bits)) {
            return false;
        }
        noteStore(region, at, 8);
        return true;
    }

    private boolean mark32(long gpa, int entry, long bits) {
        if ((entry & bits) == bits) {
            return true;
        }
        PhysicalMemory.Region region = c.physical.find(gpa & a20Mask);
        if (region == null || !region.writable) {
            return true;
        }
        long at = (gpa & a20Mask) - region.gpa;
        if (!RawMemory.casInt(region.host + at, entry, entry | (int) bits)) {
            return false;
        }
        noteStore(region, at, 4);
        return true;
    }

    private static void noteStore(PhysicalMemory.Region region, long at, int size) {
        if (region.logged) {
            region.written.mark(at >>> 12, at >>> 12);
        }
        CodePage code = region.codePage(region.gpa + at);
        if (code != null) {
            code.written((int) at & 4095, size);
        }
    }

    // ---- rights ----

    /**
     * Checks the combined rights of all levels (SDM vol. 3A, 4.6).
     *
     * @param rights the and of the entries' R/W and U/S bits
     * @param nx whether any entry forbids execution
     */
    private boolean allowed(int access, boolean user, long rights, boolean nx) {
        if (user) {
            return (rights & US) != 0
                    && (access != WRITE || (rights & RW) != 0)
                    && (access != EXECUTE || !nx);
        }
        if (access == EXECUTE) {
            return !nx && ((rights & US) == 0 || (c.cr4 & CpuSystem.CR4_SMEP) == 0);
        }
        if ((rights & US) != 0
                && (c.cr4 & CpuSystem.CR4_SMAP) != 0
                && ((c.systemFlags & CpuRegisters.AC) == 0 || c.implicitly())) {
            return false;
        }
        return access != WRITE || (rights & RW) != 0 || (c.cr0 & CpuSystem.CR0_WP) == 0;
    }

    // ---- the three formats ----

    private long walk32(long va, int access, boolean user) {
        va &= 0xffff_ffffL;
        while (true) {
            long pdeAt = (c.cr3 & 0xffff_f000L) + (va >>> 22 << 2);
            int pde = read32(pdeAt);
            if ((pde & P) == 0) {
                throw fault(va, access, user, 0);
            }
            boolean large = (pde & PS) != 0 && (c.cr4 & CpuSystem.CR4_PSE) != 0;
            if (large) {
                // PSE-36: bits 20:13 are address bits 39:32; above MAXPHYADDR, and bit 21,
                // reserved.
                long high = pde >>> 13 & 0xffL;
                int highBits = Math.min(40, physicalBits) - 32;
                if ((pde & 1 << 21) != 0 || high >>> highBits != 0) {
                    throw fault(va, access, user, ERROR_P | ERROR_RSVD);
                }
                if (!allowed(access, user, pde, false)) {
                    throw fault(va, access, user, ERROR_P);
                }
                if (!mark32(pdeAt, pde, access == WRITE ? A | D : A)) {
                    continue;
                }
                global = (pde & G) != 0 && (c.cr4 & CpuSystem.CR4_PGE) != 0;
                pageShift = 22;
                return high << 32 | pde & 0xffc0_0000L | va & 0x3f_ffff;
            }
            long pteAt = (pde & 0xffff_f000L) + (va >>> 12 << 2 & 0xffc);
            int pte = read32(pteAt);
            if ((pte & P) == 0) {
                throw fault(va, access, user, 0);
            }
            if (!allowed(access, user, pde & pte, false)) {
                throw fault(va, access, user, ERROR_P);
            }
            if (!mark32(pdeAt, pde, A) || !mark32(pteAt, pte, access == WRITE ? A | D : A)) {
                continue;
            }
            global = (pte & G) != 0 && (c.cr4 & CpuSystem.CR4_PGE) != 0;
            return pte & 0xffff_f000L | va & 0xfff;
        }
    }

    private long addressMask() {
        return (1L << physicalBits) - 1 & -4096L;
    }

    /** Bits that must be 0 in every entry of PAE and IA-32e tables. */
    private long reserved() {
        long bits = (1L << 52) - 1 & -(1L << physicalBits);
        return (c.efer & CpuSystem.EFER_NXE) == 0 ? bits | NX : bits;
    }

    private long walkPae(long va, int access, boolean user) {
        va &= 0xffff_ffffL;
        long pointer = pdpte[(int) (va >>> 30)];
        if ((pointer & P) == 0) {
            throw fault(va, access, user, 0);
        }
        // Bits 62:52 are reserved outside IA-32e mode.
        return walkTables(
                va,
                access,
                user,
                pointer & addressMask(),
                1,
                RW | US,
                false,
                reserved() | 0x7ff0_0000_0000_0000L);
    }

    private long walk64(long va, int access, boolean user) {
        int top = (c.cr4 & CpuSystem.CR4_LA57) != 0 ? 4 : 3;
        return walkTables(va, access, user, c.cr3 & addressMask(), top, RW | US, false, reserved());
    }

    private long walkTables(
            long va,
            int access,
            boolean user,
            long firstTable,
            int firstLevel,
            long firstRights,
            boolean firstNx,
            long reserved) {
        long table = firstTable;
        int level = firstLevel;
        long rights = firstRights;
        boolean nx = firstNx;
        // Where the entries above the last one lie and what they held, for their accessed bits.
        while (true) {
            int bit = 12 + 9 * level;
            long at = table + (va >>> bit << 3 & 0xff8);
            long entry = read64(at);
            if ((entry & P) == 0) {
                throw fault(va, access, user, 0);
            }
            boolean pageBit = (entry & PS) != 0;
            boolean leaf = level == 0 || pageBit && (level == 1 || level == 2 && gigabytePages);
            long bad = entry & reserved;
            if (pageBit && !leaf) {
                bad |= PS;
            }
            if (leaf && level > 0) {
                // Between the PAT bit (12) and the page's own address.
                bad |= entry & (1L << bit) - 1 & -(1L << 13);
            }
            if (bad != 0) {
                throw fault(va, access, user, ERROR_P | ERROR_RSVD);
            }
            rights &= entry;
            nx |= entry < 0;
            if (leaf) {
                if (!allowed(access, user, rights, nx)) {
                    throw fault(va, access, user, ERROR_P);
                }
                if (!mark64(at, entry, access == WRITE ? A | D : A)) {
                    table = firstTable;
                    level = firstLevel;
                    rights = firstRights;
                    nx = firstNx;
                    continue;
                }
                global = (entry & G) != 0 && (c.cr4 & CpuSystem.CR4_PGE) != 0;
                pageShift = bit;
                long offset = (1L << bit) - 1;
                return entry & addressMask() & ~offset | va & offset;
            }
            // A table's accessed bit is set as soon as the table is used, even if the access then
            // faults (SDM vol. 3A, 4.8).
            if (mark64(at, entry, A)) {
                table = entry & addressMask();
                level--;
            }
        }
    }
}
