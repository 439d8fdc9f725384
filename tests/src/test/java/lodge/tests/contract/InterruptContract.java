package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;
import lodge.core.backend.Vcpu;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Interrupts reach the processor from messages, from the 8259 and from other processors, and ends
 * of interrupts come back.
 */
interface InterruptContract extends HypervisorUnderTest {
    int VECTOR = 0x40;
    long MSI_ADDRESS = 0xfee0_0000L;
    int MSI_LEVEL_ASSERTED = 1 << 15 | 1 << 14;

    /** Says that it is ready, then waits; no interrupt comes between STI and HLT. */
    String HALT =
            """
            ba 0c 02               mov dx,0x20c
            ee                     out dx,al
            fb                     sti
            f4                     hlt
            a1 00 20               mov ax,[0x2000]
            e6 10                  out 0x10,al
            """;

    /** Counts, and writes the local APIC's EOI register. */
    String APIC_HANDLER =
            """
            ff 06 00 20            inc WORD PTR [0x2000]
            26 66 c7 06 b0 00 00 00 00 00  mov DWORD PTR es:[0xb0],0x0
            cf                     iret
            """;

    /** Counts, and tells the recorder. */
    String PIC_HANDLER =
            """
            ff 06 00 20            inc WORD PTR [0x2000]
            ba 0e 02               mov dx,0x20e
            ee                     out dx,al
            cf                     iret
            """;

    /** Lets the 8259's interrupt wait while IF is 0. */
    String CLI_WINDOW =
            """
            fa                     cli
            ba 0c 02               mov dx,0x20c
            ee                     out dx,al
            b9 14 00               mov cx,0x14
            e2 fe                  loop 8
            8b 1e 00 20            mov bx,[0x2000]
            fb                     sti
            83 3e 00 20 00         cmp WORD PTR [0x2000],0x0
            74 f9                  je f
            e6 10                  out 0x10,al
            """;

    /** Halts until a thousand interrupts have come. */
    String HALT_THOUSAND_TIMES =
            """
            fa                     cli
            ba 0c 02               mov dx,0x20c
            ee                     out dx,al
            fb                     sti
            f4                     hlt
            81 3e 00 20 e8 03      cmp WORD PTR [0x2000],0x3e8
            72 f1                  jb 0
            e6 10                  out 0x10,al
            """;

    /** INIT, then start-up at page 3, to APIC 1. */
    String START_AP =
            """
            26 66 c7 06 10 03 00 00 00 01  mov DWORD PTR es:[0x310],0x1000000
            26 66 c7 06 00 03 00 45 00 00  mov DWORD PTR es:[0x300],0x4500
            26 66 c7 06 00 03 03 46 00 00  mov DWORD PTR es:[0x300],0x4603
            eb fe                  jmp 1e
            """;

    String AP =
            """
            b8 77 00               mov ax,0x77
            ba 0a 02               mov dx,0x20a
            ee                     out dx,al
            f4                     hlt
            eb fd                  jmp 7
            """;

    @Test
    default void aMessageWakesAHaltedProcessor() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), HALT)) {
            machine.put(TinyMachine.HANDLER, APIC_HANDLER);
            machine.vector(VECTOR, TinyMachine.HANDLER);
            machine.startWithApic(false);
            CountDownLatch ready = new CountDownLatch(1);
            machine.recorder.onReady = ready::countDown;
            Thread sender =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        Threads.await(ready);
                                        Threads.sleep(50);
                                        machine.apics().sendMsi(MSI_ADDRESS, VECTOR);
                                    });
            assertEquals(Exit.Signal.KICKED, machine.run());
            sender.join();
            assertEquals(1, machine.registers().rax());
        }
    }

    @Test
    default void theEndOfALevelTriggeredInterruptComesBack() {
        try (TinyMachine machine = TinyMachine.with(ready(), HALT)) {
            machine.put(TinyMachine.HANDLER, APIC_HANDLER);
            machine.vector(VECTOR, TinyMachine.HANDLER);
            machine.startWithApic(false);
            AtomicInteger ended = new AtomicInteger(-1);
            AtomicBoolean free = new AtomicBoolean();
            machine.apics()
                    .onEoi(
                            vector -> {
                                ended.set(vector);
                                free.set(!Thread.holdsLock(machine.recorder));
                            });
            machine.apics().route(9, false, MSI_ADDRESS, VECTOR | MSI_LEVEL_ASSERTED);
            machine.recorder.onReady =
                    () -> machine.apics().sendMsi(MSI_ADDRESS, VECTOR | MSI_LEVEL_ASSERTED);
            assertEquals(Exit.Signal.KICKED, machine.run());
            // Some processors tell of it only when they are entered next.
            machine.cpu().finishPendingIo();
            assertEquals(1, machine.registers().rax());
            assertEquals(VECTOR, ended.get());
            assertTrue(free.get(), "the listener was called with the device's monitor held");
        }
    }

    @Test
    default void messagesThatNoProcessorTakesAreLost() {
        try (TinyMachine machine = TinyMachine.with(ready(), ExitContract.PORT_SIZES)) {
            machine.apics().sendMsi(0xfee5_5000L, VECTOR);
            machine.apics().sendMsi(0x1234_5678L, VECTOR);
            machine.apics().sendMsi(-1L, -1);
            machine.apics().sendMsi(MSI_ADDRESS, 5);
            for (int pin = 0; pin < 24; pin++) {
                machine.apics().route(pin, false, -1L, -1);
                machine.apics().route(pin, true, 0, 0);
                machine.apics().route(pin, false, MSI_ADDRESS, MSI_LEVEL_ASSERTED | pin);
            }
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    @Test
    default void the8259WakesAHaltedProcessorFromAnotherThread() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), HALT)) {
            machine.put(TinyMachine.HANDLER, PIC_HANDLER);
            machine.vector(8, TinyMachine.HANDLER);
            machine.startWithApic(true);
            OneInterrupt pic = new OneInterrupt(machine, 8);
            CountDownLatch ready = new CountDownLatch(1);
            machine.recorder.onReady = ready::countDown;
            Thread sender =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        Threads.await(ready);
                                        Threads.sleep(50);
                                        pic.raise();
                                    });
            assertEquals(Exit.Signal.KICKED, machine.run());
            sender.join();
            assertEquals(1, machine.registers().rax());
            assertEquals(1, pic.acknowledged());
        }
    }

    @Test
    default void the8259WaitsUntilTheProcessorAllowsInterrupts() {
        try (TinyMachine machine = TinyMachine.with(ready(), CLI_WINDOW)) {
            machine.put(TinyMachine.HANDLER, PIC_HANDLER);
            machine.vector(8, TinyMachine.HANDLER);
            machine.startWithApic(true);
            OneInterrupt pic = new OneInterrupt(machine, 8);
            machine.recorder.onReady = pic::raise;
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0, machine.registers().rbx(), "interrupted while IF was 0");
            assertEquals(1, machine.memory().readShort(0x2000));
        }
    }

    @Test
    default void the8259IsNotAskedWhenItTakesItsInterruptBack() {
        try (TinyMachine machine = TinyMachine.with(ready(), CLI_WINDOW)) {
            machine.put(TinyMachine.HANDLER, PIC_HANDLER);
            machine.vector(8, TinyMachine.HANDLER);
            machine.vector(9, TinyMachine.HANDLER);
            machine.startWithApic(true);
            OneInterrupt pic = new OneInterrupt(machine, 8);
            machine.recorder.onReady =
                    () -> {
                        pic.raise();
                        machine.apics().intr().line(0, false);
                    };
            Thread kicker = Kicks.later(machine.cpu(), 300);
            assertEquals(Exit.Signal.KICKED, machine.run());
            Threads.join(kicker);
            assertEquals(0, pic.acknowledged());
            assertEquals(0, machine.memory().readShort(0x2000));
        }
    }

    @Test
    default void aThousand8259InterruptsInARowAllArrive() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), HALT_THOUSAND_TIMES)) {
            machine.put(TinyMachine.HANDLER, PIC_HANDLER);
            machine.vector(8, TinyMachine.HANDLER);
            machine.startWithApic(true);
            OneInterrupt pic = new OneInterrupt(machine, 8);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger wanted = new AtomicInteger();
            AtomicInteger handled = new AtomicInteger();
            machine.recorder.onReady = wanted::incrementAndGet;
            machine.recorder.onAcknowledge = handled::incrementAndGet;
            Thread sender =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        int sent = 0;
                                        while (!stop.get()) {
                                            if (wanted.get() > sent && handled.get() == sent) {
                                                sent++;
                                                pic.raise();
                                            }
                                            Thread.onSpinWait();
                                        }
                                    });
            Exit exit = machine.run();
            stop.set(true);
            sender.join();
            assertEquals(Exit.Signal.KICKED, exit);
            assertEquals(1000, machine.memory().readShort(0x2000));
            assertEquals(1000, pic.acknowledged());
        }
    }

    /**
     * Kicks race with the hand-over of interrupts. Whoever comes out must hold the acknowledged
     * vector in the saved state or have delivered it: no interrupt is lost or doubled when the
     * state moves on to another machine.
     */
    @Test
    default void anAcknowledgedInterruptIsPartOfTheState() throws InterruptedException {
        for (int round = 0; round < 30; round++) {
            try (TinyMachine machine = TinyMachine.with(ready(), HALT);
                    TinyMachine other = TinyMachine.with(ready(), HALT)) {
                for (TinyMachine each : new TinyMachine[] {machine, other}) {
                    each.put(TinyMachine.HANDLER, PIC_HANDLER);
                    each.vector(8, TinyMachine.HANDLER);
                }
                machine.startWithApic(true);
                Vcpu cpu = machine.cpu();
                OneInterrupt pic = new OneInterrupt(machine, 8);
                // The kick comes while the vector is already acknowledged but the guest has not
                // been entered.
                pic.onAcknowledge = cpu::kick;
                machine.recorder.onReady = pic::raise;
                assertEquals(Exit.Signal.KICKED, machine.run());
                cpu.finishPendingIo();
                assertEquals(1, pic.acknowledged());
                other.cpu().load(cpu.save());
                other.memory().writeShort(0x2000, machine.memory().readShort(0x2000));
                assertEquals(Exit.Signal.KICKED, other.run());
                assertEquals(1, other.registers().rax(), "round " + round);
                // The first machine is reset: nothing of the old interrupt is left in it.
                machine.memory().writeShort(0x2000, 0);
                pic.onAcknowledge = () -> {};
                machine.recorder.onReady = () -> {};
                machine.startWithApic(true);
                Thread kicker = Kicks.later(cpu, 20);
                assertEquals(Exit.Signal.KICKED, machine.run());
                Threads.join(kicker);
                assertEquals(0, machine.memory().readShort(0x2000), "round " + round);
            }
        }
    }

    @Test
    default void oneProcessorStartsAnother() throws InterruptedException {
        try (TinyMachine machine = new TinyMachine(ready(), 2)) {
            machine.put(TinyMachine.CODE, START_AP);
            machine.put(0x3000, AP);
            machine.startWithApic(false);
            Thread ap = Thread.ofPlatform().start(() -> machine.cpus.get(1).run());
            Thread bsp = Thread.ofPlatform().start(() -> machine.cpu().run());
            long deadline = System.nanoTime() + 10_000_000_000L;
            while (machine.recorder.mark != 0x77) {
                assertTrue(System.nanoTime() < deadline, "the second processor did not start");
                Thread.sleep(1);
            }
            machine.cpu().kick();
            machine.cpus.get(1).kick();
            bsp.join(10_000);
            ap.join(10_000);
            assertTrue(!bsp.isAlive() && !ap.isAlive(), "a processor did not come back");
        }
    }

    /** As much of an 8259 as it takes: one request at a time. */
    final class OneInterrupt {
        private final TinyMachine machine;
        private final AtomicInteger acknowledged = new AtomicInteger();
        volatile Runnable onAcknowledge = () -> {};

        OneInterrupt(TinyMachine machine, int vector) {
            this.machine = machine;
            machine.apics()
                    .externalInterrupts(
                            () -> {
                                acknowledged.incrementAndGet();
                                machine.apics().intr().line(0, false);
                                onAcknowledge.run();
                                return vector;
                            });
        }

        void raise() {
            machine.apics().intr().line(0, true);
        }

        int acknowledged() {
            return acknowledged.get();
        }
    }

    /** Waiting without checked exceptions. */
    final class Threads {
        private Threads() {}

        static void await(CountDownLatch latch) {
            try {
                if (!latch.await(20, TimeUnit.SECONDS)) {
                    throw new AssertionError("The guest never got ready");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        static void sleep(long millis) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        static void join(Thread thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
