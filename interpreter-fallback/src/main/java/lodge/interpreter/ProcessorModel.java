package lodge.interpreter;

import lodge.core.backend.CpuModel;
import lodge.core.cpu.CpuidEntry;
import lodge.core.cpu.LodgeV2;

import java.util.ArrayList;
import java.util.List;

/**
 * Which processor a guest sees: CPUID, and what it announces as the decoder and the system
 * registers need it.
 *
 * @param features masks of the {@link CpuFeature}s
 * @param protection bits of CR4 that CPUID brings and that are no instructions: SMEP, UMIP, PCIDE,
 *     LA57
 * @param physicalBits MAXPHYADDR
 * @param gigabytePages whether 1 GiB pages exist
 * @param apicId APIC id
 * @param cpuid what CPUID answers
 */
record ProcessorModel(
        long features,
        long protection,
        int physicalBits,
        boolean gigabytePages,
        int apicId,
        List<CpuidEntry> cpuid) {

    private static final CpuFeature[] V2 = {
        CpuFeature.BASE,
        CpuFeature.X87,
        CpuFeature.CMOV,
        CpuFeature.CX8,
        CpuFeature.CX16,
        CpuFeature.FXSR,
        CpuFeature.MMX,
        CpuFeature.SSE,
        CpuFeature.SSE2,
        CpuFeature.SSE3,
        CpuFeature.SSSE3,
        CpuFeature.SSE4_1,
        CpuFeature.SSE4_2,
        CpuFeature.POPCNT,
        CpuFeature.SYSCALL,
        CpuFeature.SEP,
        CpuFeature.LAHF64
    };

    /** What {@link #maximum} has beyond lodge-v2, with its CPUID bits. */
    private enum Extra {
        PCLMULQDQ(1, 'c', 1),
        FMA(1, 'c', 12),
        PCID(1, 'c', 17),
        MOVBE(1, 'c', 22),
        TSC_DEADLINE(1, 'c', 24),
        AES(1, 'c', 25),
        XSAVE(1, 'c', 26),
        AVX(1, 'c', 28),
        F16C(1, 'c', 29),
        RDRAND(1, 'c', 30),
        FSGSBASE(7, 'b', 0),
        TSC_ADJUST(7, 'b', 1),
        BMI1(7, 'b', 3),
        AVX2(7, 'b', 5),
        SMEP(7, 'b', 7),
        BMI2(7, 'b', 8),
        INVPCID(7, 'b', 10),
        RDSEED(7, 'b', 18),
        ADX(7, 'b', 19),
        SMAP(7, 'b', 20),
        CLFLUSHOPT(7, 'b', 23),
        CLWB(7, 'b', 24),
        SHA(7, 'b', 29),
        UMIP(7, 'c', 2),
        LA57(7, 'c', 16),
        RDPID(7, 'c', 22),
        LZCNT(0x8000_0001, 'c', 5),
        PREFETCHW(0x8000_0001, 'c', 8),
        GIGABYTE_PAGES(0x8000_0001, 'd', 26),
        RDTSCP(0x8000_0001, 'd', 27);

        final int leaf;
        final char register;
        final int bit;

        Extra(int leaf, char register, int bit) {
            this.leaf = leaf;
            this.register = register;
            this.bit = bit;
        }

        /** The instructions that it brings; 0 when it brings none. */
        long mask() {
            return switch (this) {
                case PCID, TSC_DEADLINE, TSC_ADJUST, SMEP, UMIP, LA57, GIGABYTE_PAGES -> 0;
                default -> CpuFeature.valueOf(name()).mask();
            };
        }
    }

    /** Whether IA32_TSC_ADJUST exists. */
    boolean tscAdjust() {
        return has(Extra.TSC_ADJUST);
    }

    /** Whether the local APIC's timer has TSC-deadline mode. */
    boolean tscDeadline() {
        return has(Extra.TSC_DEADLINE);
    }

    private boolean has(Extra extra) {
        for (CpuidEntry entry : cpuid) {
            if (entry.leaf() == extra.leaf) {
                int register = extra.register == 'b' ? entry.ebx() : entry.ecx();
                return (register >>> extra.bit & 1) != 0;
            }
        }
        return false;
    }

    /** The processor that the name means here; HOST is all that the interpreter can do. */
    static ProcessorModel of(CpuModel model, int apicId, int cpus) {
        return model == CpuModel.LODGE_V2 ? lodgeV2(apicId, cpus) : maximum(apicId, cpus);
    }

    private static ProcessorModel lodgeV2(int apicId, int cpus) {
        return new ProcessorModel(
                v2Features(),
                0,
                LodgeV2.PHYSICAL_ADDRESS_BITS,
                false,
                apicId,
                LodgeV2.cpuid(apicId, cpus));
    }

    private static long v2Features() {
        long features = 0;
        for (CpuFeature feature : V2) {
            features |= feature.mask();
        }
        return features;
    }

    private static ProcessorModel maximum(int apicId, int cpus) {
        long features = v2Features();
        for (Extra extra : Extra.values()) {
            features |= extra.mask();
        }
        List<CpuidEntry> leaves = new ArrayList<>();
        for (CpuidEntry leaf : LodgeV2.cpuid(apicId, cpus)) {
            CpuidEntry more = leaf;
            for (Extra extra : Extra.values()) {
                if (extra.leaf == leaf.leaf()) {
                    more = with(more, extra.register, 1 << extra.bit);
                }
            }
            if (leaf.leaf() == 0) {
                more = new CpuidEntry(0, 0, false, 0xd, leaf.ebx(), leaf.ecx(), leaf.edx());
            } else if (leaf.leaf() == 0x8000_0008) {
                more = new CpuidEntry(leaf.leaf(), 0, false, 57 << 8 | 46, 0, 0, 0);
            } else if (leaf.leaf() == 0x4000_0000) {
                // x87, SSE and AVX; XSAVEOPT and its relatives are not there.
                leaves.add(new CpuidEntry(0xd, 0, true, 7, 576, 832, 0));
                leaves.add(new CpuidEntry(0xd, 1, true, 0, 0, 0, 0));
                leaves.add(new CpuidEntry(0xd, 2, true, 256, 576, 0, 0));
            }
            leaves.add(more);
        }
        return new ProcessorModel(
                features,
                CpuSystem.CR4_SMEP | CpuSystem.CR4_UMIP | CpuSystem.CR4_PCIDE | CpuSystem.CR4_LA57,
                46,
                true,
                apicId,
                List.copyOf(leaves));
    }

    private static CpuidEntry with(CpuidEntry e, char register, int bits) {
        return new CpuidEntry(
                e.leaf(),
                e.subleaf(),
                e.indexed(),
                e.eax(),
                register == 'b' ? e.ebx() | bits : e.ebx(),
                register == 'c' ? e.ecx() | bits : e.ecx(),
                register == 'd' ? e.edx() | bits : e.edx());
    }
}
