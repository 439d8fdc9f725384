package lodge.interpreter;

/**
 * A specialised node of a vector instruction, legacy or VEX, whose last operand is a register or
 * memory that one host access reaches; where it does not, the general form does the work.
 */
abstract class VectorNode extends MemoryNode {
    private final Insn insn;
    private final boolean vex;
    private final boolean mem;
    private final boolean aligned;

    /** Whether bits 255 to 128 of the destination become 0. */
    private final boolean clears;

    /** Bytes of the operands: 16 or 32. */
    final int n;

    /** Byte offsets in the struct: destination, first source, ModRM.rm's register. */
    final long d;

    final long a;
    final long m;

    /**
     * A node.
     *
     * @param aligned whether legacy memory operands must lie at multiples of 16
     */
    VectorNode(Insn i, boolean aligned) {
        super(i);
        insn = i;
        vex = i.row.map() >= 4;
        mem = i.mem;
        this.aligned = aligned && !vex;
        n = vex && i.l ? 32 : 16;
        clears = vex && n == 16;
        d = CpuRegisters.VECTOR + 32L * i.reg;
        a = vex ? CpuRegisters.VECTOR + 32L * i.vvvv : d;
        m = CpuRegisters.VECTOR + 32L * i.rm;
    }

    /** Raises #UD or #NM when the instruction may not be executed now. */
    final void require(Cpu c) {
        if (vex) {
            Vectors.requireAvx(c);
        } else {
            Vectors.requireSse(c);
        }
    }

    /** The address of the last operand, or 0: then {@link #general} is to be used. */
    final long source(Cpu c) {
        require(c);
        if (!mem) {
            return c.s + m;
        }
        long va = address(c);
        return aligned && (va & 15) != 0 ? 0 : c.hostForRead(va, n);
    }

    /** The lower 64 bits of the last operand; of memory only they are read. */
    final long scalar(Cpu c) {
        return mem ? c.load64(address(c)) : RawMemory.getLong(c.s + m);
    }

    /** Writes a scalar result; the rest of 128 bits is the first source's. */
    final Node finishScalar(Cpu c, long v) {
        long s = c.s;
        if (vex) {
            RawMemory.putLong(s + d + 8, RawMemory.getLong(s + a + 8));
            Vectors.clearUpper(s + d);
        }
        RawMemory.putLong(s + d, v);
        return done(c);
    }

    /** Executes the general form. */
    final Node general(Cpu c) {
        insn.unit.exec(c, insn);
        return done(c);
    }

    /** Ends a node that wrote its destination. */
    final Node finish(Cpu c) {
        if (clears) {
            Vectors.clearUpper(c.s + d);
        }
        return done(c);
    }
}
