package lodge.interpreter;

import java.util.List;

/**
 * Text of a decoded instruction in Intel syntax, in the form of {@code objdump -M intel,intel64}:
 * for traces and tests, not for the run loop. Prefixes that have no effect on an instruction are
 * written in front of it, a REX prefix with a bit of no effect too. Where the two differ is listed
 * in DisassemblyTest. A little longer than other classes, because one instruction's text takes all
 * of its parts in turn.
 */
final class Disassembler {
    private static final String[] GENERAL = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] LOW = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] HIGH = {"ah", "ch", "dh", "bh"};
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};
    private static final String[] PAIRS = {
        "bx+si", "bx+di", "bp+si", "bp+di", "si", "di", "bp", "bx"
    };

    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;

    private final Insn i;
    private final byte[] code;
    private final boolean code16;
    private final boolean code64;
    private final long address;
    private final StringBuilder operands = new StringBuilder();
    private String comment = "";

    // What the instruction makes use of; everything else is written in front of it.
    private boolean operandSizeUsed;
    private boolean addressSizeUsed;
    private boolean segmentUsed;
    private boolean repeatUsed;
    private int rexUsed;

    /** Where the opcode begins, behind all legacy prefixes and REX. */
    private int opcodeAt;

    private int rex;
    private int modrmAt;

    private Disassembler(Insn i, byte[] code, int mode, long address) {
        this.i = i;
        this.code = code;
        code16 = (mode & 3) == Decoder.CODE16;
        code64 = (mode & 3) == Decoder.CODE64;
        this.address = address;
    }

    /**
     * Returns the text of an instruction.
     *
     * @param i the instruction as it was decoded
     * @param code its bytes, of which the first {@code i.length} count
     * @param mode one of the {@link Decoder}'s code sizes; other bits do not matter
     * @param address its offset in the code segment, from which relative branches count
     * @return for example {@code mov DWORD PTR [rbx+rcx*4+0x10],eax}; {@code (bad)} when it is
     *     undefined
     */
    static String text(Insn i, byte[] code, int mode, long address) {
        return i.row == null ? "(bad)" : new Disassembler(i, code, mode, address).text();
    }

    private String text() {
        while (prefix(code[opcodeAt] & 0xff)) {
            opcodeAt++;
        }
        rex =
                code64 && opcodeAt > 0 && (code[opcodeAt - 1] & 0xf0) == 0x40
                        ? code[opcodeAt - 1]
                        : 0;
        int map = i.row.map();
        modrmAt =
                opcodeAt
                        + (map == 0
                                ? 1
                                : map == 1
                                        ? 2
                                        : map < 4 || (code[opcodeAt] & 0xff) == 0xc5 ? 3 : 4);
        writeOperands();
        implicit();
        String name = Mnemonics.of(i, code16, code64);
        StringBuilder text = new StringBuilder();
        prefixes(text);
        text.append(name);
        if (!operands.isEmpty()) {
            text.append(' ').append(operands);
        }
        return text.append(comment).toString();
    }

    private boolean prefix(int b) {
        return switch (b) {
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
            default -> code64 && (b & 0xf0) == 0x40;
        };
    }

    // ---- prefixes ----

    /** Writes the prefixes that the operands do not show. */
    private void prefixes(StringBuilder text) {
        Row row = i.row;
        if (row.prefix() == 0x66) {
            operandSizeUsed = true;
        } else if (row.prefix() >= 0xf2) {
            repeatUsed = true;
        }
        int last66 = last(0x66, 0x66);
        int last67 = last(0x67, 0x67);
        int lastRepeat = last(0xf2, 0xf3);
        int lastSegment = lastSegment();
        for (int at = 0; at < opcodeAt; at++) {
            int b = code[at] & 0xff;
            switch (b) {
                case 0x66 -> {
                    if (at != last66 || !operandSizeUsed) {
                        text.append(code16 ? "data32 " : "data16 ");
                    }
                }
                case 0x67 -> {
                    if (at != last67 || !addressSizeUsed) {
                        text.append(code16 || code64 ? "addr32 " : "addr16 ");
                    }
                }
                case 0xf0 -> text.append("lock ");
                case 0xf2, 0xf3 -> {
                    if (at != lastRepeat || !repeatUsed || isString()) {
                        text.append(repeat(b));
                    }
                }
                case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 -> {
                    if (at == lastSegment && segmentUsed) {
                        continue;
                    }
                    if (b == 0x3e && indirect()) {
                        text.append("notrack ");
                    } else {
                        text.append(SEGMENTS[segment(b)]).append(' ');
                    }
                }
                default -> {
                    boolean counts = at == opcodeAt - 1;
                    int bits = b & 15;
                    if (!counts || bits != (rexUsed & bits) || bits == 0 && rexUsed < 16) {
                        text.append(rexName(b));
                    }
                }
            }
        }
    }

    private static String rexName(int b) {
        StringBuilder name = new StringBuilder("rex");
        if ((b & 15) != 0) {
            name.append('.');
        }
        for (int bit = 0; bit < 4; bit++) {
            if ((b & 8 >> bit) != 0) {
                name.append("WRXB".charAt(bit));
            }
        }
        return name.append(' ').toString();
    }

    private int last(int low, int high) {
        for (int at = opcodeAt - 1; at >= 0; at--) {
            int b = code[at] & 0xff;
            if (b >= low && b <= high) {
                return at;
            }
        }
        return -1;
    }

    /** The segment prefix that counts: in 64-bit code only FS and GS do. */
    private int lastSegment() {
        for (int at = opcodeAt - 1; at >= 0; at--) {
            int b = code[at] & 0xff;
            if (b == 0x64 || b == 0x65) {
                return at;
            }
            if ((b & 0xe7) == 0x26 && !code64) {
                return at;
            }
        }
        return -1;
    }

    private static int segment(int prefix) {
        return prefix >= 0x64 ? prefix - 0x60 : prefix >> 3 & 3;
    }

    private boolean isString() {
        return !i.row.operands().isEmpty()
                && i.row.operands().stream().anyMatch(o -> o.kind() == 'X' || o.kind() == 'Y');
    }

    private String repeat(int b) {
        if (b == 0xf2) {
            return branch() ? "bnd " : isString() ? "repnz " : lockable() ? "xacquire " : "repnz ";
        }
        if (isString()) {
            String name = i.row.mnemonic();
            return name.equals("CMPS") || name.equals("SCAS") ? "repz " : "rep ";
        }
        return lockable() ? "xrelease " : "repz ";
    }

    /** Whether F2 and F3 are hints of lock elision. */
    private boolean lockable() {
        return i.lock || i.mem && i.row.map() == 0 && (i.opcode == 0x86 || i.opcode == 0x87);
    }

    private boolean conditional() {
        int map = i.row.map();
        return map == 0 && (i.opcode & 0xf0) == 0x70 || map == 1 && (i.opcode & 0xf0) == 0x80;
    }

    private boolean indirect() {
        String name = i.row.mnemonic();
        return i.opcode == 0xff && i.row.map() == 0 && (name.equals("JMP") || name.equals("CALL"));
    }

    private boolean branch() {
        String name = i.row.mnemonic();
        return conditional()
                || name.equals("JMP") && i.opcode != 0xeb
                || name.equals("CALL")
                || name.equals("RET") && i.opcode < 0xc8;
    }

    /** Takes note of what instructions use that have no operand to show it. */
    private void implicit() {
        switch (i.row.mnemonic()) {
            case "CBW",
                    "CWD",
                    "IRET",
                    "SYSRET",
                    "SYSEXIT",
                    "FXSAVE",
                    "FXRSTOR",
                    "XSAVE",
                    "XRSTOR",
                    "XSAVEOPT" -> {
                operandSize();
            }
            case "PUSHF", "POPF", "PUSHA", "POPA", "ENTER", "LEAVE" -> operandSizeUsed = true;
            case "PUSH", "POP" -> {
                if (i.row.operands().getFirst().kind() != 'F' || !code64) {
                    operandSizeUsed = true;
                }
            }
            case "RET" -> {
                if (!i.row.attributes().forced64() || !code64) {
                    operandSize();
                }
            }
            case "NOP" -> {
                if (Mnemonics.exchanges(i)) {
                    int size = operandSize();
                    general(i.rm, size, REX_B);
                    operands.append(',').append(name(0, size));
                }
            }
            case "JRCXZ", "LOOP", "LOOPE", "LOOPNE" -> addressSizeUsed = true;
            case "XLAT" -> {
                operands.append("BYTE PTR ");
                string(CpuRegisters.DS, 3);
            }
            case "MASKMOVQ", "MASKMOVDQU", "VMASKMOVDQU" -> {
                addressSizeUsed = true;
                segmentUsed = true;
            }
            default -> {}
        }
        if (i.row.w() >= 0) {
            rexUsed |= REX_W;
        }
    }

    /** The operand-size attribute matters: REX.W, or else 66. */
    private int operandSize() {
        if (i.w) {
            rexUsed |= REX_W | 16;
        } else {
            operandSizeUsed = true;
        }
        return i.opSize;
    }

    // ---- operands ----

    private void writeOperands() {
        List<Row.Operand> list = i.row.operands();
        int count = list.size() - (Mnemonics.immediateInName(i) ? 1 : 0);
        boolean seen = false;
        for (int n = 0; n < count; n++) {
            if (n > 0) {
                operands.append(',');
            }
            Row.Operand operand = list.get(n);
            if (operand.kind() == 'I') {
                immediate(operand, seen ? i.imm2 : i.imm);
                seen = true;
            } else {
                operand(operand);
            }
        }
    }

    private void operand(Row.Operand o) {
        String type = o.type();
        switch (o.kind()) {
            case 'F' -> fixed(type);
            case 'G' -> {
                boolean mask = i.row.mnemonic().contains("MOVMSK");
                general(i.reg, general(mask ? "y" : type), REX_R);
            }
            case 'B' -> general(i.vvvv, general(type), 0);
            case 'Z' -> general(i.rm, general(type), REX_B);
            case 'R' -> general(i.rm, general(type), REX_B);
            case 'E' -> {
                if (i.mem) {
                    memory(o);
                } else {
                    general(i.rm, registerSize(o), REX_B);
                }
            }
            case 'M' -> {
                if (i.mem) {
                    memory(o);
                } else {
                    general(i.rm, operandSize(), REX_B);
                }
            }
            case 'V' -> vector(i.reg, type, REX_R);
            case 'H' -> vector(i.vvvv, type, 0);
            case 'L' -> vector((int) i.imm >> 4 & (code64 ? 15 : 7), type, 0);
            case 'U' -> vector(i.rm, type, REX_B);
            case 'W' -> {
                if (i.mem) {
                    memory(o);
                } else {
                    vector(i.rm, type, REX_B);
                }
            }
            case 'P' -> operands.append("mm").append(i.reg & 7);
            case 'N' -> operands.append("mm").append(i.rm & 7);
            case 'Q' -> {
                if (i.mem) {
                    memory(o);
                } else {
                    operands.append("mm").append(i.rm & 7);
                }
            }
            case 'S' -> operands.append(SEGMENTS[i.reg & 7]);
            case 'C' -> {
                rexUsed |= REX_R;
                operands.append("cr").append(i.reg);
            }
            case 'D' -> {
                rexUsed |= REX_R;
                operands.append("dr").append(i.reg);
            }
            case 'T' -> operands.append("st(").append(i.rm & 7).append(')');
            case 'X' -> {
                pointer(bytes(o));
                string(CpuRegisters.DS, 6);
            }
            case 'Y' -> {
                pointer(bytes(o));
                string(-1, 7);
            }
            case 'O' -> {
                addressSizeUsed = true;
                general(type);
                segmentPrefix();
                if (!segmentUsed) {
                    operands.append("ds:");
                }
                segmentUsed = true;
                hex(i.disp);
            }
            case 'A' -> {
                operandSize();
                hex(i.imm2 & 0xffffL);
                operands.append(':');
                hex(i.imm);
            }
            case 'J' -> target();
            default -> throw new IllegalStateException(i.row.source() + ": operand " + o);
        }
    }

    private void target() {
        long to = address + i.length + i.imm;
        if (!code64) {
            operandSizeUsed = true;
            to &= 0xffff_ffffL;
            if (i.opSize == 2) {
                to = to & 0xffff | (i.prefix66 ? 0 : address + i.length & 0xffff_0000L);
            }
        }
        hex(to);
    }

    private void immediate(Row.Operand o, long value) {
        int size =
                switch (o.type()) {
                    case "b" -> 1;
                    case "w" -> 2;
                    default -> operandSize();
                };
        hex(CpuRegisters.unsigned(value, size));
    }

    private void fixed(String name) {
        switch (name) {
            case "rAX" -> operands.append(name(0, operandSize()));
            case "eAX" -> {
                operandSizeUsed = true;
                operands.append(name(0, i.opSize == 2 ? 2 : 4));
            }
            case "ST0" -> operands.append("st");
            default -> operands.append(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    /** Bytes of a general register by its type; takes note of what that depends on. */
    private int general(String type) {
        return switch (type) {
            case "b" -> 1;
            case "w" -> 2;
            case "d" -> 4;
            case "q" -> 8;
            case "z" -> {
                int size = operandSize();
                yield Math.min(size, 4);
            }
            case "y" -> {
                rexUsed |= REX_W;
                yield i.opSize == 8 ? 8 : 4;
            }
            default -> operandSize();
        };
    }

    /** As {@link #general(String)}; of some operands the lower half alone counts. */
    private int registerSize(Row.Operand o) {
        return switch (i.row.mnemonic()) {
            case "MOV" -> o.type().equals("w") ? operandSize() : general(o.type());
            case "LAR", "LSL" -> operandSize();
            default -> general(o.type());
        };
    }

    private void general(int number, int size, int rexBit) {
        rexUsed |= rexBit;
        if (size == 1 && number >= 4) {
            rexUsed |= 16;
        }
        operands.append(name(number, size));
    }

    private String name(int number, int size) {
        if (number >= 8) {
            return "r" + number + (size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "d" : "");
        }
        return switch (size) {
            case 1 -> number >= 4 && rex == 0 && i.row.map() < 4 ? HIGH[number - 4] : LOW[number];
            case 2 -> GENERAL[number];
            case 4 -> "e" + GENERAL[number];
            default -> "r" + GENERAL[number];
        };
    }

    private void vector(int number, String type, int rexBit) {
        rexUsed |= rexBit;
        operands.append(type.equals("qq") ? "ymm" : "xmm").append(number);
    }

    // ---- memory ----

    private int bytes(Row.Operand o) {
        return switch (o.type()) {
            case "dq", "ps", "pd" -> 16;
            case "qq" -> 32;
            case "t" -> 10;
            case "p" -> operandSize() + 2;
            case "a" -> 2 * operandSize();
            case "s", "" -> 0;
            default -> general(o.type());
        };
    }

    private int memoryBytes(Row.Operand o) {
        return switch (i.row.mnemonic()) {
            case "PREFETCH", "PREFETCHW" ->
                    (i.modrm & 0x20) != 0 && i.opcode == 0x18 ? operandSize() : 1;
            // Only the selector is stored, whatever the operand size.
            case "SLDT", "STR", "SMSW" -> 2;
            case "MOV" -> i.row.operands().stream().anyMatch(x -> x.kind() == 'S') ? 2 : bytes(o);
            case "INVPCID", "LEA", "LDDQU", "VLDDQU" -> 0;
            default -> bytes(o);
        };
    }

    private void pointer(int bytes) {
        operands.append(
                switch (bytes) {
                    case 1 -> "BYTE PTR ";
                    case 2 -> "WORD PTR ";
                    case 4 -> "DWORD PTR ";
                    case 6 -> "FWORD PTR ";
                    case 8 -> "QWORD PTR ";
                    case 10 -> "TBYTE PTR ";
                    case 16 -> "XMMWORD PTR ";
                    case 32 -> "YMMWORD PTR ";
                    default -> "";
                });
    }

    private void string(int segment, int register) {
        addressSizeUsed = true;
        if (segment < 0) {
            operands.append("es:");
        } else if (i.override >= 0) {
            segmentPrefix();
        } else {
            operands.append("ds:");
        }
        operands.append('[').append(name(register, i.addrSize)).append(']');
    }

    private void segmentPrefix() {
        if (i.override >= 0) {
            segmentUsed = true;
            operands.append(SEGMENTS[i.override]).append(':');
        }
    }

    private void memory(Row.Operand o) {
        addressSizeUsed = true;
        if (i.row.mnemonic().equals("CMPXCHG16B")) {
            operands.append("OWORD PTR ");
        } else {
            pointer(memoryBytes(o));
        }
        segmentPrefix();
        if (i.addrSize == 2) {
            memory16();
            return;
        }
        int mod = i.modrm >> 6;
        boolean hasSib = (i.modrm & 7) == 4;
        int sib = hasSib ? code[modrmAt + 1] & 0xff : 0;
        boolean absolute = mod == 0 && (hasSib ? sib & 7 : i.modrm & 7) == 5;
        boolean vsib = i.row.tags().contains("vsib");
        boolean indexed = hasSib && (vsib || i.index != CpuRegisters.ZERO);
        if (!absolute) {
            rexUsed |= REX_B;
        }
        if (hasSib) {
            rexUsed |= REX_X;
        }
        if (i.base == Insn.RIP) {
            operands.append(i.addrSize == 8 ? "[rip+" : "[eip+");
            hex(i.disp & (i.addrSize == 8 ? -1 : 0xffff_ffffL));
            operands.append(']');
            long to = address + i.length + i.disp;
            comment = "        # 0x" + Long.toHexString(i.addrSize == 8 ? to : to & 0xffff_ffffL);
            return;
        }
        if (absolute && !indexed && !(hasSib && (sib >= 0x40 || i.addrSize == 4))) {
            if (!segmentUsed) {
                operands.append("ds:");
            }
            hex(code64 && i.addrSize == 8 ? i.disp : i.disp & 0xffff_ffffL);
            return;
        }
        operands.append('[');
        if (!absolute) {
            operands.append(name(i.base / 8, i.addrSize));
        }
        // An index of none is written where another encoding would do without SIB.
        if (hasSib
                && (indexed
                        || absolute
                        || (sib & 0xc0) != 0
                        || !absolute && i.base != CpuRegisters.RSP && (sib & 7) != 4)) {
            if (!absolute) {
                operands.append('+');
            }
            if (vsib) {
                operands.append(i.l && !xmmIndex() ? "ymm" : "xmm").append(i.index);
            } else {
                operands.append(
                        indexed ? name(i.index / 8, i.addrSize) : i.addrSize == 8 ? "riz" : "eiz");
            }
            operands.append('*').append(1 << (sib >> 6));
        }
        if (mod != 0 || absolute) {
            // Objdump writes what no register is added to as it is.
            displacement(
                    absolute && !indexed && code64 && i.addrSize == 4
                            ? i.disp & 0xffff_ffffL
                            : i.disp);
        }
        operands.append(']');
    }

    /** Gathers whose elements and indices differ in size have one register of half the size. */
    private boolean xmmIndex() {
        return (i.opcode & 1) == 0 && i.w;
    }

    private void memory16() {
        int mod = i.modrm >> 6;
        if (mod == 0 && (i.modrm & 7) == 6) {
            if (!segmentUsed) {
                operands.append("ds:");
            }
            hex(i.disp & 0xffff);
            return;
        }
        operands.append('[').append(PAIRS[i.modrm & 7]);
        if (mod != 0) {
            displacement(i.disp);
        }
        operands.append(']');
    }

    private void displacement(long by) {
        operands.append(by < 0 ? '-' : '+');
        hex(Math.abs(by));
    }

    private void hex(long value) {
        operands.append("0x").append(Long.toHexString(value));
    }
}
