package lodge.tests.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.CpuModel;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rules of the processor that only system software sees: each guest program under our
 * interpreter, which must keep them all, and under QEMU and Bochs, which must agree wherever
 * deviations.txt does not name the section of Intel's manual that they do not follow.
 */
class SystemRulesTest {
    @TempDir static Path work;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LIMIT_OF_HANGING = Duration.ofSeconds(5);

    private static final Deviations DEVIATIONS = new Deviations();

    static List<GuestProgram> programs() {
        return GuestProgram.all();
    }

    static Stream<Arguments> elsewhere() {
        return programs().stream()
                .flatMap(
                        program ->
                                Stream.of(ForeignEmulator.values())
                                        .map(emulator -> Arguments.of(program, emulator)));
    }

    @ParameterizedTest
    @MethodSource("elsewhere")
    void theExpectationHoldsElsewhere(GuestProgram program, ForeignEmulator emulator) {
        boolean hangs = known(program, "DONE", emulator);
        Verdicts verdicts = run(program, emulator, hangs ? LIMIT_OF_HANGING : LIMIT);
        List<String> unexpected =
                verdicts.failed().stream()
                        .filter(line -> !known(program, Verdicts.rule(line), emulator))
                        .toList();
        assertEquals(List.of(), unexpected);
        assertTrue(verdicts.problem().isEmpty() || hangs, verdicts::problem);
        assertFalse(verdicts.passed().isEmpty(), "nothing was tested");
    }

    private static boolean known(GuestProgram program, String rule, ForeignEmulator emulator) {
        return DEVIATIONS.knows(program.name(), rule, emulator.toString());
    }

    static Stream<Arguments> ours() {
        return programs().stream()
                .flatMap(
                        program ->
                                Stream.of(CpuModel.values())
                                        .map(model -> Arguments.of(program, model)));
    }

    /** With the features of the stable model, and with all there are. */
    @ParameterizedTest
    @MethodSource("ours")
    void ourInterpreterKeepsEveryRule(GuestProgram program, CpuModel model) {
        Verdicts verdicts = run(program, new LodgeMachine("interpreter", model), LIMIT);
        assertEquals(List.of(), verdicts.failed());
        assertEquals("", verdicts.problem());
        assertFalse(verdicts.passed().isEmpty(), "nothing was tested");
    }

    private static Verdicts run(GuestProgram program, Emulator emulator, Duration limit) {
        return Verdicts.of(emulator.run(program, program.image(work), work, limit));
    }
}
