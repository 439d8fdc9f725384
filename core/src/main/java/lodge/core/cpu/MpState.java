package lodge.core.cpu;

/** What a processor is doing between instructions (SDM vol. 3A, 9.4). */
public enum MpState {
    /** Executes instructions. */
    RUNNABLE,
    /** An application processor after power-on: waits for INIT. */
    UNINITIALIZED,
    /** Waits for a start-up IPI. */
    WAIT_FOR_SIPI,
    /** Executed HLT: waits for an interrupt. */
    HALTED
}
