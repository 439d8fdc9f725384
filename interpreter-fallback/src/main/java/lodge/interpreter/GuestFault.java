package lodge.interpreter;

/**
 * An exception of the guest on its way to the run loop. One preallocated object per processor, so
 * throwing allocates nothing and records no stack.
 */
final class GuestFault extends RuntimeException {
    static final int DE = 0;
    static final int DB = 1;
    static final int BP = 3;
    static final int OF = 4;
    static final int BR = 5;
    static final int UD = 6;
    static final int NM = 7;
    static final int DF = 8;
    static final int TS = 10;
    static final int NP = 11;
    static final int SS = 12;
    static final int GP = 13;
    static final int PF = 14;
    static final int MF = 16;
    static final int AC = 17;
    static final int XM = 19;

    /** Vector, 0 to 31. */
    int vector;

    /** Error code, or -1 when the exception pushes none. */
    int errorCode;

    /** Whether RIP is in {@code Cpu.rip} already; otherwise it is the running node's. */
    boolean atRip;

    /** A #GP(0) for an address that is not canonical: #SS(0) when the access was to the stack. */
    boolean noncanonical;

    GuestFault() {
        super(null, null, false, false);
    }
}
