package lodge.interpreter;

/**
 * Arithmetic and logical instructions of 8 bits with specialised operands. One small class for each
 * operation and form, because a virtual call is the dispatch: what is the same in them is the same
 * on purpose. Longer than other classes for that reason only.
 */
final class AluNodes8 {
    private AluNodes8() {}

    /** Returns the node for an instruction of this group whose operands are registers, or null. */
    static Node register(IntegerUnit.Op op, Insn i, boolean immediate) {
        return switch (op) {
            case ADD -> immediate ? new AddImmediate(i) : new AddRegisters(i);
            case SUB -> immediate ? new SubImmediate(i) : new SubRegisters(i);
            case AND -> immediate ? new AndImmediate(i) : new AndRegisters(i);
            case OR -> immediate ? new OrImmediate(i) : new OrRegisters(i);
            case XOR -> immediate ? new XorImmediate(i) : new XorRegisters(i);
            case CMP -> immediate ? new CmpImmediate(i) : new CmpRegisters(i);
            case TEST -> immediate ? new TestImmediate(i) : new TestRegisters(i);
            default -> null;
        };
    }

    /** Returns the node for a register destination and a memory source, or null. */
    static Node load(IntegerUnit.Op op, Insn i) {
        return switch (op) {
            case ADD -> new AddLoad(i);
            case SUB -> new SubLoad(i);
            case AND -> new AndLoad(i);
            case OR -> new OrLoad(i);
            case XOR -> new XorLoad(i);
            case CMP -> new CmpLoad(i);
            default -> null;
        };
    }

    /** Returns the node for a memory destination, or null. */
    static Node store(IntegerUnit.Op op, Insn i, boolean immediate) {
        return switch (op) {
            case ADD -> immediate ? new AddMemoryImmediate(i) : new AddMemory(i);
            case SUB -> immediate ? new SubMemoryImmediate(i) : new SubMemory(i);
            case AND -> immediate ? new AndMemoryImmediate(i) : new AndMemory(i);
            case OR -> immediate ? new OrMemoryImmediate(i) : new OrMemory(i);
            case XOR -> immediate ? new XorMemoryImmediate(i) : new XorMemory(i);
            case CMP -> immediate ? new CmpMemoryImmediate(i) : new CmpMemory(i);
            case TEST -> immediate ? new TestMemoryImmediate(i) : new TestMemory(i);
            default -> null;
        };
    }

    static final class AddRegisters extends RegisterNode {
        AddRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a + b);
            c.setReg8(d, (int) result);
            c.flagsAdd(result, a, b);
            return done(c);
        }
    }

    static final class AddImmediate extends RegisterNode {
        AddImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a + b);
            c.setReg8(d, (int) result);
            c.flagsAdd(result, a, b);
            return done(c);
        }
    }

    static final class AddLoad extends MemoryNode {
        AddLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a + b);
            c.setReg8(r, (int) result);
            c.flagsAdd(result, a, b);
            return done(c);
        }
    }

    static final class AddMemory extends MemoryNode {
        AddMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) c.reg8(r);
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a + b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsAdd(result, a, b);
            return done(c);
        }
    }

    static final class AddMemoryImmediate extends MemoryNode {
        AddMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) imm;
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a + b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsAdd(result, a, b);
            return done(c);
        }
    }

    static final class SubRegisters extends RegisterNode {
        SubRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a - b);
            c.setReg8(d, (int) result);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class SubImmediate extends RegisterNode {
        SubImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a - b);
            c.setReg8(d, (int) result);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class SubLoad extends MemoryNode {
        SubLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a - b);
            c.setReg8(r, (int) result);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class SubMemory extends MemoryNode {
        SubMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) c.reg8(r);
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a - b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class SubMemoryImmediate extends MemoryNode {
        SubMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) imm;
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a - b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class AndRegisters extends RegisterNode {
        AndRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a & b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class AndImmediate extends RegisterNode {
        AndImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a & b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class AndLoad extends MemoryNode {
        AndLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a & b);
            c.setReg8(r, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class AndMemory extends MemoryNode {
        AndMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) c.reg8(r);
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a & b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class AndMemoryImmediate extends MemoryNode {
        AndMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) imm;
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a & b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class OrRegisters extends RegisterNode {
        OrRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a | b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class OrImmediate extends RegisterNode {
        OrImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a | b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class OrLoad extends MemoryNode {
        OrLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a | b);
            c.setReg8(r, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class OrMemory extends MemoryNode {
        OrMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) c.reg8(r);
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a | b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class OrMemoryImmediate extends MemoryNode {
        OrMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) imm;
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a | b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class XorRegisters extends RegisterNode {
        XorRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a ^ b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class XorImmediate extends RegisterNode {
        XorImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a ^ b);
            c.setReg8(d, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class XorLoad extends MemoryNode {
        XorLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a ^ b);
            c.setReg8(r, (int) result);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class XorMemory extends MemoryNode {
        XorMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) c.reg8(r);
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a ^ b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class XorMemoryImmediate extends MemoryNode {
        XorMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long va = address(c);
            long b = (byte) imm;
            long host = c.hostForWrite(va, 1);
            if (host == 0) {
                c.probeWrite(va, 1);
            }
            long a = host != 0 ? RawMemory.getByte(host) : (byte) c.load8(va);
            long result = (byte) (a ^ b);
            if (host != 0) {
                RawMemory.putByte(host, (byte) result);
            } else {
                c.store8(va, (int) result);
            }
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class CmpRegisters extends RegisterNode {
        CmpRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a - b);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class CmpImmediate extends RegisterNode {
        CmpImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a - b);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class CmpLoad extends MemoryNode {
        CmpLoad(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long b = (byte) c.load8(address(c));
            long a = (byte) c.reg8(r);
            long result = (byte) (a - b);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class CmpMemory extends MemoryNode {
        CmpMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.load8(address(c));
            long b = (byte) c.reg8(r);
            long result = (byte) (a - b);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class CmpMemoryImmediate extends MemoryNode {
        CmpMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.load8(address(c));
            long b = (byte) imm;
            long result = (byte) (a - b);
            c.flagsSub(result, a, b);
            return done(c);
        }
    }

    static final class TestRegisters extends RegisterNode {
        TestRegisters(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) c.reg8(r);
            long result = (byte) (a & b);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class TestImmediate extends RegisterNode {
        TestImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.reg8(d);
            long b = (byte) imm;
            long result = (byte) (a & b);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class TestMemory extends MemoryNode {
        TestMemory(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.load8(address(c));
            long b = (byte) c.reg8(r);
            long result = (byte) (a & b);
            c.flagsLogic(result);
            return done(c);
        }
    }

    static final class TestMemoryImmediate extends MemoryNode {
        TestMemoryImmediate(Insn i) {
            super(i);
        }

        @Override
        Node exec(Cpu c) {
            long a = (byte) c.load8(address(c));
            long b = (byte) imm;
            long result = (byte) (a & b);
            c.flagsLogic(result);
            return done(c);
        }
    }
}
