package lodge.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.time.MachineClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(30)
class HostClockTest {
    private final HostClock clock = new HostClock("test");

    @AfterEach
    void close() {
        clock.close();
    }

    @Test
    void timeStandsStillWhileStoppedAndGoesOnWhereItWas() {
        assertEquals(0, clock.nanos());
        clock.start();
        long target = clock.nanos() + 1_000_000;
        while (clock.nanos() < target) {
            Thread.onSpinWait();
        }
        clock.stop();
        long stopped = clock.nanos();
        assertTrue(stopped >= target);
        assertEquals(stopped, clock.nanos());
        clock.start();
        assertTrue(clock.nanos() >= stopped);
    }

    @Test
    void timersExpireInOrderOfTheirDeadlinesAndNeverEarly() throws InterruptedException {
        SplittableRandom random = new SplittableRandom(3);
        int count = 200;
        List<Long> deadlines = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger early = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(count);
        List<MachineClock.Timer> timers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MachineClock.Timer[] self = new MachineClock.Timer[1];
            self[0] =
                    clock.timer(
                            () -> {
                                if (clock.nanos() < self[0].deadline()) {
                                    early.incrementAndGet();
                                }
                                deadlines.add(self[0].deadline());
                                done.countDown();
                            });
            timers.add(self[0]);
        }
        MachineClock.Timer cancelled = clock.timer(early::incrementAndGet);
        timers.forEach(timer -> timer.arm(random.nextLong(20_000_000)));
        timers.forEach(timer -> timer.arm(random.nextLong(20_000_000)));
        cancelled.arm(1_000_000);
        cancelled.cancel();
        assertFalse(cancelled.armed());
        clock.start();
        done.await();
        List<Long> sorted = new ArrayList<>(deadlines);
        Collections.sort(sorted);
        assertEquals(sorted, deadlines);
        assertEquals(0, early.get());
    }

    @Test
    void nothingExpiresWhileStoppedAndStopWaitsForCallbacks() throws InterruptedException {
        AtomicInteger ticks = new AtomicInteger();
        CountDownLatch some = new CountDownLatch(10);
        MachineClock.Timer[] timer = new MachineClock.Timer[1];
        timer[0] =
                clock.timer(
                        () -> {
                            ticks.incrementAndGet();
                            some.countDown();
                            timer[0].arm(timer[0].deadline() + 100_000);
                        });
        timer[0].arm(0);
        clock.start();
        some.await();
        clock.stop();
        int frozen = ticks.get();
        assertTrue(timer[0].armed());
        CountDownLatch more = new CountDownLatch(1);
        assertEquals(frozen, ticks.get());
        clock.timer(more::countDown).arm(clock.nanos() + 1_000_000);
        assertEquals(1, more.getCount());
        clock.start();
        more.await();
        assertTrue(ticks.get() > frozen);
    }
}
