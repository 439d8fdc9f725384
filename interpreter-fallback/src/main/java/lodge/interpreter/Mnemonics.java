package lodge.interpreter;

import java.util.Locale;

/** Names of instructions as {@code objdump -M intel} prints them, where the SDM's are others. */
final class Mnemonics {
    /** CMPPS and its kin by predicate (SDM vol. 2, CMPPD); the first eight without VEX too. */
    private static final String[] PREDICATES = {
        "eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord",
        "eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true",
        "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s",
        "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us"
    };

    private static final Row.Operand NEAR = new Row.Operand('J', "z");

    private Mnemonics() {}

    /**
     * Returns the name of an instruction.
     *
     * @param i a defined instruction
     * @param code16 whether the code segment's default is 16 bits
     * @param code64 whether it is 64-bit code
     */
    static String of(Insn i, boolean code16, boolean code64) {
        Row row = i.row;
        String name = row.mnemonic();
        return switch (name) {
            case "CBW" -> bySize(i, "cbw", "cwde", "cdqe");
            case "CWD" -> bySize(i, "cwd", "cdq", "cqo");
            case "JRCXZ" -> i.addrSize == 2 ? "jcxz" : i.addrSize == 4 ? "jecxz" : "jrcxz";
            case "RET" ->
                    i.opcode < 0xca
                            ? bySize(i, code16 ? "ret" : "retw", code16 ? "retd" : "ret", "ret")
                            : bySize(
                                    i,
                                    code16 ? "retf" : "retfw",
                                    code16 ? "retfd" : "retf",
                                    "retfq");
            case "IRET" -> bySize(i, code16 ? "iret" : "iretw", code16 ? "iretd" : "iret", "iretq");
            case "PUSHF", "POPF", "PUSHA", "POPA", "ENTER", "LEAVE" -> sized(i, code16);
            case "PUSH", "POP" -> stack(i, code16, code64);
            case "FXSAVE", "FXRSTOR", "XSAVE", "XRSTOR", "XSAVEOPT" ->
                    lower(name) + (i.w && code64 ? "64" : "");
            case "SYSRET", "SYSEXIT" -> lower(name) + (!code64 ? "" : i.w ? "q" : "d");
            case "LGDT", "LIDT", "SGDT", "SIDT" ->
                    lower(name) + (code64 ? "" : bySize(i, "w", "d", ""));
            case "FLDENV", "FNSTENV", "FRSTOR", "FNSAVE" ->
                    lower(name) + (i.prefix66 ? code16 ? "d" : "w" : "");
            case "PCMPESTRM", "PCMPESTRI", "VPCMPESTRM", "VPCMPESTRI" ->
                    lower(name) + (i.w ? "q" : "");
            case "JMP", "CALL" ->
                    !code64 && i.row.operands().getFirst().equals(NEAR)
                            ? sized(i, code16)
                            : lower(name);
            case "NOP" -> i.row.operands().isEmpty() && exchanges(i) ? "xchg" : "nop";
            case "FNENI", "FNDISI" -> lower(name) + "(8087 only)";
            case "FNSETPM" -> "fnsetpm(287 only)";
            case "PREFETCH" -> prefetch(i);
            case "PREFETCHW" ->
                    switch (i.modrm >> 3 & 7) {
                        case 1 -> "prefetchw";
                        case 2 -> "prefetchwt1";
                        default -> "prefetch";
                    };
            case "MOV" -> wide(i, code64) ? "movabs" : "mov";
            default -> immediateInName(i) ? compound(i) : lower(name);
        };
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static String bySize(Insn i, String two, String four, String eight) {
        return i.opSize == 2 ? two : i.opSize == 4 ? four : eight;
    }

    /** PUSH and POP name their size where no operand does. */
    private static String stack(Insn i, boolean code16, boolean code64) {
        String name = lower(i.row.mnemonic());
        char kind = i.row.operands().getFirst().kind();
        boolean unsized = kind == 'I' || kind == 'F';
        if (!unsized || !i.prefix66 || i.w && code64) {
            return name;
        }
        return sized(i, code16);
    }

    /** With its size behind it where it is not the code segment's. */
    private static String sized(Insn i, boolean code16) {
        return lower(i.row.mnemonic()) + (i.prefix66 && !i.w ? code16 ? "d" : "w" : "");
    }

    /** Whether opcode 90 is XCHG with AX in fact, because a prefix says more (SDM vol. 2, NOP). */
    static boolean exchanges(Insn i) {
        return i.opcode == 0x90 && i.row.map() == 0 && i.rep != 0xf3 && (i.prefix66 || i.rm != 0);
    }

    /** Whether a move has an address or immediate of eight bytes. */
    private static boolean wide(Insn i, boolean code64) {
        boolean offset = i.opcode >= 0xa0 && i.opcode <= 0xa3 && i.addrSize == 8;
        boolean immediate = i.opcode >= 0xb8 && i.opcode <= 0xbf && i.opSize == 8;
        return i.row.map() == 0 && code64 && (offset || immediate);
    }

    private static String prefetch(Insn i) {
        return switch (i.mem ? i.modrm >> 3 & 7 : -1) {
            case 0 -> "prefetchnta";
            case 1 -> "prefetcht0";
            case 2 -> "prefetcht1";
            case 3 -> "prefetcht2";
            default -> "nop";
        };
    }

    /** Whether the last operand, an immediate, is part of the name. */
    static boolean immediateInName(Insn i) {
        return compare(i) && i.imm < (i.row.map() >= 4 ? 32 : 8)
                || multiply(i) && (i.imm & ~0x11) == 0;
    }

    private static boolean compare(Insn i) {
        return i.opcode == 0xc2 && (i.row.map() == 1 || i.row.map() == 4);
    }

    private static boolean multiply(Insn i) {
        return i.row.mnemonic().endsWith("PCLMULQDQ");
    }

    private static String compound(Insn i) {
        String name = lower(i.row.mnemonic());
        if (compare(i)) {
            int at = name.length() - 2;
            return name.substring(0, at) + PREDICATES[(int) i.imm] + name.substring(at);
        }
        String v = name.startsWith("v") ? "v" : "";
        return v
                + "pclmul"
                + ((i.imm & 1) == 0 ? "l" : "h")
                + "q"
                + ((i.imm & 0x10) == 0 ? "l" : "h")
                + "qdq";
    }
}
