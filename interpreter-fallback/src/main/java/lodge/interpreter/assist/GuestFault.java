package lodge.interpreter.assist;

/** The instruction raises an exception in the guest (SDM vol. 3A, 7.15). */
final class GuestFault extends Abandon {
    static final int INVALID_OPCODE = 6;
    static final int DEVICE_NOT_AVAILABLE = 7;
    static final int INVALID_TSS = 10;
    static final int NOT_PRESENT = 11;
    static final int STACK = 12;
    static final int PROTECTION = 13;
    static final int PAGE = 14;
    static final int FLOATING_POINT = 16;

    private final int vector;
    private final int errorCode;
    private final long address;

    private GuestFault(int vector, int errorCode, long address) {
        super("Exception " + vector);
        this.vector = vector;
        this.errorCode = errorCode;
        this.address = address;
    }

    /** An exception without an error code. */
    static GuestFault plain(int vector) {
        return new GuestFault(vector, -1, 0);
    }

    /**
     * An exception with an error code.
     *
     * @param vector its vector
     * @param selector the selector or gate it is about; the two lowest bits of a selector are
     *     dropped by the caller, since for a gate they say IDT
     */
    static GuestFault coded(int vector, int selector) {
        return new GuestFault(vector, selector, 0);
    }

    /** A page fault. */
    static GuestFault page(int errorCode, long linear) {
        return new GuestFault(PAGE, errorCode, linear);
    }

    int vector() {
        return vector;
    }

    boolean hasErrorCode() {
        return errorCode >= 0;
    }

    int errorCode() {
        return Math.max(errorCode, 0);
    }

    /** The linear address for CR2, when this is a page fault. */
    long address() {
        return address;
    }
}
