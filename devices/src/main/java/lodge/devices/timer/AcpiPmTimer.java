package lodge.devices.timer;

import lodge.core.time.MachineClock;

/**
 * The ACPI power management timer: a counter of 24 or 32 bits at 3 579 545 Hz that follows machine
 * time (ACPI specification, 4.8.2.1; Intel 82371AB, register PMTMR). It has no state of its own, so
 * the chip that embeds it saves nothing for it: the counter is 0 when machine time is.
 *
 * <p>The embedding chip keeps TMR_STS. That bit is set whenever the counter's highest bit changes,
 * so the chip arms a timer at {@link #nextCarry} and, on any access, asks {@link #carriedSince} for
 * what happened since it last looked.
 */
public final class AcpiPmTimer {
    /** The counter's rate in hertz. */
    public static final long HERTZ = 3_579_545;

    private static final Oscillator OSCILLATOR = new Oscillator(HERTZ);

    private final MachineClock clock;
    private final int bits;

    /**
     * A counter.
     *
     * @param clock the machine's time
     * @param bits 24 (the PIIX4) or 32; the FADT flag TMR_VAL_EXT must say the same
     */
    public AcpiPmTimer(MachineClock clock, int bits) {
        if (bits != 24 && bits != 32) {
            throw new IllegalArgumentException("The ACPI timer has 24 or 32 bits, not " + bits);
        }
        this.clock = clock;
        this.bits = bits;
    }

    /** Returns the counter as the guest reads it; the bits above its width are 0. */
    public int counter() {
        return (int) (OSCILLATOR.cycles(clock.nanos()) & (1L << bits) - 1);
    }

    /**
     * Returns the machine time of the next change of the counter's highest bit.
     *
     * @return nanoseconds, later than now
     */
    public long nextCarry() {
        int shift = bits - 1;
        return OSCILLATOR.nanos((OSCILLATOR.cycles(clock.nanos()) >>> shift) + 1 << shift);
    }

    /**
     * Tells whether the counter's highest bit has changed in the meantime.
     *
     * @param nanos a machine time not after now, in nanoseconds
     * @return whether it changed after that time
     */
    public boolean carriedSince(long nanos) {
        int shift = bits - 1;
        return OSCILLATOR.cycles(clock.nanos()) >>> shift != OSCILLATOR.cycles(nanos) >>> shift;
    }
}
