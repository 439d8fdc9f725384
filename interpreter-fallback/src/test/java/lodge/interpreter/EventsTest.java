package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** Exceptions, software and external interrupts, and what becomes of faults in their delivery. */
class EventsTest {
    private static final int UD = GuestFault.UD;

    private static SystemBench start() {
        return new SystemBench();
    }

    @Test
    void anInterruptInRealModePushesThreeWordsAndIretTakesThemBack() {
        try (SystemBench b = start().real16()) {
            b.bench.memory.writeInt(4 * 0x21, 0x0020_0300);
            b.bench.put(0x500, "cf");
            b.code("cd21");
            b.cpu.writeFlags(CpuRegisters.IF | CpuRegisters.CF, -1);
            b.step();
            assertEquals(0x300, b.cpu.rip);
            assertEquals(0x20, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(Bench.CODE + 2, b.stack(0, 2));
            assertEquals(0, b.stack(1, 2));
            assertEquals(0x203, b.stack(2, 2));
            assertEquals(0, b.cpu.systemFlags & CpuRegisters.IF);
            b.step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(0x203, b.cpu.flags());
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aFaultFromLevel3EntersLevel0OnItsStack() {
        try (SystemBench b = start().flat32().user()) {
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * UD, b.cpu.rip);
            assertEquals(0, b.cpu.cpl);
            assertEquals(SystemBench.INNER_STACK - 20, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.CODE, b.stack(0, 4));
            assertEquals(SystemBench.CODE3, b.stack(1, 4));
            assertEquals(0x10002, b.stack(2, 4));
            assertEquals(Bench.STACK, b.stack(3, 4));
            assertEquals(SystemBench.DATA3, b.stack(4, 4));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "cf");
            b.step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(Bench.CODE, b.cpu.rip);
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aFaultIn64BitModePushesFiveQuadwordsOnAnAlignedStack() {
        try (SystemBench b = start().long64()) {
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 3);
            b.code("0f0b").step();
            assertEquals(SystemBench.HANDLER + 16 * UD, b.cpu.rip);
            assertEquals(Bench.STACK - 16 - 40, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.STACK - 3, b.stack(3, 8));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "48cf");
            b.step();
            assertEquals(Bench.STACK - 3, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.CODE, b.cpu.rip);
        }
    }

    @Test
    void aFaultFromLevel3In64BitModeLeavesANullStackSegment() {
        try (SystemBench b = start().long64().user()) {
            b.code("0f0b").step();
            assertEquals(SystemBench.INNER_STACK - 40, b.reg(CpuRegisters.RSP));
            assertEquals(0, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(SystemBench.DATA3, b.stack(4, 8));
            b.bench.put(SystemBench.HANDLER + 16 * UD, "48cf");
            b.step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(SystemBench.DATA3, b.cpu.selector[CpuRegisters.SS]);
            assertFalse(b.cpu.careful && (b.cpu.systemFlags & CpuRegisters.RF) == 0);
        }
    }
}
