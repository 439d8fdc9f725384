package lodge.interpreter;

import lodge.interpreter.fp.SseArithmetic;
import lodge.interpreter.fp.SseContext;

/**
 * FMA (SDM vol. 1, 14.5.3): a * b + d rounded once. Which operands are a, b and d follows from the
 * upper half of the opcode byte, packed or scalar from bit 0, the format from VEX.W.
 */
final class FmaUnit extends Unit {
    enum Op {
        VFMADD(false, false, false),
        VFMSUB(false, true, true),
        VFNMADD(true, false, false),
        VFNMSUB(true, true, true),
        /** Even elements are subtracted. */
        VFMADDSUB(false, true, false),
        /** Odd elements are subtracted. */
        VFMSUBADD(false, false, true);

        private final boolean negated;
        private final boolean even;
        private final boolean odd;

        Op(boolean negated, boolean even, boolean odd) {
            this.negated = negated;
            this.even = even;
            this.odd = odd;
        }
    }

    private static final long INFINITY = 0x7ff0_0000_0000_0000L;

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        Vectors.requireAvx(c);
        Op op = (Op) i.op;
        boolean scalar = (i.opcode & 9) == 9;
        int size = i.w ? 8 : 4;
        int width = i.l ? 32 : 16;
        int n = scalar ? size : width;
        long s1 = Vectors.register(c, i.reg);
        long s2 = Vectors.register(c, i.vvvv);
        long s3 = Vectors.source(c, i, n, false);
        // 132, 213, 231: the first two are multiplied.
        int order = i.opcode >> 4;
        long a = order == 0xb ? s2 : s1;
        long b = order == 0xa ? s2 : s3;
        long d = order == 0x9 ? s2 : order == 0xa ? s3 : s1;
        if (order == 0xa) {
            a = s2;
            b = s1;
        }
        long to = c.s + CpuRegisters.SCRATCH + 32;
        SseContext x = SimdFloats.begin(c);
        for (int k = 0; k < n; k += size) {
            boolean subtract = (k & size) == 0 ? op.even : op.odd;
            if (i.w) {
                long r =
                        SseArithmetic.fmaDouble(
                                x,
                                negate(RawMemory.getLong(a + k), op.negated),
                                RawMemory.getLong(b + k),
                                negate(RawMemory.getLong(d + k), subtract));
                RawMemory.putLong(to + k, r);
            } else {
                int r =
                        SseArithmetic.fmaSingle(
                                x,
                                negate(RawMemory.getInt(a + k), op.negated),
                                RawMemory.getInt(b + k),
                                negate(RawMemory.getInt(d + k), subtract));
                RawMemory.putInt(to + k, r);
            }
        }
        SimdFloats.end(c, x);
        if (scalar) {
            SimdElements.put(s1, size, RawMemory.getLong(to));
            Vectors.clearUpper(s1);
            return;
        }
        for (int k = 0; k < n; k += 8) {
            RawMemory.putLong(s1 + k, RawMemory.getLong(to + k));
        }
        if (n == 16) {
            Vectors.clearUpper(s1);
        }
    }

    /** Changes the sign of a number, not of a NaN. */
    private static long negate(long v, boolean really) {
        return really && (v & Long.MAX_VALUE) <= INFINITY ? v ^ Long.MIN_VALUE : v;
    }

    private static int negate(int v, boolean really) {
        return really && (v & Integer.MAX_VALUE) <= 0x7f80_0000 ? v ^ Integer.MIN_VALUE : v;
    }
}
