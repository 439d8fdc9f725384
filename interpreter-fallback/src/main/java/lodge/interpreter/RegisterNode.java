package lodge.interpreter;

/** A specialised node with register and immediate operands only. */
abstract class RegisterNode extends Node {
    /** Byte offset of the destination, ModRM.rm. */
    final short d;

    /** Byte offset of the other register, ModRM.reg. */
    final short r;

    /** Immediate operand, sign-extended. */
    final long imm;

    RegisterNode(Insn i) {
        offset = i.offset;
        length = i.length;
        // The accumulator is an operand of its own in the short forms.
        d =
                i.row.operands().size() > 0 && i.row.operands().get(0).kind() == 'F'
                        ? CpuRegisters.RAX
                        : i.rmOff;
        r = i.regOff;
        imm = i.imm;
    }
}
