package lodge.interpreter;

/**
 * A specialised node with a memory operand and at most one register: for 64-bit mode, and for
 * 32-bit mode with flat segments. Every address is base + index * scale + displacement + segment
 * base, of registers that may be the constant 0 or RIP, so that one form serves all.
 */
abstract class MemoryNode extends Node {
    private final short base;
    private final short index;
    private final short segment;
    private final byte scale;
    private final long disp;
    private final long mask;

    /** Byte offset of the register operand. */
    final short r;

    /** Immediate operand. */
    final long imm;

    private final boolean stack;

    MemoryNode(Insn i) {
        offset = i.offset;
        length = i.length;
        boolean relative = i.base == Insn.RIP;
        base = relative ? CpuRegisters.RIP_BASE : i.base;
        disp = relative ? i.disp + i.offset + i.length : i.disp;
        index = i.index;
        scale = i.scale;
        segment =
                i.segment >= CpuRegisters.FS
                        ? (short) (CpuRegisters.SEGMENT_BASES + 8 * i.segment)
                        : CpuRegisters.ZERO;
        mask = i.addrSize == 8 ? -1L : 0xffff_ffffL;
        r = i.regOff;
        imm = i.imm;
        stack = i.segment == CpuRegisters.SS;
    }

    /** Whether an instruction's memory operand has a form that this class knows. */
    static boolean fits(Insn i, int mode) {
        boolean long64 = (mode & 3) == Decoder.CODE64;
        boolean flat32 = (mode & 3) == Decoder.CODE32 && (mode & Decoder.FLAT) != 0;
        return i.mem
                && !i.lock
                && (long64 && (i.addrSize == 8 || i.segment < CpuRegisters.FS)
                        || flat32
                                && i.addrSize == 4
                                && i.segment < CpuRegisters.FS
                                // Nothing can be written through it.
                                && i.segment != CpuRegisters.CS);
    }

    /** The linear address of the operand. */
    final long address(Cpu c) {
        long s = c.s;
        return (RawMemory.getLong(s + base) + (RawMemory.getLong(s + index) << scale) + disp & mask)
                + RawMemory.getLong(s + segment);
    }

    @Override
    final boolean usesStack() {
        return stack;
    }
}
