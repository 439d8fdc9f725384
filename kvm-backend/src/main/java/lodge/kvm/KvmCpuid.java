package lodge.kvm;

import static lodge.natives.CLayout.U32;

import lodge.core.BadConfigException;
import lodge.core.backend.CpuModel;
import lodge.core.backend.VmShape;
import lodge.core.cpu.CpuidEntry;
import lodge.core.cpu.LodgeV2;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmCpuid2;
import lodge.natives.kvm.KvmCpuidEntry2;
import lodge.natives.kvm.KvmSystemFd;
import lodge.natives.kvm.KvmVcpuFd;
import lodge.natives.kvm.KvmXsave;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What CPUID answers in one machine, and what follows from it. */
final class KvmCpuid {
    private static final int X2APIC = 1 << 21;
    private static final int TSC_DEADLINE = 1 << 24;
    private static final int HYPERVISOR = 1 << 31;
    private static final int HTT = 1 << 28;

    private final VmShape shape;
    private final List<CpuidEntry> host;
    private final boolean tscDeadline;

    KvmCpuid(VmShape shape, List<CpuidEntry> host, boolean tscDeadline) {
        this.shape = shape;
        this.host = host;
        this.tscDeadline = tscDeadline;
        if (shape.cpuModel() == CpuModel.LODGE_V2) {
            List<String> missing =
                    LodgeV2.missing(host).stream()
                            .filter(feature -> !HostCpu.executes(feature))
                            .map(LodgeV2.Feature::label)
                            .toList();
            if (!missing.isEmpty()) {
                throw new BadConfigException(
                        "This host's processor lacks %s, which the CPU model lodge-v2 needs; choose --cpu host"
                                .formatted(String.join(", ", missing)));
            }
        }
    }

    /** What KVM and the processor support together. */
    static List<CpuidEntry> ofHost(KvmSystemFd kvm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cpuid = kvm.supportedCpuid(arena);
            List<CpuidEntry> entries = new ArrayList<>();
            for (int i = 0; i < cpuid.get(U32, KvmCpuid2.NENT); i++) {
                long at = KvmCpuid2.ENTRIES + i * KvmCpuidEntry2.SIZE;
                int flags = cpuid.get(U32, at + KvmCpuidEntry2.FLAGS);
                entries.add(
                        new CpuidEntry(
                                cpuid.get(U32, at + KvmCpuidEntry2.FUNCTION),
                                cpuid.get(U32, at + KvmCpuidEntry2.INDEX),
                                (flags & KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0,
                                cpuid.get(U32, at + KvmCpuidEntry2.EAX),
                                cpuid.get(U32, at + KvmCpuidEntry2.EBX),
                                cpuid.get(U32, at + KvmCpuidEntry2.ECX),
                                cpuid.get(U32, at + KvmCpuidEntry2.EDX)));
            }
            return entries;
        }
    }

    List<CpuidEntry> leaves(int apicId) {
        return shape.cpuModel() == CpuModel.LODGE_V2
                ? LodgeV2.cpuid(apicId, shape.cpus())
                : hostLeaves(apicId);
    }

    int signature() {
        return leaves(0).stream().filter(e -> e.leaf() == 1).findFirst().orElseThrow().eax();
    }

    /** Size of the XSAVE area with every component this guest can switch on. */
    int xsaveBytes() {
        return leaves(0).stream()
                .filter(e -> e.leaf() == 0xd && e.subleaf() == 0)
                .mapToInt(e -> Math.clamp(e.ecx(), 576, (int) KvmXsave.SIZE))
                .findFirst()
                .orElse(576);
    }

    /** The components of that area, as in XCR0. */
    long xfeatures() {
        return leaves(0).stream()
                .filter(e -> e.leaf() == 0xd && e.subleaf() == 0)
                .mapToLong(e -> (long) e.edx() << 32 | e.eax() & 0xffff_ffffL)
                .findFirst()
                .orElse(3);
    }

    /**
     * The host's leaves with this machine's topology: one package, every processor a core without
     * siblings.
     */
    private List<CpuidEntry> hostLeaves(int apicId) {
        int cpus = shape.cpus();
        int shift = Integer.SIZE - Integer.numberOfLeadingZeros(cpus - 1);
        int ids = 1 << shift;
        List<CpuidEntry> leaves = new ArrayList<>();
        for (CpuidEntry e : host) {
            switch (e.leaf()) {
                case 1 ->
                        leaves.add(
                                new CpuidEntry(
                                        1,
                                        0,
                                        false,
                                        e.eax(),
                                        apicId << 24 | Math.min(ids, 255) << 16 | e.ebx() & 0xffff,
                                        e.ecx()
                                                | X2APIC
                                                | HYPERVISOR
                                                | (tscDeadline ? TSC_DEADLINE : 0),
                                        e.edx() & ~HTT | (cpus > 1 ? HTT : 0)));
                case 4, 0x8000_001d -> {
                    int level = e.eax() >>> 5 & 7;
                    int sharing = level == 3 ? ids - 1 : 0;
                    int cores = e.leaf() == 4 ? Math.min(ids, 64) - 1 : 0;
                    boolean none = (e.eax() & 0x1f) == 0;
                    int eax = none ? e.eax() : e.eax() & 0x3fff | sharing << 14 | cores << 26;
                    leaves.add(
                            new CpuidEntry(
                                    e.leaf(), e.subleaf(), true, eax, e.ebx(), e.ecx(), e.edx()));
                }
                case 0x8000_0008 -> {
                    int ecx = e.ecx() & ~0xf0ff | shift << 12 | cpus - 1;
                    leaves.add(new CpuidEntry(e.leaf(), 0, false, e.eax(), e.ebx(), ecx, e.edx()));
                }
                case 0x8000_001e ->
                        leaves.add(new CpuidEntry(e.leaf(), 0, false, apicId, apicId, 0, 0));
                case 0xb, 0x1f, 0x8000_0026 -> {} // the host's topology
                default -> leaves.add(e);
            }
        }
        leaves.add(new CpuidEntry(0xb, 0, true, 0, 1, 1 << 8, apicId));
        leaves.add(new CpuidEntry(0xb, 1, true, shift, cpus, 2 << 8 | 1, apicId));
        leaves.add(new CpuidEntry(0xb, 2, true, 0, 0, 2, apicId));
        return leaves;
    }

    /** Gives a processor its leaves. */
    void install(KvmVcpuFd vcpu, int apicId) {
        List<CpuidEntry> leaves = leaves(apicId);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cpuid =
                    arena.allocate(KvmCpuid2.SIZE + leaves.size() * KvmCpuidEntry2.SIZE, 8);
            cpuid.set(U32, KvmCpuid2.NENT, leaves.size());
            long at = KvmCpuid2.ENTRIES;
            for (CpuidEntry e : leaves) {
                cpuid.set(U32, at + KvmCpuidEntry2.FUNCTION, e.leaf());
                cpuid.set(U32, at + KvmCpuidEntry2.INDEX, e.subleaf());
                cpuid.set(
                        U32,
                        at + KvmCpuidEntry2.FLAGS,
                        e.indexed() ? KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0);
                cpuid.set(U32, at + KvmCpuidEntry2.EAX, e.eax());
                cpuid.set(U32, at + KvmCpuidEntry2.EBX, e.ebx());
                cpuid.set(U32, at + KvmCpuidEntry2.ECX, e.ecx());
                cpuid.set(U32, at + KvmCpuidEntry2.EDX, e.edx());
                at += KvmCpuidEntry2.SIZE;
            }
            vcpu.request("KVM_SET_CPUID2", KvmApi.KVM_SET_CPUID2, cpuid);
        }
    }
}
