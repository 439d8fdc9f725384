package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.drain;
import static lodge.interpreter.apic.Board.ipi;
import static lodge.interpreter.apic.Board.read;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Who gets a message (SDM vol. 3A, 11.6 and 11.11). */
class ApicBusTest {
    private static final int LOGICAL = 1 << 11;
    private static final int LOWEST = 1 << 8;
    private static final int ASSERT = 1 << 14;
    private static final int TO_SELF = 1 << 18;
    private static final int TO_ALL = 2 << 18;
    private static final int TO_OTHERS = 3 << 18;
    private static final int MSI_LOGICAL = 1 << 2;
    private static final int MSI_REDIRECT = 1 << 3;

    private static long to(int destination) {
        return Board.MSI | destination << 12;
    }

    private static Board flat(int processors) {
        Board board = Board.enabled(processors);
        for (int i = 0; i < processors; i++) {
            write(board.apics.get(i), LDR, 1 << 24 + i);
        }
        return board;
    }

    /** Two clusters of two. */
    private static Board clusters() {
        Board board = Board.enabled(4);
        int[] logical = {0x11, 0x12, 0x21, 0x22};
        for (int i = 0; i < 4; i++) {
            write(board.apics.get(i), DFR, 0x0fff_ffff);
            write(board.apics.get(i), LDR, logical[i] << 24);
        }
        return board;
    }

    @Test
    void aPhysicalDestinationIsOneProcessorOrEverybody() {
        Board board = Board.enabled(4);
        board.bus.sendMsi(to(2), 0x40);
        assertEquals(List.of(2), board.receivers());
        board.bus.sendMsi(to(0xff), 0x40);
        assertEquals(List.of(0, 1, 2, 3), board.receivers());
        board.bus.sendMsi(to(9), 0x40);
        assertEquals(List.of(), board.receivers());
    }

    @Test
    void aPhysicalDestinationIsTheIdThatSoftwareGave() {
        Board board = Board.enabled(2);
        write(board.apics.get(1), ID, 0x7700_0000);
        board.bus.sendMsi(to(1), 0x40);
        assertEquals(List.of(), board.receivers());
        board.bus.sendMsi(to(0x77), 0x40);
        assertEquals(List.of(1), board.receivers());
    }

    @Test
    void aFlatLogicalDestinationIsAMask() {
        Board board = flat(4);
        board.bus.sendMsi(to(0x0a) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(1, 3), board.receivers());
        board.bus.sendMsi(to(0xff) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(0, 1, 2, 3), board.receivers());
        board.bus.sendMsi(to(0) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(), board.receivers());
    }

    @Test
    void aClusterDestinationIsAMaskWithinOneCluster() {
        Board board = clusters();
        board.bus.sendMsi(to(0x12) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(1), board.receivers());
        board.bus.sendMsi(to(0x23) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(2, 3), board.receivers());
        board.bus.sendMsi(to(0xf1) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(0, 2), board.receivers());
        board.bus.sendMsi(to(0x31) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(), board.receivers());
        write(board.apic(), DFR, 0x5000_0000);
        board.bus.sendMsi(to(0x11) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(), board.receivers(), "an unknown model matches nothing");
    }

    @Test
    void x2ApicDestinationsFollowFromTheId() {
        Board board = Board.x2Apic(0x22);
        LocalApic sender = board.apics.get(3);
        assertTrue(sender.writeMsr(MSR_FIRST + ICR, 0x21L << 32 | ASSERT | 0x40));
        assertEquals(List.of(0x21), board.receivers());
        long twoOfClusterOne = (1L << 16 | 0x8001) << 32;
        sender.writeMsr(MSR_FIRST + ICR, twoOfClusterOne | LOGICAL | ASSERT | 0x40);
        assertEquals(List.of(0x10, 0x1f), board.receivers());
        sender.writeMsr(MSR_FIRST + ICR, -1L << 32 | ASSERT | 0x40);
        assertEquals(0x22, board.receivers().size());
        sender.writeMsr(MSR_FIRST + ICR, 0xffL << 32 | ASSERT | 0x40);
        assertEquals(List.of(), board.receivers(), "0xff is nobody here");
        board.bus.sendMsi(to(0xff), 0x40);
        assertEquals(0x22, board.receivers().size());
        board.bus.sendMsi(to(0x05) | MSI_LOGICAL, 0x40);
        assertEquals(List.of(0, 2), board.receivers());
    }

    @Test
    void processorsInDifferentModesReachEachOther() {
        Board board = flat(3);
        Board.toX2Apic(board.apics.get(1));
        ipi(board.apic(), 1, ASSERT | 0x40);
        assertEquals(List.of(1), board.receivers());
        board.apics.get(1).writeMsr(MSR_FIRST + ICR, 2L << 32 | ASSERT | 0x40);
        assertEquals(List.of(2), board.receivers());
        board.apics.get(1).writeMsr(MSR_FIRST + ICR, 0x102L << 32 | ASSERT | 0x40);
        assertEquals(List.of(), board.receivers());
    }

    @Test
    void theLowestPriorityTakesIt() {
        Board board = flat(4);
        for (int i = 0; i < 4; i++) {
            write(board.apics.get(i), TPR, i == 2 ? 0x10 : 0x20 + i);
        }
        for (int i = 0; i < 5; i++) {
            board.bus.sendMsi(to(0xff) | MSI_LOGICAL, LOWEST | 0x90);
            assertEquals(List.of(2), board.receivers());
        }
        board.bus.sendMsi(to(0x0b) | MSI_LOGICAL, LOWEST | 0x90);
        assertEquals(List.of(0), board.receivers());
        write(board.apic(), SVR, 0xff);
        board.bus.sendMsi(to(0x0b) | MSI_LOGICAL, LOWEST | 0x90);
        assertEquals(List.of(1), board.receivers(), "who is disabled does not take part");
        board.bus.sendMsi(to(0x80) | MSI_LOGICAL, LOWEST | 0x90);
        assertEquals(List.of(), board.receivers());
    }

    @Test
    void equalsTakeTurns() {
        Board board = flat(3);
        List<Integer> got = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            board.bus.sendMsi(to(0x07) | MSI_LOGICAL | MSI_REDIRECT, 0x90);
            got.addAll(board.receivers());
        }
        assertEquals(List.of(0, 1, 2, 0, 1, 2), got);
        ipi(board.apic(), 0x06, LOGICAL | LOWEST | ASSERT | 0x90);
        ipi(board.apic(), 0x06, LOGICAL | LOWEST | ASSERT | 0x90);
        assertEquals(List.of(1, 2), board.receivers());
    }

    @Test
    void aLevelTriggeredInterruptOfLowestPriorityKeepsItsLevel() {
        Board board = flat(2);
        board.bus.sendMsi(to(0x03) | MSI_LOGICAL, LOWEST | Board.LEVEL | 0x90);
        board.receivers();
        assertEquals(List.of(0x90), board.ended);
    }

    @Test
    void shorthandsNameTheirReceivers() {
        Board board = Board.enabled(3);
        LocalApic second = board.apics.get(1);
        ipi(second, 0, TO_SELF | ASSERT | 0x40);
        assertEquals(List.of(1), board.receivers());
        ipi(second, 0, TO_ALL | ASSERT | 0x40);
        assertEquals(List.of(0, 1, 2), board.receivers());
        ipi(second, 0, TO_OTHERS | ASSERT | 0x40);
        assertEquals(List.of(0, 2), board.receivers());
        ipi(second, 0, TO_OTHERS | ASSERT | NMI << 8);
        assertEquals(1, board.processors.get(0).nmis.get());
        assertEquals(0, board.processors.get(1).nmis.get());
        assertEquals(1, board.processors.get(2).nmis.get());
        assertEquals(0, read(second, ICR) & 1 << 12, "idle at once");
    }

    @Test
    void initAndStartUpReachTheProcessor() {
        Board board = Board.enabled(2);
        LocalApic first = board.apic();
        ipi(first, 1, INIT << 8 | ASSERT);
        assertEquals(1, board.processors.get(1).inits.get());
        ipi(first, 1, INIT << 8 | 1 << 15);
        assertEquals(1, board.processors.get(1).inits.get(), "a deassertion is no INIT");
        ipi(first, 1, INIT << 8 | 1 << 15 | ASSERT);
        assertEquals(2, board.processors.get(1).inits.get());
        ipi(first, 1, STARTUP << 8 | ASSERT | 0x9a);
        assertEquals(0x9a, board.processors.get(1).startup);
        ipi(first, 1, SMI << 8 | ASSERT);
        assertEquals(1, board.processors.get(1).smis.get());
        assertEquals(0, board.processor().inits.get());
        assertEquals(0, Board.errors(first), "vectors of these modes are no vectors");
    }

    @Test
    void aProcessorDisabledBySoftwareCanStillSend() {
        Board board = Board.enabled(2);
        write(board.apic(), SVR, 0xff);
        ipi(board.apic(), 1, ASSERT | 0x40);
        ipi(board.apic(), 0, ASSERT | 0x40);
        assertEquals(List.of(1), board.receivers());
    }

    @Test
    void ipisAreEdgesWhateverTheySay() {
        Board board = Board.enabled(2);
        ipi(board.apic(), 1, 1 << 15 | ASSERT | 0x40);
        assertEquals(List.of(0x40), drain(board.apics.get(1)));
        assertTrue(board.ended.isEmpty());
    }

    @Test
    void anIllegalVectorIsAnErrorOnBothSides() {
        Board board = Board.enabled(2);
        ipi(board.apic(), 1, ASSERT | 7);
        assertEquals(ESR_SEND_ILLEGAL_VECTOR, Board.errors(board.apic()));
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR, Board.errors(board.apics.get(1)));
        assertEquals(List.of(), board.receivers());
    }

    @Test
    void reservedModesAreSentToNobody() {
        Board board = Board.enabled(2);
        ipi(board.apic(), 1, 3 << 8 | ASSERT | 0x40);
        ipi(board.apic(), 1, EXT_INT << 8 | ASSERT | 0x40);
        board.bus.sendMsi(to(1), 3 << 8 | 0x40);
        board.bus.sendMsi(to(1), STARTUP << 8 | 0x40);
        assertFalse(board.apics.get(1).mayInterrupt());
        assertEquals(-1, board.processors.get(1).startup);
    }

    @Test
    void storesElsewhereAndEndsOfLevelsAreNoMessages() {
        Board board = Board.enabled(1);
        board.bus.sendMsi(0xfed0_0000L, 0x40);
        board.bus.sendMsi(0x1_fee0_0000L, 0x40);
        board.bus.sendMsi(-1, -1);
        board.bus.sendMsi(Board.MSI, 1 << 15 | 0x40);
        board.bus.route(3, false, Board.MSI, 0x40);
        assertFalse(board.apic().mayInterrupt());
        assertEquals(0, Board.errors(board.apic()));
    }

    @Test
    void interruptsOfAProcessorThatIsNotThereAreLost() {
        ApicBus empty = new ApicBus(new ManualTime(0));
        empty.sendMsi(Board.MSI, 0x40);
        empty.sendMsi(Board.MSI, LOWEST | 0x40);
        empty.nmi(true);
        empty.intr().line(0, true);
        Board.Processor processor = new Board.Processor();
        LocalApic late = empty.add(0, processor, new ApicFeatures(true, true, 36), () -> 0, 1);
        write(late, SVR, 0x1ff);
        write(late, LVT_LINT0, 0x700);
        assertTrue(late.externalInterruptPending(), "INTR was high before");
        assertThrows(
                IllegalArgumentException.class,
                () -> empty.add(255, processor, new ApicFeatures(true, true, 36), () -> 0, 1));
    }

    @Test
    void theListenerHearsOfAnEndWithNoLockHeld() {
        Board board = Board.enabled(1);
        boolean[] free = {false};
        board.bus.onEoi(
                vector ->
                        free[0] =
                                !Thread.holdsLock(board.bus)
                                        && !Thread.holdsLock(board.apic())
                                        && !Thread.holdsLock(board.apic().timer()));
        board.bus.sendMsi(Board.MSI, Board.LEVEL | 0x40);
        drain(board.apic());
        assertTrue(free[0]);
    }

    @Test
    void aMessageFromTheListenerIsTheNextInterrupt() {
        Board board = Board.enabled(1);
        int[] left = {3};
        board.bus.onEoi(
                vector -> {
                    if (left[0]-- > 0) {
                        board.bus.sendMsi(Board.MSI, Board.LEVEL | vector);
                    }
                });
        board.bus.sendMsi(Board.MSI, Board.LEVEL | 0x40);
        assertEquals(List.of(0x40, 0x40, 0x40, 0x40), drain(board.apic()));
    }
}
