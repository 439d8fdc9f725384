package lodge.interpreter;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Instructions as Lodge's decoder and disassembler have them, beside objdump's. */
final class DisassemblyComparison {
    private static final Pattern PREFIXES =
            Pattern.compile(
                    "^((rep|repz|repnz|lock|data16|data32|addr16|addr32|cs|ds|es|ss|fs|gs|notrack"
                            + "|bnd|xacquire|xrelease|rex(\\.[WRXB]+)?) )*");

    private final Decoder decoder = new Decoder(-1L);
    private final int mode;
    private final boolean exact;
    private final Bytes bytes = new Bytes();
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private int instructions;
    private int differences;

    /**
     * A comparison.
     *
     * @param mode one of the {@link Decoder}'s code sizes
     * @param exact whether prefixes that have no effect count
     */
    DisassemblyComparison(int mode, boolean exact) {
        this.mode = mode;
        this.exact = exact;
    }

    /** Bytes of an instruction; zeros behind the end. */
    private static final class Bytes implements Decoder.Source {
        private final byte[] code = new byte[16];

        @Override
        public int fetch(int at) {
            return code[at] & 0xff;
        }

        @Override
        public RuntimeException tooLong() {
            return new GuestFault();
        }
    }

    /** Decodes; an instruction that is too long is undefined. */
    Insn decode(byte[] from, int at) {
        int n = Math.min(15, from.length - at);
        System.arraycopy(from, at, bytes.code, 0, n);
        Arrays.fill(bytes.code, n, 16, (byte) 0);
        try {
            return decoder.decode(bytes, mode);
        } catch (GuestFault f) {
            return new Insn();
        }
    }

    /**
     * Compares one instruction.
     *
     * @param i as {@link #decode} returned it just now
     * @param address where it is
     * @param length how many bytes objdump takes
     * @param theirs objdump's text
     */
    void compare(Insn i, long address, int length, String theirs) {
        instructions++;
        String ours = tidy(Disassembler.text(i, bytes.code, mode, address));
        if (i.row == null && theirs.contains("(bad)")) {
            return;
        }
        String other = tidy(theirs);
        if (i.row != null && i.length == length && ours.equals(other)) {
            return;
        }
        if (explained(i, length, ours, other, theirs)) {
            return;
        }
        differences++;
        String key =
                (i.row == null ? "absent " : i.length == length ? "text " : "length ")
                        + name(other);
        counts.merge(key, 1, Integer::sum);
        examples.putIfAbsent(
                key,
                "%x: %s| ours (%d) %s | theirs (%d) %s"
                        .formatted(
                                address,
                                hex(Math.max(length, i.length)),
                                i.length,
                                ours,
                                length,
                                other));
    }

    private boolean explained(Insn i, int length, String ours, String other, String theirs) {
        int prefixes = 0;
        while (prefix(bytes.code[prefixes] & 0xff)) {
            prefixes++;
        }
        KnownDisassembly.Difference difference =
                new KnownDisassembly.Difference(
                        i,
                        bytes.code.clone(),
                        prefixes,
                        ours,
                        other,
                        theirs,
                        i.length == length,
                        i.row == null ? withoutPrefixes() : "");
        for (KnownDisassembly reason : KnownDisassembly.values()) {
            if (reason.explains(difference)) {
                return true;
            }
        }
        return false;
    }

    private boolean prefix(int b) {
        return switch (b) {
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
            default -> mode == Decoder.CODE64 && (b & 0xf0) == 0x40;
        };
    }

    /** The mnemonic that the bytes have when 66, F2 and F3 are left out. */
    private String withoutPrefixes() {
        byte[] whole = bytes.code.clone();
        byte[] rest = new byte[16];
        int n = 0;
        boolean front = true;
        for (int at = 0; at < 16; at++) {
            int b = whole[at] & 0xff;
            front &= prefix(b);
            if (!front || b != 0x66 && b != 0xf2 && b != 0xf3) {
                rest[n++] = whole[at];
            }
        }
        Insn i = decode(rest, 0);
        String name = name(Disassembler.text(i, bytes.code, mode, 0));
        System.arraycopy(whole, 0, bytes.code, 0, 16);
        return name;
    }

    private String tidy(String text) {
        int comment = text.indexOf('#');
        String t =
                comment < 0
                        ? text
                        : text.substring(0, comment).strip() + " " + text.substring(comment);
        return exact ? t : PREFIXES.matcher(t).replaceFirst("");
    }

    private static String name(String text) {
        String t = PREFIXES.matcher(text).replaceFirst("");
        int blank = t.indexOf(' ');
        return blank < 0 ? t : t.substring(0, blank);
    }

    private String hex(int length) {
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < length && n < 15; n++) {
            text.append("%02x ".formatted(bytes.code[n]));
        }
        return text.toString();
    }

    int instructions() {
        return instructions;
    }

    int differences() {
        return differences;
    }

    /** Returns a line for each kind of difference: how often, and the first. */
    String report() {
        StringBuilder text = new StringBuilder();
        counts.forEach(
                (key, count) ->
                        text.append("%n%6d x %s: %s".formatted(count, key, examples.get(key))));
        return "%d of %d instructions differ from objdump's:%s"
                .formatted(differences, instructions, text);
    }
}
