package lodge.devices.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IrqLine;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;

/** After the Intel 8259A datasheet; the numbers in comments are its section titles. */
class Pic8259Test {
    private static final int EOI = 0x20;
    private static final int SPECIFIC_EOI = 0x60;
    private static final int READ_IRR = 0x0a;
    private static final int READ_ISR = 0x0b;
    private static final int POLL = 0x0c;

    private final IrqLine intr = new IrqLine((pin, high) -> {}, 0);
    private final Pic8259 master = new Pic8259("pic0", intr);
    private final Pic8259 slave = new Pic8259("pic1", master);

    @BeforeEach
    void initializeAsAPcDoes() {
        initialize(0x11, 0x01);
    }

    private void initialize(int icw1, int icw4) {
        initialize(master, icw1, 0x08, 0x04, icw4);
        initialize(slave, icw1, 0x70, 0x02, icw4);
    }

    private static void initialize(Pic8259 pic, int icw1, int icw2, int icw3, int icw4) {
        pic.out(0, 1, icw1);
        pic.out(1, 1, icw2);
        pic.out(1, 1, icw3);
        pic.out(1, 1, icw4);
    }

    private static void edge(Pic8259 pic, int pin) {
        pic.line(pin, false);
        pic.line(pin, true);
    }

    private static int read(Pic8259 pic, int ocw3) {
        pic.out(0, 1, ocw3);
        return pic.in(0, 1);
    }

    @Test
    void anEdgeInterruptsAndIsAcknowledgedWithItsVector() {
        edge(master, 3);
        assertTrue(intr.high());
        assertEquals(0x08, read(master, READ_IRR));
        assertEquals(0x0b, master.acknowledge());
        assertFalse(intr.high());
        assertEquals(0, read(master, READ_IRR));
        assertEquals(0x08, read(master, READ_ISR));
    }

    @Test
    void beforeInitializationNothingInterrupts() {
        IrqLine line = new IrqLine((pin, high) -> {}, 0);
        Pic8259 fresh = new Pic8259("fresh", line);
        edge(fresh, 0);
        assertFalse(line.high());
    }

    @Test
    void nothingInterruptsBetweenTheInitializationWords() {
        master.out(0, 1, 0x11);
        edge(master, 0);
        assertFalse(intr.high());
        master.out(1, 1, 0x20);
        master.out(1, 1, 0x04);
        master.out(1, 1, 0x01);
        assertTrue(intr.high());
        assertEquals(0x20, master.acknowledge());
    }

    @Test
    void icw1ClearsMaskAndServiceAndForgetsEdges() {
        master.out(1, 1, 0xfe);
        edge(master, 0);
        master.acknowledge();
        initialize(master, 0x11, 0x08, 0x04, 0x01);
        assertEquals(0, master.in(1, 1));
        assertEquals(0, read(master, READ_ISR));
        // The line is still high: it must fall and rise again to interrupt.
        assertFalse(intr.high());
        edge(master, 0);
        assertTrue(intr.high());
    }

    @Test
    void singleModeHasNoThirdInitializationWord() {
        master.out(0, 1, 0x13);
        master.out(1, 1, 0x40);
        master.out(1, 1, 0x01);
        edge(master, 2);
        assertEquals(0x42, master.acknowledge());
    }

    @Test
    void aMaskedInputRequestsButDoesNotInterrupt() {
        master.out(1, 1, 0x08);
        edge(master, 3);
        assertFalse(intr.high());
        assertEquals(0x08, read(master, READ_IRR));
        master.out(1, 1, 0x00);
        assertTrue(intr.high());
    }

    @Test
    void lowerPrioritiesWaitForTheEndOfInterrupt() {
        edge(master, 1);
        master.acknowledge();
        edge(master, 4);
        assertFalse(intr.high());
        edge(master, 0);
        assertTrue(intr.high());
        assertEquals(0x08, master.acknowledge());
        master.out(0, 1, EOI);
        assertEquals(0x02, read(master, READ_ISR));
        master.out(0, 1, EOI);
        assertEquals(0x0c, master.acknowledge());
    }

    @Test
    void aSpecificEndOfInterruptEndsThatLevel() {
        edge(master, 4);
        master.acknowledge();
        edge(master, 1);
        master.acknowledge();
        master.out(0, 1, SPECIFIC_EOI | 4);
        assertEquals(0x02, read(master, READ_ISR));
    }

    @Test
    void anEdgeThatFallsBeforeTheAcknowledgeGivesTheSpuriousVector() {
        edge(master, 3);
        master.line(3, false);
        assertFalse(intr.high());
        assertEquals(0x0f, master.acknowledge());
        assertEquals(0, read(master, READ_ISR));
        assertEquals(1, master.counters().snapshot().get("spurious"));
    }

    @Test
    void aHeldEdgeInterruptsOnce() {
        edge(master, 3);
        master.acknowledge();
        master.out(0, 1, EOI);
        assertFalse(intr.high());
    }

    @Test
    void aLevelInterruptsAgainUntilItFalls() {
        master.elcr().out(0, 1, 0x20);
        master.line(5, true);
        assertEquals(0x0d, master.acknowledge());
        assertFalse(intr.high());
        master.out(0, 1, EOI);
        assertTrue(intr.high());
        assertEquals(0x0d, master.acknowledge());
        master.line(5, false);
        master.out(0, 1, EOI);
        assertFalse(intr.high());
    }

    @Test
    void ltimMakesAllInputsLevelTriggered() {
        initialize(0x19, 0x01);
        master.line(1, true);
        master.acknowledge();
        master.out(0, 1, EOI);
        assertTrue(intr.high());
    }

    @Test
    void timerKeyboardAndCascadeCannotBeLevelTriggered() {
        master.elcr().out(0, 1, 0xff);
        slave.elcr().out(0, 1, 0xff);
        assertEquals(0xf8, master.elcr().in(0, 1));
        assertEquals(0xde, slave.elcr().in(0, 1));
    }

    @Test
    void theSlaveGivesItsVectorThroughTheMaster() {
        edge(slave, 4);
        assertTrue(intr.high());
        assertEquals(0x74, master.acknowledge());
        assertEquals(0x04, read(master, READ_ISR));
        assertEquals(0x10, read(slave, READ_ISR));
        assertFalse(intr.high());
    }

    @Test
    void aRequestThatTheSlaveTakesBackIsTheMastersSpuriousInterrupt() {
        edge(slave, 4);
        slave.line(4, false);
        assertFalse(intr.high());
        assertEquals(0x0f, master.acknowledge());
        assertEquals(0, read(master, READ_ISR));
    }

    @Test
    void aSlaveAskedWithoutARequestAnswersItsSeventhVector() {
        assertEquals(0x77, slave.acknowledge());
        assertEquals(0, read(slave, READ_ISR));
    }

    @Test
    void aSecondRequestOfASlaveWithAutomaticEndOfInterruptIsNotLost() {
        initialize(slave, 0x11, 0x70, 0x02, 0x03);
        initialize(master, 0x11, 0x08, 0x04, 0x03);
        edge(slave, 1);
        edge(slave, 4);
        assertEquals(0x71, master.acknowledge());
        assertTrue(intr.high());
        assertEquals(0x74, master.acknowledge());
        assertFalse(intr.high());
    }

    @Test
    void aSlaveWhoseIdentityDoesNotFitDoesNotAnswer() {
        initialize(slave, 0x11, 0x70, 0x05, 0x01);
        edge(slave, 0);
        assertEquals(0xff, master.acknowledge());
    }

    @Test
    void inFullyNestedModeASlaveInServiceIsLockedOut() {
        edge(slave, 4);
        master.acknowledge();
        edge(slave, 1);
        assertFalse(intr.high());
    }

    @Test
    void inSpecialFullyNestedModeAMoreUrgentRequestOfTheSlaveComesThrough() {
        initialize(master, 0x11, 0x08, 0x04, 0x11);
        edge(slave, 4);
        master.acknowledge();
        edge(slave, 1);
        assertTrue(intr.high());
        assertEquals(0x71, master.acknowledge());
        edge(slave, 5);
        assertFalse(intr.high());
    }

    @Test
    void automaticEndOfInterruptLeavesNothingInService() {
        initialize(master, 0x11, 0x08, 0x04, 0x03);
        edge(master, 1);
        assertEquals(0x09, master.acknowledge());
        assertEquals(0, read(master, READ_ISR));
        edge(master, 6);
        assertTrue(intr.high());
    }

    @Test
    void rotationOnEndOfInterruptMakesTheServedLevelTheLowest() {
        edge(master, 3);
        master.acknowledge();
        master.out(0, 1, 0xa0);
        edge(master, 3);
        edge(master, 6);
        assertEquals(0x0e, master.acknowledge());
    }

    @Test
    void rotationInAutomaticModeGoesRound() {
        initialize(master, 0x11, 0x08, 0x04, 0x03);
        master.out(0, 1, 0x80);
        edge(master, 0);
        edge(master, 1);
        assertEquals(0x08, master.acknowledge());
        edge(master, 0);
        assertEquals(0x09, master.acknowledge());
        master.out(0, 1, 0x00);
        assertEquals(0x08, master.acknowledge());
        edge(master, 0);
        edge(master, 7);
        assertEquals(0x0f, master.acknowledge());
    }

    @Test
    void specificRotationSetsTheLowestPriority() {
        master.out(0, 1, 0xc4);
        edge(master, 4);
        edge(master, 5);
        assertEquals(0x0d, master.acknowledge());
        master.out(0, 1, 0xe5);
        assertEquals(0, read(master, READ_ISR));
        edge(master, 5);
        edge(master, 6);
        assertEquals(0x0e, master.acknowledge());
    }

    @Test
    void inSpecialMaskModeAMaskedLevelInServiceLocksNobodyOut() {
        edge(master, 1);
        master.acknowledge();
        edge(master, 4);
        assertFalse(intr.high());
        master.out(1, 1, 0x02);
        master.out(0, 1, 0x68);
        assertTrue(intr.high());
        assertEquals(0x0c, master.acknowledge());
        // A non-specific EOI does not end the masked one.
        master.out(0, 1, EOI);
        assertEquals(0x02, read(master, READ_ISR));
        master.out(0, 1, EOI);
        assertEquals(0x02, read(master, READ_ISR));
        master.out(0, 1, 0x48);
        master.out(0, 1, EOI);
        assertEquals(0, read(master, READ_ISR));
    }

    @Test
    void aPollAcknowledgesOnce() {
        edge(master, 5);
        master.out(0, 1, POLL);
        assertEquals(0x85, master.in(0, 1));
        assertEquals(0x20, read(master, READ_ISR));
        assertFalse(intr.high());
        master.out(0, 1, POLL);
        assertEquals(0, master.in(0, 1) & 0x80);
        assertEquals(0x20, master.in(0, 1));
    }

    @Test
    void theMaskIsReadFromTheOddPort() {
        slave.out(1, 1, 0x5a);
        assertEquals(0x5a, slave.in(1, 1));
    }

    @Test
    void aThirdChipIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Pic8259("pic2", master));
        assertThrows(IllegalArgumentException.class, () -> new Pic8259("pic2", slave));
    }

    @Test
    void acknowledgingWhileTheSlaveIsWrittenUnderItsOwnMonitorDoesNotDeadlock() {
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    Thread guest =
                            Thread.ofPlatform()
                                    .start(
                                            () -> {
                                                for (int i = 0; i < 50_000; i++) {
                                                    synchronized (slave) {
                                                        slave.line(1, (i & 1) != 0);
                                                        slave.out(0, 1, EOI);
                                                    }
                                                }
                                            });
                    for (int i = 0; i < 50_000; i++) {
                        master.acknowledge();
                        master.out(0, 1, EOI);
                    }
                    guest.join();
                });
    }
}
