package lodge.interpreter;

import lodge.interpreter.SimdFloats.Kind;
import lodge.interpreter.fp.SseCompare;
import lodge.interpreter.fp.SseContext;

/**
 * Arithmetic, comparison and rounding of f32 and f64 (SDM vol. 1, 5.5.1.2, 5.5.1.3, 5.6.1.2,
 * 5.6.1.4, 5.7, 5.10.3, 5.10.6). The result is made in the scratch area and written when no
 * exception prevents that.
 */
final class SimdFloatUnit extends Unit {
    /** What is computed. */
    private enum Form {
        SINGLES,
        DOUBLES,
        /** One element; the rest of 128 bits is the first source's. */
        SINGLE,
        DOUBLE,
        ADD_SUBTRACT,
        HORIZONTAL_SINGLES,
        HORIZONTAL_DOUBLES,
        DOT,
        ORDER
    }

    enum Op {
        ADDPS(Form.SINGLES, Kind.ADD),
        ADDPD(Form.DOUBLES, Kind.ADD),
        ADDSS(Form.SINGLE, Kind.ADD),
        ADDSD(Form.DOUBLE, Kind.ADD),
        SUBPS(Form.SINGLES, Kind.SUBTRACT),
        SUBPD(Form.DOUBLES, Kind.SUBTRACT),
        SUBSS(Form.SINGLE, Kind.SUBTRACT),
        SUBSD(Form.DOUBLE, Kind.SUBTRACT),
        MULPS(Form.SINGLES, Kind.MULTIPLY),
        MULPD(Form.DOUBLES, Kind.MULTIPLY),
        MULSS(Form.SINGLE, Kind.MULTIPLY),
        MULSD(Form.DOUBLE, Kind.MULTIPLY),
        DIVPS(Form.SINGLES, Kind.DIVIDE),
        DIVPD(Form.DOUBLES, Kind.DIVIDE),
        DIVSS(Form.SINGLE, Kind.DIVIDE),
        DIVSD(Form.DOUBLE, Kind.DIVIDE),
        MINPS(Form.SINGLES, Kind.MINIMUM),
        MINPD(Form.DOUBLES, Kind.MINIMUM),
        MINSS(Form.SINGLE, Kind.MINIMUM),
        MINSD(Form.DOUBLE, Kind.MINIMUM),
        MAXPS(Form.SINGLES, Kind.MAXIMUM),
        MAXPD(Form.DOUBLES, Kind.MAXIMUM),
        MAXSS(Form.SINGLE, Kind.MAXIMUM),
        MAXSD(Form.DOUBLE, Kind.MAXIMUM),
        SQRTPS(Form.SINGLES, Kind.SQUARE_ROOT),
        SQRTPD(Form.DOUBLES, Kind.SQUARE_ROOT),
        SQRTSS(Form.SINGLE, Kind.SQUARE_ROOT),
        SQRTSD(Form.DOUBLE, Kind.SQUARE_ROOT),
        RCPPS(Form.SINGLES, Kind.RECIPROCAL),
        RCPSS(Form.SINGLE, Kind.RECIPROCAL),
        RSQRTPS(Form.SINGLES, Kind.RECIPROCAL_ROOT),
        RSQRTSS(Form.SINGLE, Kind.RECIPROCAL_ROOT),
        CMPPS(Form.SINGLES, Kind.COMPARE),
        CMPPD(Form.DOUBLES, Kind.COMPARE),
        CMPSS(Form.SINGLE, Kind.COMPARE),
        CMPSD(Form.DOUBLE, Kind.COMPARE),
        ROUNDPS(Form.SINGLES, Kind.ROUND),
        ROUNDPD(Form.DOUBLES, Kind.ROUND),
        ROUNDSS(Form.SINGLE, Kind.ROUND),
        ROUNDSD(Form.DOUBLE, Kind.ROUND),
        ADDSUBPS(Form.ADD_SUBTRACT, Kind.ADD),
        ADDSUBPD(Form.ADD_SUBTRACT, Kind.ADD),
        HADDPS(Form.HORIZONTAL_SINGLES, Kind.ADD),
        HADDPD(Form.HORIZONTAL_DOUBLES, Kind.ADD),
        HSUBPS(Form.HORIZONTAL_SINGLES, Kind.SUBTRACT),
        HSUBPD(Form.HORIZONTAL_DOUBLES, Kind.SUBTRACT),
        DPPS(Form.DOT, Kind.ADD),
        DPPD(Form.DOT, Kind.ADD),
        COMISS(Form.ORDER, Kind.COMPARE),
        COMISD(Form.ORDER, Kind.COMPARE),
        UCOMISS(Form.ORDER, Kind.COMPARE),
        UCOMISD(Form.ORDER, Kind.COMPARE);

        private final Form form;
        private final Kind kind;

        Op(Form form, Kind kind) {
            this.form = form;
            this.kind = kind;
        }
    }

    private final SimdEncoding encoding;
    private final boolean vex;

    SimdFloatUnit(SimdEncoding encoding) {
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
        switch (op.form) {
            case SINGLE, DOUBLE -> scalar(c, i, op);
            case ORDER -> order(c, i, op);
            default -> packed(c, i, op);
        }
    }

    private long first(Cpu c, Insn i) {
        return Vectors.register(c, vex ? i.vvvv : i.reg);
    }

    /** The predicate of a comparison has 3 bits, under VEX 5. */
    private int immediate(Insn i, Op op) {
        return op.kind == Kind.COMPARE ? (int) i.imm & (vex ? 31 : 7) : (int) i.imm;
    }

    private void scalar(Cpu c, Insn i, Op op) {
        boolean single = op.form == Form.SINGLE;
        long d = Vectors.register(c, i.reg);
        long a = first(c, i);
        long b = Vectors.source(c, i, single ? 4 : 8, false);
        int imm = immediate(i, op);
        SseContext x = SimdFloats.begin(c);
        if (single) {
            int r = SimdFloats.single(op.kind, x, RawMemory.getInt(a), RawMemory.getInt(b), imm);
            SimdFloats.end(c, x);
            merge(d, a);
            RawMemory.putInt(d, r);
        } else {
            long r = SimdFloats.twice(op.kind, x, RawMemory.getLong(a), RawMemory.getLong(b), imm);
            SimdFloats.end(c, x);
            merge(d, a);
            RawMemory.putLong(d, r);
        }
    }

    /** Under VEX takes over the first source's 128 bits. */
    private void merge(long d, long a) {
        if (vex) {
            long high = RawMemory.getLong(a + 8);
            RawMemory.putLong(d, RawMemory.getLong(a));
            RawMemory.putLong(d + 8, high);
            Vectors.clearUpper(d);
        }
    }

    private void packed(Cpu c, Insn i, Op op) {
        int n = vex && i.l ? 32 : 16;
        long d = Vectors.register(c, i.reg);
        long a = first(c, i);
        long b = Vectors.source(c, i, n, !vex);
        long to = c.s + CpuRegisters.SCRATCH + 32;
        int imm = immediate(i, op);
        SseContext x = SimdFloats.begin(c);
        switch (op.form) {
            case SINGLES -> SimdFloats.singles(op.kind, x, to, a, b, n, imm);
            case DOUBLES -> SimdFloats.doubles(op.kind, x, to, a, b, n, imm);
            case ADD_SUBTRACT -> SimdFloats.addSubtract(op == Op.ADDSUBPD, x, to, a, b, n);
            case HORIZONTAL_SINGLES -> SimdFloats.horizontalSingles(op.kind, x, to, a, b, n);
            case HORIZONTAL_DOUBLES -> SimdFloats.horizontalDoubles(op.kind, x, to, a, b, n);
            default -> {
                if (op == Op.DPPS) {
                    SimdFloats.dotSingles(x, to, a, b, n, imm);
                } else {
                    SimdFloats.dotDoubles(x, to, a, b, imm);
                }
            }
        }
        SimdFloats.end(c, x);
        for (int k = 0; k < n; k += 8) {
            RawMemory.putLong(d + k, RawMemory.getLong(to + k));
        }
        if (vex && n == 16) {
            Vectors.clearUpper(d);
        }
    }

    private void order(Cpu c, Insn i, Op op) {
        boolean single = op == Op.COMISS || op == Op.UCOMISS;
        boolean quiet = op == Op.UCOMISS || op == Op.UCOMISD;
        long a = Vectors.register(c, i.reg);
        long b = Vectors.source(c, i, single ? 4 : 8, false);
        SseContext x = SimdFloats.begin(c);
        int flags =
                single
                        ? SseCompare.orderSingle(x, RawMemory.getInt(a), RawMemory.getInt(b), quiet)
                        : SseCompare.orderDouble(
                                x, RawMemory.getLong(a), RawMemory.getLong(b), quiet);
        SimdFloats.end(c, x);
        c.setArithmetic(flags);
    }
}
