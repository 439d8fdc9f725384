package lodge.interpreter;

/** PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM vol. 1, 5.11.1; vol. 2, 4.1). */
final class SimdTextUnit extends Unit {
    enum Op {
        PCMPESTRM,
        PCMPESTRI,
        PCMPISTRM,
        PCMPISTRI
    }

    private final SimdEncoding encoding;
    private final boolean vex;

    SimdTextUnit(SimdEncoding encoding) {
        this.encoding = encoding;
        vex = encoding == SimdEncoding.VEX;
    }

    @Override
    Enum<?> operation(String name) {
        return encoding.operation(Op.class, name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        if (vex) {
            Vectors.requireAvx(c);
        } else {
            Vectors.requireSse(c);
        }
        Op op = (Op) i.op;
        int imm = (int) i.imm;
        int elements = (imm & 1) != 0 ? 8 : 16;
        long a = Vectors.register(c, i.reg);
        long b = Vectors.source(c, i, 16, false);
        boolean explicit = op == Op.PCMPESTRM || op == Op.PCMPESTRI;
        boolean wide = c.code64 && i.w;
        int lengthA =
                explicit
                        ? length(c, CpuRegisters.RAX, wide, elements)
                        : TextCompare.length(a, elements);
        int lengthB =
                explicit
                        ? length(c, CpuRegisters.RDX, wide, elements)
                        : TextCompare.length(b, elements);
        int result = TextCompare.compare(a, lengthA, b, lengthB, imm);
        if (op == Op.PCMPESTRI || op == Op.PCMPISTRI) {
            c.setReg32(CpuRegisters.RCX, index(result, elements, (imm & 0x40) != 0));
        } else {
            mask(c, result, elements, (imm & 0x40) != 0);
        }
        c.setArithmetic(
                (result != 0 ? CpuRegisters.CF : 0)
                        | (lengthB < elements ? CpuRegisters.ZF : 0)
                        | (lengthA < elements ? CpuRegisters.SF : 0)
                        | ((result & 1) != 0 ? CpuRegisters.OF : 0));
    }

    /** The absolute value of RAX or RDX, at most the number of elements. */
    private static int length(Cpu c, int register, boolean wide, int elements) {
        long v = wide ? c.reg64(register) : c.reg32(register);
        return v > -elements && v < elements ? Math.abs((int) v) : elements;
    }

    private static int index(int result, int elements, boolean last) {
        if (result == 0) {
            return elements;
        }
        return last
                ? 31 - Integer.numberOfLeadingZeros(result)
                : Integer.numberOfTrailingZeros(result);
    }

    private void mask(Cpu c, int result, int elements, boolean spread) {
        long low = result;
        long high = 0;
        if (spread && elements == 16) {
            low = PackedShuffles.mask(result, 8, 8);
            high = PackedShuffles.mask(result >> 8, 8, 8);
        } else if (spread) {
            low = PackedShuffles.mask(result, 4, 16);
            high = PackedShuffles.mask(result >> 4, 4, 16);
        }
        c.setVector(0, 0, low);
        c.setVector(0, 1, high);
        if (vex) {
            Vectors.clearUpper(Vectors.register(c, 0));
        }
    }
}
