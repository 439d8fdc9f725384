package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.CpuModel;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** docs/instructions.md is what the instruction table says. */
class InstructionDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/instructions.md");
    private static final List<Path> TESTS =
            List.of(Path.of("src/test/java"), Path.of("../interpreter-fallback/src/test/java"));

    /** What every row is tested by. */
    private static final List<String> ALWAYS =
            List.of("DisassemblyTest", "RealProcessorTest", "RandomCodeTest");

    /** What the rows of a table are tested by besides, by the beginning of its name. */
    private static final Map<String, List<String>> BY_TABLE = new LinkedHashMap<>();

    static {
        BY_TABLE.put(
                "integer",
                List.of(
                        "IntegerArithmeticTest",
                        "IntegerBitsTest",
                        "IntegerBranchTest",
                        "IntegerMoveTest",
                        "IntegerMultiplyDivideTest",
                        "IntegerShiftTest",
                        "IntegerStackTest",
                        "LocksTest"));
        BY_TABLE.put("string", List.of("StringUnitTest", "IoPermissionTest"));
        BY_TABLE.put("system", List.of("SystemRulesTest", "DebugTest", "InterpreterContractTest"));
        BY_TABLE.put(
                "segment",
                List.of(
                        "SegmentsTest",
                        "TransfersTest",
                        "TaskSwitchTest",
                        "EventsTest",
                        "SystemRulesTest"));
        BY_TABLE.put(
                "x87",
                List.of(
                        "Float80Test",
                        "Float80SiliconTest",
                        "Float80ConvertSiliconTest",
                        "Float80TranscendentalSiliconTest",
                        "SystemRulesTest"));
        BY_TABLE.put("state", List.of("SystemRulesTest"));
        BY_TABLE.put("mmx-integer", List.of("SimdIntegerUnitTest"));
        BY_TABLE.put("mmx", List.of("MmxUnitTest"));
        BY_TABLE.put("sse-move", List.of("SimdMoveUnitTest"));
        BY_TABLE.put("sse-integer", List.of("SimdIntegerUnitTest"));
        BY_TABLE.put("sse-transfer", List.of("SimdTransferUnitTest"));
        BY_TABLE.put("sse-crypto", List.of("CryptoUnitTest"));
        BY_TABLE.put("sse-text", List.of("SimdTextUnitTest"));
        BY_TABLE.put("sse-float", List.of("SimdFloatUnitTest", "SseSiliconTest"));
        BY_TABLE.put("sse-convert", List.of("SimdConvertUnitTest", "SseSiliconTest"));
        BY_TABLE.put("avx-move", List.of("SimdMoveUnitTest"));
        BY_TABLE.put("avx-integer", List.of("SimdIntegerUnitTest"));
        BY_TABLE.put("avx-transfer", List.of("SimdTransferUnitTest"));
        BY_TABLE.put("avx-crypto", List.of("CryptoUnitTest"));
        BY_TABLE.put("avx-text", List.of("SimdTextUnitTest"));
        BY_TABLE.put("avx-float", List.of("SimdFloatUnitTest"));
        BY_TABLE.put("avx-convert", List.of("SimdConvertUnitTest"));
        BY_TABLE.put("fma", List.of("SimdFloatUnitTest"));
        BY_TABLE.put("avx", List.of("AvxUnitTest"));
    }

    private static final long V2 = ProcessorModel.of(CpuModel.LODGE_V2, 0, 1).features();
    private static final long MAX = ProcessorModel.of(CpuModel.MAX, 0, 1).features();

    @Test
    void theDocumentSaysWhatTheTableSays() throws IOException {
        String text = document();
        if (Boolean.getBoolean("lodge.update-docs")) {
            Files.writeString(DOCUMENT, text);
        }
        assertEquals(
                text,
                Files.readString(DOCUMENT),
                "Write it again: ./dev test tests InstructionDocumentTest"
                        + " -Dlodge.update-docs=true");
    }

    @Test
    void theTestsThatItNamesExist() throws IOException {
        Set<String> sources = new TreeSet<>();
        for (Path folder : TESTS) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.forEach(f -> sources.add(f.getFileName().toString().replace(".java", "")));
            }
        }
        for (String name : ALWAYS) {
            assertTrue(sources.contains(name), name);
        }
        BY_TABLE.values().forEach(l -> l.forEach(n -> assertTrue(sources.contains(n), n)));
    }

    private static String document() {
        Map<String, List<Row>> tables = new LinkedHashMap<>();
        for (Row row : InstructionTable.INSTANCE.rows()) {
            String table = row.source().substring(0, row.source().indexOf(".table"));
            tables.computeIfAbsent(table, t -> new ArrayList<>()).add(row);
        }
        StringBuilder text = new StringBuilder();
        text.append(
                """
                # Instructions

                Every instruction of the processor in pure Java (`--backend interpreter`), printed from its \
                instruction tables by
                `InstructionDocumentTest` (which compares, and writes this file when run with \
                `-Dlodge.update-docs=true`). %d encodings,
                %d mnemonics. Opcodes and operands are in the notation of the SDM (vol. 2, 3.1.1 and \
                appendix A.2), with `Z` for a
                register in the opcode, `T` for an x87 register and `Is` for a sign-extended byte; `mem` \
                and `reg` restrict ModRM,
                `NP` forbids 66, F2 and F3, `NFX` the latter two.

                - flags: OSZAPC; a capital is written, a small letter is undefined in the SDM, `-` is left \
                alone
                - models: `lodge-v2` and `max`; *none* is executed only by tests, no model announces it
                - status: *executed*; *nothing* where doing nothing is what the SDM asks for; *#UD* where \
                it is to be undefined

                Lengths and texts of all are compared with objdump's (`DisassemblyTest`), those that CPL 3 \
                may execute are run on the
                host's processor and here (`RealProcessorTest`, whose `Exclusions` names the rest with \
                reasons), and random code
                is full of them (`RandomCodeTest`); what tests them besides stands at each table.
                """
                        .formatted(
                                InstructionTable.INSTANCE.rows().size(),
                                InstructionTable.INSTANCE.rows().stream()
                                        .map(Row::mnemonic)
                                        .distinct()
                                        .count()));
        tables.forEach((name, rows) -> table(text, name, rows));
        return text.toString();
    }

    private static void table(StringBuilder text, String name, List<Row> rows) {
        List<String> tests = BY_TABLE.get(name);
        assertTrue(tests != null, "Say what tests " + name + ".table");
        text.append(
                "%n## %s%n%nExecuted by `%s`, tested by %s.%n%n"
                        .formatted(
                                name,
                                rows.getFirst().unit().getClass().getSimpleName(),
                                tests.stream()
                                        .map(t -> "`" + t + "`")
                                        .collect(Collectors.joining(", "))));
        text.append("| instruction | encodings | flags | feature | models | status |\n");
        text.append("|---|---|---|---|---|---|\n");
        Map<String, List<Row>> byMnemonic = new LinkedHashMap<>();
        rows.forEach(r -> byMnemonic.computeIfAbsent(r.mnemonic(), m -> new ArrayList<>()).add(r));
        byMnemonic.forEach(
                (mnemonic, same) ->
                        text.append(
                                "| %s | %s | %s | %s | %s | %s |%n"
                                        .formatted(
                                                mnemonic,
                                                each(same, InstructionDocumentTest::encoding),
                                                each(same, InstructionDocumentTest::flags),
                                                each(same, InstructionDocumentTest::feature),
                                                each(same, InstructionDocumentTest::models),
                                                each(same, InstructionDocumentTest::status))));
    }

    private static String each(List<Row> rows, Function<Row, String> what) {
        Set<String> all = new LinkedHashSet<>();
        rows.forEach(r -> all.add(what.apply(r)));
        return String.join("<br>", all);
    }

    private static String encoding(Row row) {
        StringBuilder text = new StringBuilder("`");
        String prefix =
                switch (row.prefix()) {
                    case 0 -> "";
                    case 1 -> "NP ";
                    case 2 -> "NFX ";
                    default -> "%02X ".formatted(row.prefix());
                };
        String map = List.of("", "0F ", "0F 38 ", "0F 3A ").get(row.map() & 3);
        if (row.map() >= 4) {
            text.append("VEX").append(row.l() < 0 ? ".LIG" : row.l() == 0 ? ".128" : ".256");
            text.append(row.prefix() > 1 ? "." + prefix.strip() : "");
            text.append(List.of(".0F", ".0F38", ".0F3A").get(row.map() - 4));
            text.append(row.w() < 0 ? ".WIG " : row.w() == 0 ? ".W0 " : ".W1 ");
        } else {
            text.append(prefix).append(row.w() < 0 ? "" : row.w() == 0 ? "W0 " : "W1 ");
            text.append(map);
        }
        text.append("%02X".formatted(row.opcode())).append(row.count() > 1 ? " +r" : "");
        if (row.exact() >= 0) {
            text.append(" %02X".formatted(row.exact()));
        } else if (row.modrm()) {
            text.append(row.digit() < 0 ? " /r" : " /" + row.digit());
        }
        text.append(row.form() == 1 ? " mem" : row.form() == 2 && row.exact() < 0 ? " reg" : "");
        text.append('`');
        text.append(row.operands().isEmpty() ? "" : " ");
        text.append(
                row.operands().stream()
                        .map(o -> (o.kind() == 'F' ? "" : String.valueOf(o.kind())) + o.type())
                        .collect(Collectors.joining(", ")));
        if (row.attributes().not64()) {
            text.append(" (not in 64-bit mode)");
        } else if (row.attributes().only64()) {
            text.append(" (64-bit mode)");
        }
        return text.toString();
    }

    private static String flags(Row row) {
        return row.flags().isEmpty() ? "-" : row.flags();
    }

    private static String feature(Row row) {
        return row.feature() == CpuFeature.BASE
                ? ""
                : row.feature().name().replace("SSE4_", "SSE4.");
    }

    private static String models(Row row) {
        long mask = row.feature().mask();
        return (V2 & mask) != 0 ? "lodge-v2, max" : (MAX & mask) != 0 ? "max" : "*none*";
    }

    private static String status(Row row) {
        return switch (row.operation().name()) {
            case "UD" -> "#UD";
            case "NOP" -> "nothing";
            default -> "executed";
        };
    }
}
