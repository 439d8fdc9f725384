package lodge.core.cpu;

/**
 * What CPUID answers for one leaf and subleaf.
 *
 * @param leaf EAX on input
 * @param subleaf ECX on input; 0 where it does not matter
 * @param indexed whether the answer depends on ECX
 * @param eax EAX
 * @param ebx EBX
 * @param ecx ECX
 * @param edx EDX
 */
public record CpuidEntry(
        int leaf, int subleaf, boolean indexed, int eax, int ebx, int ecx, int edx) {}
