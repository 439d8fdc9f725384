package lodge.interpreter;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The instruction set: read from the {@code *.table} resources beside this class, from which the
 * decoder, the disassembler, docs/instructions.md and the test generators work. Immutable.
 *
 * <p>A line is {@code opcode | instruction | tags | flags | feature}; {@code #} begins a comment.
 * The opcode column: an optional prefix condition {@code NP NFX 66 F3 F2} (none written: any),
 * {@code W0 W1}, the bytes {@code 0F}, {@code 0F 38}, {@code 0F 3A} or {@code VEX.128.66.0F.W0} in
 * front (VEX length {@code 128 256 LIG}, W {@code W0 W1 WIG}), the opcode, {@code +r} for a
 * register in it, {@code /r} or {@code /0} to {@code /7} for a ModRM byte, {@code mem} or {@code
 * reg} to restrict ModRM, {@code =C8} for a ModRM byte that is part of the opcode. Rows of one
 * opcode are tried from top to bottom, so the more special ones stand first.
 */
final class InstructionTable {
    /** Which file is executed by which unit. */
    private static final Map<String, Unit> FILES = Units.byFile();

    private static final int MAPS = 7;

    /** What decoder and tests share. */
    static final InstructionTable INSTANCE = new InstructionTable();

    private final Row[][][] byOpcode = new Row[MAPS][256][];
    private final List<Row> rows = new ArrayList<>();

    private InstructionTable() {
        FILES.forEach(this::read);
        for (Row row : rows) {
            for (int i = 0; i < row.count(); i++) {
                Row[] old = byOpcode[row.map()][row.opcode() + i];
                Row[] next =
                        old == null ? new Row[1] : java.util.Arrays.copyOf(old, old.length + 1);
                next[next.length - 1] = row;
                byOpcode[row.map()][row.opcode() + i] = next;
            }
        }
    }

    /** Returns all rows in the order of the files. */
    List<Row> rows() {
        return List.copyOf(rows);
    }

    /** Returns the rows of an opcode, or null. */
    Row[] rows(int map, int opcode) {
        return byOpcode[map][opcode];
    }

    private void read(String file, Unit unit) {
        String text;
        try (InputStream in = InstructionTable.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("The resource " + file + " is missing");
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            int comment = line.indexOf('#');
            String content = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!content.isEmpty()) {
                String source = file + ":" + number;
                try {
                    rows.add(parse(content.split("\\|", -1), unit, source));
                } catch (RuntimeException e) {
                    throw new IllegalStateException(source + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private static Row parse(String[] columns, Unit unit, String source) {
        Opcode o = new Opcode(columns[0].strip());
        String instruction = columns[1].strip();
        int blank = instruction.indexOf(' ');
        String mnemonic = blank < 0 ? instruction : instruction.substring(0, blank);
        List<Row.Operand> operands = new ArrayList<>();
        if (blank > 0) {
            for (String operand : instruction.substring(blank).split(",", -1)) {
                operands.add(operand(operand.strip()));
            }
        }
        Set<String> tags = new LinkedHashSet<>();
        String operation = mnemonic;
        for (String tag : column(columns, 2).split("\\s+", -1)) {
            if (tag.startsWith("op:")) {
                operation = tag.substring(3);
            } else if (!tag.isEmpty()) {
                tags.add(tag);
            }
        }
        String feature = column(columns, 4);
        return new Row(
                o.map,
                o.opcode,
                o.count,
                o.prefix,
                o.digit,
                o.modrm,
                o.exact,
                o.form,
                o.w,
                o.l,
                mnemonic,
                List.copyOf(operands),
                Set.copyOf(tags),
                column(columns, 3),
                feature.isEmpty() ? CpuFeature.BASE : CpuFeature.of(feature),
                unit,
                unit.operation(operation),
                source,
                Row.Attributes.of(tags));
    }

    private static String column(String[] columns, int n) {
        return n < columns.length ? columns[n].strip() : "";
    }

    private static Row.Operand operand(String text) {
        boolean fixed =
                switch (text) {
                    case "AL", "CL", "AH", "AX", "DX", "rAX", "eAX", "ST0", "1", "3", "XMM0" ->
                            true;
                    case "ES", "CS", "SS", "DS", "FS", "GS" -> true;
                    default -> false;
                };
        if (fixed) {
            return new Row.Operand('F', text);
        }
        if (text.equals("STi")) {
            return new Row.Operand('T', "");
        }
        if ("ABCDEGHIJLMNOPQRSUVWXYZ".indexOf(text.charAt(0)) < 0) {
            throw new IllegalArgumentException("unknown operand " + text);
        }
        return new Row.Operand(text.charAt(0), text.substring(1));
    }

    /** The parts of an opcode column. */
    private static final class Opcode {
        int map;
        int opcode = -1;
        int count = 1;
        int prefix;
        int digit = -1;
        boolean modrm;
        int exact = -1;
        int form;
        int w = -1;
        int l = -1;

        Opcode(String text) {
            for (String token : text.split("\\s+", -1)) {
                switch (token) {
                    case "NP" -> prefix = 1;
                    case "NFX" -> prefix = 2;
                    case "W0" -> w = 0;
                    case "W1" -> w = 1;
                    case "+r" -> count = 8;
                    case "/r" -> modrm = true;
                    case "mem" -> form = 1;
                    case "reg" -> form = 2;
                    default -> rest(token);
                }
            }
            if (opcode < 0) {
                throw new IllegalArgumentException("no opcode in " + text);
            }
        }

        private void rest(String token) {
            if (token.startsWith("VEX.")) {
                vex(token);
            } else if (token.startsWith("/")) {
                modrm = true;
                digit = Integer.parseInt(token.substring(1));
            } else if (token.startsWith("=")) {
                modrm = true;
                exact = Integer.parseInt(token.substring(1), 16);
            } else {
                int value = Integer.parseInt(token, 16);
                // 0F, 0F 38 and 0F 3A lead to the next map; 66, F2 and F3 are conditions in front.
                boolean first = opcode < 0;
                if (first
                        && map == 0
                        && prefix == 0
                        && (value == 0x66 || value == 0xf2 || value == 0xf3)) {
                    prefix = value;
                } else if (first && map == 0 && value == 0x0f) {
                    map = 1;
                } else if (first && map == 1 && (value == 0x38 || value == 0x3a)) {
                    map = value == 0x38 ? 2 : 3;
                } else if (first) {
                    opcode = value;
                } else {
                    throw new IllegalArgumentException("two opcodes: " + token);
                }
            }
        }

        private void vex(String token) {
            prefix = 1;
            for (String part : token.substring(4).split("\\.", -1)) {
                switch (part) {
                    case "128", "LZ" -> l = 0;
                    case "256" -> l = 1;
                    case "LIG", "WIG", "NP" -> {}
                    case "66" -> prefix = 0x66;
                    case "F2" -> prefix = 0xf2;
                    case "F3" -> prefix = 0xf3;
                    case "0F" -> map = 4;
                    case "0F38" -> map = 5;
                    case "0F3A" -> map = 6;
                    case "W0" -> w = 0;
                    case "W1" -> w = 1;
                    default -> throw new IllegalArgumentException("unknown VEX part " + part);
                }
            }
        }
    }
}
