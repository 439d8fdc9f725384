package lodge.core.backend;

import lodge.core.bus.LineSink;

/**
 * The way from the board's interrupt controllers to the processors' local APICs. The 8259 pair and
 * the IOAPIC are ours on every backend; only the local APIC belongs to the backend. May be called
 * by any thread, never blocks.
 */
public interface LocalApics {
    /**
     * Sends a message-signalled interrupt (SDM vol. 3A, 11.11). The IOAPIC speaks to local APICs by
     * these too.
     *
     * @param address bits 31:20 0xfee, 19:12 destination, 3 redirection hint, 2 destination mode
     * @param data bits 7:0 vector, 10:8 delivery mode, 14 level, 15 trigger mode
     */
    void sendMsi(long address, int data);

    /**
     * Tells the backend what an IOAPIC redirection entry holds now, so that it knows for which
     * vectors an EOI matters.
     *
     * @param pin 0 to 23
     * @param masked whether the entry is masked
     * @param address as in {@link #sendMsi}
     * @param data as in {@link #sendMsi}
     */
    void route(int pin, boolean masked, long address, int data);

    /**
     * Sets who hears the end of a level-triggered interrupt; called on a vCPU's thread with no lock
     * held.
     *
     * @param listener takes the vector
     */
    void onEoi(EoiListener listener);

    /**
     * Connects the 8259: when a processor is ready for the interrupt that {@link #intr} announces,
     * it asks the source.
     *
     * @param source the master 8259
     */
    void externalInterrupts(ExternalInterrupts source);

    /** Returns where the 8259's INTR wire ends (pin 0): LINT0 of the bootstrap processor. */
    LineSink intr();

    /** Hears ends of interrupts. */
    @FunctionalInterface
    interface EoiListener {
        /**
         * A local APIC got an EOI for a level-triggered interrupt.
         *
         * @param vector its vector
         */
        void endOfInterrupt(int vector);
    }

    /** What answers an interrupt acknowledge cycle. */
    @FunctionalInterface
    interface ExternalInterrupts {
        /**
         * Acknowledges the interrupt of highest priority and returns its vector, 0 to 255 (the
         * spurious one if none).
         */
        int acknowledge();
    }
}
