package lodge.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class ManualClockTest {
    private final ManualClock clock = new ManualClock();
    private final List<String> log = new ArrayList<>();

    @Test
    void timersExpireInOrderAtTheirDeadline() {
        MachineClock.Timer late = clock.timer(() -> log.add("late " + clock.nanos()));
        MachineClock.Timer early = clock.timer(() -> log.add("early " + clock.nanos()));
        MachineClock.Timer never = clock.timer(() -> log.add("never"));
        late.arm(50);
        early.arm(20);
        never.arm(30);
        never.cancel();
        clock.advance(49);
        assertEquals(List.of("early 20"), log);
        assertTrue(late.armed());
        clock.advance(1);
        assertEquals(List.of("early 20", "late 50"), log);
        assertFalse(late.armed());
        assertEquals(50, clock.nanos());
    }

    @Test
    void aTimerMayArmItselfAgain() {
        MachineClock.Timer[] timer = new MachineClock.Timer[1];
        timer[0] =
                clock.timer(
                        () -> {
                            log.add("tick " + clock.nanos());
                            timer[0].arm(timer[0].deadline() + 10);
                        });
        timer[0].arm(10);
        clock.advance(35);
        assertEquals(List.of("tick 10", "tick 20", "tick 30"), log);
    }
}
