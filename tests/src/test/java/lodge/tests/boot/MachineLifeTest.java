package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.CpuState;
import lodge.core.state.States;
import lodge.machine.MachineOutcome;
import lodge.machine.MachineState;
import lodge.machine.config.MachineConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A machine's life with guests of a few instructions. */
@Timeout(120)
class MachineLifeTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    /** mov al,n; out 0xf4,al; hlt. */
    private static final String DEBUG_EXIT_5 = "b0 05  e6 f4  f4";

    /**
     * Counts in bx and prints a dot for each 64 Ki rounds: inc bx; jnz 0; mov dx,0x3f8; mov al,'.';
     * out dx,al; jmp 0.
     */
    private static final String DOTS = "43  75 fd  ba f8 03  b0 2e  ee  eb f5";

    @TempDir private Path folder;

    private TestMachine start(String code) {
        return TestMachine.start(config(code));
    }

    private MachineConfig.Builder config(String code) {
        return MachineConfig.builder()
                .name("tiny")
                .memory("16M")
                .firmware(TinyRom.write(folder, code))
                .vgaFirmware(Guests.vgaBios())
                .debugExit(true);
    }

    @Test
    void aWriteToTheDebugExitPortEndsTheMachineWithItsCode() {
        try (TestMachine machine = start(DEBUG_EXIT_5)) {
            assertEquals(Optional.of(new MachineOutcome.DebugExit(11)), machine.awaitEnd(LONG));
            assertEquals(MachineState.OFF, machine.machine().state());
        }
    }

    @Test
    void theGuestSwitchesTheMachineOffThroughAcpi() {
        String code =
                """
                66 b8 40 0b 00 80   mov eax,0x80000b40 ; slot 1 function 3, PMBA
                ba f8 0c            mov dx,0xcf8
                66 ef               out dx,eax
                b2 fc               mov dl,0xfc
                66 b8 01 06 00 00   mov eax,0x601
                66 ef               out dx,eax
                b2 f8               mov dl,0xf8
                66 b8 80 0b 00 80   mov eax,0x80000b80 ; PMREGMISC
                66 ef               out dx,eax
                b2 fc               mov dl,0xfc
                b0 01               mov al,1
                ee                  out dx,al
                ba 04 06            mov dx,0x604 ; PMCNTRL
                b8 00 20            mov ax,0x2000 ; SUS_EN, type 0
                ef                  out dx,ax
                eb fe               jmp $
                """;
        try (TestMachine machine = start(bytes(code))) {
            assertEquals(Optional.of(new MachineOutcome.PoweredOff()), machine.awaitEnd(LONG));
        }
    }

    @Test
    void aTripleFaultResetsAsAChipsetDoes() {
        // Protected mode with an empty IDT: a word across the limit, #GP, #DF, shutdown. It resets
        // until someone stops
        // it.
        String code =
                """
                fa                  cli
                2e 0f 01 1e 30 00   lidt [cs:0x30]
                0f 20 c0            mov eax,cr0
                0c 01               or al,1
                0f 22 c0            mov cr0,eax
                a1 ff ff            mov ax,[0xffff]
                """;
        String padded = bytes(code) + "90".repeat(0x30 - 18) + "000000000000";
        try (TestMachine machine = start(padded)) {
            while (machine.machine().resets() < 5) {
                assertEquals(Optional.empty(), machine.awaitEnd(Duration.ofMillis(5)));
            }
            machine.machine().stop();
            assertEquals(Optional.of(new MachineOutcome.Stopped()), machine.awaitEnd(LONG));
        }
    }

    @Test
    void everyWayToResetWorks() {
        // RAM survives a reset: the guest counts its starts in [0x500] and takes another way each
        // time.
        String code =
                """
                31 c0         xor ax,ax
                8e d8         mov ds,ax
                a0 00 05      mov al,[0x500]
                fe 06 00 05   inc byte [0x500]
                3c 00         cmp al,0
                74 12         je cf9
                3c 01         cmp al,1
                74 15         je kbd
                3c 02         cmp al,2
                74 16         je p92
                b0 07         mov al,7
                e6 f4         out 0xf4,al
                f4            hlt
                90 90 90 90 90
                ba f9 0c      cf9: mov dx,0xcf9
                b0 06         mov al,6
                ee            out dx,al
                f4            hlt
                b0 fe         kbd: mov al,0xfe
                e6 64         out 0x64,al
                f4            hlt
                b0 01         p92: mov al,1
                e6 92         out 0x92,al
                f4            hlt
                """;
        try (TestMachine machine = start(bytes(code))) {
            assertEquals(Optional.of(new MachineOutcome.DebugExit(15)), machine.awaitEnd(LONG));
            assertEquals(3, machine.machine().resets());
        }
    }

    @Test
    void nothingRunsAndNoTimePassesWhilePaused() {
        try (TestMachine machine = start(DOTS)) {
            machine.awaitSerial("...", LONG);
            for (int round = 0; round < 20; round++) {
                machine.machine().pause();
                assertEquals(MachineState.PAUSED, machine.machine().state());
                List<CpuState> before = machine.machine().cpuStates();
                long writes = machine.machine().counters().get("uart0").get("portWrites");
                List<CpuState> after = machine.machine().cpuStates();
                assertEquals(
                        List.of(),
                        States.diff(
                                before.getFirst(), withTsc(after.getFirst(), before.getFirst())));
                assertEquals(writes, machine.machine().counters().get("uart0").get("portWrites"));
                machine.machine().resume();
            }
            int dots = machine.serial().length();
            machine.awaitSerial(".".repeat(dots + 3), LONG);
        }
    }

    /** The time-stamp counter belongs to the host's clock and goes on between two looks. */
    private static CpuState withTsc(CpuState state, CpuState from) {
        List<lodge.core.cpu.MsrValue> msrs = new ArrayList<>();
        for (int i = 0; i < state.msrs().size(); i++) {
            msrs.add(
                    state.msrs().get(i).index() == 0x10 ? from.msrs().get(i) : state.msrs().get(i));
        }
        return new CpuState(
                state.general(),
                state.segments(),
                state.control(),
                state.debug(),
                state.fpu(),
                msrs,
                state.apic(),
                state.events(),
                state.mpState());
    }

    @Test
    void severalMachinesRunInOneProcess() {
        try (TestMachine a = start(DOTS);
                TestMachine b = start(DOTS)) {
            a.awaitSerial("..", LONG);
            b.awaitSerial("..", LONG);
            a.machine().stop();
            int dots = b.serial().length();
            b.awaitSerial(".".repeat(dots + 2), LONG);
        }
    }

    @Test
    void aMachineIsStartedOnceAndAnswersAfterItsEnd() {
        try (TestMachine machine = start(DEBUG_EXIT_5)) {
            machine.awaitEnd(LONG);
            assertThrows(IllegalStateException.class, () -> machine.machine().start());
            machine.machine().pause();
            machine.machine().resume();
            machine.machine().reset();
            machine.machine().stop();
            assertEquals(Optional.of(new MachineOutcome.DebugExit(11)), machine.awaitEnd(LONG));
        }
    }

    @Test
    void hostCallsFromManyThreadsNeverHang() throws InterruptedException {
        try (TestMachine machine = start(DOTS)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(
                        Thread.ofPlatform()
                                .start(
                                        () -> {
                                            for (int round = 0; round < 25; round++) {
                                                machine.machine().pause();
                                                machine.machine().reset();
                                                machine.machine().resume();
                                            }
                                        }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            machine.machine().resume();
            assertEquals(MachineState.RUNNING, machine.machine().state());
            int dots = machine.serial().length();
            machine.awaitSerial(".".repeat(dots + 1), LONG);
            assertTrue(
                    machine.machine().resets() >= 25,
                    () -> "resets: " + machine.machine().resets());
        }
    }

    /**
     * Takes the bytes out of a listing: on each line two-digit groups up to the first other word.
     */
    private static String bytes(String listing) {
        StringBuilder hex = new StringBuilder();
        for (String line : listing.lines().toList()) {
            for (String word : line.trim().split(" +", -1)) {
                if (!word.matches("[0-9a-f]{2}")) {
                    break;
                }
                hex.append(word);
            }
        }
        return hex.toString();
    }
}
