package lodge.tests.oracle;

import java.lang.foreign.MemorySegment;

/**
 * Compares what the host's processor answered with what the processor under test did. What must be
 * equal is everything, but for flags that {@link UndefinedFlags} lists, what {@link HostDeviations}
 * accepts with its reason, and RFLAGS.RF, which Linux reports as its entry code left it.
 */
final class Comparison {
    static final int OUTCOME = 1;
    static final int RIP = 2;
    static final int REGISTERS = 4;
    static final int FLAGS = 8;
    static final int MEMORY = 16;
    static final int X87 = 32;
    static final int MXCSR = 64;
    static final int VECTORS = 128;

    private static final long RF = 0x1_0000;

    private Comparison() {}

    /** Returns the bits of what differs, 0 when nothing does. */
    static int differences(Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        int result = 0;
        long undefined = RF;
        if (host.completed() || host.vector() == 1) {
            undefined |= UndefinedFlags.mask(e, before, host);
        }
        if (((host.rflags() ^ ours.rflags()) & ~undefined) != 0) {
            result |= FLAGS;
        }
        if (host.completed() != ours.completed()
                || !host.completed() && !sameException(host, ours)) {
            result |= OUTCOME;
        }
        if (host.rip() != ours.rip()) {
            result |= RIP;
        }
        if (!same(host, ours, OracleLayout.GPR, 128)) {
            result |= REGISTERS;
        }
        if (host.changes() != ours.changes() || host.hash() != ours.hash()) {
            result |= MEMORY;
        }
        if (host.mxcsr() != ours.mxcsr()) {
            result |= MXCSR;
        }
        if (!same(host, ours, OracleLayout.XMM, 256)
                || !same(host, ours, OracleLayout.YMM_HIGH, 256)) {
            result |= VECTORS;
        }
        // Control, status and tag words, then the registers. HostDeviations says why no pointers.
        if (host.getInt(OracleLayout.X87) != ours.getInt(OracleLayout.X87)
                || host.getByte(OracleLayout.X87 + 4) != ours.getByte(OracleLayout.X87 + 4)
                || !same(host, ours, OracleLayout.X87 + 32, 128)) {
            result |= X87;
        }
        return result == 0 ? 0 : HostDeviations.remaining(result, e, before, host, ours);
    }

    private static boolean sameException(StateAfter host, StateAfter ours) {
        return host.kind() == ours.kind()
                && host.vector() == ours.vector()
                && host.error() == ours.error()
                && host.address() == ours.address();
    }

    private static boolean same(StateAfter a, StateAfter b, int offset, int size) {
        long from = a.base() + offset;
        long other = b.base() + offset;
        return MemorySegment.mismatch(
                        a.segment(), from, from + size, b.segment(), other, other + size)
                < 0;
    }
}
