package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.drain;
import static lodge.interpreter.apic.Board.eoi;
import static lodge.interpreter.apic.Board.errors;
import static lodge.interpreter.apic.Board.read;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LocalApicState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Registers, priorities, pins and errors in xAPIC mode (SDM vol. 3A, chapter 11). */
class LocalApicTest {
    private static final int MASKED = 1 << 16;
    private static final int LEVEL = 1 << 15;
    private static final int REMOTE_IRR = 1 << 14;

    private final Board board = Board.enabled(1);
    private final LocalApic apic = board.apic();
    private final Board.Processor processor = board.processor();

    private void message(int vector) {
        board.bus.sendMsi(Board.MSI, vector);
    }

    @Test
    void afterPowerOnItIsAsTheArchitectureSays() {
        LocalApic fresh = new Board(3).apics.get(2);
        LocalApicState expected = LocalApicState.reset(2, false);
        assertEquals(expected.apicBase(), fresh.save().apicBase());
        assertArrayEquals(expected.registers(), fresh.save().registers());
        assertEquals(0x0005_0014, read(fresh, VERSION));
        assertEquals(2 << 24, read(fresh, ID));
        assertEquals(-1, read(fresh, DFR));
        assertEquals(0xfee0_0000L, fresh.page());
        assertFalse(fresh.mayInterrupt());
    }

    @Test
    void onlyTheBitsThatExistCanBeWritten() {
        write(apic, ID, -1);
        assertEquals(0xff00_0000, read(apic, ID));
        write(apic, LDR, -1);
        assertEquals(0xff00_0000, read(apic, LDR));
        write(apic, DFR, 0);
        assertEquals(0x0fff_ffff, read(apic, DFR));
        write(apic, TPR, -1);
        assertEquals(0xff, read(apic, TPR));
        write(apic, SVR, -1);
        assertEquals(0x3ff, read(apic, SVR));
        write(apic, DIVIDE, -1);
        assertEquals(0xb, read(apic, DIVIDE));
        write(apic, LVT_TIMER, -1);
        assertEquals(0x700ff, read(apic, LVT_TIMER));
        write(apic, LVT_THERMAL, -1);
        assertEquals(0x107ff, read(apic, LVT_THERMAL));
        write(apic, LVT_PERFORMANCE, -1);
        assertEquals(0x107ff, read(apic, LVT_PERFORMANCE));
        write(apic, LVT_LINT0, -1);
        assertEquals(0x1a7ff, read(apic, LVT_LINT0));
        write(apic, LVT_LINT1, -1);
        assertEquals(0x1a7ff, read(apic, LVT_LINT1));
        write(apic, LVT_ERROR, -1);
        assertEquals(0x100ff, read(apic, LVT_ERROR));
        write(apic, ICR_HIGH, -1);
        assertEquals(0xff00_0000, read(apic, ICR_HIGH));
    }

    @Test
    void registersThatAreOnlyReadIgnoreWrites() {
        for (int register : new int[] {VERSION, PPR, CURRENT_COUNT, ISR, TMR + 3, IRR + 7}) {
            int before = read(apic, register);
            write(apic, register, ~before);
            assertEquals(before, read(apic, register), "register " + register);
        }
        assertEquals(0, errors(apic));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x04, 0x29, 0x2e, 0x2f, 0x3a, 0x3f, 0x40, 0xff})
    void aReservedRegisterIsAnIllegalAccess(int register) {
        assertEquals(0, read(apic, register));
        assertEquals(ESR_ILLEGAL_REGISTER, errors(apic));
        write(apic, register, 0);
        assertEquals(ESR_ILLEGAL_REGISTER, errors(apic));
        assertEquals(0, errors(apic));
    }

    @Test
    void arbitrationPriorityAndRemoteReadAreNoIllegalAccess() {
        assertEquals(0, read(apic, APR));
        assertEquals(0, read(apic, RRD));
        write(apic, APR, 5);
        write(apic, RRD, 5);
        assertEquals(0, read(apic, EOI));
        assertEquals(0, errors(apic));
    }

    @Test
    void partsOfARegisterAreReadButOnlyWholeOnesWritten() {
        write(apic, LDR, 0xab00_0000);
        assertEquals(0xabL, apic.read(LDR << 4 | 3, 1));
        assertEquals(0xab00L, apic.read(LDR << 4 | 2, 2));
        assertEquals(0xab00_0000L, apic.read(LDR << 4, 4));
        assertEquals(0xab00_0000L, apic.read(LDR << 4, 8));
        assertEquals(0, apic.read(LDR << 4 | 4, 4));
        apic.write(LDR << 4, 1, 0);
        apic.write(LDR << 4 | 8, 4, 0);
        apic.write(LDR << 4, 8, 0);
        assertEquals(0xab00_0000L, apic.read(LDR << 4, 4));
        apic.write(LDR << 4, 4, 0x1234_5678_9abc_def0L);
        assertEquals(0x9a00_0000L, apic.read(LDR << 4, 4));
    }

    @Test
    void anInterruptGoesFromRequestedToServiceToDone() {
        message(0x51);
        assertTrue(apic.mayInterrupt());
        assertEquals(1, processor.attentions.get());
        assertEquals(1 << 17, read(apic, IRR + 2));
        assertEquals(0x51, apic.pendingVector());
        apic.accept(0x51);
        assertEquals(0, read(apic, IRR + 2));
        assertEquals(1 << 17, read(apic, ISR + 2));
        assertEquals(0x50, read(apic, PPR));
        assertEquals(-1, apic.pendingVector());
        assertFalse(apic.mayInterrupt());
        eoi(apic);
        assertEquals(0, read(apic, ISR + 2));
        assertEquals(0, read(apic, PPR));
        assertTrue(board.ended.isEmpty(), "the end of an edge is nobody's business");
    }

    @Test
    void theSameVectorWaitsOnceWhileItIsInService() {
        message(0x40);
        message(0x40);
        apic.accept(apic.pendingVector());
        message(0x40);
        message(0x40);
        assertEquals(-1, apic.pendingVector());
        eoi(apic);
        assertEquals(List.of(0x40), drain(apic));
    }

    @Test
    void aHigherClassInterruptsALowerOneButNotItsOwn() {
        message(0x45);
        apic.accept(0x45);
        message(0x4f);
        assertEquals(-1, apic.pendingVector());
        message(0x50);
        assertEquals(0x50, apic.pendingVector());
        apic.accept(0x50);
        assertEquals(0x50, read(apic, PPR));
        int before = processor.attentions.get();
        eoi(apic);
        assertEquals(0x40, read(apic, PPR));
        assertEquals(before, processor.attentions.get());
        eoi(apic);
        assertEquals(before + 1, processor.attentions.get(), "0x4f can be delivered now");
        assertEquals(0x4f, apic.pendingVector());
        eoi(apic);
    }

    @Test
    void theTaskPriorityHoldsInterruptsBack() {
        write(apic, TPR, 0x42);
        assertEquals(0x42, read(apic, PPR));
        assertEquals(4, apic.cr8());
        message(0x4f);
        assertEquals(-1, apic.pendingVector());
        assertTrue(apic.mayInterrupt());
        int before = processor.attentions.get();
        apic.cr8(3);
        assertEquals(0x30, read(apic, TPR));
        assertEquals(before + 1, processor.attentions.get());
        assertEquals(0x4f, apic.pendingVector());
        apic.accept(0x4f);
        assertEquals(0x40, read(apic, PPR));
        write(apic, TPR, 0x47);
        assertEquals(0x47, read(apic, PPR), "the task's subclass where the classes are equal");
        apic.cr8(15);
        message(0xff);
        assertEquals(-1, apic.pendingVector());
    }

    @Test
    void anEndWithoutAnInterruptIsNothing() {
        eoi(apic);
        assertTrue(board.ended.isEmpty());
        assertEquals(0, errors(apic));
    }

    @Test
    void theEndOfALevelIsToldToTheBoard() {
        board.bus.sendMsi(Board.MSI, 0x60 | Board.LEVEL);
        assertEquals(1, read(apic, TMR + 3));
        apic.accept(0x60);
        eoi(apic);
        assertEquals(List.of(0x60), board.ended);
        message(0x60);
        assertEquals(0, read(apic, TMR + 3));
        drain(apic);
        assertEquals(List.of(0x60), board.ended);
    }

    @Test
    void theEndOfALevelIsKeptFromTheBoardWhereSoftwareDoesThat() {
        LocalApicState state = apic.save();
        byte[] page = state.registers().clone();
        page[VERSION << 4 | 3] = 1;
        apic.load(new LocalApicState(state.apicBase(), page));
        write(apic, SVR, 0x11ff);
        assertEquals(0x11ff, read(apic, SVR));
        board.bus.sendMsi(Board.MSI, 0x60 | Board.LEVEL);
        assertEquals(List.of(0x60), drain(apic));
        assertTrue(board.ended.isEmpty());
        write(apic, SVR, 0x1ff);
        board.bus.sendMsi(Board.MSI, 0x60 | Board.LEVEL);
        drain(apic);
        assertEquals(List.of(0x60), board.ended);
    }

    @Test
    void vectorsBelowSixteenAreErrors() {
        message(0x0f);
        assertEquals(-1, apic.pendingVector());
        assertEquals(0, read(apic, IRR));
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR, errors(apic));
        message(0x10);
        assertEquals(0x10, apic.pendingVector());
    }

    @Test
    void errorsCanBeReadAfterAWriteAndInterruptOnce() {
        write(apic, LVT_ERROR, 0xe0);
        message(1);
        assertEquals(0, read(apic, ESR), "not yet written");
        assertEquals(List.of(0xe0), drain(apic));
        read(apic, 0x3f);
        assertEquals(-1, apic.pendingVector(), "not armed again");
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR | ESR_ILLEGAL_REGISTER, errors(apic));
        message(1);
        assertEquals(List.of(0xe0), drain(apic));
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR, errors(apic));
        assertEquals(0, errors(apic));
    }

    @Test
    void aMaskedErrorIsCollectedAndTheNextOneInterrupts() {
        message(1);
        assertEquals(-1, apic.pendingVector());
        write(apic, LVT_ERROR, 0xe0);
        message(2);
        assertEquals(List.of(0xe0), drain(apic));
    }

    @Test
    void anErrorInterruptWithAnIllegalVectorIsAnErrorItself() {
        write(apic, LVT_ERROR, 0x05);
        read(apic, 0x3f);
        assertEquals(-1, apic.pendingVector());
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR | ESR_ILLEGAL_REGISTER, errors(apic));
    }

    @Test
    void disabledBySoftwareItAcceptsOnlyWhatCannotBeMasked() {
        write(apic, LVT_LINT0, 0x700);
        message(0x70);
        write(apic, SVR, 0xff);
        assertEquals(0x10700, read(apic, LVT_LINT0), "all entries are masked");
        write(apic, LVT_LINT0, 0x700);
        assertEquals(0x10700, read(apic, LVT_LINT0), "and stay so");
        message(0x80);
        board.bus.sendMsi(Board.MSI, 0x80 | 1 << 8);
        assertEquals(List.of(0x70), drain(apic), "what was requested is held");
        board.bus.sendMsi(Board.MSI, NMI << 8);
        board.bus.sendMsi(Board.MSI, SMI << 8);
        board.bus.sendMsi(Board.MSI, INIT << 8);
        assertEquals(1, processor.nmis.get());
        assertEquals(1, processor.smis.get());
        assertEquals(1, processor.inits.get());
        write(apic, SVR, 0x1ff);
        assertEquals(0x10700, read(apic, LVT_LINT0), "software unmasks them");
    }

    @Test
    void disabledAltogetherThePinsAreThoseOfAProcessorWithoutApic() {
        board.bus.externalInterrupts(() -> 0x33);
        write(apic, LDR, 0x0100_0000);
        message(0x70);
        assertTrue(apic.writeMsr(MSR_BASE, 0xfee0_0100L));
        assertEquals(-1, apic.page());
        assertEquals(-1, apic.pendingVector());
        message(0x71);
        board.bus.sendMsi(Board.MSI, NMI << 8);
        assertEquals(0, processor.nmis.get());
        assertFalse(apic.externalInterruptPending());
        board.bus.intr().line(0, true);
        assertTrue(apic.externalInterruptPending());
        assertEquals(0x33, apic.takeInterrupt());
        board.bus.nmi(true);
        assertEquals(1, processor.nmis.get());
        assertTrue(apic.writeMsr(MSR_BASE, 0xfee0_0900L));
        assertEquals(0, read(apic, LDR), "its registers were lost");
        assertEquals(0xff, read(apic, SVR));
        assertFalse(apic.externalInterruptPending(), "LINT0 is masked");
    }

    @Test
    void initResetsAllButTheIdentity() {
        write(apic, ID, 0x0700_0000);
        assertTrue(apic.writeMsr(MSR_BASE, 0xd000_0900L));
        message(0x70);
        message(0x80);
        apic.accept(0x80);
        write(apic, TPR, 0x20);
        write(apic, LVT_TIMER, 0x99);
        write(apic, INITIAL_COUNT, 1000);
        write(apic, LDR, 0x0100_0000);
        write(apic, DFR, 0);
        message(2);
        apic.init();
        byte[] expected = LocalApicState.reset(7, true).registers();
        assertArrayEquals(expected, apic.save().registers());
        assertEquals(0xd000_0000L, apic.page());
        board.time.advance(10_000);
        assertFalse(apic.mayInterrupt());
        assertEquals(0, errors(apic));
    }

    @Test
    void theExternalInterruptComesThroughLint0() {
        board.bus.externalInterrupts(() -> 0x20);
        board.bus.intr().line(0, true);
        assertFalse(apic.externalInterruptPending());
        int before = processor.attentions.get();
        write(apic, LVT_LINT0, 0x700);
        assertEquals(before + 1, processor.attentions.get());
        assertTrue(apic.externalInterruptPending());
        message(0xf0);
        write(apic, TPR, 0xff);
        assertEquals(0x20, apic.takeInterrupt(), "priorities do not hold it back");
        assertEquals(0xff, read(apic, PPR));
        board.bus.intr().line(0, false);
        assertFalse(apic.externalInterruptPending());
        assertEquals(-1, apic.takeInterrupt());
        write(apic, TPR, 0);
        assertEquals(0xf0, apic.takeInterrupt());
        assertEquals(-1, apic.takeInterrupt());
    }

    @Test
    void withNobodyToAskThereIsNoExternalInterrupt() {
        write(apic, LVT_LINT0, 0x700);
        board.bus.intr().line(0, true);
        message(0x44);
        assertEquals(0x44, apic.takeInterrupt());
        assertEquals(-1, apic.acknowledgeExternal());
    }

    @Test
    void anExternalInterruptMessageWaitsUntilAcknowledged() {
        board.bus.externalInterrupts(() -> 0x21);
        board.bus.sendMsi(Board.MSI, EXT_INT << 8);
        assertTrue(apic.externalInterruptPending());
        assertEquals(0x21, apic.takeInterrupt());
        assertFalse(apic.externalInterruptPending());
    }

    @Test
    void anEdgeOnLint0InterruptsOnceForEachRise() {
        write(apic, LVT_LINT0, 0x48);
        board.bus.intr().line(0, true);
        board.bus.intr().line(0, true);
        assertEquals(List.of(0x48), drain(apic));
        write(apic, LVT_LINT0, 0x49);
        assertEquals(List.of(), drain(apic), "an edge that was before is over");
        board.bus.intr().line(0, false);
        board.bus.intr().line(0, true);
        assertEquals(List.of(0x49), drain(apic));
        assertEquals(0, read(apic, LVT_LINT0) & REMOTE_IRR);
    }

    @Test
    void aLevelOnLint0InterruptsUntilItGoes() {
        write(apic, LVT_LINT0, 0x48 | LEVEL);
        board.bus.intr().line(0, true);
        assertEquals(0x48 | LEVEL | REMOTE_IRR, read(apic, LVT_LINT0));
        apic.accept(apic.pendingVector());
        eoi(apic);
        assertEquals(0x48, apic.pendingVector(), "still high");
        apic.accept(0x48);
        board.bus.intr().line(0, false);
        eoi(apic);
        assertEquals(-1, apic.pendingVector());
        assertEquals(0x48 | LEVEL, read(apic, LVT_LINT0));
        write(apic, LVT_LINT0, 0x48 | LEVEL | MASKED);
        board.bus.intr().line(0, true);
        assertEquals(-1, apic.pendingVector());
        write(apic, LVT_LINT0, 0x48 | LEVEL);
        assertEquals(0x48, apic.pendingVector(), "unmasked while high");
        write(apic, LVT_LINT0, 0x48);
        assertEquals(0x48, read(apic, LVT_LINT0), "an edge has no remote IRR");
    }

    @Test
    void thePinsDeliverWhatTheirEntriesSay() {
        write(apic, LVT_LINT0, NMI << 8);
        board.bus.intr().line(0, true);
        assertEquals(1, processor.nmis.get());
        board.bus.intr().line(0, false);
        write(apic, LVT_LINT0, SMI << 8);
        board.bus.intr().line(0, true);
        assertEquals(1, processor.smis.get());
        board.bus.nmi(true);
        assertEquals(1, processor.nmis.get(), "LINT1 is masked");
        board.bus.nmi(false);
        write(apic, LVT_LINT1, NMI << 8);
        board.bus.nmi(true);
        assertEquals(2, processor.nmis.get());
        board.bus.nmi(false);
        write(apic, LVT_LINT1, INIT << 8);
        board.bus.nmi(true);
        assertEquals(1, processor.inits.get());
        board.bus.nmi(false);
        write(apic, LVT_LINT1, STARTUP << 8 | 0x55);
        board.bus.nmi(true);
        assertEquals(-1, processor.startup);
        board.bus.nmi(false);
        write(apic, LVT_LINT1, 0x66 | LEVEL);
        board.bus.nmi(true);
        apic.accept(apic.pendingVector());
        eoi(apic);
        assertEquals(-1, apic.pendingVector(), "LINT1 knows no levels");
    }

    @Test
    void anIllegalVectorInTheTableIsAnErrorWhenItsSourceInterrupts() {
        write(apic, LVT_LINT0, 0x03);
        assertEquals(0, errors(apic));
        board.bus.intr().line(0, true);
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR, errors(apic));
        assertNotEquals(3, apic.pendingVector());
    }
}
