package lodge.interpreter;

/**
 * System registers: segments with their hidden parts, control registers, EFER, and what follows
 * from them (privilege level, modes). Changing one of them needs {@link #modeChanged} afterwards.
 */
abstract class CpuSystem extends CpuRegisters {
    static final long CR0_PE = 1;
    static final long CR0_MP = 1 << 1;
    static final long CR0_EM = 1 << 2;
    static final long CR0_TS = 1 << 3;
    static final long CR0_ET = 1 << 4;
    static final long CR0_NE = 1 << 5;
    static final long CR0_WP = 1 << 16;
    static final long CR0_AM = 1 << 18;
    static final long CR0_NW = 1 << 29;
    static final long CR0_CD = 1 << 30;
    static final long CR0_PG = 1L << 31;

    static final long CR4_VME = 1;
    static final long CR4_PVI = 1 << 1;
    static final long CR4_TSD = 1 << 2;
    static final long CR4_DE = 1 << 3;
    static final long CR4_PSE = 1 << 4;
    static final long CR4_PAE = 1 << 5;
    static final long CR4_MCE = 1 << 6;
    static final long CR4_PGE = 1 << 7;
    static final long CR4_PCE = 1 << 8;
    static final long CR4_OSFXSR = 1 << 9;
    static final long CR4_OSXMMEXCPT = 1 << 10;
    static final long CR4_UMIP = 1 << 11;
    static final long CR4_LA57 = 1 << 12;
    static final long CR4_FSGSBASE = 1 << 16;
    static final long CR4_PCIDE = 1 << 17;
    static final long CR4_OSXSAVE = 1 << 18;
    static final long CR4_SMEP = 1 << 20;
    static final long CR4_SMAP = 1 << 21;

    static final long EFER_SCE = 1;
    static final long EFER_LME = 1 << 8;
    static final long EFER_LMA = 1 << 10;
    static final long EFER_NXE = 1 << 11;

    /** Selectors of ES, CS, SS, DS, FS, GS, LDTR, TR; bases are in the struct. */
    final int[] selector = new int[8];

    /** Limits in bytes, unsigned, granularity applied. */
    final int[] limit = new int[8];

    /** Access rights as {@code lodge.core.cpu.SegmentRegister#attributes} has them. */
    final int[] attributes = new int[8];

    /** What may be done through a segment, derived by {@link #refreshSegment}. */
    final int[] access = new int[8];

    static final int READ = 1;
    static final int WRITE = 2;
    static final int EXPAND_DOWN = 4;

    /** Base 0, no limit, readable and writable. */
    static final int UNLIMITED = 8;

    /** D/B: offsets of an expand-down segment reach 4 GiB. */
    static final int BIG = 16;

    static final int ATTR_S = 1 << 4;
    static final int ATTR_P = 1 << 7;
    static final int ATTR_L = 1 << 13;
    static final int ATTR_DB = 1 << 14;
    static final int ATTR_G = 1 << 15;
    static final int ATTR_UNUSABLE = 1 << 16;

    long gdtrBase;
    int gdtrLimit;
    long idtrBase;
    int idtrLimit;

    long cr0;
    long cr2;
    long cr3;
    long cr4;
    long efer;
    long xcr0 = 1;

    /** DR0 to DR3, DR6, DR7 at their numbers. */
    final long[] dr = new long[8];

    /** Current privilege level, 0 to 3. */
    int cpl;

    /** How code is decoded: see {@link Decoder}. */
    int mode;

    /** CS.L in IA-32e mode: 64-bit code. */
    boolean code64;

    /** Offsets of the stack: 2, 4 or 8 bytes. */
    int stackSize = 2;

    final boolean protectedMode() {
        return (cr0 & CR0_PE) != 0;
    }

    final boolean vm86() {
        return (systemFlags & VM) != 0;
    }

    /** Real mode or virtual-8086 mode: selectors are paragraphs. */
    final boolean realOrVm86() {
        return (cr0 & CR0_PE) == 0 || (systemFlags & VM) != 0;
    }

    final boolean longMode() {
        return (efer & EFER_LMA) != 0;
    }

    final boolean paging() {
        return (cr0 & CR0_PG) != 0;
    }

    final int iopl() {
        return systemFlags >> 12 & 3;
    }

    /** DPL of a segment register's hidden part. */
    final int dpl(int segment) {
        return attributes[segment] >> 5 & 3;
    }

    /** Derives {@link #access}; after every change of a segment register. */
    final void refreshSegment(int segment) {
        int a = attributes[segment];
        int may = 0;
        if ((a & ATTR_UNUSABLE) == 0 && (a & ATTR_P) != 0) {
            boolean code = (a & 8) != 0;
            // In real mode code segments can be written (SDM vol. 3A, 5.1).
            if (!code || (a & 2) != 0 || realOrVm86()) {
                may |= READ;
            }
            if (!code && (a & 2) != 0 || realOrVm86()) {
                may |= WRITE;
            }
            if (!code && (a & 4) != 0) {
                may |= EXPAND_DOWN;
            }
            if ((a & ATTR_DB) != 0) {
                may |= BIG;
            }
            if (base(segment) == 0 && limit[segment] == -1 && (may & EXPAND_DOWN) == 0) {
                may |= UNLIMITED;
            }
        }
        access[segment] = may;
    }

    /**
     * Derives the decode mode, the stack size and the TLB view; after changes of CS, SS, DS, ES,
     * CR0, CR4, EFER, CPL, RFLAGS.VM or RFLAGS.AC.
     */
    void modeChanged() {
        code64 = longMode() && (attributes[CS] & ATTR_L) != 0;
        if (code64) {
            mode = Decoder.CODE64;
            stackSize = 8;
            return;
        }
        for (int segment = 0; segment < 6; segment++) {
            refreshSegment(segment);
        }
        boolean big = (attributes[SS] & ATTR_DB) != 0;
        stackSize = big ? 4 : 2;
        int flat = access[DS] & access[SS] & access[ES] & UNLIMITED;
        boolean writable = (access[DS] & access[SS] & access[ES] & WRITE) != 0;
        boolean readable = (access[CS] & (READ | UNLIMITED)) == (READ | UNLIMITED);
        mode =
                ((attributes[CS] & ATTR_DB) != 0 ? Decoder.CODE32 : Decoder.CODE16)
                        | (big ? Decoder.STACK32 : 0)
                        | (flat != 0 && writable && readable ? Decoder.FLAT : 0);
    }
}
