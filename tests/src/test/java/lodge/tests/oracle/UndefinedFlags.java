package lodge.tests.oracle;

/**
 * Arithmetic flags that an instruction leaves undefined, by the section "Flags Affected" of its
 * page in SDM vol. 2, with the condition given there. The comparison ignores exactly these.
 */
final class UndefinedFlags {
    static final int CF = 1;
    static final int PF = 4;
    static final int AF = 0x10;
    static final int ZF = 0x40;
    static final int SF = 0x80;
    static final int OF = 0x800;

    private UndefinedFlags() {}

    /**
     * Returns the mask of undefined flags of an instruction that was executed.
     *
     * @param host tells how long it was
     */
    static int mask(Encoding e, StateBefore before, StateAfter host) {
        return switch (e.vex) {
            case 0 ->
                    switch (e.map) {
                        case 0 -> oneByte(e, before, host);
                        case 1 -> twoByte(e, before, host);
                        default -> 0;
                    };
            case 0xc4, 0xc5 -> bitManipulation(e);
            default -> 0;
        };
    }

    /** Returns what the mask may be at most, whatever the operands are. */
    static int possible(Encoding e) {
        boolean shift =
                e.is(0, 0xc0)
                        || e.is(0, 0xc1)
                        || e.is(0, 0xd0)
                        || e.is(0, 0xd1)
                        || e.is(0, 0xd2)
                        || e.is(0, 0xd3)
                        || e.is(1, 0xa4)
                        || e.is(1, 0xa5)
                        || e.is(1, 0xac)
                        || e.is(1, 0xad);
        return shift ? CF | OF | SF | ZF | AF | PF : mask(e, null, null);
    }

    private static int oneByte(Encoding e, StateBefore before, StateAfter host) {
        return switch (e.opcode) {
            // OR, AND, XOR: "The state of the AF flag is undefined."
            case 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d -> AF;
            case 0x20, 0x21, 0x22, 0x23, 0x24, 0x25 -> AF;
            case 0x30, 0x31, 0x32, 0x33, 0x34, 0x35 -> AF;
            case 0x80, 0x81, 0x83 -> e.reg() == 1 || e.reg() == 4 || e.reg() == 6 ? AF : 0;
            // TEST: "The state of the AF flag is undefined."
            case 0x84, 0x85, 0xa8, 0xa9 -> AF;
            // IMUL: "the SF, ZF, AF, and PF flags are undefined" (one- and two-operand forms too)
            case 0x69, 0x6b -> SF | ZF | AF | PF;
            case 0xf6, 0xf7 ->
                    switch (e.reg()) {
                        case 0, 1 -> AF;
                        case 4, 5 -> SF | ZF | AF | PF; // MUL, IMUL
                        case 6, 7 -> CF | OF | SF | ZF | AF | PF; // DIV, IDIV
                        default -> 0;
                    };
            // DAA, DAS: "The OF flag is undefined."
            case 0x27, 0x2f -> OF;
            // AAA, AAS: "The OF, SF, ZF, and PF flags are undefined."
            case 0x37, 0x3f -> OF | SF | ZF | PF;
            // AAM, AAD: "The OF, AF, and CF flags are undefined."
            case 0xd4, 0xd5 -> e.code32 ? OF | AF | CF : 0;
            case 0xc0, 0xc1 -> shift(e, e.lastByte(host));
            case 0xd0, 0xd1 -> shift(e, 1);
            case 0xd2, 0xd3 -> shift(e, (int) before.gpr(1));
            default -> 0;
        };
    }

    /**
     * RCL/RCR/ROL/ROR: "The OF flag is affected only for single-bit rotates; it is undefined for
     * multi-bit rotates". SAL/SAR/SHL/SHR: "The CF flag ... is undefined for SHL and SHR
     * instructions where the count is greater than or equal to the size (in bits) of the
     * destination operand. The OF flag is affected only for 1-bit shifts; otherwise, it is
     * undefined. ... For a non-zero count, the AF flag is undefined."
     */
    private static int shift(Encoding e, int rawCount) {
        int bytes = e.operandBytes();
        int count = rawCount & (bytes == 8 ? 63 : 31);
        if (count == 0) {
            return 0;
        }
        int overflow = count > 1 ? OF : 0;
        if (e.reg() < 4) {
            return overflow;
        }
        return overflow | AF | (e.reg() != 7 && count >= bytes * 8 ? CF : 0);
    }

    private static int twoByte(Encoding e, StateBefore before, StateAfter host) {
        return switch (e.opcode) {
            // BT, BTC, BTR, BTS: "The OF, SF, AF, and PF flags are undefined."
            case 0xa3, 0xab, 0xb3, 0xbb, 0xba -> OF | SF | AF | PF;
            // SHLD, SHRD: "For shifts greater than 1 bit, the OF flag is undefined. If a shift
            // occurs, the AF flag is undefined. If the count operand is greater than the operand
            // size, the flags are undefined."
            case 0xa4, 0xac -> doubleShift(e, e.lastByte(host));
            case 0xa5, 0xad -> doubleShift(e, (int) before.gpr(1));
            case 0xaf -> SF | ZF | AF | PF; // IMUL
            // BSF, BSR: "The CF, OF, SF, AF, and PF flags are undefined"; TZCNT, LZCNT: "OF, SF,
            // PF,
            // and AF flags are undefined."
            case 0xbc, 0xbd -> e.repeat ? OF | SF | PF | AF : CF | OF | SF | AF | PF;
            default -> 0;
        };
    }

    private static int doubleShift(Encoding e, int rawCount) {
        int count = rawCount & (e.wide() ? 63 : 31);
        if (count == 0) {
            return 0;
        }
        if (count > e.vBytes() * 8) {
            return CF | OF | SF | ZF | AF | PF;
        }
        return AF | (count > 1 ? OF : 0);
    }

    /** Under VEX. */
    private static int bitManipulation(Encoding e) {
        if (e.map != 2) {
            return 0;
        }
        return switch (e.opcode) {
            case 0xf2, 0xf3 -> AF | PF; // ANDN; BLSI, BLSMSK, BLSR: "AF and PF flags are undefined"
            case 0xf5 -> e.repeat || e.repeatNot ? 0 : AF | PF; // BZHI
            case 0xf7 ->
                    e.operandSize || e.repeat || e.repeatNot ? 0 : AF | SF | PF; // BEXTR, not SHLX
            default -> 0;
        };
    }
}
