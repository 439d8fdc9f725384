package lodge.tests.oracle;

/**
 * Where a host may differ from Lodge's processor and both are right, each with its source. Asked
 * only when something differs. The x87 pointers (FOP, FIP, FDP; FXSAVE bytes 6 to 23) are not
 * compared: which instructions update them depends on the vendor and on the model (SDM vol. 1,
 * 8.1.8 and 8.1.9.1, CPUID.(7,0).EBX bits 6 and 13; APM vol. 2, 11.4.4), and neither are the
 * reserved bytes nor MXCSR_MASK.
 */
final class HostDeviations {
    private static final long LAST_USER_PAGE = 0x7fff_ffff_f000L;

    private HostDeviations() {}

    /** Returns the differences that are left when the accepted ones are taken away. */
    static int remaining(
            int differences, Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        int left = differences;
        if ((left & Comparison.OUTCOME) != 0 && kernelAddress(host, ours)) {
            left &= ~Comparison.OUTCOME;
        }
        if ((left & Comparison.VECTORS) != 0 && isApproximation(e) && closeEnough(e, host, ours)) {
            left &= ~Comparison.VECTORS;
        }
        if ((left & Comparison.REGISTERS) != 0 && undefinedDestination(e, before, host, ours)) {
            left &= ~Comparison.REGISTERS;
        }
        return left;
    }

    /**
     * Linux pretends that pages above the user's part were present, so that nobody learns the
     * kernel's layout from signals (arch/x86/mm/fault.c, "protection faults for kernel addresses").
     */
    private static boolean kernelAddress(StateAfter host, StateAfter ours) {
        return host.kind() == StateAfter.EXCEPTION
                && ours.kind() == StateAfter.EXCEPTION
                && host.vector() == 14
                && ours.vector() == 14
                && host.address() == ours.address()
                && Long.compareUnsigned(host.address(), LAST_USER_PAGE) >= 0
                && (host.error() | 1) == (ours.error() | 1);
    }

    /** RCPPS, RCPSS, RSQRTPS, RSQRTSS: SDM vol. 2, "relative error &lt;= 1.5 * 2^-12". */
    private static boolean isApproximation(Encoding e) {
        return (e.vex == 0 || e.vex == 0xc4 || e.vex == 0xc5)
                && e.map == 1
                && (e.opcode == 0x52 || e.opcode == 0x53)
                && !e.operandSize
                && !e.repeatNot;
    }

    private static boolean closeEnough(Encoding e, StateAfter host, StateAfter ours) {
        int changed = e.reg() | (e.rex & 4) << 1;
        for (int register = 0; register < 16; register++) {
            for (int i = 0; i < 8; i++) {
                long offset =
                        (i < 4 ? OracleLayout.XMM : OracleLayout.YMM_HIGH - 16L)
                                + register * 16L
                                + i * 4L;
                int a = host.getInt(offset);
                int b = ours.getInt(offset);
                if (a != b && (register != changed || !near(a, b))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Both may be off by the limit in either direction; results that are tiny may be flushed. */
    private static boolean near(int a, int b) {
        double x = Float.intBitsToFloat(a);
        double y = Float.intBitsToFloat(b);
        return Double.isFinite(x)
                && Double.isFinite(y)
                && Math.abs(x - y)
                        <= 2 * 1.5 * 0x1p-12 * Math.min(Math.abs(x), Math.abs(y)) + 0x1p-126;
    }

    /**
     * BSF and BSR of 0: "the content of the destination operand is undefined" (SDM vol. 2), which
     * AMD leaves unchanged (APM vol. 3). SHLD and SHRD with a count above the operand size: "the
     * result in the destination operand is undefined" (SDM vol. 2).
     */
    private static boolean undefinedDestination(
            Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        int destination;
        if ((e.is(1, 0xbc) || e.is(1, 0xbd)) && !e.repeat && (host.rflags() & 0x40) != 0) {
            destination = e.reg() | (e.rex & 4) << 1;
        } else if ((e.is(1, 0xa4) || e.is(1, 0xa5) || e.is(1, 0xac) || e.is(1, 0xad))
                && e.registerForm()
                && e.vBytes() == 2
                && ((e.opcode & 1) == 0 ? e.lastByte() & 31 : before.gpr(1) & 31) > 16) {
            destination = e.modrm & 7 | (e.rex & 1) << 3;
        } else {
            return false;
        }
        for (int i = 0; i < 16; i++) {
            if (i != destination && host.gpr(i) != ours.gpr(i)) {
                return false;
            }
        }
        return true;
    }
}
