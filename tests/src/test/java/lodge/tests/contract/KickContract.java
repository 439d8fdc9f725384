package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;
import lodge.core.cpu.MpState;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A kick always brings the processor back, exactly when it should, and disturbs nothing. */
interface KickContract extends HypervisorUnderTest {
    String SPIN =
            """
            eb fe                  jmp 0
            """;

    String HALT_FOREVER =
            """
            fa                     cli
            f4                     hlt
            """;

    String IN_THEN_OUT =
            """
            ba 08 02               mov dx,0x208
            ec                     in al,dx
            fe c0                  inc al
            ba 00 02               mov dx,0x200
            ee                     out dx,al
            e6 10                  out 0x10,al
            """;

    @Test
    default void aKickBeforeRunIsNotLost() {
        try (TinyMachine machine = TinyMachine.with(ready(), SPIN)) {
            for (int i = 0; i < 100; i++) {
                machine.cpu().kick();
                assertEquals(Exit.Signal.KICKED, machine.run());
            }
            assertEquals(TinyMachine.CODE, machine.registers().rip());
        }
    }

    @Test
    default void severalKicksBeforeRunAreOne() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), SPIN)) {
            machine.cpu().kick();
            machine.cpu().kick();
            assertEquals(Exit.Signal.KICKED, machine.run());
            long start = System.nanoTime();
            Thread kicker = Kicks.later(machine.cpu(), 100);
            assertEquals(Exit.Signal.KICKED, machine.run());
            kicker.join();
            assertTrue(System.nanoTime() - start > 50_000_000, "the second run ended at once");
        }
    }

    @Test
    default void aKickEndsASpinningGuest() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), SPIN)) {
            for (int i = 0; i < 20; i++) {
                Thread kicker = Kicks.later(machine.cpu(), i);
                assertEquals(Exit.Signal.KICKED, machine.run());
                kicker.join();
            }
        }
    }

    @Test
    default void aKickEndsAHalt() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), HALT_FOREVER)) {
            Thread kicker = Kicks.later(machine.cpu(), 50);
            assertEquals(Exit.Signal.KICKED, machine.run());
            kicker.join();
            assertEquals(MpState.HALTED, machine.cpu().save().mpState());
        }
    }

    @Test
    default void aKickEndsTheWaitForAStartupMessage() throws InterruptedException {
        try (TinyMachine machine = new TinyMachine(ready(), 2)) {
            Thread kicker = Kicks.later(machine.cpus.get(1), 50);
            assertEquals(Exit.Signal.KICKED, machine.cpus.get(1).run());
            kicker.join();
            assertEquals(MpState.UNINITIALIZED, machine.cpus.get(1).save().mpState());
        }
    }

    @Test
    default void tenThousandKicksAtRandomAllArriveAtASpinningGuest() throws InterruptedException {
        assertAllKicksArrive(SPIN, 5_000);
    }

    @Test
    default void tenThousandKicksAtRandomAllArriveAtAGuestThatExits() throws InterruptedException {
        assertAllKicksArrive(ExitContract.IO_LOOP, 5_000);
    }

    private void assertAllKicksArrive(String code, int kicks) throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), code)) {
            SplittableRandom random = new SplittableRandom(20261122);
            AtomicInteger asked = new AtomicInteger();
            AtomicInteger answered = new AtomicInteger();
            AtomicBoolean stop = new AtomicBoolean();
            Thread guest =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!stop.get()) {
                                            if (machine.cpu().run() == Exit.Signal.KICKED) {
                                                answered.set(asked.get());
                                            }
                                        }
                                    });
            try {
                for (int i = 1; i <= kicks; i++) {
                    asked.set(i);
                    machine.cpu().kick();
                    long deadline = System.nanoTime() + 10_000_000_000L;
                    while (answered.get() < i) {
                        assertTrue(System.nanoTime() < deadline, "kick " + i + " was lost");
                        LockSupport.parkNanos(1_000);
                    }
                    // 0 to 60 microseconds: while the guest enters, runs, exits, and is inside the
                    // device.
                    long pause = System.nanoTime() + random.nextInt(60_000);
                    while (System.nanoTime() < pause) {
                        Thread.onSpinWait();
                    }
                }
            } finally {
                stop.set(true);
                machine.cpu().kick();
                guest.join();
            }
        }
    }

    @Test
    default void kicksLoseNoPortAccess() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), COUNT_UP)) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread kicker =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        SplittableRandom random = new SplittableRandom(1);
                                        while (!stop.get()) {
                                            machine.cpu().kick();
                                            // A guest that is kicked without a pause never runs.
                                            LockSupport.parkNanos(random.nextInt(100_000));
                                        }
                                    });
            try {
                while (machine.recorder.outs() < 2_000) {
                    assertEquals(Exit.Signal.KICKED, machine.run());
                }
            } finally {
                stop.set(true);
                kicker.join();
            }
            int count = Math.min(machine.recorder.outs(), 1024);
            int first = machine.recorder.outs() - count;
            for (int i = first; i < machine.recorder.outs(); i++) {
                assertEquals(i & 0xffff, machine.recorder.outValue(i % 1024), "OUT number " + i);
            }
        }
    }

    @Test
    default void aKickAfterTheEndIsNothing() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread kicker;
            try (TinyMachine machine = TinyMachine.with(ready(), COUNT_UP)) {
                kicker =
                        Thread.ofPlatform()
                                .start(
                                        () -> {
                                            while (!stop.get()) {
                                                machine.cpu().kick();
                                            }
                                        });
                assertEquals(Exit.Signal.KICKED, machine.run());
            }
            // Kicks go on while the machine is taken apart, and afterwards.
            LockSupport.parkNanos(100_000);
            stop.set(true);
            kicker.join();
        }
    }

    String COUNT_UP =
            """
            ba 00 02               mov dx,0x200
            31 c0                  xor ax,ax
            ef                     out dx,ax
            40                     inc ax
            eb fc                  jmp 5
            """;

    @Test
    default void aKickWhileADeviceWorksNeitherBlocksNorIsLost() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), IN_THEN_OUT)) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            machine.recorder.onIn =
                    () -> {
                        inside.countDown();
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    };
            AtomicBoolean kicked = new AtomicBoolean();
            Thread guest =
                    Thread.ofPlatform()
                            .start(() -> kicked.set(machine.cpu().run() == Exit.Signal.KICKED));
            assertTrue(inside.await(10, TimeUnit.SECONDS));
            Thread kicker = Thread.ofPlatform().start(machine.cpu()::kick);
            kicker.join(5_000);
            assertTrue(!kicker.isAlive(), "kick() waits for the device");
            release.countDown();
            guest.join(10_000);
            assertTrue(kicked.get(), "the kick was lost");
            assertEquals(0, machine.recorder.outs(), "the guest went on after the kick");
        }
    }

    @Test
    default void aStateSavedRightAfterAnInHoldsItsResult() {
        try (TinyMachine machine = TinyMachine.with(ready(), IN_THEN_OUT);
                TinyMachine other = TinyMachine.with(ready(), IN_THEN_OUT)) {
            machine.recorder.onIn = () -> machine.cpu().kick();
            assertEquals(Exit.Signal.KICKED, machine.run());
            machine.cpu().finishPendingIo();
            assertEquals(0x41, machine.registers().rax() & 0xff);
            assertEquals(TinyMachine.CODE + 4, machine.registers().rip());
            other.cpu().load(machine.cpu().save());
            assertEquals(Exit.Signal.KICKED, other.run());
            assertEquals(1, other.recorder.outs());
            assertEquals(0x42, other.recorder.outValue(0));
            assertEquals(0, machine.recorder.outs());
        }
    }
}
