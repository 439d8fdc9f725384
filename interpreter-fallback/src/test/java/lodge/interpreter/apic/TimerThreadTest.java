package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Timers in the host's time. */
class TimerThreadTest {
    private static final int PERIODIC = 1 << 17;

    private final TimerThread time = new TimerThread("test");
    private final ApicBus bus = new ApicBus(time);
    private final Semaphore attentions = new Semaphore(0);
    private final LocalApic apic = add(0);

    private LocalApic add(int id) {
        ApicHost host =
                new ApicHost() {
                    @Override
                    public void attention() {
                        attentions.release();
                    }

                    @Override
                    public void init() {}

                    @Override
                    public void startup(int vector) {}

                    @Override
                    public void nmi() {}

                    @Override
                    public void smi() {}
                };
        ApicFeatures features = new ApicFeatures(true, true, 40);
        LocalApic made = bus.add(id, host, features, System::nanoTime, 1_000_000_000L);
        write(made, SVR, 0x1ff);
        write(made, DIVIDE, 0xb);
        return made;
    }

    private void await(int interrupts) throws InterruptedException {
        assertTrue(attentions.tryAcquire(interrupts, 20, TimeUnit.SECONDS), "no interrupt");
    }

    @AfterEach
    void end() {
        time.close();
    }

    @Test
    void nothingRunsUntilATimerIsArmed() {
        assertFalse(running());
        write(apic, LVT_TIMER, 0x80);
        write(apic, INITIAL_COUNT, -1);
        assertTrue(running());
        time.close();
        assertFalse(running());
        write(apic, INITIAL_COUNT, -1);
        assertFalse(running(), "closed for good");
    }

    private static boolean running() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("test apic timer"));
    }

    @Test
    void aOneShotComesNotEarly() throws InterruptedException {
        write(apic, LVT_TIMER, 0x80);
        long before = System.nanoTime();
        write(apic, INITIAL_COUNT, 3_000_000);
        await(1);
        assertTrue(System.nanoTime() - before >= 3_000_000);
        assertEquals(List.of(0x80), Board.drain(apic));
    }

    @Test
    void anEarlierDeadlineIsMetWhileALaterOneIsWaitedFor() throws InterruptedException {
        LocalApic other = add(1);
        write(apic, LVT_TIMER, 0x80);
        write(apic, INITIAL_COUNT, -1);
        write(other, LVT_TIMER, 0x81);
        for (int i = 0; i < 50; i++) {
            write(other, INITIAL_COUNT, 50_000 + i * 10_000);
            await(1);
            assertEquals(List.of(0x81), Board.drain(other));
        }
        assertEquals(List.of(), Board.drain(apic));
    }

    @Test
    void aPeriodicTimerComesAgainAndAgain() throws InterruptedException {
        write(apic, LVT_TIMER, 0x80 | PERIODIC);
        long before = System.nanoTime();
        write(apic, INITIAL_COUNT, 500_000);
        await(6);
        assertTrue(System.nanoTime() - before >= 3_000_000);
    }

    @Test
    void aDeadlineOfTheTimeStampCounterComesNotEarly() throws InterruptedException {
        write(apic, LVT_TIMER, 0x80 | 1 << 18);
        long deadline = System.nanoTime() + 2_000_000;
        apic.writeMsr(MSR_TSC_DEADLINE, deadline);
        await(1);
        assertTrue(System.nanoTime() >= deadline);
    }
}
