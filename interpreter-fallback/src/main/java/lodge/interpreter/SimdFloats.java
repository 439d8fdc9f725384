package lodge.interpreter;

import lodge.interpreter.fp.SseApproximate;
import lodge.interpreter.fp.SseArithmetic;
import lodge.interpreter.fp.SseCompare;
import lodge.interpreter.fp.SseContext;
import lodge.interpreter.fp.SseConvert;

/** Floating-point operations on elements and vectors at addresses, and how instructions end. */
final class SimdFloats {
    /** What is done to elements. */
    enum Kind {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        MINIMUM,
        MAXIMUM,
        SQUARE_ROOT,
        RECIPROCAL,
        RECIPROCAL_ROOT,
        COMPARE,
        ROUND
    }

    private SimdFloats() {}

    /** Begins an instruction that may raise floating-point exceptions. */
    static SseContext begin(Cpu c) {
        SseContext x = c.x87.sse;
        if (x.mxcsr() != c.x87.mxcsr) {
            x.mxcsr(c.x87.mxcsr);
        }
        x.begin();
        return x;
    }

    /**
     * Ends an instruction before its result is written: MXCSR gets the exceptions.
     *
     * @throws GuestFault #XM when one is not masked, #UD where the system does not know of it (SDM
     *     vol. 3A, 2.5, CR4.OSXMMEXCPT)
     */
    static void end(Cpu c, SseContext x) {
        boolean unmasked = x.end();
        c.x87.mxcsr = x.mxcsr();
        if (unmasked) {
            throw (c.cr4 & CpuSystem.CR4_OSXMMEXCPT) != 0 ? c.raise(GuestFault.XM) : c.ud();
        }
    }

    /** An operation on f32. */
    static int single(Kind kind, SseContext x, int a, int b, int imm) {
        return switch (kind) {
            case ADD -> SseArithmetic.addSingle(x, a, b);
            case SUBTRACT -> SseArithmetic.subtractSingle(x, a, b);
            case MULTIPLY -> SseArithmetic.multiplySingle(x, a, b);
            case DIVIDE -> SseArithmetic.divideSingle(x, a, b);
            case MINIMUM -> SseArithmetic.minimumSingle(x, a, b);
            case MAXIMUM -> SseArithmetic.maximumSingle(x, a, b);
            case SQUARE_ROOT -> SseArithmetic.squareRootSingle(x, b);
            case RECIPROCAL -> SseApproximate.reciprocal(b);
            case RECIPROCAL_ROOT -> SseApproximate.reciprocalRoot(b);
            case COMPARE -> SseCompare.holdsSingle(x, a, b, imm) ? -1 : 0;
            case ROUND -> SseConvert.roundSingle(x, b, imm);
        };
    }

    /** An operation on f64. */
    static long twice(Kind kind, SseContext x, long a, long b, int imm) {
        return switch (kind) {
            case ADD -> SseArithmetic.addDouble(x, a, b);
            case SUBTRACT -> SseArithmetic.subtractDouble(x, a, b);
            case MULTIPLY -> SseArithmetic.multiplyDouble(x, a, b);
            case DIVIDE -> SseArithmetic.divideDouble(x, a, b);
            case MINIMUM -> SseArithmetic.minimumDouble(x, a, b);
            case MAXIMUM -> SseArithmetic.maximumDouble(x, a, b);
            case SQUARE_ROOT -> SseArithmetic.squareRootDouble(x, b);
            case COMPARE -> SseCompare.holdsDouble(x, a, b, imm) ? -1 : 0;
            case ROUND -> SseConvert.roundDouble(x, b, imm);
            case RECIPROCAL, RECIPROCAL_ROOT -> throw new IllegalStateException(kind.name());
        };
    }

    /** Applies an operation to n bytes of f32. */
    static void singles(Kind kind, SseContext x, long to, long a, long b, int n, int imm) {
        for (int k = 0; k < n; k += 4) {
            int v = single(kind, x, RawMemory.getInt(a + k), RawMemory.getInt(b + k), imm);
            RawMemory.putInt(to + k, v);
        }
    }

    /** Applies an operation to n bytes of f64. */
    static void doubles(Kind kind, SseContext x, long to, long a, long b, int n, int imm) {
        for (int k = 0; k < n; k += 8) {
            long v = twice(kind, x, RawMemory.getLong(a + k), RawMemory.getLong(b + k), imm);
            RawMemory.putLong(to + k, v);
        }
    }

    /** ADDSUBPS, ADDSUBPD: even elements are subtracted. */
    static void addSubtract(boolean wide, SseContext x, long to, long a, long b, int n) {
        int size = wide ? 8 : 4;
        for (int k = 0; k < n; k += size) {
            Kind kind = (k & size) == 0 ? Kind.SUBTRACT : Kind.ADD;
            if (wide) {
                doubles(kind, x, to + k, a + k, b + k, 8, 0);
            } else {
                singles(kind, x, to + k, a + k, b + k, 4, 0);
            }
        }
    }

    /** HADDPS, HSUBPS. */
    static void horizontalSingles(Kind kind, SseContext x, long to, long a, long b, int n) {
        for (int k = 0; k < n; k += 16) {
            for (int j = 0; j < 16; j += 4) {
                long from = (j < 8 ? a : b) + k + 2 * (j & 7);
                singles(kind, x, to + k + j, from, from + 4, 4, 0);
            }
        }
    }

    /** HADDPD, HSUBPD. */
    static void horizontalDoubles(Kind kind, SseContext x, long to, long a, long b, int n) {
        for (int k = 0; k < n; k += 16) {
            doubles(kind, x, to + k, a + k, a + k + 8, 8, 0);
            doubles(kind, x, to + k + 8, b + k, b + k + 8, 8, 0);
        }
    }

    /**
     * DPPS: products that imm8[7:4] chooses are added in pairs, then the pairs. An unmasked
     * exception in one step keeps the next from being taken (SDM vol. 2, DPPS).
     */
    static void dotSingles(SseContext x, long to, long a, long b, int n, int imm) {
        for (int k = 0; k < n; k += 4) {
            RawMemory.putInt(to + k, 0);
            if ((imm >> 4 + (k >> 2 & 3) & 1) != 0) {
                singles(Kind.MULTIPLY, x, to + k, a + k, b + k, 4, 0);
            }
        }
        if (x.end()) {
            return;
        }
        x.begin();
        for (int k = 0; k < n; k += 8) {
            singles(Kind.ADD, x, to + k, to + k, to + k + 4, 4, 0);
        }
        if (x.end()) {
            return;
        }
        x.begin();
        for (int k = 0; k < n; k += 16) {
            int sum =
                    SseArithmetic.addSingle(
                            x, RawMemory.getInt(to + k), RawMemory.getInt(to + k + 8));
            for (int j = 0; j < 4; j++) {
                RawMemory.putInt(to + k + 4L * j, (imm >> j & 1) != 0 ? sum : 0);
            }
        }
    }

    /** DPPD; see {@link #dotSingles}. */
    static void dotDoubles(SseContext x, long to, long a, long b, int imm) {
        for (int k = 0; k < 16; k += 8) {
            RawMemory.putLong(to + k, 0);
            if ((imm >> 4 + (k >> 3) & 1) != 0) {
                doubles(Kind.MULTIPLY, x, to + k, a + k, b + k, 8, 0);
            }
        }
        if (x.end()) {
            return;
        }
        x.begin();
        long sum = SseArithmetic.addDouble(x, RawMemory.getLong(to), RawMemory.getLong(to + 8));
        RawMemory.putLong(to, (imm & 1) != 0 ? sum : 0);
        RawMemory.putLong(to + 8, (imm & 2) != 0 ? sum : 0);
    }
}
