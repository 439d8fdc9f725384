package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.drain;
import static lodge.interpreter.apic.Board.read;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LocalApicState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** IA32_APIC_BASE, x2APIC mode (SDM vol. 3A, 11.12) and saved states. */
class ApicModesTest {
    private static final long BASE = 0xfee0_0100L;
    private static final long ON = BASE | BASE_ENABLED;
    private static final long EXTENDED = ON | BASE_X2APIC;
    private static final long INVALID = BASE | BASE_X2APIC;

    private static LocalApic x2Apic() {
        return Board.x2Apic(1).apic();
    }

    private static long msr(LocalApic apic, int register) {
        assertTrue(apic.readMsr(MSR_FIRST + register), "register 0x%x".formatted(register));
        return apic.msrValue();
    }

    private static boolean write2(LocalApic apic, int register, long value) {
        return apic.writeMsr(MSR_FIRST + register, value);
    }

    private static LocalApic in(long mode) {
        LocalApic apic = new Board(1).apic();
        if (mode != ON) {
            assertTrue(apic.writeMsr(MSR_BASE, mode));
        }
        return apic;
    }

    @Test
    void onlyTheTransitionsOfTheArchitectureAreAllowed() {
        long[] modes = {BASE, ON, EXTENDED};
        for (long from : modes) {
            for (long to : new long[] {BASE, ON, EXTENDED, INVALID}) {
                boolean allowed =
                        to != INVALID
                                && !(from == EXTENDED && to == ON)
                                && !(from == BASE && to == EXTENDED);
                LocalApic apic = in(from);
                assertEquals(allowed, apic.writeMsr(MSR_BASE, to), from + " to " + to);
                assertTrue(apic.readMsr(MSR_BASE));
                assertEquals(allowed ? to : from, apic.msrValue());
                assertEquals(apic.msrValue() == ON ? 0xfee0_0000L : -1, apic.page());
            }
        }
    }

    @Test
    void thePageMoves() {
        LocalApic apic = in(ON);
        assertTrue(apic.writeMsr(MSR_BASE, 0xff_ffff_f900L));
        assertEquals(0xff_ffff_f000L, apic.page());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1 << 7, 1 << 9, 1L << 40, 1L << 63})
    void reservedBitsOfTheBaseAreRefused(long bit) {
        LocalApic apic = in(ON);
        assertFalse(apic.writeMsr(MSR_BASE, ON | bit));
        assertTrue(apic.writeMsr(MSR_BASE, ON & ~BASE_BSP));
    }

    @Test
    void withoutTheFeatureThereIsNoX2Apic() {
        LocalApic apic = new Board(1, new ApicFeatures(false, true, 40)).apic();
        assertFalse(apic.writeMsr(MSR_BASE, EXTENDED));
        assertFalse(apic.readMsr(MSR_FIRST + ID));
        apic.load(new LocalApicState(EXTENDED, new byte[LocalApicState.SIZE]));
        assertEquals(0xfee0_0000L, apic.page());
    }

    @Test
    void inXapicModeNoRegisterIsAnMsr() {
        LocalApic apic = in(ON);
        for (int index = MSR_FIRST; index <= MSR_LAST; index++) {
            assertTrue(LocalApic.ownsMsr(index));
            assertFalse(apic.readMsr(index));
            assertFalse(apic.writeMsr(index, 0));
        }
        assertFalse(LocalApic.ownsMsr(MSR_FIRST - 1));
        assertFalse(LocalApic.ownsMsr(MSR_LAST + 1));
        assertTrue(LocalApic.ownsMsr(MSR_BASE));
        assertTrue(LocalApic.ownsMsr(MSR_TSC_DEADLINE));
    }

    @Test
    void everyX2ApicRegisterIsReadAndWrittenAsTheTableSays() {
        Set<Integer> readable = new TreeSet<>(Set.of(ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR));
        readable.addAll(Set.of(INITIAL_COUNT, CURRENT_COUNT, DIVIDE));
        Set<Integer> writable = new TreeSet<>(Set.of(TPR, EOI, SVR, ESR, ICR, SELF_IPI));
        writable.addAll(Set.of(INITIAL_COUNT, DIVIDE));
        for (int i = LVT_TIMER; i <= LVT_ERROR; i++) {
            readable.add(i);
            writable.add(i);
        }
        for (int i = ISR; i < ESR; i++) {
            readable.add(i);
        }
        for (int register = 0; register <= MSR_LAST - MSR_FIRST; register++) {
            LocalApic apic = x2Apic();
            String which = "register 0x%x".formatted(register);
            assertEquals(readable.contains(register), apic.readMsr(MSR_FIRST + register), which);
            assertEquals(writable.contains(register), write2(apic, register, 0), which);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0x08, 0xff",
        "0x0b, 0",
        "0x0f, 0x3ff",
        "0x28, 0",
        "0x32, 0x710ff",
        "0x33, 0x117ff",
        "0x34, 0x117ff",
        "0x35, 0x1f7ff",
        "0x36, 0x1f7ff",
        "0x37, 0x110ff",
        "0x38, 0xffffffff",
        "0x3e, 0xb",
        "0x3f, 0xff",
        "0x30, 0xffffffff000ccfff"
    })
    void aReservedBitIsRefused(String number, String bits) {
        int register = Integer.decode(number);
        long allowed = Long.parseUnsignedLong(bits.replace("0x", ""), 16);
        for (int bit = 0; bit < 64; bit++) {
            boolean may = (allowed >>> bit & 1) != 0;
            assertEquals(may, write2(x2Apic(), register, 1L << bit), number + " bit " + bit);
        }
    }

    @Test
    void theEntryForMachineChecksIsThereWithSevenEntries() {
        LocalApic apic = in(ON);
        LocalApicState state = apic.save();
        byte[] page = state.registers().clone();
        page[VERSION << 4 | 2] = 6;
        apic.load(new LocalApicState(ON, page));
        write(apic, SVR, 0x1ff);
        write(apic, LVT_CMCI, 0x2ff);
        assertEquals(0x0006_0014, read(apic, VERSION));
        assertEquals(0x2ff, read(apic, LVT_CMCI));
        assertEquals(0, Board.errors(apic));
        apic.init();
        assertEquals(0x0006_0014, read(apic, VERSION), "INIT leaves the version");
        assertEquals(1 << 16, read(apic, LVT_CMCI));
    }

    @Test
    void identifiersAreWideInX2ApicMode() {
        Board board = Board.x2Apic(0x23);
        LocalApic apic = board.apics.get(0x22);
        assertEquals(0x22, msr(apic, ID));
        assertEquals(2 << 16 | 1 << 2, msr(apic, LDR));
    }

    @Test
    void theCommandRegisterHas64BitsInX2ApicMode() {
        LocalApic apic = x2Apic();
        assertTrue(write2(apic, ICR, 0x1234_5678_0000_4033L));
        assertEquals(0x1234_5678_0000_4033L, msr(apic, ICR));
    }

    @Test
    void mostRegistersStayWhenX2ApicModeBegins() {
        Board board = Board.enabled(1);
        LocalApic apic = board.apic();
        write(apic, TPR, 0x30);
        write(apic, LVT_TIMER, 0x44);
        write(apic, ICR_HIGH, 0x0500_0000);
        board.bus.sendMsi(Board.MSI, 0x77);
        Board.toX2Apic(apic);
        assertEquals(0x30, msr(apic, TPR));
        assertEquals(0x44, msr(apic, LVT_TIMER));
        assertEquals(0x1ff, msr(apic, SVR));
        assertEquals(0, msr(apic, ICR));
        assertEquals(List.of(0x77), drain(apic));
    }

    @Test
    void initLeavesX2ApicModeAlone() {
        LocalApic apic = x2Apic();
        write2(apic, TPR, 0x30);
        apic.init();
        assertEquals(0, msr(apic, TPR));
        assertEquals(0xff, msr(apic, SVR));
        assertEquals(1, msr(apic, LDR));
        assertEquals(-1, apic.page());
    }

    @Test
    void aSelfIpiComesAtOnce() {
        LocalApic apic = x2Apic();
        assertTrue(write2(apic, SELF_IPI, 0x59));
        assertEquals(List.of(0x59), drain(apic));
        assertTrue(write2(apic, SELF_IPI, 5));
        assertTrue(write2(apic, ESR, 0));
        assertEquals(ESR_SEND_ILLEGAL_VECTOR | ESR_RECEIVE_ILLEGAL_VECTOR, msr(apic, ESR));
        assertEquals(-1, apic.pendingVector());
    }

    @Test
    void aStateSurvivesSavingAndLoading() {
        Board board = Board.enabled(1);
        LocalApic apic = board.apic();
        board.bus.sendMsi(Board.MSI, 0x61 | Board.LEVEL);
        board.bus.sendMsi(Board.MSI, 0x91);
        board.bus.sendMsi(Board.MSI, 3);
        apic.accept(0x91);
        write(apic, TPR, 0x25);
        write(apic, LVT_LINT0, 0x48 | 1 << 15);
        board.bus.intr().line(0, true);
        write(apic, LVT_LINT1, 0x400);
        write(apic, DIVIDE, 0xb);
        write(apic, LVT_TIMER, 0x200ee);
        write(apic, INITIAL_COUNT, 777_777);
        write(apic, LDR, 0x0200_0000);
        write(apic, DFR, 0);
        write(apic, ICR_HIGH, 0x0900_0000);
        write(apic, ICR, 0x40fc);
        LocalApicState saved = apic.save();
        LocalApic other = new Board(1).apic();
        other.load(saved);
        assertEquals(saved.apicBase(), other.save().apicBase());
        assertArrayEquals(saved.registers(), other.save().registers());
        assertEquals(0x90, read(other, PPR));
        Board.eoi(other);
        assertEquals(0x61, other.pendingVector());
        assertEquals(ESR_RECEIVE_ILLEGAL_VECTOR, Board.errors(other));
        other.load(LocalApicState.reset(0, true));
        assertArrayEquals(LocalApicState.reset(0, true).registers(), other.save().registers());
    }

    @Test
    void anX2ApicStateSurvivesToo() {
        Board board = Board.x2Apic(3);
        LocalApic apic = board.apics.get(2);
        write2(apic, ICR, 0x0000_0077_0000_40fcL);
        LocalApicState saved = apic.save();
        assertEquals(2, saved.registers()[ID << 4 | 3]);
        LocalApic other = new Board(3).apics.get(2);
        other.load(saved);
        assertArrayEquals(saved.registers(), other.save().registers());
        assertEquals(0x0000_0077_0000_40fcL, msr(other, ICR));
        assertEquals(2, msr(other, ID));
    }

    @Test
    void anExternalInterruptThatWaitsIsPartOfTheState() {
        Board board = Board.enabled(1);
        board.bus.sendMsi(Board.MSI, EXT_INT << 8);
        Board other = Board.enabled(1);
        other.apic().load(board.apic().save());
        assertTrue(other.apic().externalInterruptPending());
    }

    @Test
    void anythingAsAStateMakesAPossibleApic() {
        SplittableRandom random = new SplittableRandom(20);
        for (int i = 0; i < 3000; i++) {
            byte[] page = new byte[random.nextInt(1100)];
            random.nextBytes(page);
            Board board = new Board(1);
            LocalApic apic = board.apic();
            apic.load(new LocalApicState(random.nextLong(), page));
            LocalApicState first = apic.save();
            LocalApic again = new Board(1).apic();
            again.load(first);
            assertArrayEquals(first.registers(), again.save().registers());
            assertEquals(first.apicBase(), again.save().apicBase());
            Invariants.check(apic);
            board.time.advance(1000);
            drain(apic);
            Invariants.check(apic);
        }
    }

    @Test
    void physicalAddressesHaveAWidth() {
        assertThrows(IllegalArgumentException.class, () -> new ApicFeatures(true, true, 31));
        assertThrows(IllegalArgumentException.class, () -> new ApicFeatures(true, true, 53));
    }
}
