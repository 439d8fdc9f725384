package lodge.interpreter;

import lodge.interpreter.fp.SseContext;
import lodge.interpreter.fp.SseConvert;

/**
 * Conversions between f16, f32, f64 and integers (SDM vol. 1, 5.5.1.6, 5.6.1.6, 5.14). As in {@link
 * SimdFloatUnit} nothing is written before the exceptions are known.
 */
final class SimdConvertUnit extends Unit {
    /** Elements and their widths. */
    enum Op {
        CVTPS2PD(4, 8),
        CVTPD2PS(8, 4),
        CVTDQ2PS(4, 4),
        CVTPS2DQ(4, 4),
        CVTTPS2DQ(4, 4),
        CVTDQ2PD(4, 8),
        CVTPD2DQ(8, 4),
        CVTTPD2DQ(8, 4),
        CVTPH2PS(2, 4),
        CVTPS2PH(4, 2),
        CVTPI2PS(4, 4),
        CVTPI2PD(4, 8),
        CVTPS2PI(4, 4),
        CVTTPS2PI(4, 4),
        CVTPD2PI(8, 4),
        CVTTPD2PI(8, 4),
        CVTSS2SD(4, 8),
        CVTSD2SS(8, 4),
        CVTSI2SS(0, 4),
        CVTSI2SD(0, 8),
        CVTSS2SI(4, 0),
        CVTTSS2SI(4, 0),
        CVTSD2SI(8, 0),
        CVTTSD2SI(8, 0);

        private final int from;
        private final int to;

        Op(int from, int to) {
            this.from = from;
            this.to = to;
        }
    }

    private static final long INT = 0xffff_ffffL;

    private final SimdEncoding encoding;
    private final boolean vex;

    SimdConvertUnit(SimdEncoding encoding) {
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
        switch (op) {
            case CVTPI2PS, CVTPI2PD -> fromMmx(c, i, op);
            case CVTPS2PI, CVTTPS2PI, CVTPD2PI, CVTTPD2PI -> toMmx(c, i, op);
            case CVTSI2SS, CVTSI2SD -> fromGeneral(c, i, op);
            case CVTSS2SI, CVTTSS2SI, CVTSD2SI, CVTTSD2SI -> toGeneral(c, i, op);
            case CVTSS2SD, CVTSD2SS -> scalar(c, i, op);
            case CVTPS2PH -> store(c, i);
            default -> packed(c, i, op);
        }
    }

    /** Converts an element. */
    private static long convert(SseContext x, Op op, long v) {
        return switch (op) {
            case CVTPS2PD, CVTSS2SD -> SseConvert.singleToDouble(x, (int) v);
            case CVTPD2PS, CVTSD2SS -> SseConvert.doubleToSingle(x, v);
            case CVTDQ2PS, CVTPI2PS -> SseConvert.integerToSingle(x, CpuRegisters.signed(v, 4));
            case CVTDQ2PD, CVTPI2PD -> SseConvert.integerToDouble(x, CpuRegisters.signed(v, 4));
            case CVTPS2DQ, CVTPS2PI -> SseConvert.singleToInt(x, (int) v);
            case CVTTPS2DQ, CVTTPS2PI -> SseConvert.truncateSingleToInt(x, (int) v);
            case CVTPD2DQ, CVTPD2PI -> SseConvert.doubleToInt(x, v);
            case CVTTPD2DQ, CVTTPD2PI -> SseConvert.truncateDoubleToInt(x, v);
            case CVTPH2PS -> SseConvert.halfToSingle(x, (int) v);
            default -> throw new IllegalStateException(op.name());
        };
    }

    /** Converts vectors; a result shorter than 128 bits is followed by zeros. */
    private void packed(Cpu c, Insn i, Op op) {
        int n = vex && i.l ? 32 : 16;
        int elements = n / Math.max(op.from, op.to);
        long d = Vectors.register(c, i.reg);
        int bytes = elements * op.from;
        long b = Vectors.source(c, i, bytes, !vex && bytes == 16);
        long to = elements(c, op, b, elements);
        for (int k = 0; k < 32; k += 8) {
            if (vex || k < 16) {
                RawMemory.putLong(d + k, k < elements * op.to ? RawMemory.getLong(to + k) : 0);
            }
        }
    }

    /** Converts elements into the scratch area and returns where they are. */
    private static long elements(Cpu c, Op op, long b, int elements) {
        long to = c.s + CpuRegisters.SCRATCH + 32;
        SseContext x = SimdFloats.begin(c);
        for (int k = 0; k < elements; k++) {
            long v = convert(x, op, SimdElements.get(b + (long) k * op.from, op.from));
            SimdElements.put(to + (long) k * op.to, op.to, v);
        }
        SimdFloats.end(c, x);
        return to;
    }

    private void merge(long d, long a) {
        if (vex) {
            long high = RawMemory.getLong(a + 8);
            RawMemory.putLong(d, RawMemory.getLong(a));
            RawMemory.putLong(d + 8, high);
            Vectors.clearUpper(d);
        }
    }

    private void scalar(Cpu c, Insn i, Op op) {
        long d = Vectors.register(c, i.reg);
        long b = Vectors.source(c, i, op.from, false);
        SseContext x = SimdFloats.begin(c);
        long v = convert(x, op, RawMemory.getLong(b));
        SimdFloats.end(c, x);
        merge(d, Vectors.register(c, vex ? i.vvvv : i.reg));
        SimdElements.put(d, op.to, v);
    }

    private void fromGeneral(Cpu c, Insn i, Op op) {
        int size = c.code64 && i.w ? 8 : 4;
        long v = CpuRegisters.signed(c.readE(i, size), size);
        long d = Vectors.register(c, i.reg);
        SseContext x = SimdFloats.begin(c);
        long r =
                op == Op.CVTSI2SS
                        ? SseConvert.integerToSingle(x, v)
                        : SseConvert.integerToDouble(x, v);
        SimdFloats.end(c, x);
        merge(d, Vectors.register(c, vex ? i.vvvv : i.reg));
        SimdElements.put(d, op.to, r);
    }

    private static void toGeneral(Cpu c, Insn i, Op op) {
        boolean wide = c.code64 && i.w;
        long v = RawMemory.getLong(Vectors.source(c, i, op.from, false));
        SseContext x = SimdFloats.begin(c);
        long r =
                switch (op) {
                    case CVTSS2SI ->
                            wide
                                    ? SseConvert.singleToLong(x, (int) v)
                                    : SseConvert.singleToInt(x, (int) v) & INT;
                    case CVTTSS2SI ->
                            wide
                                    ? SseConvert.truncateSingleToLong(x, (int) v)
                                    : SseConvert.truncateSingleToInt(x, (int) v) & INT;
                    case CVTSD2SI ->
                            wide
                                    ? SseConvert.doubleToLong(x, v)
                                    : SseConvert.doubleToInt(x, v) & INT;
                    default ->
                            wide
                                    ? SseConvert.truncateDoubleToLong(x, v)
                                    : SseConvert.truncateDoubleToInt(x, v) & INT;
                };
        SimdFloats.end(c, x);
        c.setReg64(8 * i.reg, r);
    }

    /** VCVTPS2PH, whose destination is ModRM.rm. */
    private static void store(Cpu c, Insn i) {
        int elements = i.l ? 8 : 4;
        long from = Vectors.register(c, i.reg);
        long to = c.s + CpuRegisters.SCRATCH + 32;
        if (i.mem) {
            Vectors.probe(c, i, 2 * elements);
        }
        SseContext x = SimdFloats.begin(c);
        for (int k = 0; k < elements; k++) {
            int v = RawMemory.getInt(from + 4L * k);
            RawMemory.putShort(to + 2L * k, (short) SseConvert.singleToHalf(x, v, (int) i.imm));
        }
        SimdFloats.end(c, x);
        if (i.mem) {
            Vectors.store(c, i, to, 2 * elements, false);
            return;
        }
        long d = Vectors.register(c, i.rm);
        RawMemory.putLong(d, RawMemory.getLong(to));
        RawMemory.putLong(d + 8, elements == 8 ? RawMemory.getLong(to + 8) : 0);
        Vectors.clearUpper(d);
    }

    // ---- MMX registers ----

    /**
     * CVTPI2PS and CVTPI2PD, which leave the x87 alone when the operand is in memory; SDM vol. 2
     * says so of the latter, AMD's processors do it with both.
     */
    private static void fromMmx(Cpu c, Insn i, Op op) {
        long b;
        if (i.mem) {
            b = Vectors.memory(c, i, 8, false);
        } else {
            Vectors.requireMmx(c);
            Vectors.enterMmx(c);
            b = Vectors.mmx(c, i.rm);
        }
        long to = elements(c, op, b, 2);
        c.setVector(i.reg, 0, RawMemory.getLong(to));
        if (op == Op.CVTPI2PD) {
            c.setVector(i.reg, 1, RawMemory.getLong(to + 8));
        }
    }

    /** The x87 state changes even when #XM follows. */
    private static void toMmx(Cpu c, Insn i, Op op) {
        Vectors.requireMmx(c);
        long b = Vectors.source(c, i, 2 * op.from, op.from == 8);
        Vectors.enterMmx(c);
        long to = elements(c, op, b, 2);
        Vectors.setMmx(c, i.reg, RawMemory.getLong(to));
    }
}
