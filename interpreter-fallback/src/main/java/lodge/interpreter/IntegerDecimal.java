package lodge.interpreter;

/** Decimal adjustments (SDM vol. 2); what they leave undefined is computed from the result. */
final class IntegerDecimal {
    private IntegerDecimal() {}

    /** DAA and DAS. */
    static void adjustPacked(Cpu c, boolean subtract) {
        int al = c.reg8(CpuRegisters.RAX);
        int flags = c.arithmetic();
        boolean carry = (flags & CpuRegisters.CF) != 0;
        int r = al;
        int out = 0;
        if ((al & 15) > 9 || (flags & CpuRegisters.AF) != 0) {
            r += subtract ? -6 : 6;
            out = CpuRegisters.AF;
            if (subtract && r < 0) {
                out |= CpuRegisters.CF;
            }
        }
        if (al > 0x99 || carry) {
            r += subtract ? -0x60 : 0x60;
            out |= CpuRegisters.CF;
        }
        c.setReg8(CpuRegisters.RAX, r);
        c.flagsResult((byte) r, out);
    }

    /** AAA and AAS. */
    static void adjustUnpacked(Cpu c, boolean subtract) {
        int ax = c.reg16(CpuRegisters.RAX);
        boolean adjust = (ax & 15) > 9 || (c.arithmetic() & CpuRegisters.AF) != 0;
        if (adjust) {
            ax += subtract ? -0x106 : 0x106;
        }
        c.setReg16(CpuRegisters.RAX, ax & 0xff0f);
        c.flagsResult(ax & 15, adjust ? CpuRegisters.CF | CpuRegisters.AF : 0);
    }

    static void afterMultiplication(Cpu c, int base) {
        if (base == 0) {
            throw c.raise(GuestFault.DE);
        }
        int al = c.reg8(CpuRegisters.RAX);
        c.setReg16(CpuRegisters.RAX, al / base << 8 | al % base);
        c.flagsLogic((byte) (al % base));
    }

    static void beforeDivision(Cpu c, int base) {
        int al = c.reg8(CpuRegisters.RAX) + c.reg8(CpuRegisters.RAX + 1) * base & 0xff;
        c.setReg16(CpuRegisters.RAX, al);
        c.flagsLogic((byte) al);
    }
}
