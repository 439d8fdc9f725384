package lodge.interpreter.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.BitSet;
import java.util.SplittableRandom;

class VectorSetTest {
    @Test
    void holdsWhatWasAdded() {
        VectorSet set = new VectorSet();
        assertEquals(-1, set.highest());
        assertFalse(set.any());
        SplittableRandom random = new SplittableRandom(1);
        BitSet expected = new BitSet();
        for (int i = 0; i < 20_000; i++) {
            int vector = random.nextInt(256);
            boolean present = random.nextInt(3) == 0;
            set.set(vector, present);
            expected.set(vector, present);
            assertEquals(expected.length() - 1, set.highest());
            assertEquals(expected.get(vector), set.contains(vector));
            assertEquals(!expected.isEmpty(), set.any());
        }
    }

    @Test
    void wordsAreThirtyTwoVectors() {
        VectorSet set = new VectorSet();
        set.word(7, 1 << 31);
        set.add(37);
        assertEquals(255, set.highest());
        assertEquals(1 << 5, set.word(1));
        set.word(7, 0);
        assertEquals(37, set.highest());
        set.clear();
        assertFalse(set.any());
    }

    /** The owner takes out what others put in, and finds every one of them. */
    @Test
    void loosesNothingThatIsAddedWhileItIsEmptied() throws InterruptedException {
        VectorSet set = new VectorSet();
        int rounds = 20_000;
        Thread adder =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    for (int i = 0; i < rounds; i++) {
                                        int vector = 32 + (i & 1);
                                        while (set.contains(vector)) {
                                            Thread.onSpinWait();
                                        }
                                        set.add(vector);
                                    }
                                });
        int found = 0;
        while (found < rounds) {
            int vector = set.highest();
            if (vector >= 0) {
                set.remove(vector);
                found++;
            } else {
                assertTrue(adder.isAlive() || set.any() || found == rounds, "lost one");
            }
        }
        adder.join();
        assertFalse(set.any());
    }
}
