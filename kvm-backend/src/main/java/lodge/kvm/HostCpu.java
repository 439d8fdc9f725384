package lodge.kvm;

import lodge.core.cpu.LodgeV2.Feature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What Linux says about the host's processor. */
final class HostCpu {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    private HostCpu() {}

    /**
     * Whether the processor has VT-x or AMD-V; true when Linux does not tell, so that nobody is
     * sent the wrong way.
     */
    static boolean hasVirtualization() {
        List<String> flags = flags();
        return flags.isEmpty() || flags.contains("vmx") || flags.contains("svm");
    }

    /**
     * Whether the processor executes a feature that KVM does not list. Features that are nothing
     * but instructions for user programs need nothing from KVM: they work in a guest because they
     * work in the processor. (PVM, a KVM vendor module, lists few of them.)
     */
    static boolean executes(Feature feature) {
        return switch (feature) {
            case SSE3 -> flags().contains("pni");
            case SSSE3, SSE4_1, SSE4_2, POPCNT, CX16 ->
                    flags().contains(feature.name().toLowerCase(Locale.ROOT));
            case LAHF -> flags().contains("lahf_lm");
            default -> false;
        };
    }

    private static List<String> flags() {
        try (Stream<String> lines = Files.lines(CPUINFO)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Arrays.asList(line.split("\\s+")))
                    .orElse(List.of());
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }
}
