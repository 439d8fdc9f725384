package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IoSpace;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Locked accesses of two processors to the same memory. */
class LocksTest {
    private static final int TIMES = 200_000;

    private static void prepare(Cpu c) {
        c.cr0 = CpuSystem.CR0_PE | CpuSystem.CR0_ET;
        c.shared = true;
        c.modeChanged();
    }

    /** Counts, with a TLB that is always empty or hardly ever. */
    private static void count(Cpu c, long va, boolean empty, CountDownLatch start) {
        start.countDown();
        while (start.getCount() > 0) {
            Thread.onSpinWait();
        }
        for (int k = 0; k < TIMES; k++) {
            if (empty) {
                c.flush(true);
            }
            long old;
            do {
                old = c.load(va, 4);
            } while (!c.compareAndStore(va, 4, old, old + 1));
        }
    }

    @Test
    void noCountIsLostWhenTheTlbDoesNotKnowThePage() throws InterruptedException {
        try (Bench b = new Bench()) {
            Cpu other =
                    new Cpu(
                            b.physical,
                            new IoSpace(),
                            new ProcessorModel(-1L, 0, 39, true, 1, List.of()),
                            new FixedApic());
            prepare(b.cpu);
            prepare(other);
            CountDownLatch start = new CountDownLatch(2);
            Thread thread = new Thread(() -> count(other, Bench.DATA + 4, true, start));
            thread.start();
            count(b.cpu, Bench.DATA + 4, false, start);
            thread.join();
            other.free();
            assertEquals(2 * TIMES, b.memory.readInt(Bench.DATA + 4));
            assertEquals(0, b.memory.readInt(Bench.DATA));
            assertEquals(0, b.memory.readInt(Bench.DATA + 8));
        }
    }

    @Test
    void aLockedStoreIntoDecodedCodeIsSeen() {
        try (Bench b = new Bench().flat32()) {
            b.cpu.shared = true;
            // mov eax,5, executed twice, its immediate replaced in between
            b.code("b8 05000000");
            b.steps(1);
            assertTrue(b.cpu.compareAndStore(Bench.CODE + 1, 4, 5, 6));
            assertFalse(b.cpu.compareAndStore(Bench.CODE + 1, 4, 5, 7));
            b.cpu.rip = Bench.CODE;
            b.steps(1);
            assertEquals(6, b.reg(CpuRegisters.RAX));
        }
    }

    @Test
    void aLockedAccessAcrossCellsAndPagesWorks() {
        try (Bench b = new Bench().flat32()) {
            b.cpu.shared = true;
            long va = Bench.DATA + 0xffe;
            assertTrue(b.cpu.compareAndStore(va, 4, 0, 0x1234_5678));
            assertFalse(b.cpu.compareAndStore(va, 4, 0, 1));
            assertEquals(0x1234_5678, b.memory.readInt(va));
        }
    }
}
