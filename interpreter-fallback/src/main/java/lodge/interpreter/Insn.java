package lodge.interpreter;

/**
 * A decoded instruction with all its fields, executed by its row's {@link Unit}: the general form
 * of a node. Written by the {@link Decoder} only.
 */
final class Insn extends Node {
    /** Marks {@link #base} as RIP. */
    static final int RIP = -1;

    /** The row of the table, or null for an undefined opcode. */
    Row row;

    Unit unit;

    /** The unit's constant. */
    Enum<?> op;

    /** Whether the run loop looks around afterwards (tag {@code end}). */
    boolean ends;

    /** Bytes of the first operand that has a general size; {@link #opSize} where none has. */
    byte size;

    /** Operand-size attribute in bytes: 2, 4 or 8. */
    byte opSize;

    /** Address-size attribute in bytes: 2, 4 or 8. */
    byte addrSize;

    /** 0xf2, 0xf3 or 0: the last repeat prefix. */
    short rep;

    /** Whether 66 was there. */
    boolean prefix66;

    boolean lock;

    /** Whether a REX prefix was there. */
    boolean rex;

    /** REX.W or VEX.W. */
    boolean w;

    /** VEX.L: 256 bits. */
    boolean l;

    /** VEX.vvvv as a register number. */
    byte vvvv;

    /** The ModRM byte, or the opcode's register in bits 2:0 where there is none. */
    short modrm;

    /** The opcode byte itself. */
    short opcode;

    /** Register number in ModRM.reg with REX.R. */
    byte reg;

    /** Register number in ModRM.rm, or in the opcode, with REX.B. */
    byte rm;

    /** Byte offset in the struct of the general register {@link #reg}, by operand size. */
    short regOff;

    /** Byte offset in the struct of the general register {@link #rm}, by operand size. */
    short rmOff;

    /** Whether ModRM.rm is memory. */
    boolean mem;

    /** Byte offset of the base register, {@link CpuRegisters#ZERO} for none, or {@link #RIP}. */
    short base;

    /** Byte offset of the index register, or {@link CpuRegisters#ZERO}. */
    short index;

    /** 0 to 3. */
    byte scale;

    /** Segment of the memory operand, overrides applied. */
    byte segment;

    /** A segment override prefix that counts, or -1. */
    byte override;

    long disp;

    /** First immediate, sign-extended where the instruction does; branch displacement; offset. */
    long imm;

    /** Second immediate; selector of a far pointer. */
    int imm2;

    /** Effective address: the offset in the segment. */
    long ea(Cpu c) {
        long a = disp + (c.reg64(index) << scale);
        a += base == RIP ? c.nextRip(this) : c.reg64(base);
        return addrSize == 8 ? a : addrSize == 4 ? a & 0xffff_ffffL : a & 0xffff;
    }

    @Override
    Node exec(Cpu c) {
        if (ends) {
            c.rip = c.nextRip(this);
            unit.exec(c, this);
            return null;
        }
        unit.exec(c, this);
        return done(c);
    }

    @Override
    boolean usesStack() {
        return mem && segment == CpuRegisters.SS || row != null && row.tags().contains("stack");
    }
}
