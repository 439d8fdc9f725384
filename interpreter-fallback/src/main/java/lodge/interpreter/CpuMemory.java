package lodge.interpreter;

import lodge.core.bus.IoSpace;

/**
 * The processor's way to memory: linear addresses through a software TLB to host memory, everything
 * else (first touch, page crossing, MMIO, pages with decoded code, faults) on a slow path.
 *
 * <p>The TLB is off-heap, 4096 entries of 32 bytes: read tag, write tag, execute tag, addend. A tag
 * is the linear page address, or {@link #INVALID}; an entry is hit when the page of the access's
 * last byte equals the tag of its first byte's entry, which also excludes page crossing. There is
 * one TLB per view: supervisor, user, supervisor with AC set under SMAP, and one that stays empty
 * for the rare modes in which every access must be looked at (alignment checks, data breakpoints).
 *
 * <p>A little longer than other classes: fast path, slow path and filling share the TLB's layout,
 * which nobody else is to know.
 */
abstract class CpuMemory extends CpuSystem {
    static final int ENTRIES = 4096;
    static final int ENTRY_SIZE = 32;
    static final int WRITE_TAG = 8;
    static final int EXECUTE_TAG = 16;
    static final int ADDEND = 24;
    static final long INVALID = 1;

    static final int VIEW_SUPERVISOR = 0;
    static final int VIEW_USER = 1;
    static final int VIEW_SUPERVISOR_AC = 2;
    static final int VIEW_NONE = 3;
    private static final int VIEWS = 4;

    private static final long PAGE = -4096L;

    final PhysicalMemory physical;
    final IoSpace io;
    final GuestFault fault = new GuestFault();
    final PageWalker walker;

    private final RawMemory.Block tlbBlock;

    /** Where the current view lies; also in the struct. */
    private long tlb;

    int view;
    private final int[][] touched = new int[VIEWS][ENTRIES];
    private final int[] touchedCount = new int[VIEWS];
    private final boolean[][] present = new boolean[VIEWS][ENTRIES];
    private final boolean[][] global = new boolean[VIEWS][ENTRIES];

    /** Size of the guest's page behind an entry, as a power of two. */
    private final byte[][] shift = new byte[VIEWS][ENTRIES];

    final CodePage[][] codePages = new CodePage[VIEWS][ENTRIES];

    /** Whether other processors run: locked instructions must be atomic in the host, too. */
    boolean shared;

    /** Whether data breakpoints or alignment checks want to see every access. */
    boolean watching;

    /** Whether accesses are made with supervisor privilege whatever CPL is (descriptor tables). */
    private boolean implicit;

    CpuMemory(PhysicalMemory physical, IoSpace io) {
        this.physical = physical;
        this.io = io;
        tlbBlock = RawMemory.allocate((long) VIEWS * ENTRIES * ENTRY_SIZE);
        for (long at = 0; at < tlbBlock.bytes(); at += 8) {
            RawMemory.putLong(tlbBlock.address() + at, INVALID);
        }
        walker = new PageWalker(this);
        useView(VIEW_SUPERVISOR);
    }

    void freeMemory() {
        tlbBlock.free();
        freeRegisters();
    }

    /** The local APIC's register page; null where there is none. */
    abstract boolean apicPage(long gpa);

    abstract long apicRead(long gpa, int size);

    abstract void apicWrite(long gpa, int size, long value);

    /** Data breakpoints; only called while {@link #watching}. */
    abstract void watch(long va, int size, boolean write);

    private void useView(int v) {
        view = v;
        tlb = tlbBlock.address() + (long) v * ENTRIES * ENTRY_SIZE;
        RawMemory.putLong(s + TLB_BASE, tlb);
    }

    @Override
    void modeChanged() {
        super.modeChanged();
        updateView();
    }

    /** Chooses the TLB view; after changes of CPL, AC, CR0, CR4 or DR7. */
    final void updateView() {
        int v =
                watching || alignmentChecked()
                        ? VIEW_NONE
                        : cpl == 3
                                ? VIEW_USER
                                : (systemFlags & AC) != 0 && (cr4 & CR4_SMAP) != 0
                                        ? VIEW_SUPERVISOR_AC
                                        : VIEW_SUPERVISOR;
        if (v != view) {
            useView(v);
        }
    }

    final boolean alignmentChecked() {
        return cpl == 3 && (systemFlags & AC) != 0 && (cr0 & CR0_AM) != 0;
    }

    // ---- flushing ----

    /** Drops all translations, or all but those of global pages. */
    final void flush(boolean globalsToo) {
        for (int v = 0; v < VIEWS; v++) {
            long t = tlbBlock.address() + (long) v * ENTRIES * ENTRY_SIZE;
            int kept = 0;
            for (int k = 0; k < touchedCount[v]; k++) {
                int n = touched[v][k];
                if (!globalsToo && global[v][n]) {
                    touched[v][kept++] = n;
                } else {
                    drop(v, t, n);
                }
            }
            touchedCount[v] = kept;
        }
    }

    private void drop(int v, long t, int n) {
        long e = t + (long) n * ENTRY_SIZE;
        RawMemory.putLong(e, INVALID);
        RawMemory.putLong(e + WRITE_TAG, INVALID);
        RawMemory.putLong(e + EXECUTE_TAG, INVALID);
        codePages[v][n] = null;
        present[v][n] = false;
        global[v][n] = false;
    }

    /** Drops the translation of one page (INVLPG), with all small parts of a large page. */
    final void flushPage(long va) {
        int wanted = (int) (va >>> 12) & ENTRIES - 1;
        for (int v = 0; v < VIEWS; v++) {
            long t = tlbBlock.address() + (long) v * ENTRIES * ENTRY_SIZE;
            int kept = 0;
            for (int k = 0; k < touchedCount[v]; k++) {
                int n = touched[v][k];
                if (n == wanted || shift[v][n] > 12 && sameLargePage(t, n, va, shift[v][n])) {
                    drop(v, t, n);
                } else {
                    touched[v][kept++] = n;
                }
            }
            touchedCount[v] = kept;
        }
    }

    private static boolean sameLargePage(long t, int n, long va, int shift) {
        long e = t + (long) n * ENTRY_SIZE;
        long page = va >>> shift;
        return RawMemory.getLong(e) >>> shift == page
                || RawMemory.getLong(e + WRITE_TAG) >>> shift == page
                || RawMemory.getLong(e + EXECUTE_TAG) >>> shift == page;
    }

    /** Makes stores to a host page take the slow path; any thread. */
    final void protect(long hostPage) {
        long end = tlbBlock.address() + tlbBlock.bytes();
        for (long e = tlbBlock.address(); e < end; e += ENTRY_SIZE) {
            long tag = RawMemory.getLong(e + WRITE_TAG);
            if (tag != INVALID && tag + RawMemory.getLong(e + ADDEND) == hostPage) {
                RawMemory.putLongVolatile(e + WRITE_TAG, INVALID);
            }
        }
    }

    // ---- fast path: linear addresses ----

    final int load8(long va) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va & PAGE) == RawMemory.getLong(e)) {
            return RawMemory.getByte(va + RawMemory.getLong(e + ADDEND)) & 0xff;
        }
        return (int) slowLoad(va, 1);
    }

    final int load16(long va) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 1 & PAGE) == RawMemory.getLong(e)) {
            return RawMemory.getChar(va + RawMemory.getLong(e + ADDEND));
        }
        return (int) slowLoad(va, 2);
    }

    final int load32(long va) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 3 & PAGE) == RawMemory.getLong(e)) {
            return RawMemory.getInt(va + RawMemory.getLong(e + ADDEND));
        }
        return (int) slowLoad(va, 4);
    }

    final long load64(long va) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 7 & PAGE) == RawMemory.getLong(e)) {
            return RawMemory.getLong(va + RawMemory.getLong(e + ADDEND));
        }
        return slowLoad(va, 8);
    }

    final void store8(long va, int v) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va & PAGE) == RawMemory.getLong(e + WRITE_TAG)) {
            RawMemory.putByte(va + RawMemory.getLong(e + ADDEND), (byte) v);
        } else {
            slowStore(va, 1, v);
        }
    }

    final void store16(long va, int v) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 1 & PAGE) == RawMemory.getLong(e + WRITE_TAG)) {
            RawMemory.putShort(va + RawMemory.getLong(e + ADDEND), (short) v);
        } else {
            slowStore(va, 2, v);
        }
    }

    final void store32(long va, int v) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 3 & PAGE) == RawMemory.getLong(e + WRITE_TAG)) {
            RawMemory.putInt(va + RawMemory.getLong(e + ADDEND), v);
        } else {
            slowStore(va, 4, v);
        }
    }

    final void store64(long va, long v) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        if ((va + 7 & PAGE) == RawMemory.getLong(e + WRITE_TAG)) {
            RawMemory.putLong(va + RawMemory.getLong(e + ADDEND), v);
        } else {
            slowStore(va, 8, v);
        }
    }

    /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
    final long load(long va, int size) {
        return switch (size) {
            case 1 -> load8(va);
            case 2 -> load16(va);
            case 4 -> load32(va) & 0xffff_ffffL;
            default -> load64(va);
        };
    }

    /** Stores 1, 2, 4 or 8 bytes. */
    final void store(long va, int size, long v) {
        switch (size) {
            case 1 -> store8(va, (int) v);
            case 2 -> store16(va, (int) v);
            case 4 -> store32(va, (int) v);
            default -> store64(va, v);
        }
    }

    /**
     * The host address of bytes that a fast access of that kind would reach, or 0. For bulk work
     * inside one page.
     */
    final long hostForRead(long va, int size) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        return (va + size - 1 & PAGE) == RawMemory.getLong(e)
                ? va + RawMemory.getLong(e + ADDEND)
                : 0;
    }

    /** As {@link #hostForRead}, for writing. */
    final long hostForWrite(long va, int size) {
        long e = tlb + (va >>> 7 & 0x1ffe0);
        return (va + size - 1 & PAGE) == RawMemory.getLong(e + WRITE_TAG)
                ? va + RawMemory.getLong(e + ADDEND)
                : 0;
    }

    // ---- slow path ----

    /**
     * Translates, or throws the page fault.
     *
     * @param accessKind {@link PageWalker#READ}, {@link PageWalker#WRITE} or {@link
     *     PageWalker#EXECUTE}
     * @return the guest physical address
     */
    final long translate(long va, int accessKind) {
        boolean user = cpl == 3 && !implicit;
        return walker.translate(va, accessKind, user);
    }

    private void checkWatched(long va, int size, boolean write) {
        if (alignmentChecked() && !implicit && (va & size - 1) != 0 && size <= 8 && canonical(va)) {
            throw raise(GuestFault.AC, 0);
        }
        if (watching) {
            watch(va, size, write);
        }
    }

    final long slowLoad(long va, int size) {
        if (view == VIEW_NONE) {
            checkWatched(va, size, false);
        }
        if ((va & 4095) + size > 4096) {
            checkCanonical(va);
            int first = (int) (4096 - (va & 4095));
            long second = nextPage(va, first);
            checkCanonical(second);
            // Both pages are looked at before anything is read: MMIO reads have side effects.
            translate(va, PageWalker.READ);
            translate(second, PageWalker.READ);
            long v = 0;
            for (int k = 0; k < size; k++) {
                long at = k < first ? va + k : second + k - first;
                v |= (loadInside(at, 1) & 0xff) << 8 * k;
            }
            return v;
        }
        return loadInside(va, size);
    }

    private long nextPage(long va, int first) {
        long second = va + first;
        return code64 ? second : second & 0xffff_ffffL;
    }

    private long loadInside(long va, int size) {
        long gpa = translate(va, PageWalker.READ);
        PhysicalMemory.Region region = physical.find(gpa);
        if (apicPage(gpa)) {
            return apicRead(gpa, size);
        }
        if (region == null) {
            return io.read(gpa, size);
        }
        long host = region.host + gpa - region.gpa;
        fill(va, host, region, PageWalker.READ);
        return switch (size) {
            case 1 -> RawMemory.getByte(host) & 0xff;
            case 2 -> RawMemory.getChar(host);
            case 4 -> RawMemory.getInt(host) & 0xffff_ffffL;
            default -> RawMemory.getLong(host);
        };
    }

    final void slowStore(long va, int size, long v) {
        if (view == VIEW_NONE) {
            checkWatched(va, size, true);
        }
        if ((va & 4095) + size > 4096) {
            checkCanonical(va);
            int first = (int) (4096 - (va & 4095));
            long second = nextPage(va, first);
            checkCanonical(second);
            translate(va, PageWalker.WRITE);
            translate(second, PageWalker.WRITE);
            for (int k = 0; k < size; k++) {
                storeInside(k < first ? va + k : second + k - first, 1, v >>> 8 * k);
            }
            return;
        }
        storeInside(va, size, v);
    }

    private void storeInside(long va, int size, long v) {
        long gpa = translate(va, PageWalker.WRITE);
        PhysicalMemory.Region region = physical.find(gpa);
        if (apicPage(gpa)) {
            apicWrite(gpa, size, v);
            return;
        }
        if (region == null || !region.writable) {
            io.write(gpa, size, v);
            return;
        }
        long host = region.host + gpa - region.gpa;
        switch (size) {
            case 1 -> RawMemory.putByte(host, (byte) v);
            case 2 -> RawMemory.putShort(host, (short) v);
            case 4 -> RawMemory.putInt(host, (int) v);
            default -> RawMemory.putLong(host, v);
        }
        written(va, gpa, region, size);
    }

    /** What follows a store on the slow path: dirty log, decoded code, TLB entry. */
    final void written(long va, long gpa, PhysicalMemory.Region region, int size) {
        if (region.logged) {
            long page = gpa - region.gpa >>> 12;
            region.written.mark(page, page);
        }
        CodePage code = region.codePage(gpa);
        if (code == null) {
            fill(va, region.host + gpa - region.gpa, region, PageWalker.WRITE);
        } else {
            code.written((int) gpa & 4095, size);
        }
    }

    /** Enters the page of the last translation into the current view. */
    private void fill(long va, long host, PhysicalMemory.Region region, int kind) {
        if (view == VIEW_NONE) {
            return;
        }
        long page = va & PAGE;
        int n = (int) (va >>> 12) & ENTRIES - 1;
        long e = tlb + (long) n * ENTRY_SIZE;
        long addend = (host & PAGE) - page;
        if (!present[view][n]) {
            present[view][n] = true;
            touched[view][touchedCount[view]++] = n;
        }
        boolean same =
                RawMemory.getLong(e + ADDEND) == addend
                        && (RawMemory.getLong(e) == page
                                || RawMemory.getLong(e + WRITE_TAG) == page
                                || RawMemory.getLong(e + EXECUTE_TAG) == page);
        if (!same) {
            RawMemory.putLong(e, INVALID);
            RawMemory.putLong(e + WRITE_TAG, INVALID);
            RawMemory.putLong(e + EXECUTE_TAG, INVALID);
            codePages[view][n] = null;
            RawMemory.putLong(e + ADDEND, addend);
        }
        global[view][n] = walker.global;
        shift[view][n] = (byte) walker.pageShift;
        if (kind == PageWalker.EXECUTE) {
            RawMemory.putLong(e + EXECUTE_TAG, page);
            return;
        }
        RawMemory.putLong(e, page);
        if (kind == PageWalker.WRITE) {
            RawMemory.putLongVolatile(e + WRITE_TAG, page);
            // Another processor may have begun to decode the page meanwhile.
            if (region.codePage(region.gpa + host - region.host) != null) {
                RawMemory.putLong(e + WRITE_TAG, INVALID);
            }
        }
    }

    /**
     * Finds the page of decoded code that a linear address lies in.
     *
     * @return the page, or null when the address is not in memory
     */
    final CodePage executable(long va) {
        int n = (int) (va >>> 12) & ENTRIES - 1;
        if (RawMemory.getLong(tlb + (long) n * ENTRY_SIZE + EXECUTE_TAG) == (va & PAGE)) {
            return codePages[view][n];
        }
        long gpa = translate(va, PageWalker.EXECUTE);
        PhysicalMemory.Region region = physical.find(gpa);
        if (region == null) {
            return null;
        }
        CodePage page = physical.decode(region, gpa);
        if (view != VIEW_NONE) {
            fill(va, region.host + gpa - region.gpa, region, PageWalker.EXECUTE);
            codePages[view][n] = page;
        }
        return page;
    }

    /** Reads one byte for the decoder, from wherever it is. */
    final int fetchByte(long va) {
        long gpa = translate(va, PageWalker.EXECUTE);
        PhysicalMemory.Region region = physical.find(gpa);
        return region == null
                ? (int) io.read(gpa, 1) & 0xff
                : RawMemory.getByte(region.host + gpa - region.gpa) & 0xff;
    }

    /**
     * Makes sure that a store of {@code size} bytes would succeed, for instructions that must not
     * begin what they cannot finish.
     */
    final void probeWrite(long va, int size) {
        if (hostForWrite(va, size) != 0) {
            return;
        }
        if (view == VIEW_NONE) {
            checkWatched(va, size, true);
        }
        translate(va, PageWalker.WRITE);
        if ((va & 4095) + size > 4096) {
            translate(nextPage(va, (int) (4096 - (va & 4095))), PageWalker.WRITE);
        }
    }

    /** As {@link #probeWrite}, for reading. */
    final void probeRead(long va, int size) {
        if (hostForRead(va, size) != 0) {
            return;
        }
        translate(va, PageWalker.READ);
        if ((va & 4095) + size > 4096) {
            translate(nextPage(va, (int) (4096 - (va & 4095))), PageWalker.READ);
        }
    }

    /**
     * Replaces bytes if they hold what is expected, in one step for all processors where {@link
     * #shared} says there are others.
     *
     * @param size 1, 2, 4 or 8
     * @return whether it was replaced
     */
    final boolean compareAndStore(long va, int size, long expected, long v) {
        if (!shared) {
            if (load(va, size) != unsigned(expected, size)) {
                return false;
            }
            store(va, size, v);
            return true;
        }
        return Locks.compareAndStore(this, va, size, expected, v);
    }

    // ---- accesses with supervisor privilege (descriptor tables, TSS) ----

    /** Begins accesses that are supervisor accesses whatever CPL is; end with {@link #explicit}. */
    final void implicit() {
        implicit = true;
        if (cpl == 3 || view == VIEW_SUPERVISOR_AC) {
            // User pages are readable through the user view's entries, supervisor pages are not in
            // it: the supervisor's view has both. AC opens nothing to implicit accesses.
            useView(watching ? VIEW_NONE : VIEW_SUPERVISOR);
        }
    }

    final void explicit() {
        implicit = false;
        updateView();
    }

    /** Whether accesses are implicit supervisor accesses at the moment. */
    final boolean implicitly() {
        return implicit;
    }

    // ---- segmented accesses ----

    /**
     * Checks an access through a segment and gives its linear address.
     *
     * @param segment ES to GS
     * @param offset the effective address
     * @param size bytes, 1 to 4096
     * @param write whether it stores
     * @throws GuestFault #GP(0), or #SS(0) through SS
     */
    final long linear(int segment, long offset, int size, boolean write) {
        if (code64) {
            long va = segment >= FS ? base(segment) + offset : offset;
            if (!canonical(va) || !canonical(va + size - 1)) {
                throw segment == SS ? raise(GuestFault.SS, 0) : raise(GuestFault.GP, 0);
            }
            return va;
        }
        int may = access[segment];
        int wanted = write ? WRITE : READ;
        if ((may & (UNLIMITED | wanted)) == (UNLIMITED | wanted)) {
            // An access that wraps around 4 GiB is beyond the limit.
            if ((offset & 0xffff_ffffL) + size <= 1L << 32) {
                return offset & 0xffff_ffffL;
            }
        }
        long last = (offset & 0xffff_ffffL) + size - 1;
        long top = limit[segment] & 0xffff_ffffL;
        boolean inside =
                (may & EXPAND_DOWN) == 0
                        ? last <= top
                        : (offset & 0xffff_ffffL) > top
                                && last <= ((may & BIG) != 0 ? 0xffff_ffffL : 0xffff);
        if ((may & wanted) == 0 || !inside) {
            throw segment == SS ? raise(GuestFault.SS, 0) : raise(GuestFault.GP, 0);
        }
        return base(segment) + offset & 0xffff_ffffL;
    }

    final boolean canonical(long va) {
        int shift = (cr4 & CR4_LA57) != 0 ? 7 : 16;
        return va << shift >> shift == va;
    }

    private void checkCanonical(long va) {
        if (code64 && !canonical(va)) {
            throw walker.notCanonical();
        }
    }

    // ---- exceptions ----

    /** Prepares an exception with an error code; to be thrown. */
    final GuestFault raise(int vector, int errorCode) {
        fault.vector = vector;
        fault.errorCode = errorCode;
        fault.atRip = false;
        fault.noncanonical = false;
        return fault;
    }

    /** Prepares an exception without an error code; to be thrown. */
    final GuestFault raise(int vector) {
        return raise(vector, -1);
    }

    final GuestFault ud() {
        return raise(GuestFault.UD);
    }

    final GuestFault gp(int errorCode) {
        return raise(GuestFault.GP, errorCode);
    }

    final GuestFault ss(int errorCode) {
        return raise(GuestFault.SS, errorCode);
    }
}
