package lodge.interpreter;

import lodge.core.cpu.CpuidEntry;

import java.util.List;

/**
 * Which processor a guest sees.
 *
 * @param features masks of the {@link CpuFeature}s that the decoder knows
 * @param physicalBits MAXPHYADDR
 * @param gigabytePages whether 1 GiB pages exist
 * @param cpuid what CPUID answers
 */
record ProcessorModel(
        long features, int physicalBits, boolean gigabytePages, List<CpuidEntry> cpuid) {}
