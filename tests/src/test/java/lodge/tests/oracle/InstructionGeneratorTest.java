package lodge.tests.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

class InstructionGeneratorTest {
    private static final long SEED = 20_261_122;

    private final StateBefore before = new StateBefore();
    private final StateAfter after = new StateAfter();

    @Test
    void sameIndexGivesTheSameRecordWhateverCameBefore() {
        InstructionGenerator one = new InstructionGenerator(SEED, List.of(), 1);
        InstructionGenerator other = new InstructionGenerator(SEED, List.of(), 1);
        MemorySegment a = Arena.ofAuto().allocate(OracleLayout.BEFORE_SIZE, 64);
        MemorySegment b = Arena.ofAuto().allocate(OracleLayout.BEFORE_SIZE, 64);
        for (int i = 0; i < 100; i++) {
            one.make(i, before.at(a, 0));
        }
        other.make(99, before.at(b, 0));
        assertTrue(sameRecord(a, b));
        other.make(98, before.at(b, 0));
        assertNotEquals(-1, a.mismatch(b));
    }

    /** Bytes of the instruction behind its length are left as they were. */
    private boolean sameRecord(MemorySegment a, MemorySegment b) {
        int length = before.at(a, 0).length();
        for (int i = length; i < 16; i++) {
            before.at(a, 0).code(i, 0);
            before.at(b, 0).code(i, 0);
        }
        return a.mismatch(b) == -1;
    }

    /** Whatever comes out can be loaded and ends; and the oracle survives it. */
    @Test
    void randomBytesAreWellFormedRecords() throws IOException, InterruptedException {
        Oracle.missing().ifPresent(reason -> assumeTrue(false, "Skipped: " + reason));
        InstructionGenerator generator = new InstructionGenerator(SEED, List.of(), 1);
        int[] kinds = new int[6];
        try (Oracle oracle = Oracle.start(1000)) {
            for (int batch = 0; batch < 20; batch++) {
                for (int i = 0; i < 1000; i++) {
                    oracle.view(0, i, before, after);
                    generator.make(batch * 1000L + i, before);
                }
                oracle.submit(0, 1000);
                oracle.await(0);
                for (int i = 0; i < 1000; i++) {
                    oracle.view(0, i, before, after);
                    kinds[after.kind()]++;
                    assertNotEquals(
                            31, after.signal(), () -> "a system call: " + before.codeInHex());
                }
            }
        }
        assertEquals(0, kinds[StateAfter.REFUSED], "refused");
        assertEquals(0, kinds[StateAfter.NOT_LOADED], "not loaded");
        assertEquals(0, kinds[StateAfter.TIMEOUT], "without end");
        assertEquals(20_000, kinds[StateAfter.EXCEPTION], "all have TF set, or fault");
    }
}
