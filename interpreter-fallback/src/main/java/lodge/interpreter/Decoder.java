package lodge.interpreter;

/**
 * Takes instructions apart, by the {@link InstructionTable}. One per processor; the bytes come from
 * a {@link Source}.
 */
final class Decoder {
    /** Decode modes: code size, stack size, and whether segments are flat. */
    static final int CODE16 = 0;

    static final int CODE32 = 1;
    static final int CODE64 = 2;

    /** SS.B is set (not in 64-bit mode). */
    static final int STACK32 = 4;

    /** CS, DS, ES and SS begin at 0 and have no limit (not in 64-bit mode). */
    static final int FLAT = 8;

    /** Where instruction bytes come from. */
    interface Source {
        /**
         * Returns the byte at a distance from the instruction's first one.
         *
         * @param at 0 to 14
         * @return 0 to 255
         * @throws GuestFault when it cannot be fetched
         */
        int fetch(int at);

        /** Throws #GP(0): the instruction is longer than 15 bytes. */
        RuntimeException tooLong();
    }

    private static final Unit UNDEFINED =
            new Unit() {
                @Override
                Enum<?> operation(String name) {
                    throw new IllegalArgumentException(name);
                }

                @Override
                void exec(Cpu c, Insn i) {
                    throw c.ud();
                }
            };

    private final InstructionTable table = InstructionTable.INSTANCE;
    private final long features;
    private Source source;
    private int at;

    // Of the instruction being decoded.
    private boolean long64;
    private int rexByte;
    private int vexMap;
    private int pp;

    /**
     * A decoder.
     *
     * @param features masks of the {@link CpuFeature}s that the processor has
     */
    Decoder(long features) {
        this.features = features;
    }

    private int next() {
        if (at >= 15) {
            throw source.tooLong();
        }
        return source.fetch(at++);
    }

    private int next16() {
        int low = next();
        return low | next() << 8;
    }

    private int next32() {
        int low = next16();
        return low | next16() << 16;
    }

    /**
     * Decodes one instruction.
     *
     * @param from the bytes
     * @param mode one of the code sizes, with {@link #STACK32} and {@link #FLAT}
     * @return the instruction; its {@code length} is set, its {@code offset} is not
     */
    Insn decode(Source from, int mode) {
        source = from;
        at = 0;
        long64 = (mode & 3) == CODE64;
        Insn i = new Insn();
        i.override = -1;
        i.base = CpuRegisters.ZERO;
        i.index = CpuRegisters.ZERO;
        rexByte = 0;
        boolean addressPrefix = false;
        int b;
        while (true) {
            b = next();
            switch (b) {
                case 0x26, 0x2e, 0x36, 0x3e -> {
                    if (!long64) {
                        i.override = (byte) (b >> 3 & 3);
                    }
                }
                case 0x64 -> i.override = CpuRegisters.FS;
                case 0x65 -> i.override = CpuRegisters.GS;
                case 0x66 -> i.prefix66 = true;
                case 0x67 -> addressPrefix = true;
                case 0xf0 -> i.lock = true;
                case 0xf2, 0xf3 -> i.rep = (short) b;
                default -> {
                    if (long64 && (b & 0xf0) == 0x40) {
                        rexByte = b;
                        continue;
                    }
                    return finish(i, b, mode, addressPrefix);
                }
            }
            // A REX prefix counts only right in front of the opcode.
            rexByte = 0;
        }
    }

    private Insn finish(Insn i, int first, int mode, boolean addressPrefix) {
        i.addrSize =
                (byte)
                        (long64
                                ? addressPrefix ? 4 : 8
                                : ((mode & 3) == CODE32) != addressPrefix ? 4 : 2);
        int map = 0;
        int b = first;
        vexMap = 0;
        // Prefixes that VEX forbids; found only when all bytes have been fetched.
        boolean forbidden = false;
        if (b == 0x0f) {
            b = next();
            map = 1;
            if (b == 0x38 || b == 0x3a) {
                map = b == 0x38 ? 2 : 3;
                b = next();
            }
        } else if (b == 0xc4 || b == 0xc5) {
            // Outside 64-bit mode LES and LDS; with a register as operand these would be undefined.
            if (long64 || (peek() & 0xc0) == 0xc0) {
                forbidden = rexByte != 0 || i.lock || i.rep != 0 || i.prefix66;
                b = vex(i, b);
                if (b < 0) {
                    return undefined(i);
                }
                map = vexMap;
            }
        }
        i.rex = rexByte != 0 && map < 4;
        if (map < 4) {
            i.w = (rexByte & 8) != 0;
        }
        i.opcode = (short) b;
        Row[] rows = table.rows(map, b);
        if (rows == null) {
            return undefined(i);
        }
        int modrm = -1;
        Row row = null;
        for (Row candidate : rows) {
            if ((features & candidate.feature().mask()) == 0
                    || candidate.attributes().not64() && long64
                    || candidate.attributes().only64() && !long64
                    || candidate.w() >= 0 && (candidate.w() == 1) != i.w
                    || candidate.l() >= 0 && (candidate.l() == 1) != i.l
                    || !prefixMatches(candidate.prefix(), i, map)) {
                continue;
            }
            if (candidate.modrm()) {
                if (modrm < 0) {
                    modrm = next();
                }
                if (candidate.digit() >= 0 && candidate.digit() != (modrm >> 3 & 7)
                        || candidate.exact() >= 0 && candidate.exact() != modrm
                        || candidate.form() == 1 && modrm >= 0xc0
                        || candidate.form() == 2 && modrm < 0xc0) {
                    continue;
                }
            }
            row = candidate;
            break;
        }
        if (row == null || i.vvvv != 0 && !usesVvvv(row)) {
            return undefined(i);
        }
        Row.Attributes tags = row.attributes();
        i.row = row;
        i.unit = row.unit();
        i.op = row.operation();
        i.ends = tags.ends();
        boolean mandatory66 = row.prefix() == 0x66;
        if (long64) {
            i.opSize =
                    (byte)
                            (tags.forced64() || i.w
                                    ? 8
                                    : i.prefix66 && !mandatory66 ? 2 : tags.default64() ? 8 : 4);
        } else {
            i.opSize = (byte) (((mode & 3) == CODE32) != (i.prefix66 && !mandatory66) ? 4 : 2);
        }
        i.size = i.opSize;
        for (Row.Operand operand : row.operands()) {
            int size = operand.size(i.opSize);
            if (size != 0 && operand.kind() != 'I' && operand.kind() != 'J') {
                i.size = (byte) size;
                break;
            }
        }
        i.segment = CpuRegisters.DS;
        if (modrm >= 0) {
            modrm(i, modrm);
        } else {
            i.modrm = (short) (b & 7);
            i.rm = (byte) (b & 7 | (rexByte & 1) << 3);
        }
        registers(i);
        if (i.override >= 0) {
            i.segment = i.override;
        }
        immediates(i, row);
        if (forbidden || i.lock && !(tags.lock() && i.mem)) {
            return undefined(i);
        }
        i.length = (byte) at;
        return i;
    }

    /** VEX.vvvv must be 1111B where no operand is in it (SDM vol. 2, 2.3.5.6). */
    private static boolean usesVvvv(Row row) {
        for (Row.Operand operand : row.operands()) {
            if (operand.kind() == 'H' || operand.kind() == 'B') {
                return true;
            }
        }
        return false;
    }

    private int peek() {
        if (at >= 15) {
            throw source.tooLong();
        }
        return source.fetch(at);
    }

    /** Reads the rest of a VEX prefix (SDM vol. 2, 2.3.5). Returns the opcode, or -1. */
    private int vex(Insn i, int first) {
        int p1 = next();
        int last = p1;
        rexByte = (p1 & 0x80) == 0 ? 4 : 0;
        vexMap = 4;
        if (first == 0xc4) {
            rexByte = ~p1 >> 5 & 7;
            int select = p1 & 0x1f;
            if (select < 1 || select > 3) {
                return -1;
            }
            vexMap = 3 + select;
            last = next();
            i.w = (last & 0x80) != 0;
        }
        if (!long64) {
            rexByte = 0;
        }
        i.vvvv = (byte) (~last >> 3 & (long64 ? 15 : 7));
        i.l = (last & 4) != 0;
        pp = last & 3;
        return next();
    }

    private boolean prefixMatches(int condition, Insn i, int map) {
        if (map >= 4) {
            int want = condition == 0x66 ? 1 : condition == 0xf3 ? 2 : condition == 0xf2 ? 3 : 0;
            return want == pp;
        }
        return switch (condition) {
            case 0 -> true;
            case 1 -> i.rep == 0 && !i.prefix66;
            case 2 -> i.rep == 0;
            case 0x66 -> i.prefix66 && i.rep == 0;
            default -> i.rep == condition;
        };
    }

    private Insn undefined(Insn i) {
        i.row = null;
        i.op = null;
        i.unit = UNDEFINED;
        i.ends = false;
        i.length = (byte) at;
        return i;
    }

    private void modrm(Insn i, int modrm) {
        i.modrm = (short) modrm;
        i.reg = (byte) (modrm >> 3 & 7 | (rexByte & 4) << 1);
        i.mem = modrm < 0xc0 && !i.row.tags().contains("regonly");
        if (!i.mem) {
            i.rm = (byte) (modrm & 7 | (rexByte & 1) << 3);
            return;
        }
        i.rm = (byte) (modrm & 7);
        if (i.addrSize == 2) {
            modrm16(i, modrm);
        } else {
            modrm32(i, modrm);
        }
    }

    private void modrm16(Insn i, int modrm) {
        int mod = modrm >> 6;
        int rm = modrm & 7;
        i.base =
                (short)
                        switch (rm) {
                            case 2, 3 -> CpuRegisters.RBP;
                            case 4 -> CpuRegisters.RSI;
                            case 5 -> CpuRegisters.RDI;
                            case 6 -> mod == 0 ? CpuRegisters.ZERO : CpuRegisters.RBP;
                            default -> CpuRegisters.RBX;
                        };
        if (rm < 4) {
            i.index = (short) ((rm & 1) == 0 ? CpuRegisters.RSI : CpuRegisters.RDI);
        }
        if (i.base == CpuRegisters.RBP) {
            i.segment = CpuRegisters.SS;
        }
        if (mod == 1) {
            i.disp = (byte) next();
        } else if (mod == 2 || rm == 6 && mod == 0) {
            i.disp = (short) next16();
        }
    }

    private void modrm32(Insn i, int modrm) {
        int mod = modrm >> 6;
        int base = modrm & 7;
        boolean sib = base == 4;
        if (sib) {
            int s = next();
            i.scale = (byte) (s >> 6);
            int index = s >> 3 & 7 | (rexByte & 2) << 2;
            // A gather's index is a vector register, for which 4 is no exception.
            if (i.row.tags().contains("vsib")) {
                i.index = (short) index;
            } else if (index != 4) {
                i.index = (short) (8 * index);
            }
            base = s & 7;
        }
        if (base == 5 && mod == 0) {
            i.disp = next32();
            if (!sib && long64) {
                i.base = Insn.RIP;
            }
            return;
        }
        int number = base | (rexByte & 1) << 3;
        i.base = (short) (8 * number);
        if (number == 4 || number == 5) {
            i.segment = CpuRegisters.SS;
        }
        if (mod == 1) {
            i.disp = (byte) next();
        } else if (mod == 2) {
            i.disp = next32();
        }
    }

    private void registers(Insn i) {
        i.regOff = (short) offset(i.reg, sizeOf(i, 'G', 'B'), i.rex);
        i.rmOff = (short) offset(i.rm, sizeOf(i, 'E', 'Z'), i.rex);
    }

    private static int sizeOf(Insn i, char kind, char other) {
        for (Row.Operand operand : i.row.operands()) {
            if (operand.kind() == kind
                    || operand.kind() == other
                    || operand.kind() == 'R' && kind == 'E') {
                return operand.size(i.opSize);
            }
        }
        return 0;
    }

    /** Where a general register lies: without REX, byte registers 4 to 7 are AH, CH, DH, BH. */
    private static int offset(int number, int size, boolean rex) {
        return size == 1 && !rex && number >= 4 && number < 8 ? 8 * (number - 4) + 1 : 8 * number;
    }

    private void immediates(Insn i, Row row) {
        boolean second = false;
        for (Row.Operand operand : row.operands()) {
            long value;
            switch (operand.kind()) {
                case 'I' ->
                        value =
                                switch (operand.type()) {
                                    case "b" -> next();
                                    // Sign-extended to the operand size.
                                    case "s" -> (byte) next();
                                    case "w" -> next16();
                                    case "z" -> i.opSize == 2 ? (short) next16() : next32();
                                    default ->
                                            i.opSize == 2
                                                    ? (short) next16()
                                                    : i.opSize == 4 ? next32() : next64();
                                };
                case 'J' ->
                        value =
                                operand.type().equals("b")
                                        ? (byte) next()
                                        : i.opSize == 2 ? (short) next16() : next32();
                case 'A' -> {
                    value = i.opSize == 2 ? next16() : next32() & 0xffff_ffffL;
                    i.imm2 = next16();
                }
                case 'O' -> {
                    i.mem = true;
                    i.disp =
                            i.addrSize == 8
                                    ? next64()
                                    : i.addrSize == 4 ? next32() & 0xffff_ffffL : next16();
                    continue;
                }
                case 'L' -> value = next();
                case 'F' -> {
                    if (!operand.type().equals("1")) {
                        continue;
                    }
                    value = 1;
                }
                default -> {
                    continue;
                }
            }
            if (second) {
                i.imm2 = (int) value;
            } else {
                i.imm = value;
                second = true;
            }
        }
    }

    private long next64() {
        long low = next32() & 0xffff_ffffL;
        return low | (long) next32() << 32;
    }
}
