package lodge.interpreter;

/**
 * String instructions and IN and OUT (SDM vol. 1, 5.1.8 to 5.1.10). Repeated ones are executed in
 * pieces: whole runs within a page by {@link StringRuns} where that can be, otherwise element by
 * element. After each piece the registers show the progress, so that a fault or an interrupt in
 * between leaves an instruction that goes on when it is executed again.
 */
final class StringUnit extends Unit {
    enum Op {
        MOVS,
        CMPS,
        STOS,
        LODS,
        SCAS,
        INS,
        OUTS,
        IN,
        OUT
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        Op op = (Op) i.op;
        if (op == Op.IN) {
            in(c, i);
        } else if (op == Op.OUT) {
            out(c, i);
        } else if (i.rep == 0) {
            once(c, i, op);
        } else {
            repeat(c, i, op);
        }
    }

    /** Bytes of an element. */
    static int elementSize(Insn i) {
        if ((i.opcode & 1) == 0) {
            return 1;
        }
        // Ports are at most 4 bytes wide.
        return i.opcode < 0xa0 || i.opcode >= 0xe0 ? Math.min(i.opSize, 4) : i.opSize;
    }

    private static void repeat(Cpu c, Insn i, Op op) {
        int width = i.addrSize;
        long left = c.reg(CpuRegisters.RCX, width);
        // With TF set every iteration ends with a trap (SDM vol. 3B, 18.3.1.4).
        boolean single = c.stepping && c.careful;
        boolean compares = op == Op.CMPS || op == Op.SCAS;
        boolean whileEqual = i.rep == 0xf3;
        if (left == 0 && (op == Op.INS || op == Op.OUTS)) {
            IoPermission.checkAllowed(c, c.reg16(CpuRegisters.RDX), elementSize(i));
        }
        while (left != 0) {
            long done = single ? 0 : StringRuns.run(c, i, op, left);
            if (done == 0) {
                once(c, i, op);
                done = 1;
            }
            left -= done;
            c.setReg(CpuRegisters.RCX, width, left);
            if (left == 0 || compares && c.zero() != whileEqual) {
                return;
            }
            if (single || c.attentive()) {
                c.rip = c.ripOf(i);
                c.debug.betweenIterations();
                return;
            }
        }
    }

    static long index(Cpu c, Insn i, int register) {
        return c.reg(register, i.addrSize);
    }

    /** Moves SI or DI by a number of bytes in the direction of DF. */
    static void advance(Cpu c, Insn i, int register, long bytes) {
        long by = (c.systemFlags & CpuRegisters.DF) != 0 ? -bytes : bytes;
        c.setReg(register, i.addrSize, c.reg(register, i.addrSize) + by);
    }

    private static long source(Cpu c, Insn i, int size) {
        return c.load(c.linear(i.segment, index(c, i, CpuRegisters.RSI), size, false), size);
    }

    /** Linear address of the destination, whose segment cannot be overridden. */
    private static long destination(Cpu c, Insn i, int size, boolean write) {
        return c.linear(CpuRegisters.ES, index(c, i, CpuRegisters.RDI), size, write);
    }

    private static void once(Cpu c, Insn i, Op op) {
        int size = elementSize(i);
        switch (op) {
            case MOVS -> {
                long v = source(c, i, size);
                c.store(destination(c, i, size, true), size, v);
                advance(c, i, CpuRegisters.RSI, size);
                advance(c, i, CpuRegisters.RDI, size);
            }
            case STOS -> {
                c.store(destination(c, i, size, true), size, c.reg64(CpuRegisters.RAX));
                advance(c, i, CpuRegisters.RDI, size);
            }
            case LODS -> {
                c.setReg(CpuRegisters.RAX, size, source(c, i, size));
                advance(c, i, CpuRegisters.RSI, size);
            }
            case CMPS -> {
                // When both would fault, the second operand does (as on AMD Zen; the SDM is
                // silent).
                long b = c.load(destination(c, i, size, false), size);
                compare(c, size, source(c, i, size), b);
                advance(c, i, CpuRegisters.RSI, size);
                advance(c, i, CpuRegisters.RDI, size);
            }
            case SCAS -> {
                long b = c.load(destination(c, i, size, false), size);
                compare(c, size, c.reg(CpuRegisters.RAX, size), b);
                advance(c, i, CpuRegisters.RDI, size);
            }
            case INS -> {
                int port = c.reg16(CpuRegisters.RDX);
                IoPermission.check(c, port, size);
                long va = destination(c, i, size, true);
                // Reading a port has effects, so the store must be sure to succeed.
                c.probeWrite(va, size);
                c.store(va, size, c.in(port, size));
                advance(c, i, CpuRegisters.RDI, size);
            }
            default -> {
                int port = c.reg16(CpuRegisters.RDX);
                IoPermission.check(c, port, size);
                c.out(port, size, (int) source(c, i, size));
                advance(c, i, CpuRegisters.RSI, size);
            }
        }
    }

    /** Sets the flags of a comparison. */
    static void compare(Cpu c, int size, long first, long second) {
        long a = CpuRegisters.signed(first, size);
        long b = CpuRegisters.signed(second, size);
        c.flagsSub(CpuRegisters.signed(a - b, size), a, b);
    }

    private static int port(Cpu c, Insn i) {
        return i.opcode < 0xe8 ? (int) i.imm : c.reg16(CpuRegisters.RDX);
    }

    private static void in(Cpu c, Insn i) {
        int size = elementSize(i);
        int port = port(c, i);
        IoPermission.check(c, port, size);
        c.setReg(CpuRegisters.RAX, size, c.in(port, size));
    }

    private static void out(Cpu c, Insn i) {
        int size = elementSize(i);
        int port = port(c, i);
        IoPermission.check(c, port, size);
        c.out(port, size, (int) c.reg(CpuRegisters.RAX, size));
    }
}
