package lodge.interpreter;

/**
 * The registers that every tier shares, off-heap in one struct per processor: the layout below is
 * the contract between the interpreter and a translator. General registers are little-endian 8-byte
 * cells, so AH is the byte after AL and needs no special case: a register operand is a byte offset
 * in the struct.
 *
 * <p>Arithmetic flags are lazy: the last instruction that wrote them leaves its kind, result and
 * operands, all sign-extended from the operand size, so that the size need not be known later.
 */
abstract class CpuRegisters {
    static final int RAX = 0;
    static final int RCX = 8;
    static final int RDX = 16;
    static final int RBX = 24;
    static final int RSP = 32;
    static final int RBP = 40;
    static final int RSI = 48;
    static final int RDI = 56;

    /** Always 0: base or index of an address that has none. */
    static final int ZERO = 128;

    /** Lazy flags: kind (int), result, operands. */
    static final int FLAG_KIND = 136;

    static final int FLAG_RESULT = 144;
    static final int FLAG_A = 152;
    static final int FLAG_B = 160;

    /** Not 0 when the run loop must look after something (int, any thread sets bits). */
    static final int ATTENTION = 168;

    /** Segment bases, 8 bytes each: ES, CS, SS, DS, FS, GS, LDTR, TR. */
    static final int SEGMENT_BASES = 176;

    /** Where the running view of the TLB lies. */
    static final int TLB_BASE = 240;

    /** x87 registers by physical number, 16 bytes each: significand (8), sign and exponent (2). */
    static final int FPR = 256;

    /** Vector registers, 32 bytes each: XMM in the lower half of YMM. */
    static final int VECTOR = 384;

    /** Scratch for instructions wider than a long. */
    static final int SCRATCH = 384 + 16 * 32;

    /** RIP of the first byte of the current code page. */
    static final int RIP_BASE = 384 + 16 * 32 + 64;

    static final int SIZE = 1024;

    /** Segment register numbers as instructions encode them. */
    static final int ES = 0;

    static final int CS = 1;
    static final int SS = 2;
    static final int DS = 3;
    static final int FS = 4;
    static final int GS = 5;
    static final int LDTR = 6;
    static final int TR = 7;

    static final int CF = 1;
    static final int PF = 1 << 2;
    static final int AF = 1 << 4;
    static final int ZF = 1 << 6;
    static final int SF = 1 << 7;
    static final int TF = 1 << 8;
    static final int IF = 1 << 9;
    static final int DF = 1 << 10;
    static final int OF = 1 << 11;
    static final int IOPL = 3 << 12;
    static final int NT = 1 << 14;
    static final int RF = 1 << 16;
    static final int VM = 1 << 17;
    static final int AC = 1 << 18;
    static final int VIF = 1 << 19;
    static final int VIP = 1 << 20;
    static final int ID = 1 << 21;

    /** CF, PF, AF, ZF, SF, OF. */
    static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

    /** FLAG_A holds all six flags. */
    static final int KIND_EXPLICIT = 0;

    /** FLAG_A holds CF, AF and OF; ZF, SF and PF follow from the result. */
    static final int KIND_RESULT = 1;

    /** result = a + b. */
    static final int KIND_ADD = 2;

    /** result = a - b. */
    static final int KIND_SUB = 3;

    /** Added to a kind: CF and OF are not what it says but the two bits that follow. */
    static final int OVERRIDE = 8;

    private static final int OVERRIDE_CF = 16;
    private static final int OVERRIDE_OF = 32;
    private static final int KIND = 7;

    /** The struct. */
    final long s;

    private final RawMemory.Block block;

    /** RFLAGS without the arithmetic flags and the fixed bit 1. */
    int systemFlags;

    CpuRegisters() {
        block = RawMemory.allocate(SIZE);
        s = block.address();
        RawMemory.putInt(s + FLAG_KIND, KIND_EXPLICIT);
    }

    void freeRegisters() {
        block.free();
    }

    // General registers; the argument is a register's byte offset.

    final long reg64(int r) {
        return RawMemory.getLong(s + r);
    }

    final int reg32(int r) {
        return RawMemory.getInt(s + r);
    }

    final int reg16(int r) {
        return RawMemory.getChar(s + r);
    }

    final int reg8(int r) {
        return RawMemory.getByte(s + r) & 0xff;
    }

    final void setReg64(int r, long v) {
        RawMemory.putLong(s + r, v);
    }

    /** Writes 32 bits and clears the upper half, as 64-bit mode does. */
    final void setReg32(int r, int v) {
        RawMemory.putLong(s + r, v & 0xffff_ffffL);
    }

    final void setReg16(int r, int v) {
        RawMemory.putShort(s + r, (short) v);
    }

    final void setReg8(int r, int v) {
        RawMemory.putByte(s + r, (byte) v);
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    final long reg(int r, int size) {
        return switch (size) {
            case 1 -> reg8(r);
            case 2 -> reg16(r);
            case 4 -> reg32(r) & 0xffff_ffffL;
            default -> reg64(r);
        };
    }

    /** Writes 1, 2, 4 or 8 bytes; 4 clear the upper half. */
    final void setReg(int r, int size, long v) {
        switch (size) {
            case 1 -> setReg8(r, (int) v);
            case 2 -> setReg16(r, (int) v);
            case 4 -> setReg32(r, (int) v);
            default -> setReg64(r, v);
        }
    }

    /** Sign-extends the low bytes of a value. */
    static long signed(long v, int size) {
        return switch (size) {
            case 1 -> (byte) v;
            case 2 -> (short) v;
            case 4 -> (int) v;
            default -> v;
        };
    }

    /** Zero-extends the low bytes of a value. */
    static long unsigned(long v, int size) {
        return switch (size) {
            case 1 -> v & 0xff;
            case 2 -> v & 0xffff;
            case 4 -> v & 0xffff_ffffL;
            default -> v;
        };
    }

    // Flags. Arguments are sign-extended from the operand size.

    final void flagsAdd(long result, long a, long b) {
        RawMemory.putInt(s + FLAG_KIND, KIND_ADD);
        RawMemory.putLong(s + FLAG_RESULT, result);
        RawMemory.putLong(s + FLAG_A, a);
        RawMemory.putLong(s + FLAG_B, b);
    }

    final void flagsSub(long result, long a, long b) {
        RawMemory.putInt(s + FLAG_KIND, KIND_SUB);
        RawMemory.putLong(s + FLAG_RESULT, result);
        RawMemory.putLong(s + FLAG_A, a);
        RawMemory.putLong(s + FLAG_B, b);
    }

    /** Logical instructions: CF, OF and AF 0. */
    final void flagsLogic(long result) {
        RawMemory.putInt(s + FLAG_KIND, KIND_RESULT);
        RawMemory.putLong(s + FLAG_RESULT, result);
        RawMemory.putLong(s + FLAG_A, 0);
    }

    /** ZF, SF and PF from the result; CF, AF and OF as given. */
    final void flagsResult(long result, int cfAfOf) {
        RawMemory.putInt(s + FLAG_KIND, KIND_RESULT);
        RawMemory.putLong(s + FLAG_RESULT, result);
        RawMemory.putLong(s + FLAG_A, cfAfOf);
    }

    /** All six arithmetic flags at once; other bits of the argument are ignored. */
    final void setArithmetic(int flags) {
        RawMemory.putInt(s + FLAG_KIND, KIND_EXPLICIT);
        RawMemory.putLong(s + FLAG_RESULT, (flags & ZF) != 0 ? 0 : 1);
        RawMemory.putLong(s + FLAG_A, flags & ARITHMETIC);
    }

    /** Replaces CF and OF and leaves the other arithmetic flags as lazy as they are. */
    final void changeCarryAndOverflow(boolean cf, boolean of) {
        RawMemory.putInt(
                s + FLAG_KIND,
                RawMemory.getInt(s + FLAG_KIND) & KIND
                        | OVERRIDE
                        | (cf ? OVERRIDE_CF : 0)
                        | (of ? OVERRIDE_OF : 0));
    }

    /** Replaces some of the arithmetic flags. */
    final void changeArithmetic(int mask, int flags) {
        setArithmetic(arithmetic() & ~mask | flags & mask);
    }

    /** Returns the six arithmetic flags. */
    final int arithmetic() {
        int kind = RawMemory.getInt(s + FLAG_KIND);
        if (kind >= OVERRIDE) {
            return arithmetic(kind & KIND) & ~(CF | OF)
                    | ((kind & OVERRIDE_CF) != 0 ? CF : 0)
                    | ((kind & OVERRIDE_OF) != 0 ? OF : 0);
        }
        return arithmetic(kind);
    }

    private int arithmetic(int kind) {
        long a = RawMemory.getLong(s + FLAG_A);
        if (kind == KIND_EXPLICIT) {
            return (int) a;
        }
        long r = RawMemory.getLong(s + FLAG_RESULT);
        int flags =
                (r == 0 ? ZF : 0)
                        | (r < 0 ? SF : 0)
                        | ((Integer.bitCount((int) r & 0xff) & 1) == 0 ? PF : 0);
        if (kind == KIND_RESULT) {
            return flags | (int) a;
        }
        long b = RawMemory.getLong(s + FLAG_B);
        flags |= (int) (a ^ b ^ r) & AF;
        if (kind == KIND_ADD) {
            return flags
                    | (Long.compareUnsigned(r, a) < 0 ? CF : 0)
                    | (((a ^ r) & (b ^ r)) < 0 ? OF : 0);
        }
        return flags
                | (Long.compareUnsigned(a, b) < 0 ? CF : 0)
                | (((a ^ b) & (a ^ r)) < 0 ? OF : 0);
    }

    final boolean carry() {
        int kind = RawMemory.getInt(s + FLAG_KIND);
        long a = RawMemory.getLong(s + FLAG_A);
        if (kind <= KIND_RESULT) {
            return (a & CF) != 0;
        }
        if (kind >= OVERRIDE) {
            return (kind & OVERRIDE_CF) != 0;
        }
        return Long.compareUnsigned(
                        kind == KIND_ADD ? RawMemory.getLong(s + FLAG_RESULT) : a,
                        kind == KIND_ADD ? a : RawMemory.getLong(s + FLAG_B))
                < 0;
    }

    /** ZF; all kinds keep it in the result, so this needs no case. */
    final boolean zero() {
        return RawMemory.getLong(s + FLAG_RESULT) == 0;
    }

    final boolean sign() {
        return (RawMemory.getInt(s + FLAG_KIND) & KIND) == KIND_EXPLICIT
                ? (RawMemory.getLong(s + FLAG_A) & SF) != 0
                : RawMemory.getLong(s + FLAG_RESULT) < 0;
    }

    final boolean overflow() {
        int kind = RawMemory.getInt(s + FLAG_KIND);
        long a = RawMemory.getLong(s + FLAG_A);
        if (kind <= KIND_RESULT) {
            return (a & OF) != 0;
        }
        if (kind >= OVERRIDE) {
            return (kind & OVERRIDE_OF) != 0;
        }
        long b = RawMemory.getLong(s + FLAG_B);
        long r = RawMemory.getLong(s + FLAG_RESULT);
        return (kind == KIND_ADD ? (a ^ r) & (b ^ r) : (a ^ b) & (a ^ r)) < 0;
    }

    final boolean parity() {
        return (RawMemory.getInt(s + FLAG_KIND) & KIND) == KIND_EXPLICIT
                ? (RawMemory.getLong(s + FLAG_A) & PF) != 0
                : (Integer.bitCount(RawMemory.getInt(s + FLAG_RESULT) & 0xff) & 1) == 0;
    }

    /** Evaluates a condition code (SDM vol. 2, appendix B.1.4.7), 0 to 15. */
    final boolean condition(int cc) {
        if (RawMemory.getInt(s + FLAG_KIND) == KIND_SUB) {
            long a = RawMemory.getLong(s + FLAG_A);
            long b = RawMemory.getLong(s + FLAG_B);
            switch (cc) {
                case 2:
                    return Long.compareUnsigned(a, b) < 0;
                case 3:
                    return Long.compareUnsigned(a, b) >= 0;
                case 4:
                    return a == b;
                case 5:
                    return a != b;
                case 6:
                    return Long.compareUnsigned(a, b) <= 0;
                case 7:
                    return Long.compareUnsigned(a, b) > 0;
                case 12:
                    return a < b;
                case 13:
                    return a >= b;
                case 14:
                    return a <= b;
                case 15:
                    return a > b;
                default:
                    break;
            }
        }
        boolean holds =
                switch (cc >> 1) {
                    case 0 -> overflow();
                    case 1 -> carry();
                    case 2 -> zero();
                    case 3 -> carry() || zero();
                    case 4 -> sign();
                    case 5 -> parity();
                    case 6 -> sign() != overflow();
                    default -> zero() || sign() != overflow();
                };
        return holds != ((cc & 1) != 0);
    }

    /** Returns RFLAGS. */
    final int flags() {
        return arithmetic() | systemFlags | 2;
    }

    // Segment bases.

    final long base(int segment) {
        return RawMemory.getLong(s + SEGMENT_BASES + 8L * segment);
    }

    final void setBase(int segment, long base) {
        RawMemory.putLong(s + SEGMENT_BASES + 8L * segment, base);
    }

    // Vector registers; n is 0 to 15, part counts longs.

    final long vector(int n, int part) {
        return RawMemory.getLong(s + VECTOR + 32L * n + 8L * part);
    }

    final void setVector(int n, int part, long v) {
        RawMemory.putLong(s + VECTOR + 32L * n + 8L * part, v);
    }
}
