package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LocalApicState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Whatever a guest and the board do, from however many threads. */
class ApicFuzzTest {
    private static final int PROCESSORS = 3;
    private static final int STEPS = 30_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingThatAGuestDoesBreaksAnApic(long seed) throws Exception {
        try (TimerThread time = new TimerThread("fuzz");
                ExecutorService threads = Executors.newCachedThreadPool()) {
            ApicBus bus = new ApicBus(time);
            bus.externalInterrupts(() -> -1);
            bus.onEoi(vector -> bus.sendMsi(Board.MSI | vector << 12 & 0xff000, vector));
            ApicFeatures features = new ApicFeatures(true, true, 40);
            List<Callable<Void>> work = new ArrayList<>();
            for (int id = 0; id < PROCESSORS; id++) {
                LocalApic apic =
                        bus.add(id, new Board.Processor(), features, System::nanoTime, 1 << 30);
                SplittableRandom random = new SplittableRandom(seed * 10 + id);
                work.add(
                        () -> {
                            for (int i = 0; i < STEPS; i++) {
                                step(apic, random);
                                if (i % 16 == 0) {
                                    Invariants.check(apic);
                                }
                            }
                            return null;
                        });
            }
            for (int sender = 0; sender < 2; sender++) {
                SplittableRandom random = new SplittableRandom(seed * 10 + 5 + sender);
                work.add(
                        () -> {
                            for (int i = 0; i < STEPS; i++) {
                                send(bus, random);
                            }
                            return null;
                        });
            }
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        }
    }

    private static void step(LocalApic apic, SplittableRandom random) {
        int value = interesting(random);
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> apic.write(random.nextInt(0x40) << 4, value);
            case 3 -> apic.write(random.nextInt(0x1000), 1 << random.nextInt(4), value);
            case 4 -> apic.read(random.nextInt(0x1000), 1 << random.nextInt(4));
            case 5, 6 -> apic.writeMsr(MSR_FIRST + random.nextInt(0x41), value);
            case 7 -> apic.readMsr(MSR_FIRST + random.nextInt(0x400));
            case 8 -> apic.writeMsr(MSR_BASE, 0xfee0_0000L | random.nextInt(16) << 8);
            case 9 -> apic.writeMsr(MSR_TSC_DEADLINE, System.nanoTime() + random.nextInt(99_999));
            case 10 -> write(apic, SVR, 0x100 | value & 0xff);
            case 11 -> apic.cr8(value & 15);
            case 12 -> apic.takeInterrupt();
            case 13 -> serve(apic);
            case 14 -> write(apic, LVT_TIMER + random.nextInt(6), value);
            default -> {
                if (random.nextInt(20) == 0) {
                    apic.init();
                } else if (random.nextInt(20) == 0) {
                    byte[] page = new byte[LocalApicState.SIZE];
                    random.nextBytes(page);
                    apic.load(new LocalApicState(random.nextLong(), page));
                } else {
                    apic.tscChanged();
                }
            }
        }
    }

    /** A level that stays high interrupts without end, so not all of them. */
    private static void serve(LocalApic apic) {
        for (int i = 0; i < 20 && apic.pendingVector() >= 0; i++) {
            apic.accept(apic.pendingVector());
            write(apic, EOI, 0);
        }
    }

    private static int interesting(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(256) | random.nextInt(8) << 8;
            case 2 -> 1 << random.nextInt(32);
            default -> random.nextInt(256) | random.nextInt(4) << 14 | random.nextInt(4) << 18;
        };
    }

    private static void send(ApicBus bus, SplittableRandom random) {
        switch (random.nextInt(8)) {
            case 0 -> bus.intr().line(0, random.nextBoolean());
            case 1 -> bus.nmi(random.nextBoolean());
            case 2 -> bus.sendMsi(random.nextLong(), random.nextInt());
            default ->
                    bus.sendMsi(
                            Board.MSI | random.nextInt(1 << 20) & 0xff00c,
                            interesting(random) & 0xc7ff);
        }
    }

    /** Interrupts for two processors from two threads each: every one arrives, by attention. */
    @Test
    void noInterruptIsLost() throws Exception {
        Board board = Board.enabled(2);
        int rounds = 4_000;
        List<Callable<Integer>> work = new ArrayList<>();
        AtomicInteger[] done = new AtomicInteger[4];
        for (int sender = 0; sender < 4; sender++) {
            int number = sender;
            done[sender] = new AtomicInteger();
            work.add(
                    () -> {
                        for (int i = 0; i < rounds; i++) {
                            board.bus.sendMsi(Board.MSI | (number & 1) << 12, 0x30 + number * 0x10);
                            while (done[number].get() <= i) {
                                LockSupport.parkNanos(1);
                            }
                        }
                        return rounds;
                    });
        }
        for (int id = 0; id < 2; id++) {
            LocalApic apic = board.apics.get(id);
            AtomicInteger attentions = board.processors.get(id).attentions;
            work.add(
                    () -> {
                        int taken = 0;
                        while (taken < 2 * rounds) {
                            // Only when told, as a halted processor.
                            while (attentions.getAndSet(0) == 0) {
                                LockSupport.parkNanos(1);
                            }
                            for (int v = apic.takeInterrupt(); v >= 0; v = apic.takeInterrupt()) {
                                taken++;
                                Board.eoi(apic);
                                done[(v - 0x30) / 0x10].incrementAndGet();
                            }
                        }
                        return taken;
                    });
        }
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            int sum = 0;
            for (Future<Integer> each : threads.invokeAll(work)) {
                sum += each.get();
            }
            assertEquals(8 * rounds, sum);
        }
        assertFalse(board.apic().mayInterrupt());
        assertTrue(board.ended.isEmpty());
    }
}
