package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Whatever a guest does ends as an {@link Exit}, never as an exception, and the next machine is as
 * good as new.
 */
interface HostileContract extends HypervisorUnderTest {
    String UD =
            """
            0f 0b                  ud2
            """;

    String JUMP_NOWHERE =
            """
            ea 00 00 00 a0         jmp 0xa000:0x0
            """;

    @Test
    default void aTripleFaultIsAShutdown() {
        try (TinyMachine machine = TinyMachine.with(ready(), UD)) {
            // Flat 32-bit protected mode without a single interrupt vector.
            CpuState state = machine.entry(0, 0);
            SegmentRegisters flat =
                    SegmentRegisters.uniform(
                                    SegmentRegister.flat(8, 0xb, SegmentRegister.DEFAULT_BIG),
                                    SegmentRegister.flat(0x10, 0x3, SegmentRegister.DEFAULT_BIG))
                            .withIdtr(0, 0);
            ControlRegisters control =
                    new ControlRegisters(
                            ControlRegisters.CR0_PE | ControlRegisters.CR0_ET, 0, 0, 0, 0, 0, 1);
            machine.cpu().load(state.with(state.general(), flat, control));
            assertEquals(Exit.Signal.SHUTDOWN, machine.run());
            // A reset brings the processor back.
            machine.put(TinyMachine.CODE, ExitContract.PORT_SIZES);
            machine.start(0, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    @Test
    default void executingOpenBusEndsInAnExit() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), JUMP_NOWHERE)) {
            Thread kicker = Kicks.later(machine.cpu(), 500);
            Exit exit = machine.run();
            assertNotNull(exit);
            if (exit instanceof Exit.Fault fault) {
                assertTrue(!fault.what().isBlank());
            }
            kicker.join();
        }
        try (TinyMachine machine = TinyMachine.with(ready(), ExitContract.PORT_SIZES)) {
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    @Test
    default void randomCodeEndsInAnExit() throws InterruptedException {
        for (int seed = 0; seed < 40; seed++) {
            try (TinyMachine machine = new TinyMachine(ready(), 1)) {
                SplittableRandom random = new SplittableRandom(seed);
                byte[] bytes = new byte[0x10000];
                random.nextBytes(bytes);
                MemorySegment.copy(
                        bytes, 0, machine.ram.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
                machine.addMmio();
                machine.start(random.nextInt(0x10000), random.nextInt(0x10000));
                Thread kicker = Kicks.later(machine.cpu(), 30);
                Exit exit = machine.run();
                kicker.join();
                assertNotNull(exit, "seed " + seed);
                if (exit instanceof Exit.Fault fault) {
                    assertTrue(!fault.what().isBlank(), "seed " + seed);
                }
                assertInstanceOf(CpuState.class, machine.cpu().save());
            }
        }
    }
}
