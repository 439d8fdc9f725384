package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;
import static lodge.interpreter.apic.Board.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

/** An interrupt's way costs no memory. */
class ApicAllocationTest {
    private static final int ROUNDS = 20_000;

    /** Far below one byte an interrupt; the measurement itself takes some. */
    private static final long TOLERATED = 4096;

    private final Board board = Board.enabled(2);
    private long taken;

    @Test
    void noInterruptAllocates() {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean,
                "This virtual machine does not count allocations: run the test on HotSpot.");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        board.bus.onEoi(vector -> {});
        board.bus.externalInterrupts(() -> 0x31);
        write(board.apic(), LVT_LINT0, 0x700);
        write(board.apic(), LVT_TIMER, 0x80);
        write(board.apic(), LVT_ERROR, 0x81);
        Board.toX2Apic(board.apics.get(1));
        work();
        long before = threads.getCurrentThreadAllocatedBytes();
        work();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < TOLERATED, allocated + " bytes");
        // Message, timer, error and 8259 on the first; two IPIs and a message on the second.
        assertEquals(2 * 7 * ROUNDS, taken);
    }

    private void work() {
        LocalApic first = board.apics.get(0);
        LocalApic second = board.apics.get(1);
        for (int i = 0; i < ROUNDS; i++) {
            board.bus.sendMsi(Board.MSI, Board.LEVEL | 0x90);
            board.bus.sendMsi(Board.MSI | 1 << 12, 1 << 8 | 0x91);
            write(first, ICR_HIGH, 1 << 24);
            write(first, ICR, 0x4040);
            second.writeMsr(MSR_FIRST + ICR, 1L << 32 | 0x4050);
            first.read(0, 4);
            write(first, INITIAL_COUNT, 1);
            board.time.advance(100);
            board.bus.intr().line(0, true);
            taken += first.takeInterrupt() >= 0 ? 1 : 0;
            board.bus.intr().line(0, false);
            for (int v = first.takeInterrupt(); v >= 0; v = first.takeInterrupt()) {
                taken++;
                write(first, EOI, 0);
            }
            for (int v = second.takeInterrupt(); v >= 0; v = second.takeInterrupt()) {
                taken++;
                second.writeMsr(MSR_FIRST + EOI, 0);
            }
            write(first, ESR, 0);
            first.cr8(i & 1);
        }
    }
}
