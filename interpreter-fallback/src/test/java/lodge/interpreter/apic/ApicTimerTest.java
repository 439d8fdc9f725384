package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.drain;
import static lodge.interpreter.apic.Board.read;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LocalApicState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** The timer's modes (SDM vol. 3A, 11.5.4). */
class ApicTimerTest {
    private static final int PERIODIC = 1 << 17;
    private static final int DEADLINE = 1 << 18;
    private static final int MASKED = 1 << 16;
    private static final int BY_ONE = 0xb;

    private final Board board = Board.enabled(1);
    private final LocalApic apic = board.apic();

    private void start(int entry, int divide, int count) {
        write(apic, LVT_TIMER, entry);
        write(apic, DIVIDE, divide);
        write(apic, INITIAL_COUNT, count);
    }

    @Test
    void aOneShotInterruptsOnceAfterItsCount() {
        start(0x80, BY_ONE, 5000);
        assertEquals(5000, read(apic, CURRENT_COUNT));
        board.time.advance(4999);
        assertEquals(1, read(apic, CURRENT_COUNT));
        assertEquals(-1, apic.pendingVector());
        board.time.advance(1);
        assertEquals(0, read(apic, CURRENT_COUNT));
        assertEquals(5000, read(apic, INITIAL_COUNT));
        assertEquals(List.of(0x80), drain(apic));
        board.time.advance(1_000_000);
        assertEquals(List.of(), drain(apic));
    }

    @ParameterizedTest
    @CsvSource({"0,2", "1,4", "2,8", "3,16", "8,32", "9,64", "10,128", "11,1"})
    void theDividerSlowsItDown(int divide, int by) {
        start(0x80, divide, 1000);
        board.time.advance(1000L * by - 1);
        assertEquals(List.of(), drain(apic));
        assertEquals(1, read(apic, CURRENT_COUNT));
        board.time.advance(1);
        assertEquals(List.of(0x80), drain(apic));
    }

    @Test
    void theLongestCountIsNineMinutes() {
        start(0x80, 0xa, -1);
        assertEquals(-1, read(apic, CURRENT_COUNT));
        board.time.advance(0xffff_ffffL * 128 - 1);
        assertEquals(List.of(), drain(apic));
        board.time.advance(1);
        assertEquals(List.of(0x80), drain(apic));
    }

    @Test
    void aPeriodicTimerGoesOnWithoutDrift() {
        start(0x80 | PERIODIC, BY_ONE, 1_000_000);
        for (int i = 0; i < 10; i++) {
            board.time.advance(999_999);
            assertEquals(List.of(), drain(apic));
            assertEquals(1, read(apic, CURRENT_COUNT));
            board.time.advance(1);
            assertEquals(List.of(0x80), drain(apic));
            assertEquals(1_000_000, read(apic, CURRENT_COUNT));
        }
    }

    @Test
    void missedPeriodsAreSkippedButThePhaseIsKept() {
        start(0x80 | PERIODIC, BY_ONE, 1_000_000);
        long next = board.time.jump(10_300_000);
        assertEquals(700_000, next - board.time.nanos());
        assertEquals(List.of(0x80), drain(apic));
        assertEquals(700_000, read(apic, CURRENT_COUNT));
        board.time.advance(699_999);
        assertEquals(List.of(), drain(apic));
        board.time.advance(1);
        assertEquals(List.of(0x80), drain(apic));
    }

    @Test
    void aTinyPeriodCannotKeepTheHostBusy() {
        start(0x80 | PERIODIC, BY_ONE, 1);
        int interrupts = 0;
        for (int i = 0; i < 1000; i++) {
            board.time.advance(1000);
            interrupts += drain(apic).size();
        }
        assertTrue(interrupts >= 9 && interrupts <= 11, interrupts + " in a millisecond");
        assertEquals(1, read(apic, CURRENT_COUNT));
    }

    @Test
    void aCountOfZeroStopsIt() {
        start(0x80 | PERIODIC, BY_ONE, 1000);
        write(apic, INITIAL_COUNT, 0);
        board.time.advance(10_000_000);
        assertEquals(List.of(), drain(apic));
        assertEquals(0, read(apic, CURRENT_COUNT));
    }

    @Test
    void aNewCountReplacesTheOld() {
        start(0x80, BY_ONE, 1000);
        board.time.advance(900);
        write(apic, INITIAL_COUNT, 2000);
        board.time.advance(1999);
        assertEquals(List.of(), drain(apic));
        board.time.advance(1);
        assertEquals(List.of(0x80), drain(apic));
    }

    @Test
    void maskedItCountsInSilence() {
        start(0x80 | MASKED, BY_ONE, 1000);
        board.time.advance(500);
        assertEquals(500, read(apic, CURRENT_COUNT));
        board.time.advance(500);
        write(apic, LVT_TIMER, 0x80);
        assertEquals(List.of(), drain(apic));
        assertEquals(0, read(apic, CURRENT_COUNT));
    }

    @Test
    void aNewDividerChangesThePaceOfARunningCount() {
        start(0x80, BY_ONE, 1000);
        board.time.advance(400);
        write(apic, DIVIDE, 0);
        assertEquals(600, read(apic, CURRENT_COUNT));
        board.time.advance(1199);
        assertEquals(List.of(), drain(apic));
        board.time.advance(1);
        assertEquals(List.of(0x80), drain(apic));
    }

    @Test
    void betweenOneShotAndPeriodicTheCountGoesOn() {
        start(0x80, BY_ONE, 1_000_000);
        board.time.advance(400_000);
        write(apic, LVT_TIMER, 0x81 | PERIODIC);
        assertEquals(600_000, read(apic, CURRENT_COUNT));
        board.time.advance(600_000);
        assertEquals(List.of(0x81), drain(apic));
        board.time.advance(400_000);
        write(apic, LVT_TIMER, 0x82);
        board.time.advance(600_000);
        assertEquals(List.of(0x82), drain(apic));
        board.time.advance(5_000_000);
        assertEquals(List.of(), drain(apic));
        write(apic, LVT_TIMER, 0x82 | PERIODIC);
        board.time.advance(5_000_000);
        assertEquals(List.of(), drain(apic), "a new mode starts nothing");
    }

    @Test
    void aDeadlineOfTheTimeStampCounterInterruptsOnce() {
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        long deadline = board.tsc() + 5_000_000;
        assertTrue(apic.writeMsr(MSR_TSC_DEADLINE, deadline));
        assertTrue(apic.readMsr(MSR_TSC_DEADLINE));
        assertEquals(deadline, apic.msrValue());
        assertEquals(0, read(apic, CURRENT_COUNT));
        board.time.advance(1_999_999);
        assertEquals(List.of(), drain(apic));
        board.time.advance(1);
        assertEquals(List.of(0x90), drain(apic));
        apic.readMsr(MSR_TSC_DEADLINE);
        assertEquals(0, apic.msrValue());
        board.time.advance(100_000_000);
        assertEquals(List.of(), drain(apic));
    }

    @Test
    void aDeadlineThatIsOverInterruptsAtOnce() {
        board.time.advance(1000);
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        apic.writeMsr(MSR_TSC_DEADLINE, 1);
        board.time.advance(0);
        assertEquals(List.of(0x90), drain(apic));
    }

    @Test
    void aDeadlineOfZeroDisarms() {
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        apic.writeMsr(MSR_TSC_DEADLINE, board.tsc() + 1000);
        apic.writeMsr(MSR_TSC_DEADLINE, 0);
        board.time.advance(1_000_000);
        assertEquals(List.of(), drain(apic));
    }

    @Test
    void theFarthestDeadlineNeverComes() {
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        apic.writeMsr(MSR_TSC_DEADLINE, -1L);
        board.time.advance(1L << 60);
        assertEquals(List.of(), drain(apic));
    }

    @Test
    void aChangedTimeStampCounterMovesItsDeadline() {
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        apic.writeMsr(MSR_TSC_DEADLINE, board.tsc() + 5_000_000);
        board.tscOffset = -5_000_000;
        board.time.advance(2_000_000);
        assertEquals(List.of(), drain(apic), "never early");
        board.tscOffset = 5_000_000;
        apic.tscChanged();
        board.time.advance(0);
        assertEquals(List.of(0x90), drain(apic));
    }

    @Test
    void theModesKeepOutOfEachOther() {
        apic.writeMsr(MSR_TSC_DEADLINE, 1);
        apic.readMsr(MSR_TSC_DEADLINE);
        assertEquals(0, apic.msrValue(), "no deadline in one-shot mode");
        start(0x80, BY_ONE, 1000);
        write(apic, LVT_TIMER, 0x90 | DEADLINE);
        board.time.advance(10_000);
        assertEquals(List.of(), drain(apic), "changing the mode disarms");
        write(apic, INITIAL_COUNT, 1000);
        assertEquals(0, read(apic, INITIAL_COUNT));
        apic.writeMsr(MSR_TSC_DEADLINE, board.tsc() + 1000);
        write(apic, LVT_TIMER, 0x80);
        board.time.advance(10_000);
        assertEquals(List.of(), drain(apic), "and so does changing back");
        start(0x80 | DEADLINE | PERIODIC, BY_ONE, 1000);
        apic.writeMsr(MSR_TSC_DEADLINE, 1);
        board.time.advance(10_000);
        assertEquals(List.of(), drain(apic), "a reserved mode does nothing");
    }

    @Test
    void withoutTheFeatureThereIsNoDeadline() {
        LocalApic plain = new Board(1, new ApicFeatures(true, false, 40)).apic();
        write(plain, SVR, 0x1ff);
        write(plain, LVT_TIMER, 0x90 | DEADLINE);
        assertEquals(0x90, read(plain, LVT_TIMER));
        assertFalse(plain.writeMsr(MSR_TSC_DEADLINE, 1));
        assertFalse(plain.readMsr(MSR_TSC_DEADLINE));
    }

    @Test
    void aSavedCountGoesOnElsewhere() {
        start(0x80 | PERIODIC, BY_ONE, 1_000_000);
        board.time.advance(400_000);
        LocalApicState state = apic.save();
        Board other = new Board(1);
        other.apic().load(state);
        assertEquals(600_000, read(other.apic(), CURRENT_COUNT));
        other.time.advance(600_000);
        assertEquals(List.of(0x80), drain(other.apic()));
        other.time.advance(1_000_000);
        assertEquals(List.of(0x80), drain(other.apic()));
    }

    @Test
    void aTimeStampCounterMustHaveAFrequency() {
        ManualTime time = new ManualTime(0);
        assertThrows(IllegalArgumentException.class, () -> new ApicTimer(time, () -> 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new ApicTimer(time, () -> 0, 1L << 34));
    }
}
