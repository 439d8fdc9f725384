package lodge.core.cpu;

/**
 * Events that the processor has taken or is about to deliver.
 *
 * @param exceptionPending an exception is to be delivered
 * @param exceptionVector its vector, 0 to 31
 * @param exceptionHasErrorCode whether it pushes an error code
 * @param exceptionErrorCode the error code
 * @param interruptPending a maskable interrupt was accepted and is to be delivered
 * @param interruptVector its vector, 0 to 255
 * @param interruptSoft whether INT n caused it
 * @param interruptShadow 0 none, 1 after STI, 2 after MOV SS or POP SS
 * @param nmiInjected an NMI is being delivered
 * @param nmiPending an NMI waits
 * @param nmiMasked NMIs are blocked until IRET
 * @param sipiVector the vector of a start-up IPI that waits
 */
public record PendingEvents(
        boolean exceptionPending,
        int exceptionVector,
        boolean exceptionHasErrorCode,
        int exceptionErrorCode,
        boolean interruptPending,
        int interruptVector,
        boolean interruptSoft,
        int interruptShadow,
        boolean nmiInjected,
        boolean nmiPending,
        boolean nmiMasked,
        int sipiVector) {
    /** Nothing pending. */
    public static final PendingEvents NONE =
            new PendingEvents(false, 0, false, 0, false, 0, false, 0, false, false, false, 0);
}
