package lodge.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import lodge.core.backend.CpuModel;
import lodge.core.backend.VmShape;
import lodge.core.cpu.CpuidEntry;
import lodge.core.cpu.LodgeV2;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class KvmCpuidTest {
    private static final int AVX2 = 1 << 5;

    /** A host that has what lodge-v2 has, and AVX2. */
    private static List<CpuidEntry> host() {
        List<CpuidEntry> host = new ArrayList<>();
        for (CpuidEntry e : LodgeV2.cpuid(0, 1)) {
            int more = e.leaf() == 7 && e.subleaf() == 0 ? AVX2 : 0;
            host.add(
                    new CpuidEntry(
                            e.leaf(),
                            e.subleaf(),
                            e.indexed(),
                            e.eax(),
                            e.ebx() | more,
                            e.ecx(),
                            e.edx()));
        }
        return host;
    }

    private static KvmCpuid cpuid(CpuModel model) {
        return new KvmCpuid(new VmShape("test", 2, model), host(), true);
    }

    @Test
    void allThatTheBackendCanIsWhatTheHostHas() {
        for (int id = 0; id < 2; id++) {
            List<CpuidEntry> most = cpuid(CpuModel.MAX).leaves(id);
            assertEquals(cpuid(CpuModel.HOST).leaves(id), most);
            assertNotEquals(cpuid(CpuModel.LODGE_V2).leaves(id), most);
        }
        assertEquals(
                AVX2,
                cpuid(CpuModel.MAX).leaves(0).stream()
                        .filter(e -> e.leaf() == 7 && e.subleaf() == 0)
                        .mapToInt(e -> e.ebx() & AVX2)
                        .sum());
    }
}
