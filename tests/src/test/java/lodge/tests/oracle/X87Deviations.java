package lodge.tests.oracle;

/**
 * What the x87 leaves open, or the host's does differently: by the sections "FPU Flags Affected" of
 * SDM vol. 2 and the rules of vol. 1, chapter 8. Asked only when something differs.
 */
final class X87Deviations {
    private static final int C0 = 0x100;
    private static final int C1 = 0x200;
    private static final int C2 = 0x400;
    private static final int C3 = 0x4000;
    private static final int CODES = C0 | C1 | C2 | C3;

    /** ZF, PF and CF, which FCOMI sets. */
    private static final long COMPARE_FLAGS = 0x45;

    private X87Deviations() {}

    /** Returns the differences that are left when the accepted ones are taken away. */
    static int remaining(
            int differences, Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        if (e.vex != 0 || e.map != 0 || e.opcode >> 3 != 0x1b) {
            return differences;
        }
        int left = differences;
        if ((left & Comparison.X87) != 0 && sameX87(e, before, host, ours)) {
            left &= ~Comparison.X87;
        }
        // FCOMI: "If the #IA exception is unmasked, the status flags in the EFLAGS register are
        // not set" (SDM vol. 2); AMD's set them.
        if ((left & Comparison.FLAGS) != 0
                && isCompareToFlags(e)
                && invalidUnmasked(host)
                && ((host.rflags() ^ ours.rflags()) & ~(COMPARE_FLAGS | 0x1_0000)) == 0) {
            left &= ~Comparison.FLAGS;
        }
        // A store that an unmasked exception prevents: AMD's check its alignment all the same.
        if (!e.registerForm()
                && host.kind() == StateAfter.EXCEPTION
                && host.vector() == 17
                && ours.completed()
                && (status(ours) & ~ours.getInt(OracleLayout.X87) & 0x3f) != 0) {
            return 0;
        }
        if ((left & Comparison.OUTCOME) != 0 && isEnvironment(e) && sameFault(host, ours)) {
            left &= ~Comparison.OUTCOME;
        }
        return left;
    }

    private static int operation(Encoding e) {
        return (e.opcode & 7) << 3 | e.reg();
    }

    private static boolean isCompareToFlags(Encoding e) {
        int op = operation(e);
        return e.registerForm() && (op == 035 || op == 036 || op == 075 || op == 076);
    }

    /** FCOM, FUCOM, FICOM with and without pops, and FTST. */
    private static boolean isCompare(Encoding e) {
        int op = operation(e);
        if (op == 002 || op == 003 || op == 042 || op == 043) {
            return true;
        }
        return e.registerForm()
                ? op == 054
                        || op == 055
                        || op == 062
                        || e.modrm == 0xe9 && op == 025
                        || op == 063
                        || e.modrm == 0xe4 && op == 014
                : op == 022 || op == 023 || op == 062 || op == 063;
    }

    /** F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS. */
    private static boolean isTranscendental(Encoding e) {
        return e.opcode == 0xd9
                && (e.modrm >= 0xf0 && e.modrm <= 0xf3
                        || e.modrm == 0xf9
                        || e.modrm == 0xfb
                        || e.modrm == 0xfe
                        || e.modrm == 0xff);
    }

    /** FLDENV, FNSTENV, FRSTOR, FNSAVE. */
    private static boolean isEnvironment(Encoding e) {
        int op = operation(e);
        return !e.registerForm() && (op == 014 || op == 016 || op == 054 || op == 056);
    }

    private static int status(StateAfter after) {
        return after.getInt(OracleLayout.X87) >>> 16;
    }

    private static boolean invalidUnmasked(StateAfter host) {
        return (status(host) & ~host.getInt(OracleLayout.X87) & 1) != 0;
    }

    /** Returns the condition codes that need not be equal. */
    private static int openCodes(Encoding e, StateBefore before, StateAfter host) {
        int op = operation(e);
        boolean register = e.registerForm();
        int open = 0;
        // FFREE: "C0, C1, C2, C3 undefined"; FFREEP is no instruction of the SDM's.
        if (register && (op == 050 || op == 070)) {
            open |= CODES;
        }
        // FCMOVcc: "C1 Set to 0 if stack underflow occurred", and nothing about other cases.
        if (register && (op >> 2 == 04 || op >> 2 == 06)) {
            open |= C1;
        }
        // FCOMI: "C1 Set to 0"; AMD's leave it unless the stack underflows.
        if (isCompareToFlags(e)) {
            open |= C1;
        }
        // The direction of rounding depends on the algorithm where results do (SDM vol. 1, 8.3.10).
        if (isTranscendental(e)) {
            open |= C1;
        }
        // FPREM, FPREM1 of an invalid operand: there is no quotient whose bits C0, C3 and C1 are.
        if (e.opcode == 0xd9 && (e.modrm == 0xf5 || e.modrm == 0xf8) && (status(host) & 1) != 0) {
            open |= C0 | C1 | C3;
        }
        // Unmasked #I, #D or #Z: the instruction does not get to its result (vol. 1, 8.5), so C1
        // tells nothing; for comparisons, "If the invalid-arithmetic-operand exception is unmasked,
        // the condition code flags are not set" (vol. 2, FCOM), but AMD's set them.
        if ((status(host) & ~before.getInt(OracleLayout.X87) & 7) != 0) {
            open |= C1;
            if (isCompare(e)) {
                open |= C0 | C2 | C3;
            }
        }
        return open;
    }

    private static boolean sameX87(
            Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        int different = host.getInt(OracleLayout.X87) ^ ours.getInt(OracleLayout.X87);
        if ((different & ~(openCodes(e, before, host) << 16)) != 0
                || host.getByte(OracleLayout.X87 + 4) != ours.getByte(OracleLayout.X87 + 4)) {
            return false;
        }
        for (int i = 0; i < 8; i++) {
            long at = OracleLayout.X87 + 32 + i * 16L;
            boolean equal =
                    host.getLong(at) == ours.getLong(at)
                            && host.getLong(at + 8) == ours.getLong(at + 8);
            if (!equal && !(i < 2 && isTranscendental(e) && adjacent(host, ours, at))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Transcendental functions: "the maximum relative error is less than 1 ulp" when rounding to
     * nearest and less than 1.5 otherwise (SDM vol. 1, 8.3.10), so two results may be neighbours.
     */
    private static boolean adjacent(StateAfter host, StateAfter ours, long at) {
        long a = host.getLong(at);
        long b = ours.getLong(at);
        int exponentA = (int) host.getLong(at + 8) & 0xffff;
        int exponentB = (int) ours.getLong(at + 8) & 0xffff;
        if (exponentA == exponentB) {
            return Math.abs(a - b) <= 1;
        }
        boolean aGreater = exponentA > exponentB;
        return Math.abs(exponentA - exponentB) == 1
                && (aGreater ? a : b) == Long.MIN_VALUE
                && (aGreater ? b : a) == -1;
    }

    /**
     * Page faults in the middle of an environment or state image: which of its pages is touched
     * first is not said; AMD's begin with the last byte. Nor do AMD's check its alignment.
     */
    private static boolean sameFault(StateAfter host, StateAfter ours) {
        if (ours.kind() != StateAfter.EXCEPTION) {
            return false;
        }
        return host.kind() == StateAfter.EXCEPTION
                && host.vector() == 14
                && ours.vector() == 14
                && Math.abs(host.address() - ours.address()) < 108;
    }
}
