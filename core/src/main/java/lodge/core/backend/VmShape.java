package lodge.core.backend;

import lodge.core.BadConfigException;

/**
 * What must be known of a machine before it is made.
 *
 * @param name for messages and thread names
 * @param cpus number of processors, 1 to 255
 * @param cpuModel what CPUID shows
 * @param turns whether the processors take turns in place of running at the same time; a backend
 *     that cannot do that refuses
 */
public record VmShape(String name, int cpus, CpuModel cpuModel, boolean turns) {
    /** Largest number of processors: APIC ids have 8 bits, 0xff is broadcast. */
    public static final int MAX_CPUS = 255;

    /** Checks the ranges. */
    public VmShape {
        if (cpus < 1 || cpus > MAX_CPUS) {
            throw new BadConfigException("cpus is " + cpus + "; choose 1 to " + MAX_CPUS);
        }
    }

    /**
     * A machine whose processors run at the same time.
     *
     * @param name for messages and thread names
     * @param cpus number of processors, 1 to 255
     * @param cpuModel what CPUID shows
     */
    public VmShape(String name, int cpus, CpuModel cpuModel) {
        this(name, cpus, cpuModel, false);
    }
}
