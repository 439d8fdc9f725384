package lodge.core.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The processor that {@code --cpu lodge-v2} shows: exactly what the x86-64 psABI calls x86-64-v2,
 * and what an operating system needs besides, the same on every backend and host, so that a saved
 * machine resumes anywhere. CPUID leaves as in SDM vol. 2A, CPUID.
 *
 * <ul>
 *   <li>Intel, family 6, model 26, stepping 5 (the first processors of that level), "Lodge
 *       x86-64-v2".
 *   <li>One package, each processor a core without siblings; APIC ids count from 0. Local APIC with
 *       x2APIC.
 *   <li>39 bits of physical address: the least that a processor of the last ten years has (512
 *       GiB).
 *   <li>No XSAVE, so no AVX; no TSC deadline timer; no performance counters; no MONITOR; no 1 GiB
 *       pages.
 *   <li>TSC at a constant rate.
 *   <li>The hypervisor bit, and at 0x40000000 the signature "LodgeLodge" with no further leaves.
 *       KVM's own leaves (its clock above all) are left out: a machine that uses them could not go
 *       on elsewhere.
 * </ul>
 */
public final class LodgeV2 {
    /** EAX of leaf 1: family 6, model 26, stepping 5. */
    public static final int SIGNATURE = 0x000106a5;

    /** Width of a physical address in bits. */
    public static final int PHYSICAL_ADDRESS_BITS = 39;

    /** Width of a linear address in bits. */
    public static final int LINEAR_ADDRESS_BITS = 48;

    private static final String BRAND = "Lodge x86-64-v2";
    private static final String HYPERVISOR = "LodgeLodge";

    /** Registers of CPUID's answer. */
    public enum Register {
        /** EBX. */
        EBX,
        /** ECX. */
        ECX,
        /** EDX. */
        EDX
    }

    /** A feature bit that this processor has. */
    public enum Feature {
        /** x87 on chip. */
        FPU(1, Register.EDX, 0),
        /** Virtual 8086 mode extensions. */
        VME(1, Register.EDX, 1),
        /** Debugging extensions. */
        DE(1, Register.EDX, 2),
        /** 4 MiB pages. */
        PSE(1, Register.EDX, 3),
        /** Time-stamp counter. */
        TSC(1, Register.EDX, 4),
        /** RDMSR and WRMSR. */
        MSR(1, Register.EDX, 5),
        /** Physical address extension. */
        PAE(1, Register.EDX, 6),
        /** Machine-check exception. */
        MCE(1, Register.EDX, 7),
        /** CMPXCHG8B. */
        CX8(1, Register.EDX, 8),
        /** Local APIC. */
        APIC(1, Register.EDX, 9),
        /** SYSENTER and SYSEXIT. */
        SEP(1, Register.EDX, 11),
        /** Memory type range registers. */
        MTRR(1, Register.EDX, 12),
        /** Global pages. */
        PGE(1, Register.EDX, 13),
        /** Machine-check architecture. */
        MCA(1, Register.EDX, 14),
        /** Conditional moves. */
        CMOV(1, Register.EDX, 15),
        /** Page attribute table. */
        PAT(1, Register.EDX, 16),
        /** 36-bit physical addresses with 4 MiB pages. */
        PSE36(1, Register.EDX, 17),
        /** CLFLUSH. */
        CLFSH(1, Register.EDX, 19),
        /** MMX. */
        MMX(1, Register.EDX, 23),
        /** FXSAVE and FXRSTOR. */
        FXSR(1, Register.EDX, 24),
        /** SSE. */
        SSE(1, Register.EDX, 25),
        /** SSE2. */
        SSE2(1, Register.EDX, 26),
        /** SSE3. */
        SSE3(1, Register.ECX, 0),
        /** SSSE3. */
        SSSE3(1, Register.ECX, 9),
        /** CMPXCHG16B. */
        CX16(1, Register.ECX, 13),
        /** SSE4.1. */
        SSE4_1(1, Register.ECX, 19),
        /** SSE4.2. */
        SSE4_2(1, Register.ECX, 20),
        /** x2APIC. */
        X2APIC(1, Register.ECX, 21),
        /** POPCNT. */
        POPCNT(1, Register.ECX, 23),
        /** LAHF and SAHF in 64-bit mode. */
        LAHF(0x8000_0001, Register.ECX, 0),
        /** SYSCALL and SYSRET. */
        SYSCALL(0x8000_0001, Register.EDX, 11),
        /** Execute-disable. */
        NX(0x8000_0001, Register.EDX, 20),
        /** 64-bit mode. */
        LM(0x8000_0001, Register.EDX, 29);

        private final int leaf;
        private final Register register;
        private final int bit;

        Feature(int leaf, Register register, int bit) {
            this.leaf = leaf;
            this.register = register;
            this.bit = bit;
        }

        /** Returns the name that people know, for example {@code SSE4.1}. */
        public String label() {
            return name().replace('_', '.');
        }
    }

    private static final int HYPERVISOR_PRESENT = 1 << 31;
    private static final int HTT = 1 << 28;
    private static final int ARAT = 1 << 2;
    private static final int INVARIANT_TSC = 1 << 8;

    private LodgeV2() {}

    /**
     * Returns the model-specific registers of this processor that {@link CpuState#msrs} holds, by
     * ascending unsigned index.
     */
    public static int[] msrs() {
        List<Integer> msrs = new ArrayList<>(List.of(0x10, 0x174, 0x175, 0x176, 0x1a0));
        for (int i = 0; i < 16; i++) {
            msrs.add(0x200 + i); // MTRRphysBase and MTRRphysMask of 8 ranges
        }
        msrs.addAll(List.of(0x250, 0x258, 0x259));
        for (int i = 0; i < 8; i++) {
            msrs.add(0x268 + i); // MTRRfix4K
        }
        msrs.addAll(List.of(0x277, 0x2ff));
        // STAR, LSTAR, CSTAR, FMASK and KERNEL_GS_BASE; FS and GS have their bases in the segment
        // registers.
        msrs.addAll(List.of(0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0xc000_0102));
        return msrs.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Which of the features a host lacks.
     *
     * @param host what CPUID can answer on the host
     * @return them; empty when the host can run this processor
     */
    public static List<Feature> missing(List<CpuidEntry> host) {
        List<Feature> missing = new ArrayList<>();
        for (Feature feature : Feature.values()) {
            boolean present = false;
            for (CpuidEntry entry : host) {
                present |=
                        entry.leaf() == feature.leaf
                                && (register(entry, feature.register) >>> feature.bit & 1) != 0;
            }
            if (!present) {
                missing.add(feature);
            }
        }
        return missing;
    }

    private static int register(CpuidEntry entry, Register register) {
        return switch (register) {
            case EBX -> entry.ebx();
            case ECX -> entry.ecx();
            case EDX -> entry.edx();
        };
    }

    private static int features(int leaf, Register register) {
        int bits = 0;
        for (Feature feature : Feature.values()) {
            if (feature.leaf == leaf && feature.register == register) {
                bits |= 1 << feature.bit;
            }
        }
        return bits;
    }

    /**
     * What CPUID answers. A leaf that is not listed answers with zeros.
     *
     * @param apicId APIC id of the processor, 0 to cpus-1
     * @param cpus number of processors in the machine, 1 to 255
     * @return the leaves in ascending unsigned order
     */
    public static List<CpuidEntry> cpuid(int apicId, int cpus) {
        int shift = Integer.SIZE - Integer.numberOfLeadingZeros(cpus - 1);
        int ids = 1 << shift;
        List<CpuidEntry> leaves = new ArrayList<>();
        leaves.add(leaf(0, 0xb, word("Genu"), word("ntel"), word("ineI")));
        leaves.add(
                leaf(
                        1,
                        SIGNATURE,
                        apicId << 24 | Math.min(ids, 255) << 16 | 8 << 8,
                        features(1, Register.ECX) | HYPERVISOR_PRESENT,
                        features(1, Register.EDX) | (cpus > 1 ? HTT : 0)));
        // One descriptor, 0xff: the caches are described by leaf 4.
        leaves.add(leaf(2, 0x0000_ff01, 0, 0, 0));
        int cores = Math.min(ids, 64) - 1;
        leaves.add(cache(0, 1, 1, cores, 0, 8, 64)); // L1 data, 32 KiB
        leaves.add(cache(1, 2, 1, cores, 0, 4, 128)); // L1 instructions, 32 KiB
        leaves.add(cache(2, 3, 2, cores, 0, 8, 512)); // L2, 256 KiB
        leaves.add(cache(3, 3, 3, cores, ids - 1, 16, 8192)); // L3 for all, 8 MiB
        leaves.add(new CpuidEntry(4, 4, true, 0, 0, 0, 0));
        leaves.add(leaf(6, ARAT, 0, 0, 0));
        leaves.add(new CpuidEntry(7, 0, true, 0, 0, 0, 0));
        leaves.add(new CpuidEntry(0xb, 0, true, 0, 1, 1 << 8, apicId));
        leaves.add(new CpuidEntry(0xb, 1, true, shift, cpus, 2 << 8 | 1, apicId));
        leaves.add(new CpuidEntry(0xb, 2, true, 0, 0, 2, apicId));
        String signature = HYPERVISOR + "\0\0";
        leaves.add(
                leaf(
                        0x4000_0000,
                        0x4000_0000,
                        word(signature.substring(0, 4)),
                        word(signature.substring(4, 8)),
                        word(signature.substring(8, 12))));
        leaves.add(leaf(0x8000_0000, 0x8000_0008, 0, 0, 0));
        leaves.add(
                leaf(
                        0x8000_0001,
                        0,
                        0,
                        features(0x8000_0001, Register.ECX),
                        features(0x8000_0001, Register.EDX)));
        String brand = BRAND + "\0".repeat(48 - BRAND.length());
        for (int i = 0; i < 3; i++) {
            int at = 16 * i;
            leaves.add(
                    leaf(
                            0x8000_0002 + i,
                            word(brand.substring(at, at + 4)),
                            word(brand.substring(at + 4, at + 8)),
                            word(brand.substring(at + 8, at + 12)),
                            word(brand.substring(at + 12, at + 16))));
        }
        leaves.add(leaf(0x8000_0006, 0, 0, 256 << 16 | 6 << 12 | 64, 0));
        leaves.add(leaf(0x8000_0007, 0, 0, 0, INVARIANT_TSC));
        leaves.add(leaf(0x8000_0008, LINEAR_ADDRESS_BITS << 8 | PHYSICAL_ADDRESS_BITS, 0, 0, 0));
        return List.copyOf(leaves);
    }

    private static CpuidEntry leaf(int leaf, int eax, int ebx, int ecx, int edx) {
        return new CpuidEntry(leaf, 0, false, eax, ebx, ecx, edx);
    }

    private static CpuidEntry cache(
            int subleaf, int type, int level, int cores, int sharing, int ways, int sets) {
        int eax = type | level << 5 | 1 << 8 | sharing << 14 | cores << 26;
        return new CpuidEntry(4, subleaf, true, eax, (ways - 1) << 22 | 63, sets - 1, 0);
    }

    private static int word(String four) {
        return ByteBuffer.wrap(four.getBytes(StandardCharsets.US_ASCII))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }
}
