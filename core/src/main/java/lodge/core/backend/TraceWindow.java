package lodge.core.backend;

import lodge.core.BadConfigException;

import java.util.OptionalLong;

/**
 * Which part of a processor's life is traced.
 *
 * @param cpu APIC id of the processor
 * @param skip how many instructions are executed before the first one that is written; 0 or more
 * @param from linear address of the first instruction that is written, the next time it is reached
 *     behind those skipped; empty to begin at once
 * @param lines after how many lines the trace ends and the processor runs at full speed; at least 1
 */
public record TraceWindow(int cpu, long skip, OptionalLong from, long lines) {
    /** Checks the numbers. */
    public TraceWindow {
        if (cpu < 0 || skip < 0 || lines < 1) {
            throw new BadConfigException(
                    "A trace needs a processor's number and a number of instructions to skip from 0"
                            + " on, and at least 1 line");
        }
    }
}
