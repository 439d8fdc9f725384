package lodge.interpreter.apic;

/**
 * What CPUID says of a local APIC.
 *
 * @param x2Apic whether it has x2APIC mode (CPUID.01H:ECX bit 21)
 * @param tscDeadline whether its timer has TSC-deadline mode (CPUID.01H:ECX bit 24)
 * @param physicalBits width of a physical address (CPUID.80000008H:EAX bits 7:0), 32 to 52
 */
public record ApicFeatures(boolean x2Apic, boolean tscDeadline, int physicalBits) {
    /** Checks the range. */
    public ApicFeatures {
        if (physicalBits < 32 || physicalBits > 52) {
            throw new IllegalArgumentException("physical addresses of " + physicalBits + " bits");
        }
    }
}
