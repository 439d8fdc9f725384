package lodge.tests.lockstep;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.backend.Availability;
import lodge.core.cpu.CpuState;
import lodge.interpreter.InterpreterHypervisor;
import lodge.kvm.KvmHypervisor;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The interpreter in lock-step with KVM in real mode and in ring 0 of protected mode. {@code
 * -Dlodge.lockstep.count=N} sets the number of sequences in each mode, {@code lodge.lockstep.first}
 * and {@code lodge.lockstep.seed} which.
 */
class KvmLockStepTest {
    private static final long SEED = Long.getLong("lodge.lockstep.seed", 20_261_122L);
    private static final long FIRST = Long.getLong("lodge.lockstep.first", 0);
    private static final long COUNT = Long.getLong("lodge.lockstep.count", 1_000);

    /** So many kinds of differences are told. */
    private static final int SHOWN = 40;

    private final KvmHypervisor kvm = new KvmHypervisor();
    private final KnownDeviations known = new KnownDeviations();
    private final Map<String, String> problems = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private long compared;
    private long notExecuted;
    private long accepted;

    @BeforeEach
    void needsKvm() {
        if (kvm.probe() instanceof Availability.Missing missing) {
            assumeTrue(false, "Skipped: " + missing.reason() + "; remedy: " + missing.remedy());
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void randomInstructionsDoWhatTheyDoOnKvm(Mode mode) throws InterruptedException {
        try (LockStep pair = new LockStep(kvm, new InterpreterHypervisor())) {
            Thread watchdog = Thread.ofPlatform().daemon().start(() -> watch(pair));
            Generator generator = new Generator(mode, SEED);
            CpuState reset = CpuState.reset(0, pair.signature());
            for (long index = FIRST; index < FIRST + COUNT; index++) {
                CpuState state = generator.make(index, reset);
                pair.load(generator.memory(), state);
                follow(pair, mode, generator, index);
            }
            watchdog.interrupt();
            watchdog.join();
        }
        System.out.printf(
                "lock-step: %s: %d steps compared, %d with known deviations, %d not executed by"
                        + " KVM itself%n",
                mode, compared, accepted, notExecuted);
        if (!problems.isEmpty()) {
            StringBuilder text = new StringBuilder();
            problems.entrySet().stream()
                    .limit(SHOWN)
                    .forEach(
                            e ->
                                    text.append(
                                            "%n%s, %d times; %s"
                                                    .formatted(
                                                            e.getKey(),
                                                            counts.get(e.getKey()),
                                                            e.getValue())));
            fail(problems.size() + " kinds of differences, KVM / interpreter:" + text);
        }
        assertTrue(compared > COUNT / 2, "only " + compared + " steps were compared");
    }

    private static void watch(LockStep pair) {
        try {
            Thread.sleep(60_000 + COUNT * 20);
            while (true) {
                pair.kick();
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            // All steps came back in time.
            Thread.currentThread().interrupt();
        }
    }

    /** Steps as long as execution stays in the sequence. */
    private void follow(LockStep pair, Mode mode, Generator generator, long index) {
        List<Generator.Placed> sequence = generator.sequence();
        for (int steps = 0; steps < 2 * sequence.size(); steps++) {
            Generator.Placed next = at(sequence, pair.after());
            if (next == null) {
                return;
            }
            switch (pair.step(next, state -> at(sequence, state))) {
                case SAME -> compared++;
                case NOT_EXECUTED -> {
                    notExecuted++;
                    return;
                }
                case OVER -> {
                    return;
                }
                case DIFFERENT -> {
                    judge(pair, mode, generator, index, next);
                    return;
                }
            }
        }
    }

    /** The instruction of the sequence that comes next, or null when it was left. */
    private static Generator.Placed at(List<Generator.Placed> sequence, CpuState state) {
        long linear = state.segments().cs().base() + state.general().rip();
        return sequence.stream().filter(i -> i.at() == linear).findFirst().orElse(null);
    }

    private void judge(
            LockStep pair,
            Mode mode,
            Generator generator,
            long index,
            Generator.Placed instruction) {
        StringBuilder paths = new StringBuilder();
        for (String difference : pair.differences()) {
            String path = difference.substring(0, difference.indexOf(':'));
            if (!known.know(mode, instruction.key(), path)) {
                paths.append(' ').append(path);
            }
        }
        if (paths.isEmpty()) {
            accepted++;
            return;
        }
        String kind = mode + " " + instruction.key() + paths;
        counts.merge(kind, 1, Integer::sum);
        byte[] code =
                java.util.Arrays.copyOfRange(
                        generator.memory(), instruction.at(), instruction.at() + 15);
        problems.computeIfAbsent(
                kind,
                k ->
                        "index %d, bytes %s, %s, from %s"
                                .formatted(
                                        index,
                                        HexFormat.ofDelimiter(" ").formatHex(code),
                                        pair.differences(),
                                        pair.before().general()));
    }
}
