package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

/**
 * Which registers there are, and what may be done with them by MSR (SDM vol. 3A, tables 11-1 and
 * 11-6).
 */
final class RegisterRules {
    private RegisterRules() {}

    /** Returns whether a register exists in both modes. */
    static boolean exists(int register, int version) {
        return switch (register) {
            case ID, VERSION, TPR, PPR, EOI, LDR, SVR, ESR, ICR -> true;
            case INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            case LVT_CMCI -> (version >>> 16 & 0xff) >= 6;
            default ->
                    register >= ISR && register < ESR
                            || register >= LVT_TIMER && register <= LVT_ERROR;
        };
    }

    /** Returns whether RDMSR reads it in x2APIC mode. */
    static boolean readable(int register, int version) {
        return register != EOI && exists(register, version);
    }

    /** Returns whether WRMSR writes it in x2APIC mode, if no reserved bit is set (11.12.1.3). */
    static boolean accepts(int register, long value, int version, LocalVectorTable lvt) {
        if (register != SELF_IPI && !exists(register, version)) {
            return false;
        }
        if (LocalVectorTable.holds(register)) {
            int known = lvt.writable(register) | LocalVectorTable.readOnly(register);
            return (value & ~(long) known) == 0;
        }
        return switch (register) {
            case EOI, ESR -> value == 0;
            case TPR, SELF_IPI -> (value & ~0xffL) == 0;
            case SVR -> (value & ~(long) svr(version)) == 0;
            case ICR -> (value & 0xffff_ffffL & ~(long) ICR_WRITABLE) == 0;
            case INITIAL_COUNT -> value >>> 32 == 0;
            case DIVIDE -> (value & ~0xbL) == 0;
            default -> false;
        };
    }

    /** Returns the bits of the spurious-interrupt vector register that can be set (11.9). */
    static int svr(int version) {
        boolean suppression = (version & VERSION_SUPPRESSION) != 0;
        return 0xff | SVR_ENABLED | SVR_FOCUS | (suppression ? SVR_SUPPRESSION : 0);
    }
}
