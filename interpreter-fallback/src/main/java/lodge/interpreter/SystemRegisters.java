package lodge.interpreter;

import lodge.core.cpu.CpuidEntry;

/** Control and model-specific registers, CPUID: their rules and what follows from a change. */
final class SystemRegisters {
    /** The TSC counts nanoseconds: 1 GHz, on every host. */
    static final long TSC_HZ = 1_000_000_000L;

    static final int MSR_TSC = 0x10;
    static final int MSR_APIC_BASE = 0x1b;
    static final int MSR_MISC_ENABLE = 0x1a0;
    static final int MSR_TSC_ADJUST = 0x3b;
    static final int MSR_MTRR_CAP = 0xfe;
    static final int MSR_SYSENTER_CS = 0x174;
    static final int MSR_SYSENTER_ESP = 0x175;
    static final int MSR_SYSENTER_EIP = 0x176;
    static final int MSR_PAT = 0x277;
    static final int MSR_MTRR_DEF_TYPE = 0x2ff;
    static final int MSR_EFER = 0xc000_0080;
    static final int MSR_STAR = 0xc000_0081;
    static final int MSR_LSTAR = 0xc000_0082;
    static final int MSR_CSTAR = 0xc000_0083;
    static final int MSR_FMASK = 0xc000_0084;
    static final int MSR_FS_BASE = 0xc000_0100;
    static final int MSR_GS_BASE = 0xc000_0101;
    static final int MSR_KERNEL_GS_BASE = 0xc000_0102;
    static final int MSR_TSC_AUX = 0xc000_0103;
    static final long PAT_RESET = 0x0007_0406_0007_0406L;
    private static final long MISC_ENABLE_RESET = 1;

    private static final long CR0_DEFINED =
            CpuSystem.CR0_PE
                    | CpuSystem.CR0_MP
                    | CpuSystem.CR0_EM
                    | CpuSystem.CR0_TS
                    | CpuSystem.CR0_ET
                    | CpuSystem.CR0_NE
                    | CpuSystem.CR0_WP
                    | CpuSystem.CR0_AM
                    | CpuSystem.CR0_NW
                    | CpuSystem.CR0_CD
                    | CpuSystem.CR0_PG;

    /** Which bits change how addresses are translated. */
    private static final long CR4_TRANSLATION =
            CpuSystem.CR4_PSE
                    | CpuSystem.CR4_PAE
                    | CpuSystem.CR4_PGE
                    | CpuSystem.CR4_PCIDE
                    | CpuSystem.CR4_SMEP
                    | CpuSystem.CR4_SMAP
                    | CpuSystem.CR4_LA57;

    private final Cpu c;
    private final ProcessorModel model;
    private final CpuidEntry[] cpuid;

    /** What CR4 may hold, by CPUID. */
    final long cr4Allowed;

    final long eferAllowed;
    final long xcr0Allowed;

    int sysenterCs;
    long sysenterEsp;
    long sysenterEip;
    long pat = PAT_RESET;
    long star;
    long lstar;
    long cstar;
    long fmask;
    long kernelGsBase;
    long tscAux;
    long miscEnable = MISC_ENABLE_RESET;
    long tscAdjust;

    /** Variable ranges: base and mask of eight; then the fixed ranges in the order of numbers. */
    final long[] mtrr = new long[16 + 11];

    long mtrrDefault;

    /** The machine's TSC. */
    private final TscClock clock;

    /** What the guest has added to this processor's TSC by writing it. */
    private volatile long tscOffset;

    SystemRegisters(Cpu c, ProcessorModel model, TscClock clock) {
        this.clock = clock;
        this.c = c;
        this.model = model;
        cpuid = model.cpuid().toArray(CpuidEntry[]::new);
        long features = model.features();
        long cr4 =
                CpuSystem.CR4_VME
                        | CpuSystem.CR4_PVI
                        | CpuSystem.CR4_TSD
                        | CpuSystem.CR4_DE
                        | CpuSystem.CR4_PSE
                        | CpuSystem.CR4_PAE
                        | CpuSystem.CR4_MCE
                        | CpuSystem.CR4_PGE
                        | CpuSystem.CR4_PCE
                        | CpuSystem.CR4_OSFXSR
                        | CpuSystem.CR4_OSXMMEXCPT;
        cr4 |= bit(features, CpuFeature.FSGSBASE, CpuSystem.CR4_FSGSBASE);
        cr4 |= bit(features, CpuFeature.XSAVE, CpuSystem.CR4_OSXSAVE);
        cr4 |= bit(features, CpuFeature.SMAP, CpuSystem.CR4_SMAP);
        cr4 |= model.protection();
        cr4Allowed = cr4;
        eferAllowed =
                CpuSystem.EFER_SCE | CpuSystem.EFER_LME | CpuSystem.EFER_LMA | CpuSystem.EFER_NXE;
        xcr0Allowed =
                (features & CpuFeature.XSAVE.mask()) == 0
                        ? 1
                        : (features & CpuFeature.AVX.mask()) != 0 ? 7 : 3;
    }

    private static long bit(long features, CpuFeature feature, long bit) {
        return (features & feature.mask()) != 0 ? bit : 0;
    }

    ProcessorModel model() {
        return model;
    }

    /** The registers after power-on (SDM vol. 3A, table 10-1), but those of INIT. */
    void powerUp() {
        sysenterCs = 0;
        sysenterEsp = 0;
        sysenterEip = 0;
        pat = PAT_RESET;
        star = 0;
        lstar = 0;
        cstar = 0;
        fmask = 0;
        kernelGsBase = 0;
        tscAux = 0;
        miscEnable = MISC_ENABLE_RESET;
        tscAdjust = 0;
        java.util.Arrays.fill(mtrr, 0);
        mtrrDefault = 0;
        tscOffset = 0;
    }

    // ---- time-stamp counter ----

    long tsc() {
        return clock.now() + tscOffset;
    }

    /** WRMSR: this processor's TSC only. */
    void setTsc(long value) {
        tscOffset = value - clock.now();
        c.apic.tscChanged();
    }

    /** A saved TSC: all processors of a machine stay together. */
    void restoreTsc(long value) {
        clock.restore(value);
        tscOffset = 0;
        c.apic.tscChanged();
    }

    // ---- control registers ----

    /**
     * Writes CR0 (SDM vol. 3A, 2.5 and 10.8.5): #GP(0) for what no processor can be in; activates
     * and deactivates IA-32e mode.
     */
    void writeCr0(long value) {
        // Reserved bits of the lower half read as 0 and are ignored; the upper half must be 0.
        if (value >>> 32 != 0) {
            throw c.gp(0);
        }
        long v = value & CR0_DEFINED | CpuSystem.CR0_ET;
        boolean pg = (v & CpuSystem.CR0_PG) != 0;
        if (pg && (v & CpuSystem.CR0_PE) == 0
                || (v & CpuSystem.CR0_NW) != 0 && (v & CpuSystem.CR0_CD) == 0) {
            throw c.gp(0);
        }
        long old = c.cr0;
        boolean was = (old & CpuSystem.CR0_PG) != 0;
        if (pg && !was) {
            if ((c.efer & CpuSystem.EFER_LME) != 0) {
                if ((c.cr4 & CpuSystem.CR4_PAE) == 0
                        || (c.attributes[CpuRegisters.CS] & CpuSystem.ATTR_L) != 0
                        || (c.attributes[CpuRegisters.TR] & 8) == 0) {
                    // A 16-bit TSS (types 1 and 3) cannot go into IA-32e mode.
                    throw c.gp(0);
                }
                c.efer |= CpuSystem.EFER_LMA;
            } else if ((c.cr4 & CpuSystem.CR4_PAE) != 0) {
                loadPdptes(c.cr3);
            }
        } else if (!pg && was) {
            if (c.code64 || (c.cr4 & CpuSystem.CR4_PCIDE) != 0) {
                throw c.gp(0);
            }
            c.efer &= ~CpuSystem.EFER_LMA;
        } else if (pg
                && !c.longMode()
                && (c.cr4 & CpuSystem.CR4_PAE) != 0
                && ((old ^ v) & (CpuSystem.CR0_CD | CpuSystem.CR0_NW)) != 0) {
            loadPdptes(c.cr3);
        }
        c.cr0 = v;
        if (((old ^ v) & (CpuSystem.CR0_PG | CpuSystem.CR0_WP | CpuSystem.CR0_PE)) != 0) {
            c.flush(true);
        }
        c.modeChanged();
    }

    /** LMSW: the low four bits, but PE cannot be cleared. */
    void writeMachineStatus(int value) {
        writeCr0(c.cr0 & ~0xeL | value & 0xf);
    }

    /** Reads the four PDPTEs of PAE paging; #GP(0) when one has reserved bits set. */
    private void loadPdptes(long cr3) {
        long table = cr3 & 0xffff_ffe0L;
        long reserved = 0x1e6 | -1L & -(1L << model.physicalBits());
        long[] entries = c.walker.newPdpte;
        for (int k = 0; k < 4; k++) {
            entries[k] = c.walker.read64(table + 8 * k);
            if ((entries[k] & 1) != 0 && (entries[k] & reserved) != 0) {
                throw c.gp(0);
            }
        }
        System.arraycopy(entries, 0, c.walker.pdpte, 0, 4);
    }

    /** Writes CR3 and drops translations, but those of global pages. */
    void writeCr3(long value) {
        long v = value;
        if (c.longMode()) {
            if ((c.cr4 & CpuSystem.CR4_PCIDE) != 0) {
                // Bit 63: keep this PCID's translations. Dropping them all the same is allowed.
                v &= Long.MAX_VALUE;
            }
            if (v >>> model.physicalBits() != 0) {
                throw c.gp(0);
            }
        } else {
            v &= 0xffff_ffffL;
            if (c.paging() && (c.cr4 & CpuSystem.CR4_PAE) != 0) {
                loadPdptes(v);
            }
        }
        c.cr3 = v;
        c.flush(false);
    }

    /** Writes CR4: #GP(0) for bits that CPUID does not announce and for forbidden changes. */
    void writeCr4(long value) {
        if ((value & ~cr4Allowed) != 0) {
            throw c.gp(0);
        }
        long changed = c.cr4 ^ value;
        if (c.longMode()) {
            if ((value & CpuSystem.CR4_PAE) == 0 || (changed & CpuSystem.CR4_LA57) != 0) {
                throw c.gp(0);
            }
        }
        if ((changed & value & CpuSystem.CR4_PCIDE) != 0
                && (!c.longMode() || (c.cr3 & 0xfff) != 0)) {
            throw c.gp(0);
        }
        if (c.paging()
                && !c.longMode()
                && (value & CpuSystem.CR4_PAE) != 0
                && (changed
                                & (CpuSystem.CR4_PAE
                                        | CpuSystem.CR4_PGE
                                        | CpuSystem.CR4_PSE
                                        | CpuSystem.CR4_SMEP))
                        != 0) {
            loadPdptes(c.cr3);
        }
        c.cr4 = value;
        if ((changed & CR4_TRANSLATION) != 0) {
            c.flush(true);
        }
        c.modeChanged();
        c.debug.refresh();
    }

    /** Writes IA32_EFER. */
    private boolean writeEfer(long value) {
        if ((value & ~eferAllowed) != 0
                || c.paging() && ((value ^ c.efer) & CpuSystem.EFER_LME) != 0) {
            return false;
        }
        long old = c.efer;
        c.efer = value & ~CpuSystem.EFER_LMA | old & CpuSystem.EFER_LMA;
        if (((old ^ c.efer) & CpuSystem.EFER_NXE) != 0) {
            c.flush(true);
        }
        c.modeChanged();
        return true;
    }

    // ---- model-specific registers ----

    private static boolean validMemoryType(long type) {
        return type == 0 || type == 1 || type == 4 || type == 5 || type == 6;
    }

    private static boolean validPat(long value) {
        for (int k = 0; k < 64; k += 8) {
            long type = value >>> k & 0xff;
            if (!validMemoryType(type) && type != 7) {
                return false;
            }
        }
        return true;
    }

    /** The place of a fixed-range MTRR in {@link #mtrr}, or -1. */
    private static int fixedMtrr(int index) {
        return switch (index) {
            case 0x250 -> 16;
            case 0x258 -> 17;
            case 0x259 -> 18;
            default -> index >= 0x268 && index <= 0x26f ? 19 + index - 0x268 : -1;
        };
    }

    /** What RDMSR has read. */
    long msrValue;

    /**
     * Reads a model-specific register into {@link #msrValue}.
     *
     * @return whether it exists; otherwise #GP(0)
     */
    boolean readMsr(int index) {
        if (c.apic.ownsMsr(index)) {
            boolean there = c.apic.readMsr(index);
            msrValue = c.apic.msrValue();
            return there;
        }
        if (index >= 0x200 && index < 0x210) {
            msrValue = mtrr[index - 0x200];
            return true;
        }
        int fixed = fixedMtrr(index);
        if (fixed >= 0) {
            msrValue = mtrr[fixed];
            return true;
        }
        switch (index) {
            case MSR_TSC -> msrValue = tsc();
            case MSR_TSC_ADJUST -> msrValue = tscAdjust;
            case MSR_MTRR_CAP -> msrValue = 0x508;
            case MSR_SYSENTER_CS -> msrValue = sysenterCs & 0xffff_ffffL;
            case MSR_SYSENTER_ESP -> msrValue = sysenterEsp;
            case MSR_SYSENTER_EIP -> msrValue = sysenterEip;
            case MSR_MISC_ENABLE -> msrValue = miscEnable;
            case MSR_PAT -> msrValue = pat;
            case MSR_MTRR_DEF_TYPE -> msrValue = mtrrDefault;
            case MSR_EFER -> msrValue = c.efer;
            case MSR_STAR -> msrValue = star;
            case MSR_LSTAR -> msrValue = lstar;
            case MSR_CSTAR -> msrValue = cstar;
            case MSR_FMASK -> msrValue = fmask;
            case MSR_FS_BASE -> msrValue = c.base(CpuRegisters.FS);
            case MSR_GS_BASE -> msrValue = c.base(CpuRegisters.GS);
            case MSR_KERNEL_GS_BASE -> msrValue = kernelGsBase;
            case MSR_TSC_AUX -> msrValue = tscAux;
            // No machine-check banks; microcode revision; platform id.
            case 0x179, 0x17a, 0x17, 0x8b -> msrValue = 0;
            default -> {
                msrValue = 0;
                return false;
            }
        }
        return switch (index) {
            case MSR_TSC_AUX -> has(CpuFeature.RDTSCP);
            case MSR_TSC_ADJUST -> model.tscAdjust();
            default -> true;
        };
    }

    boolean has(CpuFeature feature) {
        return (model.features() & feature.mask()) != 0;
    }

    /**
     * Writes a model-specific register.
     *
     * @return whether it exists and takes the value; otherwise #GP(0)
     */
    boolean writeMsr(int index, long value) {
        if (c.apic.ownsMsr(index)) {
            boolean done = c.apic.writeMsr(index, value);
            if (done && index == MSR_APIC_BASE) {
                // The register page may have moved over memory that the TLB knows.
                c.flush(true);
            }
            return done;
        }
        if (index >= 0x200 && index < 0x210) {
            long address = (1L << model.physicalBits()) - 1 & -4096L;
            boolean mask = (index & 1) != 0;
            if ((value & ~(address | (mask ? 0x800 : 0xff))) != 0
                    || !mask && !validMemoryType(value & 0xff)) {
                return false;
            }
            mtrr[index - 0x200] = value;
            return true;
        }
        int fixed = fixedMtrr(index);
        if (fixed >= 0) {
            for (int k = 0; k < 64; k += 8) {
                if (!validMemoryType(value >>> k & 0xff)) {
                    return false;
                }
            }
            mtrr[fixed] = value;
            return true;
        }
        switch (index) {
            case MSR_TSC -> setTsc(value);
            case MSR_TSC_ADJUST -> {
                if (!model.tscAdjust()) {
                    return false;
                }
                long by = value - tscAdjust;
                tscAdjust = value;
                setTsc(tsc() + by);
            }
            case MSR_SYSENTER_CS -> sysenterCs = (int) value;
            case MSR_SYSENTER_ESP -> {
                if (!c.canonical(value)) {
                    return false;
                }
                sysenterEsp = value;
            }
            case MSR_SYSENTER_EIP -> {
                if (!c.canonical(value)) {
                    return false;
                }
                sysenterEip = value;
            }
            case MSR_MISC_ENABLE -> miscEnable = value;
            case MSR_PAT -> {
                if (!validPat(value)) {
                    return false;
                }
                pat = value;
            }
            case MSR_MTRR_DEF_TYPE -> {
                if ((value & ~0xcffL) != 0 || !validMemoryType(value & 0xff)) {
                    return false;
                }
                mtrrDefault = value;
            }
            case MSR_EFER -> {
                return writeEfer(value);
            }
            case MSR_STAR -> star = value;
            case MSR_LSTAR -> {
                if (!c.canonical(value)) {
                    return false;
                }
                lstar = value;
            }
            case MSR_CSTAR -> {
                if (!c.canonical(value)) {
                    return false;
                }
                cstar = value;
            }
            case MSR_FMASK -> fmask = value & 0xffff_ffffL;
            case MSR_FS_BASE -> {
                return writeBase(CpuRegisters.FS, value);
            }
            case MSR_GS_BASE -> {
                return writeBase(CpuRegisters.GS, value);
            }
            case MSR_KERNEL_GS_BASE -> {
                if (!c.canonical(value)) {
                    return false;
                }
                kernelGsBase = value;
            }
            case MSR_TSC_AUX -> {
                if (!has(CpuFeature.RDTSCP) || value >>> 32 != 0) {
                    return false;
                }
                tscAux = value;
            }
            // Microcode update trigger and revision: taken and forgotten, as other hypervisors do.
            case 0x79, 0x8b, 0x17a -> {}
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean writeBase(int segment, long value) {
        if (!c.canonical(value)) {
            return false;
        }
        c.setBase(segment, value);
        return true;
    }

    // ---- CPUID ----

    private CpuidEntry leaf(int leaf, int subleaf) {
        for (CpuidEntry entry : cpuid) {
            if (entry.leaf() == leaf && (!entry.indexed() || entry.subleaf() == subleaf)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * Whether a leaf lies behind the last one of its kind: then the highest basic leaf answers, as
     * it would for the same ECX (SDM vol. 2, CPUID).
     */
    private boolean beyond(int leaf) {
        CpuidEntry first = leaf(leaf >>> 28 == 4 ? 0x4000_0000 : leaf & 0x8000_0000, 0);
        return first == null || Integer.compareUnsigned(leaf, first.eax()) > 0;
    }

    /** Answers CPUID: EAX, EBX, ECX and EDX from what EAX and ECX ask for. */
    void cpuid() {
        int leaf = c.reg32(CpuRegisters.RAX);
        int subleaf = c.reg32(CpuRegisters.RCX);
        CpuidEntry found = leaf(leaf, subleaf);
        if (found == null && beyond(leaf)) {
            leaf = cpuid[0].eax();
            found = leaf(leaf, subleaf);
        }
        int eax = found == null ? 0 : found.eax();
        int ebx = found == null ? 0 : found.ebx();
        int ecx = found == null ? 0 : found.ecx();
        int edx = found == null ? 0 : found.edx();
        if (leaf == 1) {
            // OSXSAVE and APIC follow what software has switched on.
            ecx = (c.cr4 & CpuSystem.CR4_OSXSAVE) != 0 ? ecx | 1 << 27 : ecx & ~(1 << 27);
            if (c.apic.ownsMsr(MSR_APIC_BASE)
                    && c.apic.readMsr(MSR_APIC_BASE)
                    && (c.apic.msrValue() & 1 << 11) == 0) {
                edx &= ~(1 << 9);
            }
        } else if (leaf == 0xb && found == null) {
            // Levels that do not exist still tell the x2APIC id and the level asked for.
            ecx = subleaf & 0xff;
            edx = model.apicId();
        } else if (leaf == 0xd && subleaf == 0 && found != null) {
            ebx = (c.xcr0 & 4) != 0 ? 832 : 576;
        }
        c.setReg32(CpuRegisters.RAX, eax);
        c.setReg32(CpuRegisters.RBX, ebx);
        c.setReg32(CpuRegisters.RCX, ecx);
        c.setReg32(CpuRegisters.RDX, edx);
    }
}
