package lodge.interpreter;

import lodge.interpreter.fp.SseArithmetic;
import lodge.interpreter.fp.SseContext;

/** Specialised nodes of the most frequent vector instructions. */
final class VectorNodes {
    private VectorNodes() {}

    /** Chooses a node, or null. */
    static Node specialize(Insn i, int mode) {
        if (i.unit instanceof MmxUnit || i.mem && !MemoryNode.fits(i, mode)) {
            return null;
        }
        if (i.op instanceof SimdMoveUnit.Op op) {
            return move(op, i);
        }
        if (i.op instanceof SimdIntegerUnit.Op op && i.row.operands().get(0).kind() == 'V') {
            return lanes(op, i);
        }
        if (i.op instanceof SimdFloatUnit.Op op) {
            return scalar(op, i);
        }
        return i.op == SimdTransferUnit.Op.PMOVMSKB ? new ByteSigns(i) : null;
    }

    private static Node scalar(SimdFloatUnit.Op op, Insn i) {
        return switch (op) {
            case ADDSD -> new AddDouble(i);
            case SUBSD -> new SubtractDouble(i);
            case MULSD -> new MultiplyDouble(i);
            case DIVSD -> new DivideDouble(i);
            default -> null;
        };
    }

    private static Node move(SimdMoveUnit.Op op, Insn i) {
        return switch (op) {
            case LOADA -> i.mem ? new Load(i, i.row.map() >= 4 && i.l ? 32 : 16) : new Load(i, 1);
            case LOADU -> new Load(i, 1);
            case STOREA -> i.mem ? new Store(i, i.row.map() >= 4 && i.l ? 32 : 16) : null;
            case STOREU -> i.mem ? new Store(i, 1) : null;
            case LOAD8 -> new LoadHalf(i);
            case MOVQ -> i.mem ? new LoadHalf(i) : null;
            case STORE8 -> new StoreHalf(i);
            case MOVQR -> i.mem ? new StoreHalf(i) : null;
            default -> null;
        };
    }

    private static Node lanes(SimdIntegerUnit.Op op, Insn i) {
        return switch (op) {
            case PXOR -> new Xor(i);
            case POR -> new Or(i);
            case PAND -> new And(i);
            case PANDN -> new AndNot(i);
            case PADDD -> new AddDoublewords(i);
            case PADDQ -> new AddQuadwords(i);
            case PCMPEQB -> new EqualBytes(i);
            case PMINUB -> new MinimumBytes(i);
            case PSHUFD -> new ShuffleDoublewords(i);
            default -> null;
        };
    }

    private static long get(long at) {
        return RawMemory.getLong(at);
    }

    private static void put(long at, long v) {
        RawMemory.putLong(at, v);
    }

    /** MOVDQA, MOVDQU and the like to a register. */
    static final class Load extends VectorNode {
        private final int alignment;

        Load(Insn i, int alignment) {
            super(i, false);
            this.alignment = alignment;
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            // The host's page has the alignment of the guest's.
            if (b == 0 || (b & alignment - 1) != 0) {
                return general(c);
            }
            long to = c.s + d;
            for (int k = 0; k < n; k += 8) {
                put(to + k, get(b + k));
            }
            return finish(c);
        }
    }

    /** The same to memory. */
    static final class Store extends VectorNode {
        private final int alignment;

        Store(Insn i, int alignment) {
            super(i, false);
            this.alignment = alignment;
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long va = address(c);
            long to = c.hostForWrite(va, n);
            if (to == 0 || (va & alignment - 1) != 0) {
                return general(c);
            }
            long from = c.s + d;
            for (int k = 0; k < n; k += 8) {
                put(to + k, get(from + k));
            }
            return done(c);
        }
    }

    /** MOVQ and MOVSD from memory. */
    static final class LoadHalf extends VectorNode {
        LoadHalf(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long v = c.load64(address(c));
            put(c.s + d, v);
            put(c.s + d + 8, 0);
            // VEX.L is ignored here.
            if (n == 32) {
                Vectors.clearUpper(c.s + d);
            }
            return finish(c);
        }
    }

    /** MOVQ, MOVSD, MOVLPS and MOVLPD to memory. */
    static final class StoreHalf extends VectorNode {
        StoreHalf(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            c.store64(address(c), get(c.s + d));
            return done(c);
        }
    }

    /** PMOVMSKB. */
    static final class ByteSigns extends VectorNode {
        ByteSigns(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            c.setReg32(r, (int) SimdElements.byteSigns(source(c), n));
            return done(c);
        }
    }

    /** PXOR, XORPS, XORPD. */
    static final class Xor extends VectorNode {
        Xor(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, get(s + a + k) ^ get(b + k));
            }
            return finish(c);
        }
    }

    /** POR, ORPS, ORPD. */
    static final class Or extends VectorNode {
        Or(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, get(s + a + k) | get(b + k));
            }
            return finish(c);
        }
    }

    /** PAND, ANDPS, ANDPD. */
    static final class And extends VectorNode {
        And(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, get(s + a + k) & get(b + k));
            }
            return finish(c);
        }
    }

    /** PANDN, ANDNPS, ANDNPD. */
    static final class AndNot extends VectorNode {
        AndNot(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, ~get(s + a + k) & get(b + k));
            }
            return finish(c);
        }
    }

    /** PADDD. */
    static final class AddDoublewords extends VectorNode {
        AddDoublewords(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, PackedLanes.addDoublewords(get(s + a + k), get(b + k)));
            }
            return finish(c);
        }
    }

    /** PADDQ. */
    static final class AddQuadwords extends VectorNode {
        AddQuadwords(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, get(s + a + k) + get(b + k));
            }
            return finish(c);
        }
    }

    /** PCMPEQB. */
    static final class EqualBytes extends VectorNode {
        EqualBytes(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, PackedLanes.equalBytes(get(s + a + k), get(b + k)));
            }
            return finish(c);
        }
    }

    /** PMINUB. */
    static final class MinimumBytes extends VectorNode {
        MinimumBytes(Insn i) {
            super(i, true);
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            long s = c.s;
            for (int k = 0; k < n; k += 8) {
                put(s + d + k, PackedLanes.minimumBytes(get(s + a + k), get(b + k)));
            }
            return finish(c);
        }
    }

    /** PSHUFD, VPERMILPS with an immediate. */
    static final class ShuffleDoublewords extends VectorNode {
        private final int which;

        ShuffleDoublewords(Insn i) {
            super(i, true);
            which = (int) i.imm;
        }

        @Override
        Node exec(Cpu c) {
            long b = source(c);
            if (b == 0) {
                return general(c);
            }
            for (int k = 0; k < n; k += 16) {
                PackedShuffles.shuffle(c.s + d + k, b + k, b + k, which);
            }
            return finish(c);
        }
    }

    /** ADDSD. */
    static final class AddDouble extends VectorNode {
        AddDouble(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long b = scalar(c);
            SseContext x = SimdFloats.begin(c);
            long v = SseArithmetic.addDouble(x, get(c.s + a), b);
            SimdFloats.end(c, x);
            return finishScalar(c, v);
        }
    }

    /** SUBSD. */
    static final class SubtractDouble extends VectorNode {
        SubtractDouble(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long b = scalar(c);
            SseContext x = SimdFloats.begin(c);
            long v = SseArithmetic.subtractDouble(x, get(c.s + a), b);
            SimdFloats.end(c, x);
            return finishScalar(c, v);
        }
    }

    /** MULSD. */
    static final class MultiplyDouble extends VectorNode {
        MultiplyDouble(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long b = scalar(c);
            SseContext x = SimdFloats.begin(c);
            long v = SseArithmetic.multiplyDouble(x, get(c.s + a), b);
            SimdFloats.end(c, x);
            return finishScalar(c, v);
        }
    }

    /** DIVSD. */
    static final class DivideDouble extends VectorNode {
        DivideDouble(Insn i) {
            super(i, false);
        }

        @Override
        Node exec(Cpu c) {
            require(c);
            long b = scalar(c);
            SseContext x = SimdFloats.begin(c);
            long v = SseArithmetic.divideDouble(x, get(c.s + a), b);
            SimdFloats.end(c, x);
            return finishScalar(c, v);
        }
    }
}
