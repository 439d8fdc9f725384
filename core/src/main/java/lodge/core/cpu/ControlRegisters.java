package lodge.core.cpu;

/**
 * Control registers and EFER (SDM vol. 3A, 2.5).
 *
 * @param cr0 CR0
 * @param cr2 CR2
 * @param cr3 CR3
 * @param cr4 CR4
 * @param cr8 CR8: the task priority, 0 to 15
 * @param efer IA32_EFER
 * @param xcr0 XCR0
 */
public record ControlRegisters(
        long cr0, long cr2, long cr3, long cr4, long cr8, long efer, long xcr0) {
    /** CR0.PE: protected mode. */
    public static final long CR0_PE = 1;

    /** CR0.ET: always 1. */
    public static final long CR0_ET = 1 << 4;

    /** CR0 after reset: caches off, ET. */
    public static final long CR0_RESET = 0x6000_0010L;

    /** CR0.PG: paging. */
    public static final long CR0_PG = 1L << 31;

    /** CR4.PAE. */
    public static final long CR4_PAE = 1 << 5;

    /** EFER.LME: long mode enabled. */
    public static final long EFER_LME = 1 << 8;

    /** EFER.LMA: long mode active. */
    public static final long EFER_LMA = 1 << 10;
}
