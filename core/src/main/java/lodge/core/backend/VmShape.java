package lodge.core.backend;

import lodge.core.BadConfigException;

/**
 * What must be known of a machine before it is made.
 *
 * @param name for messages and thread names
 * @param cpus number of processors, 1 to 255
 * @param cpuModel what CPUID shows
 */
public record VmShape(String name, int cpus, CpuModel cpuModel) {
    /** Largest number of processors: APIC ids have 8 bits, 0xff is broadcast. */
    public static final int MAX_CPUS = 255;

    /** Checks the ranges. */
    public VmShape {
        if (cpus < 1 || cpus > MAX_CPUS) {
            throw new BadConfigException("cpus is " + cpus + "; choose 1 to " + MAX_CPUS);
        }
    }
}
