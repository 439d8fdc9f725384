package lodge.devices.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.time.ManualClock;

import org.junit.jupiter.api.Test;

class AcpiPmTimerTest {
    private final ManualClock clock = new ManualClock();
    private final AcpiPmTimer timer = new AcpiPmTimer(clock, 24);

    @Test
    void countsAtItsRate() {
        assertEquals(0, timer.counter());
        clock.advance(1_000_000_000);
        assertEquals(3_579_545, timer.counter());
    }

    @Test
    void wrapsAtItsWidth() {
        clock.advance(5_000_000_000L);
        assertEquals(5 * 3_579_545 & 0xff_ffff, timer.counter());
        assertEquals(5 * 3_579_545, new AcpiPmTimer(clock, 32).counter());
    }

    @Test
    void theCarryIsFoundToTheNanosecond() {
        long carry = timer.nextCarry();
        clock.advance(carry - 1);
        assertEquals(0x7f_ffff, timer.counter());
        assertFalse(timer.carriedSince(0));
        clock.advance(1);
        assertEquals(0x80_0000, timer.counter());
        assertTrue(timer.carriedSince(0));
        assertFalse(timer.carriedSince(clock.nanos()));
        assertTrue(timer.nextCarry() > carry);
    }

    @Test
    void doesNotDriftInAYear() {
        long year = 365L * 86_400;
        clock.advance(year * 1_000_000_000L);
        assertEquals((int) (year * AcpiPmTimer.HERTZ), new AcpiPmTimer(clock, 32).counter());
    }

    @Test
    void otherWidthsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new AcpiPmTimer(clock, 16));
    }
}
