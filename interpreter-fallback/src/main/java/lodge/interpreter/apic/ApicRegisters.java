package lodge.interpreter.apic;

/**
 * Numbers of the local APIC's registers: offset in the register page divided by 16, which is also
 * the distance from MSR 0x800 in x2APIC mode (SDM vol. 3A, tables 11-1 and 11-6), and their bits.
 */
final class ApicRegisters {
    static final int ID = 0x02;
    static final int VERSION = 0x03;
    static final int TPR = 0x08;
    static final int APR = 0x09;
    static final int PPR = 0x0a;
    static final int EOI = 0x0b;
    static final int RRD = 0x0c;
    static final int LDR = 0x0d;
    static final int DFR = 0x0e;
    static final int SVR = 0x0f;
    static final int ISR = 0x10;
    static final int TMR = 0x18;
    static final int IRR = 0x20;
    static final int ESR = 0x28;
    static final int LVT_CMCI = 0x2f;
    static final int ICR = 0x30;
    static final int ICR_HIGH = 0x31;
    static final int LVT_TIMER = 0x32;
    static final int LVT_THERMAL = 0x33;
    static final int LVT_PERFORMANCE = 0x34;
    static final int LVT_LINT0 = 0x35;
    static final int LVT_LINT1 = 0x36;
    static final int LVT_ERROR = 0x37;
    static final int INITIAL_COUNT = 0x38;
    static final int CURRENT_COUNT = 0x39;
    static final int DIVIDE = 0x3e;
    static final int SELF_IPI = 0x3f;

    /** IA32_APIC_BASE and its bits. */
    static final int MSR_BASE = 0x1b;

    static final int BASE_BSP = 1 << 8;
    static final int BASE_X2APIC = 1 << 10;
    static final int BASE_ENABLED = 1 << 11;

    static final int MSR_TSC_DEADLINE = 0x6e0;

    /** The MSRs 0x800 to 0x8ff are the registers; up to 0xbff they are reserved for them. */
    static final int MSR_FIRST = 0x800;

    static final int MSR_LAST = 0xbff;

    static final int VERSION_NUMBER = 0x14;
    static final int VERSION_SUPPRESSION = 1 << 24;

    static final int SVR_ENABLED = 1 << 8;
    static final int SVR_FOCUS = 1 << 9;
    static final int SVR_SUPPRESSION = 1 << 12;

    static final int ESR_SEND_ILLEGAL_VECTOR = 1 << 5;
    static final int ESR_RECEIVE_ILLEGAL_VECTOR = 1 << 6;
    static final int ESR_ILLEGAL_REGISTER = 1 << 7;
    static final int ESR_BITS =
            ESR_SEND_ILLEGAL_VECTOR | ESR_RECEIVE_ILLEGAL_VECTOR | ESR_ILLEGAL_REGISTER;

    static final int ICR_WRITABLE = 0xc_cfff;

    static final int FIXED = 0;
    static final int LOWEST_PRIORITY = 1;
    static final int SMI = 2;
    static final int NMI = 4;
    static final int INIT = 5;
    static final int STARTUP = 6;
    static final int EXT_INT = 7;

    /** Vectors below are reserved for exceptions; an APIC neither sends nor accepts them. */
    static final int FIRST_VECTOR = 16;

    private ApicRegisters() {}
}
