package lodge.interpreter;

/** General-purpose instructions of SDM vol. 1, 5.1, but for strings and what changes segments. */
final class IntegerUnit extends Unit {
    enum Op {
        ADD,
        MOV,
        JMP,
        JCC,
        NOP
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch ((Op) i.op) {
            case NOP -> {}
            case MOV ->
                    c.writeE(
                            i,
                            i.size,
                            i.row.operands().get(1).kind() == 'I'
                                    ? i.imm
                                    : c.reg(i.regOff, i.size));
            case ADD -> {
                long b = CpuRegisters.signed(c.reg(i.regOff, i.size), i.size);
                long a = CpuRegisters.signed(c.readE(i), i.size);
                long r = CpuRegisters.signed(a + b, i.size);
                c.writeE(i, i.size, r);
                c.flagsAdd(r, a, b);
            }
            case JMP -> c.rip += i.imm;
            case JCC -> {
                if (c.condition(i.opcode & 15)) {
                    c.rip += i.imm;
                }
            }
        }
    }
}
