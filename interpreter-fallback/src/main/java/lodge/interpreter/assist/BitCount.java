package lodge.interpreter.assist;

/**
 * POPCNT, LZCNT, TZCNT and CRC32: instructions of one operand and a register that differ from older
 * ones by a prefix alone (SDM vol. 2).
 */
final class BitCount {
    /** The polynomial 0x11EDC6F41, bits reflected. */
    private static final int CRC32C = 0x82f6_3b78;

    private static final long ARITHMETIC =
            Processor.CF | Processor.PF | Processor.AF | Processor.ZF | Processor.SF | Processor.OF;

    private final Processor cpu;
    private final LinearSpace space;

    BitCount(Processor cpu, LinearSpace space) {
        this.cpu = cpu;
        this.space = space;
    }

    private long source(Instruction instruction, int size) throws Abandon {
        if (instruction.memoryOperand()) {
            return space.load(instruction.operandAddress(size, false), size, space.programs(0));
        }
        return Processor.cut(cpu.registers[instruction.otherRegister()], size);
    }

    /** POPCNT clears all arithmetic flags but ZF, which tells of a source of 0. */
    void populationCount(Instruction instruction) throws Abandon {
        int size = instruction.operandSize();
        long source = source(instruction, size);
        cpu.setRegister(instruction.register(), size, Long.bitCount(source));
        cpu.rflags = cpu.rflags & ~ARITHMETIC | (source == 0 ? Processor.ZF : 0);
    }

    /** TZCNT. */
    void trailingZeros(Instruction instruction) throws Abandon {
        int size = instruction.operandSize();
        long source = source(instruction, size);
        count(instruction, size, source, Math.min(Long.numberOfTrailingZeros(source), 8 * size));
    }

    /** LZCNT. */
    void leadingZeros(Instruction instruction) throws Abandon {
        int size = instruction.operandSize();
        long source = source(instruction, size);
        int above = 64 - 8 * size;
        count(instruction, size, source, Long.numberOfLeadingZeros(source) - above);
    }

    /** CF tells of a source of 0, ZF of a result of 0; the others, which are undefined, stay. */
    private void count(Instruction instruction, int size, long source, int result) {
        cpu.setRegister(instruction.register(), size, result);
        cpu.rflags =
                cpu.rflags & ~(Processor.CF | Processor.ZF)
                        | (source == 0 ? Processor.CF : 0)
                        | (result == 0 ? Processor.ZF : 0);
    }

    /**
     * CRC32.
     *
     * @param size of the source: 1, 2, 4 or 8
     */
    void crc32(Instruction instruction, int size) throws Abandon {
        if (size == 1 && !instruction.memoryOperand() && !instruction.hasRex()) {
            if (instruction.otherRegister() >= Processor.RSP) {
                throw new NotMine("AH to BH");
            }
        }
        long source = source(instruction, size);
        int crc = (int) cpu.registers[instruction.register()];
        for (int i = 0; i < 8 * size; i++) {
            int bit = crc ^ (int) (source >>> i);
            crc = crc >>> 1 ^ (CRC32C & -(bit & 1));
        }
        cpu.setRegister(instruction.register(), 4, crc);
    }
}
