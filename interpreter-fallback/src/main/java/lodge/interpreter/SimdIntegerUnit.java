package lodge.interpreter;

/**
 * Packed integers and bits: the instructions that make a result from two sources of the same width,
 * or from one and an immediate (SDM vol. 1, 5.4, 5.5.1.3 to 5.5.2, 5.6.3, 5.8, 5.10 and 5.15). The
 * operations know neither encoding nor memory: they work on addresses in the struct.
 */
final class SimdIntegerUnit extends Unit {
    /** How an operation is applied to its operands. */
    private enum Shape {
        /** 64 bits of both sources make 64 bits of the result. */
        LANE,
        /** Every element is shifted by the number in the second source. */
        SHIFT,
        /** The same with an immediate; the destination is ModRM.rm, under VEX VEX.vvvv. */
        SHIFT_IMMEDIATE,
        /** 64 bits make 32: the lower half of a result's 128 bits is from the first source. */
        NARROW,
        /** Lower halves are interleaved. */
        LOW,
        /** Upper halves are interleaved. */
        HIGH,
        /** 128 bits of both sources make 128 bits of the result. */
        SHUFFLE,
        /** As SHUFFLE, where the second 128 bits have an immediate of their own. */
        SHUFFLE2,
        SHUFFLE3,
        SHUFFLE4,
        /** The sign bits of a third operand choose: XMM0, under VEX imm8[7:4]. */
        CHOOSE
    }

    enum Op {
        PADDB,
        PADDW,
        PADDD,
        PADDQ,
        PSUBB,
        PSUBW,
        PSUBD,
        PSUBQ,
        PADDSB,
        PADDSW,
        PADDUSB,
        PADDUSW,
        PSUBSB,
        PSUBSW,
        PSUBUSB,
        PSUBUSW,
        PAND,
        PANDN,
        POR,
        PXOR,
        PCMPEQB,
        PCMPEQW,
        PCMPEQD,
        PCMPEQQ,
        PCMPGTB,
        PCMPGTW,
        PCMPGTD,
        PCMPGTQ,
        PMULLW,
        PMULHW,
        PMULHUW,
        PMULHRSW,
        PMULUDQ,
        PMULDQ,
        PMULLD,
        PMADDWD,
        PMADDUBSW,
        PAVGB,
        PAVGW,
        PMINUB,
        PMINUW,
        PMINUD,
        PMINSB,
        PMINSW,
        PMINSD,
        PMAXUB,
        PMAXUW,
        PMAXUD,
        PMAXSB,
        PMAXSW,
        PMAXSD,
        PSADBW,
        PABSB,
        PABSW,
        PABSD,
        PSIGNB,
        PSIGNW,
        PSIGND,
        VPSLLVD,
        VPSLLVQ,
        VPSRLVD,
        VPSRLVQ,
        VPSRAVD,
        PSLLW(Shape.SHIFT),
        PSLLD(Shape.SHIFT),
        PSLLQ(Shape.SHIFT),
        PSRLW(Shape.SHIFT),
        PSRLD(Shape.SHIFT),
        PSRLQ(Shape.SHIFT),
        PSRAW(Shape.SHIFT),
        PSRAD(Shape.SHIFT),
        PSLLWI(Shape.SHIFT_IMMEDIATE),
        PSLLDI(Shape.SHIFT_IMMEDIATE),
        PSLLQI(Shape.SHIFT_IMMEDIATE),
        PSRLWI(Shape.SHIFT_IMMEDIATE),
        PSRLDI(Shape.SHIFT_IMMEDIATE),
        PSRLQI(Shape.SHIFT_IMMEDIATE),
        PSRAWI(Shape.SHIFT_IMMEDIATE),
        PSRADI(Shape.SHIFT_IMMEDIATE),
        PSLLDQ(Shape.SHIFT_IMMEDIATE),
        PSRLDQ(Shape.SHIFT_IMMEDIATE),
        PACKSSWB(Shape.NARROW),
        PACKUSWB(Shape.NARROW),
        PACKSSDW(Shape.NARROW),
        PACKUSDW(Shape.NARROW),
        PHADDW(Shape.NARROW),
        PHADDD(Shape.NARROW),
        PHADDSW(Shape.NARROW),
        PHSUBW(Shape.NARROW),
        PHSUBD(Shape.NARROW),
        PHSUBSW(Shape.NARROW),
        PUNPCKLBW(Shape.LOW),
        PUNPCKLWD(Shape.LOW),
        PUNPCKLDQ(Shape.LOW),
        PUNPCKHBW(Shape.HIGH),
        PUNPCKHWD(Shape.HIGH),
        PUNPCKHDQ(Shape.HIGH),
        PUNPCKLQDQ(Shape.SHUFFLE),
        PUNPCKHQDQ(Shape.SHUFFLE),
        PSHUFB(Shape.SHUFFLE),
        PSHUFW(Shape.SHUFFLE),
        PSHUFD(Shape.SHUFFLE),
        PSHUFLW(Shape.SHUFFLE),
        PSHUFHW(Shape.SHUFFLE),
        PALIGNR(Shape.SHUFFLE),
        PBLENDW(Shape.SHUFFLE),
        SHUFPS(Shape.SHUFFLE),
        VPERMILPSV(Shape.SHUFFLE),
        VPERMILPDV(Shape.SHUFFLE),
        SHUFPD(Shape.SHUFFLE2),
        BLENDPD(Shape.SHUFFLE2),
        VPERMILPDI(Shape.SHUFFLE2),
        MPSADBW(Shape.SHUFFLE3),
        BLENDPS(Shape.SHUFFLE4),
        PBLENDVB(Shape.CHOOSE),
        BLENDVPS(Shape.CHOOSE),
        BLENDVPD(Shape.CHOOSE);

        private final Shape shape;

        Op() {
            this(Shape.LANE);
        }

        Op(Shape shape) {
            this.shape = shape;
        }
    }

    private final SimdEncoding encoding;

    SimdIntegerUnit(SimdEncoding encoding) {
        this.encoding = encoding;
    }

    @Override
    Enum<?> operation(String name) {
        return encoding.operation(Op.class, name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch (encoding) {
            case MMX -> mmx(c, i, (Op) i.op);
            case LEGACY -> legacy(c, i, (Op) i.op);
            case VEX -> vex(c, i, (Op) i.op);
        }
    }

    private static void mmx(Cpu c, Insn i, Op op) {
        Vectors.requireMmx(c);
        boolean immediate = op.shape == Shape.SHIFT_IMMEDIATE;
        int n = immediate ? i.rm : i.reg;
        long d = Vectors.mmx(c, n);
        long b;
        if (i.mem) {
            b = c.s + CpuRegisters.SCRATCH;
            // The second half of an operand of which the first is interleaved is not read.
            RawMemory.putLong(b, c.loadOperand(i, op.shape == Shape.LOW ? 4 : 8));
        } else {
            b = Vectors.mmx(c, i.rm);
        }
        compute(op, d, d, b, 0, 8, (int) i.imm);
        RawMemory.putShort(d + 8, (short) -1);
        Vectors.enterMmx(c);
    }

    private static void legacy(Cpu c, Insn i, Op op) {
        Vectors.requireSse(c);
        if (op.shape == Shape.SHIFT_IMMEDIATE) {
            long r = Vectors.register(c, i.rm);
            compute(op, r, r, 0, 0, 16, (int) i.imm);
            return;
        }
        long d = Vectors.register(c, i.reg);
        long b = Vectors.source(c, i, 16, true);
        compute(op, d, d, b, Vectors.register(c, 0), 16, (int) i.imm);
    }

    private static void vex(Cpu c, Insn i, Op op) {
        Vectors.requireAvx(c);
        int n = i.l ? 32 : 16;
        long d;
        if (op.shape == Shape.SHIFT_IMMEDIATE) {
            d = Vectors.register(c, i.vvvv);
            compute(op, d, Vectors.register(c, i.rm), 0, 0, n, (int) i.imm);
        } else {
            d = Vectors.register(c, i.reg);
            long a = Vectors.register(c, i.vvvv);
            // The number to shift by is in 128 bits whatever the length.
            long b = Vectors.source(c, i, op.shape == Shape.SHIFT ? 16 : n, false);
            long m = Vectors.register(c, (int) i.imm >> 4 & (c.code64 ? 15 : 7));
            compute(op, d, a, b, m, n, (int) i.imm);
        }
        if (n == 16) {
            Vectors.clearUpper(d);
        }
    }

    /**
     * Computes a result.
     *
     * @param d address of the destination, which may be one of the sources
     * @param a address of the first source
     * @param b address of the second source
     * @param m address of what chooses
     * @param n 8, 16 or 32 bytes
     * @param imm immediate, 0 to 255
     */
    private static void compute(Op op, long d, long a, long b, long m, int n, int imm) {
        switch (op.shape) {
            case LANE -> {
                for (int k = 0; k < n; k += 8) {
                    RawMemory.putLong(
                            d + k,
                            PackedLanes.apply(
                                    op, RawMemory.getLong(a + k), RawMemory.getLong(b + k)));
                }
            }
            case SHIFT -> shift(op, d, a, RawMemory.getLong(b), n);
            case SHIFT_IMMEDIATE -> {
                if (op == Op.PSLLDQ || op == Op.PSRLDQ) {
                    PackedShuffles.shiftBytes(op, d, a, n, imm);
                } else {
                    shift(op, d, a, imm, n);
                }
            }
            case NARROW -> PackedShuffles.narrow(op, d, a, b, n);
            case LOW -> PackedShuffles.low(op, d, a, b, n);
            case HIGH -> PackedShuffles.high(op, d, a, b, n);
            case SHUFFLE -> shuffle(op, d, a, b, n, imm, 0);
            case SHUFFLE2 -> shuffle(op, d, a, b, n, imm, 2);
            case SHUFFLE3 -> shuffle(op, d, a, b, n, imm, 3);
            case SHUFFLE4 -> shuffle(op, d, a, b, n, imm, 4);
            case CHOOSE -> {
                for (int k = 0; k < n; k += 8) {
                    long sign = PackedLanes.signs(op, RawMemory.getLong(m + k));
                    RawMemory.putLong(
                            d + k,
                            RawMemory.getLong(a + k) & ~sign | RawMemory.getLong(b + k) & sign);
                }
            }
        }
    }

    private static void shift(Op op, long d, long a, long count, int n) {
        for (int k = 0; k < n; k += 8) {
            RawMemory.putLong(d + k, PackedLanes.shift(op, RawMemory.getLong(a + k), count));
        }
    }

    private static void shuffle(Op op, long d, long a, long b, int n, int imm, int bits) {
        if (n == 8) {
            PackedShuffles.half(op, d, a, b, imm);
            return;
        }
        PackedShuffles.apply(op, d, a, b, imm);
        if (n == 32) {
            PackedShuffles.apply(op, d + 16, a + 16, b + 16, imm >> bits);
        }
    }
}
