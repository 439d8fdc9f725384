package lodge.tests.oracle;

/**
 * Where a host may differ from Lodge's processor and both are right, each with its source. Asked
 * only when something differs. The x87 pointers (FOP, FIP, FDP; FXSAVE bytes 6 to 23) are not
 * compared: which instructions update them depends on the vendor and on the model (SDM vol. 1,
 * 8.1.8 and 8.1.9.1, CPUID.(7,0).EBX bits 6 and 13; APM vol. 2, 11.4.4), and neither are the
 * reserved bytes nor MXCSR_MASK.
 */
final class HostDeviations {
    /** Also where Linux begins to treat addresses as its own (TASK_SIZE_MAX). */
    private static final long LAST_USER_PAGE = 0x7fff_ffff_f000L;

    private HostDeviations() {}

    /** Returns the differences that are left when the accepted ones are taken away. */
    static int remaining(
            int differences, Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        if (wayBack(ours)
                || maskedMoveFaults(e, host, ours)
                || callFaults(e, host, ours)
                || gatherStopped(e, before, host, ours)
                || misalignedMode(e, host, ours)
                || vectorAlignment(e, host, ours)
                || compareStringFaults(e, host, ours)
                || edgeOfUserSpace(host, ours)
                || alignmentOrder(host, ours)
                || wrapsAround(e, host, ours)
                || wideInsertion(e, host)
                || segmentSlotAlignment(e, host, ours)
                || permutesWithoutW(e, host, ours)
                || fetchOfUndefined(before, host, ours)) {
            return 0;
        }
        int left = X87Deviations.remaining(differences, e, before, host, ours);
        if ((left & Comparison.FLAGS) != 0 && identificationLost(before, host, ours)) {
            left &= ~Comparison.FLAGS;
        }
        if ((left & Comparison.OUTCOME) != 0 && kernelAddress(host, ours)) {
            left &= ~Comparison.OUTCOME;
        }
        if (e.map == 1
                && e.vex == 0
                && (e.opcode == 0x2a || e.opcode == 0x2c || e.opcode == 0x2d)) {
            left = betweenMmxAndSse(left, e, host, ours);
        }
        // DPPS, DPPD: which of the products and sums has raised its flags when one of them raises
        // an unmasked exception is not said (SDM vol. 2, DPPS: "exceptions are determined
        // separately for each add and multiply operation").
        if ((left & Comparison.MXCSR) != 0
                && e.map == 3
                && (e.opcode == 0x40 || e.opcode == 0x41)
                && host.vector() == 19
                && ours.vector() == 19) {
            left &= ~Comparison.MXCSR;
        }
        if ((left & Comparison.VECTORS) != 0 && isApproximation(e) && closeEnough(e, host, ours)) {
            left &= ~Comparison.VECTORS;
        }
        if ((left & Comparison.REGISTERS) != 0 && undefinedDestination(e, before, host, ours)) {
            left &= ~Comparison.REGISTERS;
        }
        if ((left & Comparison.VECTORS) != 0 && isGather(e) && sameRemainingMask(e, host, ours)) {
            left &= ~Comparison.VECTORS;
        }
        // PUSH of a segment register with 32 bits: "either a zero-extended value is pushed on the
        // stack or the segment selector is written on the stack using a 16-bit move" (SDM vol. 2,
        // PUSH). PUSHA stores some registers before it faults.
        if ((left & Comparison.MEMORY) != 0
                && e.code32
                && (isPushSegment(e) && sameLowHalf(host, ours)
                        || e.is(0, 0x60) && host.kind() == StateAfter.EXCEPTION)) {
            left &= ~Comparison.MEMORY;
        }
        // POPA: AMD's have loaded some registers when they fault.
        if ((left & Comparison.REGISTERS) != 0
                && e.code32
                && e.is(0, 0x61)
                && host.kind() == StateAfter.EXCEPTION) {
            left &= ~Comparison.REGISTERS;
        }
        // ENTER pushes RBP before it finds that the new frame cannot be written; the SDM only says
        // that it raises #PF then (vol. 2, ENTER).
        if ((left & Comparison.MEMORY) != 0
                && e.is(0, 0xc8)
                && host.kind() == StateAfter.EXCEPTION) {
            left &= ~Comparison.MEMORY;
        }
        if ((left & Comparison.MEMORY) != 0
                && overshift(e, before, host)
                && sameAddresses(host, ours)) {
            left &= ~Comparison.MEMORY;
        }
        return left;
    }

    /**
     * Whether the host maps what Lodge does not: the way back, see oracle.c. An address made of
     * random bits may lie there.
     */
    private static boolean wayBack(StateAfter ours) {
        long distance = ours.address() - (OracleLayout.CODE - OracleLayout.BACK_DISTANCE & -4096L);
        return ours.kind() == StateAfter.EXCEPTION
                && ours.vector() == 14
                && distance >= -64
                && distance < OracleLayout.CODE_SIZE + 2 * OracleLayout.PAGE;
    }

    /**
     * MASKMOVQ and MASKMOVDQU: "exceptions associated with addressing memory and page faults may
     * still be signaled (implementation dependent)" for bytes whose mask is 0 (SDM vol. 2), so the
     * host may fault where Lodge does not, or at a lower address; AMD's have then entered the MMX
     * state already.
     */
    private static boolean maskedMoveFaults(Encoding e, StateAfter host, StateAfter ours) {
        return e.map == 1
                && e.opcode == 0xf7
                && host.kind() == StateAfter.EXCEPTION
                && (host.vector() == 14 || host.vector() == 17)
                && (ours.completed() || ours.vector() == 14 || ours.vector() == 1);
    }

    /**
     * A near CALL whose target is not canonical and whose return address cannot be pushed: by the
     * operation in SDM vol. 2, CALL, #GP comes first; AMD's find the stack first.
     */
    private static boolean callFaults(Encoding e, StateAfter host, StateAfter ours) {
        return e.is(0, 0xff)
                && e.reg() == 2
                && host.kind() == StateAfter.EXCEPTION
                && (host.vector() == 12 || host.vector() == 14)
                && ours.kind() == StateAfter.EXCEPTION
                && ours.vector() == 13;
    }

    /**
     * "If a gather is suspended" by a trap "after at least one element has been gathered", RIP is
     * still at the gather (SDM vol. 2, VGATHERDPS): AMD's take #DB before the #PF of a later
     * element, and that comes when the instruction goes on.
     */
    private static boolean gatherStopped(
            Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        return isGather(e)
                && host.kind() == StateAfter.EXCEPTION
                && host.vector() == 1
                && host.rip() == before.rip()
                && ours.kind() == StateAfter.EXCEPTION
                && ours.rip() == before.rip();
    }

    /** LDMXCSR of bit 17, MM on AMD's (APM vol. 2, 11.3.1), reserved in the SDM. */
    private static boolean misalignedMode(Encoding e, StateAfter host, StateAfter ours) {
        return e.map == 1
                && e.opcode == 0xae
                && (host.completed() || host.vector() == 1)
                && (host.mxcsr() & 0x2_0000) != 0
                && ours.kind() == StateAfter.EXCEPTION
                && ours.vector() == 13;
    }

    /**
     * Alignment of operands of 16 and 32 bytes with RFLAGS.AC: "If alignment checking is enabled
     * ... an alignment-check exception (#AC) may or may not be generated (depending on processor
     * implementation)" (SDM vol. 2, MOVUPS). AMD's do it by the instruction.
     */
    private static boolean vectorAlignment(Encoding e, StateAfter host, StateAfter ours) {
        if (e.vex == 0 && e.map == 0 || (host.rflags() & 0x4_0000) == 0) {
            return false;
        }
        boolean hostRaises = host.kind() == StateAfter.EXCEPTION && host.vector() == 17;
        boolean oursRaises = ours.kind() == StateAfter.EXCEPTION && ours.vector() == 17;
        return hostRaises && (ours.completed() || ours.vector() == 14 || ours.vector() == 13)
                || oursRaises && (host.completed() || host.vector() == 1 || host.vector() == 14);
    }

    /** CMPS: which operand is read first is not said; AMD's begin with the one at RDI. */
    private static boolean compareStringFaults(Encoding e, StateAfter host, StateAfter ours) {
        return (e.is(0, 0xa6) || e.is(0, 0xa7))
                && bothFault(host, ours)
                && host.rip() == ours.rip();
    }

    private static boolean bothFault(StateAfter host, StateAfter ours) {
        return host.kind() == StateAfter.EXCEPTION
                && ours.kind() == StateAfter.EXCEPTION
                && host.vector() >= 12
                && ours.vector() >= 12
                && host.vector() <= 17
                && ours.vector() <= 17;
    }

    /**
     * Operands that begin in the last page below the hole in the address space and end in it: parts
     * of them raise #PF, others #GP or #SS, in no order that the SDM tells.
     */
    private static boolean edgeOfUserSpace(StateAfter host, StateAfter ours) {
        return bothFault(host, ours) && (edge(host) || edge(ours));
    }

    /**
     * An undefined opcode at the end of the last page: how many bytes behind it are fetched before
     * it is found to be undefined is not said.
     */
    private static boolean fetchOfUndefined(StateBefore before, StateAfter host, StateAfter ours) {
        long end = before.rip() + before.length();
        return fetchFault(host, end) && ours.kind() == StateAfter.EXCEPTION && ours.vector() == 6
                || fetchFault(ours, end)
                        && host.kind() == StateAfter.EXCEPTION
                        && host.vector() == 6;
    }

    private static boolean fetchFault(StateAfter after, long address) {
        return after.kind() == StateAfter.EXCEPTION
                && after.vector() == 14
                && after.address() == address
                && (after.error() & 0x10) != 0;
    }

    /**
     * #AC against #GP, #SS and #PF of the same instruction: "Exceptions within each class are
     * implementation-dependent and may vary from processor to processor" (SDM vol. 3A, table on the
     * priority among concurrent events).
     */
    private static boolean alignmentOrder(StateAfter host, StateAfter ours) {
        return bothFault(host, ours)
                && host.rip() == ours.rip()
                && (host.vector() == 17 || ours.vector() == 17);
    }

    private static boolean edge(StateAfter after) {
        return after.vector() == 14 && after.address() >>> 12 == LAST_USER_PAGE >>> 12;
    }

    private static boolean isPushSegment(Encoding e) {
        return e.is(0, 0x06)
                || e.is(0, 0x0e)
                || e.is(0, 0x16)
                || e.is(0, 0x1e)
                || e.is(1, 0xa0)
                || e.is(1, 0xa8);
    }

    /** The 16-bit move, see {@link #remaining}, needs less alignment than 32 bits would. */
    private static boolean segmentSlotAlignment(Encoding e, StateAfter host, StateAfter ours) {
        return e.code32
                && isPushSegment(e)
                && host.kind() == StateAfter.EXCEPTION
                && host.vector() == 17
                && (ours.completed() || ours.vector() == 1);
    }

    /** Whether all that differs is the upper half of the selector's slot. */
    private static boolean sameLowHalf(StateAfter host, StateAfter ours) {
        if (host.changes() > 2 || ours.changes() > 2) {
            return false;
        }
        for (int i = 0; i < host.changes(); i++) {
            for (int j = 0; j < ours.changes(); j++) {
                long different = host.changeValue(i) ^ ours.changeValue(j);
                if (host.changeAddress(i) == ours.changeAddress(j)
                        && Long.bitCount(different) > 16) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Offsets that wrap around at 4 GiB: "behavior ... is implementation-specific" (SDM vol. 3A,
     * 5.3): #GP or #SS for the limit, or #PF for the part that exists.
     */
    private static boolean wrapsAround(Encoding e, StateAfter host, StateAfter ours) {
        return e.code32
                && bothFault(host, ours)
                && (host.vector() == 14 && host.address() >= 0xffff_ff00L
                        || ours.vector() == 14 && ours.address() >= 0xffff_ff00L);
    }

    /**
     * VPERMQ and VPERMPD with VEX.W 0, which have no encoding (SDM vol. 2, VPERMQ: VEX.W1): seen to
     * execute on AMD family 25.
     */
    private static boolean permutesWithoutW(Encoding e, StateAfter host, StateAfter ours) {
        return e.vex == 0xc4
                && e.map == 3
                && (e.opcode == 0 || e.opcode == 1)
                && (e.rex & 8) == 0
                && host.vector() != 6
                && ours.kind() == StateAfter.EXCEPTION
                && ours.vector() == 6;
    }

    /**
     * RFLAGS.ID was set before and is not after an instruction that does not write it: once in some
     * ten million, and never for the same one twice, a software KVM under this host loses it when
     * it switches processors. RF goes with it.
     */
    private static boolean identificationLost(
            StateBefore before, StateAfter host, StateAfter ours) {
        long id = 1L << 21;
        long resume = 1L << 16;
        return (before.rflags() & id) != 0
                && (host.rflags() & id) == 0
                && ((host.rflags() ^ ours.rflags()) & ~(id | resume)) == 0;
    }

    /** VPINSRD, VPEXTRD with VEX.W outside 64-bit mode: ignored (SDM vol. 2), but #UD on AMD's. */
    private static boolean wideInsertion(Encoding e, StateAfter host) {
        return e.code32
                && e.vex != 0
                && e.map == 3
                && (e.opcode == 0x16 || e.opcode == 0x22)
                && (e.rex & 8) != 0
                && host.kind() == StateAfter.EXCEPTION
                && host.vector() == 6;
    }

    private static boolean isGather(Encoding e) {
        return e.vex != 0 && e.map == 2 && e.opcode >= 0x90 && e.opcode <= 0x93;
    }

    /**
     * Gathers that fault: "If an exception is triggered by an element and delivered, all elements
     * closer to the LSB of the destination zmm will be completed (and non-faulting)" and the rest
     * of the mask register tells which are left (SDM vol. 2, VGATHERDPS). Only its elements' most
     * significant bits count; when the others are changed, the processor is free to choose.
     */
    private static boolean sameRemainingMask(Encoding e, StateAfter host, StateAfter ours) {
        if (host.kind() != StateAfter.EXCEPTION || host.vector() == 1) {
            return false;
        }
        int elements = e.wide() ? 8 : 4;
        boolean quadIndex = (e.opcode & 1) != 0;
        int count = (e.vexL ? 32 : 16) / (quadIndex ? 8 : elements);
        for (int register = 0; register < 16; register++) {
            for (int i = 0; i < 32; i += 4) {
                long offset =
                        register * 16L
                                + i
                                + (i < 16 ? OracleLayout.XMM : OracleLayout.YMM_HIGH - 16);
                int different = host.getInt(offset) ^ ours.getInt(offset);
                if (register != e.vvvv) {
                    if (different != 0) {
                        return false;
                    }
                } else if ((i + 4) % elements == 0 && i < count * elements && different < 0) {
                    return false;
                }
            }
        }
        return true;
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

    /**
     * CVTPI2PS and CVTPI2PD of memory, and CVTPS2PI and its like when they raise #XM: the SDM has
     * them enter the MMX state (but for CVTPI2PD of memory) and take pending x87 exceptions; AMD's
     * do not where no MMX register is named, and do even if the instruction then faults.
     */
    private static int betweenMmxAndSse(
            int differences, Encoding e, StateAfter host, StateAfter ours) {
        int left = differences;
        if (e.opcode == 0x2a && !e.registerForm()) {
            left &= ~Comparison.X87;
            if (ours.kind() == StateAfter.EXCEPTION && ours.vector() == 16) {
                left = 0;
            }
        } else if (host.kind() == StateAfter.EXCEPTION && host.vector() == 19) {
            left &= ~Comparison.X87;
        }
        return left;
    }

    /** RCPPS, RCPSS, RSQRTPS, RSQRTSS: SDM vol. 2, "relative error &lt;= 1.5 * 2^-12". */
    private static boolean isApproximation(Encoding e) {
        return (e.vex == 0 || e.vex == 0xc4 || e.vex == 0xc5)
                && e.map == 1
                && (e.opcode == 0x52 || e.opcode == 0x53)
                && (!e.operandSize || e.repeat)
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
     * SHLD and SHRD with a count above the operand size: "the result in the destination operand is
     * undefined" (SDM vol. 2).
     */
    private static boolean overshift(Encoding e, StateBefore before, StateAfter host) {
        return (e.is(1, 0xa4) || e.is(1, 0xa5) || e.is(1, 0xac) || e.is(1, 0xad))
                && e.vBytes() == 2
                && ((e.opcode & 1) == 0 ? e.lastByte(host) & 31 : before.gpr(1) & 31) > 16;
    }

    private static boolean sameAddresses(StateAfter host, StateAfter ours) {
        for (int i = 0; i < host.listed(); i++) {
            if (host.changeAddress(i) != ours.changeAddress(i)) {
                return false;
            }
        }
        return host.changes() == ours.changes();
    }

    /**
     * BSF and BSR of 0: "the content of the destination operand is undefined" (SDM vol. 2), which
     * AMD leaves unchanged (APM vol. 3); and {@link #overshift}.
     */
    private static boolean undefinedDestination(
            Encoding e, StateBefore before, StateAfter host, StateAfter ours) {
        int destination;
        if ((e.is(1, 0xbc) || e.is(1, 0xbd)) && !e.repeat && (host.rflags() & 0x40) != 0) {
            destination = e.reg() | (e.rex & 4) << 1;
        } else if (overshift(e, before, host) && e.registerForm()) {
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
