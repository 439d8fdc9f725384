package lodge.interpreter;

/**
 * Decimal adjustments (SDM vol. 2). The flags that the SDM leaves undefined are AMD Zen's, which
 * are those of the additions and subtractions that the instructions consist of.
 */
final class IntegerDecimal {
    private IntegerDecimal() {}

    /** DAA and DAS. */
    static void adjustPacked(Cpu c, boolean subtract) {
        int al = c.reg8(CpuRegisters.RAX);
        int flags = c.arithmetic();
        int by = 0;
        int out = 0;
        if ((al & 15) > 9 || (flags & CpuRegisters.AF) != 0) {
            by = 6;
            out = CpuRegisters.AF;
            if (subtract && al < 6) {
                out |= CpuRegisters.CF;
            }
        }
        if (al > 0x99 || (flags & CpuRegisters.CF) != 0) {
            by += 0x60;
            out |= CpuRegisters.CF;
        }
        int r = subtract ? al - by : al + by;
        // The sign changes against that of the correction.
        if ((byte) (subtract ? al & ~r : ~al & r) < 0) {
            out |= CpuRegisters.OF;
        }
        c.setReg8(CpuRegisters.RAX, r);
        c.flagsResult((byte) r, out);
    }

    /** AAA and AAS. */
    static void adjustUnpacked(Cpu c, boolean subtract) {
        int ax = c.reg16(CpuRegisters.RAX);
        int r = ax;
        int out = 0;
        if ((ax & 15) > 9 || (c.arithmetic() & CpuRegisters.AF) != 0) {
            r = subtract ? ax - 0x106 : ax + 0x106;
            out = CpuRegisters.CF | CpuRegisters.AF;
            if ((short) (subtract ? ax & ~r : ~ax & r) < 0) {
                out |= CpuRegisters.OF;
            }
        }
        c.setReg16(CpuRegisters.RAX, r & 0xff0f);
        c.flagsResult((short) r, out);
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
        byte a = (byte) c.reg8(CpuRegisters.RAX);
        byte b = (byte) (c.reg8(CpuRegisters.RAX + 1) * base);
        byte r = (byte) (a + b);
        c.setReg16(CpuRegisters.RAX, r & 0xff);
        c.flagsAdd(r, a, b);
    }
}
