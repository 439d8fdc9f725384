package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.backend.Exit;
import lodge.core.cpu.CpuidEntry;
import lodge.core.cpu.LodgeV2;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** CPUID shows the chosen model, whatever the host's processor is. */
interface CpuidContract extends HypervisorUnderTest {
    String CPUID =
            """
            66 a1 10 20            mov eax,[0x2010]
            66 8b 0e 14 20         mov ecx,[0x2014]
            0f a2                  cpuid
            66 a3 00 20            mov [0x2000],eax
            66 89 1e 04 20         mov [0x2004],ebx
            66 89 0e 08 20         mov [0x2008],ecx
            66 89 16 0c 20         mov [0x200c],edx
            e6 10                  out 0x10,al
            """;

    /** All but the feature bits of leaves 1 and 7: identity, topology, caches, limits. */
    @Test
    default void cpuidShowsLodgeV2LeafForLeaf() {
        assertEquals(List.of(), differences(entry -> !holdsFeatures(entry)));
    }

    /**
     * The feature bits of leaves 1 and 7. A software KVM that runs guest user code directly on the
     * host's processor cannot hide its features and shows them whatever KVM_SET_CPUID2 said.
     */
    @Test
    default void cpuidHidesWhatTheHostCanDoBeyondTheModel() {
        List<String> differences = differences(CpuidContract::holdsFeatures);
        assumeTrue(
                differences.isEmpty() || hostHasHardwareVirtualization(),
                () ->
                        "Skipped: this KVM works without VT-x and AMD-V and shows the host's"
                                + " features ("
                                + String.join("; ", differences)
                                + "); remedy: run on a host with hardware virtualization");
        assertEquals(List.of(), differences);
    }

    private static boolean holdsFeatures(CpuidEntry entry) {
        return entry.leaf() == 1 || entry.leaf() == 7;
    }

    private static boolean hostHasHardwareVirtualization() {
        try {
            return Files.readString(Path.of("/proc/cpuinfo"))
                    .lines()
                    .anyMatch(
                            line -> line.startsWith("flags") && line.matches(".* (vmx|svm)( .*|)"));
        } catch (IOException e) {
            return true; // not Linux: nothing is excused
        }
    }

    private List<String> differences(Predicate<CpuidEntry> which) {
        List<String> result = new ArrayList<>();
        try (TinyMachine machine = TinyMachine.with(ready(), CPUID)) {
            for (CpuidEntry entry : LodgeV2.cpuid(0, 1)) {
                if (!which.test(entry)) {
                    continue;
                }
                machine.start(0, 0);
                machine.memory().writeInt(TinyMachine.DATA + 0x10, entry.leaf());
                machine.memory().writeInt(TinyMachine.DATA + 0x14, entry.subleaf());
                assertEquals(Exit.Signal.KICKED, machine.run());
                String wanted = registers(entry.eax(), entry.ebx(), entry.ecx(), entry.edx());
                String seen =
                        registers(
                                machine.memory().readInt(TinyMachine.DATA),
                                machine.memory().readInt(TinyMachine.DATA + 4),
                                machine.memory().readInt(TinyMachine.DATA + 8),
                                machine.memory().readInt(TinyMachine.DATA + 12));
                if (!wanted.equals(seen)) {
                    result.add(
                            "leaf 0x%x.%d is %s instead of %s"
                                    .formatted(entry.leaf(), entry.subleaf(), seen, wanted));
                }
            }
        }
        return result;
    }

    private static String registers(int eax, int ebx, int ecx, int edx) {
        return "%08x %08x %08x %08x".formatted(eax, ebx, ecx, edx);
    }
}
