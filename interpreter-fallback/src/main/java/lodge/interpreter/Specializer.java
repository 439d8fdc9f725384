package lodge.interpreter;

/**
 * Chooses the fastest node for an instruction: a specialised one for the frequent forms in 64-bit
 * mode and in 32-bit mode with flat segments, with compare and branch fused; otherwise the
 * instruction itself. What a specialised node does must be what the unit does: the comparison with
 * the real processor runs both.
 */
final class Specializer {
    private Specializer() {}

    /**
     * Chooses the node.
     *
     * @param c the processor that decodes, to look at the next instruction
     * @param i the instruction, its offset set
     * @param page the page it lies in
     * @param mode see {@link Decoder}
     */
    static Node specialize(Cpu c, Insn i, CodePage page, int mode) {
        if (!(i.op instanceof IntegerUnit.Op op)) {
            Node vector = VectorNodes.specialize(i, mode);
            return vector != null ? vector : i;
        }
        if (i.lock) {
            return i;
        }
        boolean long64 = (mode & 3) == Decoder.CODE64;
        boolean flat =
                long64
                        || (mode & 3) == Decoder.CODE32
                                && (mode & (Decoder.FLAT | Decoder.STACK32))
                                        == (Decoder.FLAT | Decoder.STACK32);
        Node n = flat ? branch(op, i, long64) : null;
        if (n == null) {
            n = operation(op, i, mode, long64, flat);
        }
        if (n == null) {
            return i;
        }
        if (flat && (op == IntegerUnit.Op.CMP || op == IntegerUnit.Op.TEST)) {
            Insn branch = c.peek(page, i);
            if (branch != null
                    && branch.op == IntegerUnit.Op.JCC
                    && (long64 || branch.opSize == 4)) {
                Node fused = CompareBranch.fuse(n, i, branch);
                if (fused != null) {
                    return fused;
                }
            }
        }
        return n;
    }

    private static Node branch(IntegerUnit.Op op, Insn i, boolean long64) {
        if (!long64 && i.opSize != 4) {
            return null;
        }
        boolean relative = i.row.operands().size() == 1 && i.row.operands().get(0).kind() == 'J';
        return switch (op) {
            case JMP ->
                    relative
                            ? new BranchNodes.Jump(i)
                            : long64
                                    ? i.mem
                                            ? MemoryNode.fits(i, Decoder.CODE64)
                                                    ? new BranchNodes.JumpMemory64(i)
                                                    : null
                                            : new BranchNodes.JumpRegister64(i)
                                    : null;
            case JCC ->
                    switch (i.opcode & 15) {
                        case 4 -> new BranchNodes.Equal(i);
                        case 5 -> new BranchNodes.NotEqual(i);
                        default -> new BranchNodes.Conditional(i);
                    };
            case CALL ->
                    relative
                            ? long64 ? new BranchNodes.Call64(i) : new BranchNodes.Call32(i)
                            : long64
                                    ? i.mem
                                            ? MemoryNode.fits(i, Decoder.CODE64)
                                                    ? new BranchNodes.CallMemory64(i)
                                                    : null
                                            : new BranchNodes.CallRegister64(i)
                                    : null;
            case RET -> long64 ? new BranchNodes.Return64(i) : new BranchNodes.Return32(i);
            default -> null;
        };
    }

    private static Node operation(
            IntegerUnit.Op op, Insn i, int mode, boolean long64, boolean flat) {
        boolean wide = i.size == 8 || i.size == 4;
        boolean memory = i.mem;
        int operands = i.row.operands().size();
        char first = operands > 0 ? i.row.operands().get(0).kind() : ' ';
        char second = operands > 1 ? i.row.operands().get(1).kind() : ' ';
        if (second == 'F' && i.row.operands().get(1).type().equals("1")) {
            second = 'I';
        }
        if (second == 'F'
                && wide
                && !memory
                && i.row.operands().get(1).type().equals("CL")
                && (op == IntegerUnit.Op.SHL
                        || op == IntegerUnit.Op.SHR
                        || op == IntegerUnit.Op.SAR)) {
            return i.size == 8 ? new ShiftNodes.Variable64(i) : new ShiftNodes.Variable32(i);
        }
        if (second == 'F' || second == 'O' || first == 'O') {
            return null;
        }
        if (first == 'F') {
            // ADD rAX, imm and its kin; the register is known.
            return second == 'I'
                            && (wide || i.size == 1)
                            && i.row.operands().get(0).type().matches("rAX|AL")
                    ? arithmetic(op, i, first, second)
                    : null;
        }
        if (op == IntegerUnit.Op.NOP) {
            return new MoveNodes.Nothing(i);
        }
        if (memory && !MemoryNode.fits(i, mode)) {
            return null;
        }
        return switch (op) {
            case MOV -> move(i, first, second, wide);
            case MOVZX -> extend(i, true);
            case MOVSX, MOVSXD -> extend(i, false);
            case LEA ->
                    memory && i.segment < CpuRegisters.FS && wide
                            ? i.size == 8 ? new MoveNodes.Address64(i) : new MoveNodes.Address32(i)
                            : null;
            case PUSH -> flat && !memory ? push(i, first, long64) : null;
            case POP ->
                    flat && !memory && first == 'Z'
                            ? long64 && i.size == 8
                                    ? new MoveNodes.Pop64(i)
                                    : !long64 && i.size == 4 ? new MoveNodes.Pop32(i) : null
                            : null;
            case CMOVCC -> wide ? conditionalMove(i) : null;
            case SETCC -> memory ? null : new MoveNodes.SetCondition(i);
            default -> wide || i.size == 1 ? arithmetic(op, i, first, second) : null;
        };
    }

    private static Node conditionalMove(Insn i) {
        if (i.mem) {
            return i.size == 8
                    ? new MoveNodes.ConditionalLoad64(i)
                    : new MoveNodes.ConditionalLoad32(i);
        }
        return i.size == 8
                ? new MoveNodes.ConditionalMove64(i)
                : new MoveNodes.ConditionalMove32(i);
    }

    private static Node push(Insn i, char first, boolean long64) {
        if (first == 'Z') {
            return long64 && i.size == 8
                    ? new MoveNodes.Push64(i)
                    : !long64 && i.size == 4 ? new MoveNodes.Push32(i) : null;
        }
        return first == 'I' && long64 && i.opSize == 8 ? new MoveNodes.PushConstant64(i) : null;
    }

    private static Node move(Insn i, char first, char second, boolean wide) {
        if (!i.mem) {
            if (!wide) {
                return null;
            }
            if (second == 'I') {
                return new MoveNodes.Constant(i);
            }
            if (first == 'E' && second == 'G') {
                return i.size == 8 ? new MoveNodes.Move64(i) : new MoveNodes.Move32(i);
            }
            return null;
        }
        if (second == 'I') {
            return new MoveNodes.StoreConstant(i);
        }
        if (first == 'E') {
            return switch (i.size) {
                case 1 -> new MoveNodes.Store8(i);
                case 2 -> new MoveNodes.Store16(i);
                case 4 -> new MoveNodes.Store32(i);
                default -> new MoveNodes.Store64(i);
            };
        }
        return switch (i.size) {
            case 1 -> new MoveNodes.Load8(i);
            case 4 -> new MoveNodes.Load32(i);
            case 8 -> new MoveNodes.Load64(i);
            default -> null;
        };
    }

    private static Node extend(Insn i, boolean zero) {
        String type = i.row.operands().get(1).type();
        if (i.size != 4 && i.size != 8) {
            return null;
        }
        if (zero) {
            boolean bytes = type.equals("b");
            return i.mem
                    ? bytes ? new MoveNodes.ZeroExtendLoad8(i) : new MoveNodes.ZeroExtendLoad16(i)
                    : bytes ? new MoveNodes.ZeroExtend8(i) : new MoveNodes.ZeroExtend16(i);
        }
        return switch (type) {
            case "b" -> i.mem ? new MoveNodes.SignExtendLoad8(i) : new MoveNodes.SignExtend8(i);
            case "d", "z" ->
                    i.size == 8
                            ? i.mem
                                    ? new MoveNodes.SignExtendLoad32(i)
                                    : new MoveNodes.SignExtend32(i)
                            : null;
            default -> null;
        };
    }

    private static Node arithmetic(IntegerUnit.Op op, Insn i, char first, char second) {
        boolean immediate = second == 'I';
        switch (op) {
            case IMUL -> {
                return i.size != 1 && first == 'G' ? CarryNodes.multiply(i) : null;
            }
            case MUL -> {
                return i.size != 1 ? CarryNodes.multiplyUnsigned(i) : null;
            }
            case ADC, SBB -> {
                if (i.size == 1) {
                    return null;
                }
                if (i.mem) {
                    return first == 'G' ? CarryNodes.load(op, i) : null;
                }
                return immediate || first == 'E' && second == 'G'
                        ? CarryNodes.register(op, i, immediate)
                        : null;
            }
            case NEG, NOT -> {
                return i.mem || i.size == 1
                        ? null
                        : i.size == 8 ? new ShiftNodes.Negate64(i) : new ShiftNodes.Negate32(i);
            }
            default -> {}
        }
        if (i.mem) {
            if (first == 'G') {
                return switch (i.size) {
                    case 1 -> AluNodes8.load(op, i);
                    case 4 -> AluNodes32.load(op, i);
                    default -> AluNodes64.load(op, i);
                };
            }
            return first == 'E' && (immediate || second == 'G')
                    ? switch (i.size) {
                        case 1 -> AluNodes8.store(op, i, immediate);
                        case 4 -> AluNodes32.store(op, i, immediate);
                        default -> AluNodes64.store(op, i, immediate);
                    }
                    : null;
        }
        if (ShiftNodes.covers(op)) {
            return i.size == 1 ? null : ShiftNodes.of(op, i, immediate);
        }
        if (!immediate && !(first == 'E' && second == 'G')) {
            // The form with the register first is only written by few assemblers.
            return null;
        }
        if (op == IntegerUnit.Op.XOR && !immediate && i.size != 1 && i.rmOff == i.regOff) {
            return new MoveNodes.Clear(i);
        }
        return switch (i.size) {
            case 1 -> AluNodes8.register(op, i, immediate);
            case 4 -> AluNodes32.register(op, i, immediate);
            default -> AluNodes64.register(op, i, immediate);
        };
    }
}
