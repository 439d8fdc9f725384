package lodge.devices.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IrqLine;
import lodge.core.time.MachineClock;
import lodge.core.time.ManualClock;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** After the Intel 8254 datasheet, "Mode Definitions" and "Read Operations". */
class Pit8254Test {
    private static final Oscillator CRYSTAL = new Oscillator(Pit8254.HERTZ);

    private final ManualClock clock = new ManualClock();
    private final List<Long> rises = new ArrayList<>();
    private final List<Long> falls = new ArrayList<>();
    private final Pit8254 pit = new Pit8254("pit", clock, line(clock));

    private IrqLine line(ManualClock time) {
        return new IrqLine(
                (pin, high) -> (high ? rises : falls).add(CRYSTAL.cycles(time.nanos())), 0);
    }

    /** Lets whole cycles of the counters' clock input pass. */
    private void cycles(long count) {
        long target = CRYSTAL.cycles(clock.nanos()) + count;
        clock.advance(CRYSTAL.nanos(target) - clock.nanos());
    }

    private void program(int counter, int mode, int count) {
        pit.out(3, 1, counter << 6 | 0x30 | mode << 1);
        pit.out(counter, 1, count);
        pit.out(counter, 1, count >> 8);
    }

    private int count(int counter) {
        pit.out(3, 1, counter << 6);
        return pit.in(counter, 1) | pit.in(counter, 1) << 8;
    }

    private int status(int counter) {
        pit.out(3, 1, 0xe0 | 2 << counter);
        return pit.in(counter, 1);
    }

    private boolean out(int counter) {
        return (status(counter) & 0x80) != 0;
    }

    private void gate2(boolean high) {
        pit.port61().out(0, 1, high ? 1 : 0);
    }

    @Test
    void mode0RisesNPlusOneCyclesAfterTheCountIsWrittenAndStays() {
        program(0, 0, 4);
        assertFalse(out(0));
        cycles(4);
        assertFalse(out(0));
        cycles(1);
        assertTrue(out(0));
        cycles(100_000);
        assertTrue(out(0));
        assertEquals(1, rises.size());
    }

    @Test
    void mode0CountsOnBelowZero() {
        program(0, 0, 4);
        cycles(7);
        assertEquals(0xfffe, count(0));
    }

    @Test
    void mode0StopsAtTheFirstByteOfANewCount() {
        program(0, 0, 4);
        cycles(10);
        assertTrue(out(0));
        pit.out(0, 1, 2);
        assertFalse(out(0));
        cycles(50);
        assertFalse(out(0));
        pit.out(0, 1, 0);
        cycles(3);
        assertTrue(out(0));
    }

    @Test
    void mode0PausesWhileItsGateIsLow() {
        gate2(true);
        program(2, 0, 100);
        cycles(11);
        gate2(false);
        cycles(1000);
        assertEquals(90, count(2));
        gate2(true);
        cycles(89);
        assertFalse(out(2));
        cycles(1);
        assertTrue(out(2));
    }

    @Test
    void mode0TakesACountWhileItsGateIsLow() {
        program(2, 0, 5);
        cycles(20);
        assertFalse(out(2));
        gate2(true);
        cycles(5);
        assertTrue(out(2));
    }

    @Test
    void mode1IsAOneShotThatItsGateTriggersAgain() {
        program(2, 1, 5);
        cycles(20);
        assertTrue(out(2));
        gate2(true);
        cycles(1);
        assertFalse(out(2));
        cycles(3);
        gate2(false);
        gate2(true);
        cycles(5);
        assertFalse(out(2));
        cycles(1);
        assertTrue(out(2));
    }

    @Test
    void mode1TakesANewCountAtTheNextTrigger() {
        program(2, 1, 5);
        gate2(true);
        cycles(2);
        pit.out(2, 1, 2);
        pit.out(2, 1, 0);
        cycles(3);
        assertFalse(out(2));
        cycles(1);
        assertTrue(out(2));
        gate2(false);
        gate2(true);
        cycles(2);
        assertFalse(out(2));
        cycles(1);
        assertTrue(out(2));
    }

    @Test
    void mode2IsLowForTheLastCycleOfEachPeriod() {
        gate2(true);
        program(2, 2, 3);
        cycles(1);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            wave.append(count(2)).append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("3H2H1L3H2H1L3H2H1L", wave.toString());
    }

    @Test
    void mode2TakesANewCountAtTheEndOfThePeriod() {
        gate2(true);
        program(2, 2, 10);
        cycles(5);
        pit.out(2, 1, 4);
        pit.out(2, 1, 0);
        assertEquals(0x40, status(2) & 0x40);
        assertEquals(6, count(2));
        cycles(6);
        assertEquals(4, count(2));
        assertEquals(0, status(2) & 0x40);
        cycles(3);
        assertFalse(out(2));
    }

    @Test
    void mode2RestartsWithItsGate() {
        gate2(true);
        program(2, 2, 10);
        cycles(10);
        assertFalse(out(2));
        gate2(false);
        assertTrue(out(2));
        cycles(50);
        gate2(true);
        cycles(1);
        assertEquals(10, count(2));
    }

    @Test
    void mode3IsHighForHalfOfAnEvenCountAndCountsByTwo() {
        gate2(true);
        program(2, 3, 4);
        cycles(1);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            wave.append(count(2)).append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("4H2H4L2L4H2H4L2L", wave.toString());
    }

    @Test
    void mode3IsHighOneCycleLongerWithAnOddCount() {
        gate2(true);
        program(2, 3, 5);
        cycles(1);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            wave.append(count(2)).append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("4H2H0H4L2L4H2H0H4L2L", wave.toString());
    }

    @Test
    void mode3TakesANewCountAtTheEndOfTheHalfPeriod() {
        gate2(true);
        program(2, 3, 8);
        cycles(2);
        pit.out(2, 1, 4);
        pit.out(2, 1, 0);
        cycles(3);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            wave.append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("LLHHLL", wave.toString());
    }

    @Test
    void mode4StrobesOnceNPlusOneCyclesAfterTheCount() {
        gate2(true);
        program(2, 4, 3);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            wave.append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("HHHHLHH", wave.toString());
    }

    @Test
    void mode5StrobesAfterItsGateRises() {
        program(2, 5, 3);
        cycles(20);
        gate2(true);
        StringBuilder wave = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            wave.append(out(2) ? 'H' : 'L');
            cycles(1);
        }
        assertEquals("HHHHLHH", wave.toString());
    }

    @Test
    void bcdCountsInDecimal() {
        pit.out(3, 1, 0x31);
        pit.out(0, 1, 0x00);
        pit.out(0, 1, 0x10);
        cycles(2);
        assertEquals(0x0999, count(0));
        pit.out(3, 1, 0x31);
        pit.out(0, 1, 0);
        pit.out(0, 1, 0);
        cycles(10_000);
        assertFalse(out(0));
        cycles(1);
        assertTrue(out(0));
    }

    @Test
    void aCountOfZeroIsTheLargest() {
        program(0, 0, 0);
        cycles(65_536);
        assertFalse(out(0));
        cycles(1);
        assertTrue(out(0));
    }

    @Test
    void oneByteAccessesLeaveTheOtherByteZero() {
        pit.out(3, 1, 0x14);
        pit.out(0, 1, 0x20);
        cycles(1);
        assertEquals(0x20, pit.in(0, 1));
        pit.out(3, 1, 0x24);
        pit.out(0, 1, 0x20);
        cycles(1);
        assertEquals(0x20, pit.in(0, 1));
        cycles(0x1fff);
        assertEquals(0x00, pit.in(0, 1));
    }

    @Test
    void aLatchedCountStaysUntilItIsRead() {
        program(0, 2, 1000);
        cycles(101);
        pit.out(3, 1, 0x00);
        cycles(50);
        pit.out(3, 1, 0x00);
        assertEquals(900 & 0xff, pit.in(0, 1));
        cycles(50);
        assertEquals(900 >> 8, pit.in(0, 1));
        assertEquals(800 & 0xff, pit.in(0, 1));
    }

    @Test
    void readBackLatchesStatusBeforeCountOfSeveralCounters() {
        gate2(true);
        program(0, 3, 1000);
        program(2, 0, 500);
        cycles(101);
        pit.out(3, 1, 0xc0 | 2 | 8);
        cycles(10);
        assertEquals(0xb6 & ~0x40 | 0x80, pit.in(0, 1) | 0x80);
        assertEquals(800, pit.in(0, 1) | pit.in(0, 1) << 8);
        assertEquals(0x30, pit.in(2, 1));
        assertEquals(400, pit.in(2, 1) | pit.in(2, 1) << 8);
    }

    @Test
    void theNullCountFlagClearsWhenTheCountIsLoaded() {
        pit.out(3, 1, 0x34);
        assertEquals(0x40, status(0) & 0x40);
        pit.out(0, 1, 10);
        pit.out(0, 1, 0);
        assertEquals(0x40, status(0) & 0x40);
        cycles(1);
        assertEquals(0, status(0) & 0x40);
    }

    @Test
    void irq0RisesOncePerPeriodAndNeverDrifts() {
        program(0, 2, 11_932);
        rises.clear();
        cycles(1 + 11_932L * 1000);
        assertEquals(1000, rises.size());
        for (int i = 0; i < rises.size(); i++) {
            assertEquals(1 + 11_932L * (i + 1), rises.get(i));
        }
    }

    @Test
    void irq0FollowsTheSquareWave() {
        program(0, 3, 0x10000 - 1);
        rises.clear();
        falls.clear();
        cycles(1 + 65_535L * 3);
        assertEquals(List.of(1 + 65_535L, 1 + 65_535L * 2, 1 + 65_535L * 3), rises);
        assertEquals(List.of(1 + 32_768L, 1 + 65_535L + 32_768, 1 + 65_535L * 2 + 32_768), falls);
    }

    @Test
    void aLateTimerGivesOneEdgeAndTheNextOnesAreOnTime() {
        LateClock late = new LateClock();
        List<Long> edges = new ArrayList<>();
        Pit8254 lated =
                new Pit8254(
                        "late",
                        late,
                        new IrqLine(
                                (pin, high) -> {
                                    if (high) {
                                        edges.add(late.now);
                                    }
                                },
                                0));
        lated.out(3, 1, 0x36);
        lated.out(0, 1, 0xa9);
        lated.out(0, 1, 0x04);
        edges.clear();
        // One period of 1193 cycles is just under a millisecond; the host sleeps for 5.7 of them.
        late.now = 5_700_000;
        late.expire.run();
        assertEquals(1, edges.size());
        long next = late.deadline;
        assertEquals(CRYSTAL.nanos(1 + 1193L * 6), next, "the next edge is where it always was");
    }

    /** A clock whose timer the test runs when it likes. */
    private static final class LateClock implements MachineClock {
        private long now;
        private long deadline;
        private Runnable expire = () -> {};

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public long epochNanosAtStart() {
            return 0;
        }

        @Override
        public Timer timer(Runnable onExpiry) {
            expire = onExpiry;
            return new Timer() {
                @Override
                public void arm(long deadlineNanos) {
                    deadline = deadlineNanos;
                }

                @Override
                public void cancel() {}

                @Override
                public boolean armed() {
                    return true;
                }

                @Override
                public long deadline() {
                    return deadline;
                }
            };
        }
    }

    @Test
    void theFastestProgramCannotDrownTheHost() {
        program(0, 2, 1);
        rises.clear();
        clock.advance(1_000_000_000);
        assertTrue(rises.size() <= 50_000, rises.size() + " edges in a second");
        assertTrue(rises.size() > 10_000, rises.size() + " edges in a second");
    }

    @Test
    void port61ShowsTheRefreshToggleAndTheSpeakersTimer() {
        int before = pit.port61().in(0, 1) & 0x10;
        clock.advance(15_085);
        assertEquals(before ^ 0x10, pit.port61().in(0, 1) & 0x10);
        pit.port61().out(0, 1, 0xff);
        assertEquals(0x0f, pit.port61().in(0, 1) & 0xcf);
        program(2, 0, 10);
        assertEquals(0, pit.port61().in(0, 1) & 0x20);
        cycles(11);
        assertEquals(0x20, pit.port61().in(0, 1) & 0x20);
    }

    @Test
    void theControlPortCannotBeRead() {
        assertEquals(0xff, pit.in(3, 1));
    }

    @Test
    void aLoadedTimerGoesOnTicking() {
        program(0, 2, 1193);
        cycles(500);
        Pit8254.State state = pit.save();
        pit.reset();
        pit.load(state);
        rises.clear();
        cycles(1193L * 3);
        assertEquals(List.of(1194L, 1194L + 1193, 1194L + 2 * 1193), rises);
    }
}
