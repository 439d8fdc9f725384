package lodge.interpreter.assist;

import static lodge.interpreter.assist.Processor.DS;
import static lodge.interpreter.assist.Processor.RBP;
import static lodge.interpreter.assist.Processor.RBX;
import static lodge.interpreter.assist.Processor.RDI;
import static lodge.interpreter.assist.Processor.RSI;
import static lodge.interpreter.assist.Processor.RSP;
import static lodge.interpreter.assist.Processor.SS;

/**
 * The instruction at CS:RIP: prefixes, opcode and operands, as SDM vol. 2A, chapter 2 lays them
 * out. Opcodes with VEX or EVEX prefixes are {@link NotMine}, as are 3DNow!'s.
 */
final class Instruction {
    /** Added to the opcode of an instruction in the map 0F. */
    static final int MAP_0F = 0x0f00;

    /** Added to the opcode of an instruction in the map 0F 38. */
    static final int MAP_0F38 = 0x3800;

    /** Added to the opcode of an instruction in the map 0F 3A. */
    static final int MAP_0F3A = 0x3a00;

    private static final int MAXIMUM_LENGTH = 15;
    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;

    private final Processor cpu;
    private final Segmentation segmentation;
    private final LinearSpace space;
    private final byte[] bytes = new byte[MAXIMUM_LENGTH];

    private int length;
    private int opcode;
    private int rex;
    private boolean operandPrefix;
    private boolean addressPrefix;
    private boolean lock;
    private int repeat;
    private int override = -1;
    private int modrm;
    private boolean hasModrm;
    private int operandSegment;
    private long operandOffset;

    private Instruction(Processor cpu, Segmentation segmentation, LinearSpace space) {
        this.cpu = cpu;
        this.segmentation = segmentation;
        this.space = space;
    }

    /** Fetches prefixes and opcode. */
    static Instruction decode(Processor cpu, Segmentation segmentation, LinearSpace space)
            throws Abandon {
        Instruction instruction = new Instruction(cpu, segmentation, space);
        instruction.prefixesAndOpcode();
        return instruction;
    }

    private int next() throws Abandon {
        if (length == MAXIMUM_LENGTH) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        long address = segmentation.fetchAddress(cpu.rip + length);
        int value = (int) space.load(address, 1, space.programs(Paging.FETCH));
        bytes[length++] = (byte) value;
        return value;
    }

    private void prefixesAndOpcode() throws Abandon {
        while (true) {
            int value = next();
            boolean prefix = true;
            switch (value) {
                case 0x26, 0x2e, 0x36, 0x3e -> override = value >> 3 & 3;
                case 0x64, 0x65 -> override = value & 7;
                case 0x66 -> operandPrefix = true;
                case 0x67 -> addressPrefix = true;
                case 0xf0 -> lock = true;
                case 0xf2, 0xf3 -> repeat = value;
                default -> prefix = false;
            }
            if (prefix) {
                rex = 0;
            } else if (cpu.code64() && (value & 0xf0) == 0x40) {
                rex = value;
            } else {
                opcode = value;
                break;
            }
        }
        if (opcode == 0x0f) {
            opcode = next();
            opcode =
                    switch (opcode) {
                        case 0x38 -> MAP_0F38 | next();
                        case 0x3a -> MAP_0F3A | next();
                        default -> MAP_0F | opcode;
                    };
        }
    }

    /** Returns the opcode with its map. */
    int opcode() {
        return opcode;
    }

    boolean lock() {
        return lock;
    }

    /** Returns 0xf2, 0xf3 or 0, whichever prefix came last. */
    int repeat() {
        return repeat;
    }

    boolean operandPrefix() {
        return operandPrefix;
    }

    /** Returns the mandatory prefix of an opcode outside the first map: 0x66, 0xf2, 0xf3 or 0. */
    int mandatoryPrefix() {
        return repeat != 0 ? repeat : operandPrefix ? 0x66 : 0;
    }

    boolean hasRex() {
        return rex != 0;
    }

    boolean rexW() {
        return (rex & REX_W) != 0;
    }

    /** Returns the operand size in bytes: 2, 4 or 8. */
    int operandSize() {
        if (rexW()) {
            return 8;
        }
        boolean wide = cpu.code64() || bigCode();
        return wide == operandPrefix ? 2 : 4;
    }

    private boolean bigCode() {
        return (cpu.segments[Processor.CS].attributes()
                        & lodge.core.cpu.SegmentRegister.DEFAULT_BIG)
                != 0;
    }

    private int addressSize() {
        if (cpu.code64()) {
            return addressPrefix ? 4 : 8;
        }
        return bigCode() == addressPrefix ? 2 : 4;
    }

    /** Returns the number of bytes fetched so far. */
    int length() {
        return length;
    }

    /** Returns RIP after what has been fetched so far. */
    long nextRip() {
        return Processor.cut(cpu.rip + length, cpu.code64() ? 8 : 4);
    }

    /** Fetches a byte of the instruction's own data. */
    int immediate8() throws Abandon {
        return next();
    }

    /** Fetches ModRM, SIB and displacement; no immediate may follow a RIP-relative operand. */
    void operands() throws Abandon {
        modrm = next();
        hasModrm = true;
        if (!memoryOperand()) {
            return;
        }
        operandSegment = DS;
        if (addressSize() == 2) {
            address16();
        } else {
            address32();
        }
        if (override >= 0 && (!cpu.code64() || override >= Processor.FS)) {
            operandSegment = override;
        }
        operandOffset = Processor.cut(operandOffset, addressSize());
    }

    /** Returns ModRM itself. */
    int modrm() {
        return modrm;
    }

    /** Returns ModRM's reg field without REX: an opcode extension. */
    int extension() {
        return modrm >> 3 & 7;
    }

    /** Returns the register in ModRM's reg field. */
    int register() {
        return extension() | ((rex & REX_R) != 0 ? 8 : 0);
    }

    /** Returns the register in ModRM's r/m field, when {@link #memoryOperand} is false. */
    int otherRegister() {
        return modrm & 7 | ((rex & REX_B) != 0 ? 8 : 0);
    }

    boolean memoryOperand() {
        return hasModrm && modrm >> 6 != 3;
    }

    /**
     * Returns the linear address of the memory operand.
     *
     * @param size its size in bytes
     * @param write whether it is stored to
     */
    long operandAddress(int size, boolean write) throws GuestFault {
        return segmentation.linear(operandSegment, operandOffset, size, write);
    }

    private long displacement(int size) throws Abandon {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) next() << 8 * i;
        }
        int unused = 64 - 8 * size;
        return value << unused >> unused;
    }

    /** SDM vol. 2A, table 2-1. */
    private void address16() throws Abandon {
        int mod = modrm >> 6;
        int rm = modrm & 7;
        long[] r = cpu.registers;
        if (mod == 0 && rm == 6) {
            operandOffset = displacement(2);
            return;
        }
        if (rm == 2 || rm == 3 || rm == 6) {
            operandSegment = SS;
        }
        long base =
                switch (rm) {
                    case 0 -> r[RBX] + r[RSI];
                    case 1 -> r[RBX] + r[RDI];
                    case 2 -> r[RBP] + r[RSI];
                    case 3 -> r[RBP] + r[RDI];
                    case 4 -> r[RSI];
                    case 5 -> r[RDI];
                    case 6 -> r[RBP];
                    default -> r[RBX];
                };
        operandOffset = base + displacement(mod);
    }

    /** SDM vol. 2A, tables 2-2 and 2-3, and 2.2.1 for 64-bit mode. */
    private void address32() throws Abandon {
        int mod = modrm >> 6;
        int rm = modrm & 7;
        long base;
        if (rm == 4) {
            base = scaledIndex(mod);
        } else if (mod == 0 && rm == 5) {
            long displacement = displacement(4);
            operandOffset = cpu.code64() ? nextRip() + displacement : displacement;
            return;
        } else {
            base = baseRegister(rm);
        }
        operandOffset = base + displacement(mod == 2 ? 4 : mod);
    }

    private long scaledIndex(int mod) throws Abandon {
        int sib = next();
        int index = sib >> 3 & 7 | ((rex & REX_X) != 0 ? 8 : 0);
        // RSP cannot be an index; R12 can.
        long scaled = index == RSP ? 0 : cpu.registers[index] << (sib >> 6);
        if (mod == 0 && (sib & 7) == RBP) {
            return scaled + displacement(4);
        }
        return scaled + baseRegister(sib & 7);
    }

    private long baseRegister(int number) {
        if ((rex & REX_B) != 0) {
            return cpu.registers[number | 8];
        }
        if (number == RSP || number == RBP) {
            operandSegment = SS;
        }
        return cpu.registers[number];
    }
}
