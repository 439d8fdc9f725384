package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Single-step, breakpoints of the guest, and a debugger that the guest does not notice. */
class DebugTest {
    private static final int HANDLER_DB = SystemBench.HANDLER + 16 * GuestFault.DB;
    private static final int BS = 1 << 14;
    private static final int BD = 1 << 13;

    private static SystemBench start() {
        return new SystemBench().flat32();
    }

    private static void trap(SystemBench b) {
        b.cpu.writeFlags(CpuRegisters.TF, CpuRegisters.TF);
    }

    private static void breakpoint(SystemBench b, int n, long address, int kind, int length) {
        b.cpu.debug.write(n, address);
        b.cpu.debug.write(7, b.cpu.dr[7] | 2L << 2 * n | (long) (length << 2 | kind) << 16 + 4 * n);
    }

    @Test
    void aSingleStepTrapsBehindTheInstruction() {
        try (SystemBench b = start()) {
            trap(b);
            b.code("90").step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE + 1, b.stack(0, 4));
            assertEquals(CpuRegisters.TF | 2, b.stack(2, 4));
            assertEquals(BS, b.cpu.dr[6] & 0xe00f);
            assertEquals(0, b.cpu.systemFlags & CpuRegisters.TF);
        }
    }

    @Test
    void anInterruptInstructionIsNotTrapped() {
        try (SystemBench b = start()) {
            b.idt(0x50, SystemBench.gate(SystemBench.CODE0, 0x2000, 0x8f, 0));
            b.bench.put(0x2000, "cf");
            trap(b);
            b.code("cd50").step();
            assertEquals(0x2000, b.cpu.rip);
            b.step();
            // IRET set TF and is not trapped either.
            assertEquals(Bench.CODE + 2, b.cpu.rip);
        }
    }

    @Test
    void movToSsPutsTheTrapOffByOneInstruction() {
        try (SystemBench b = start()) {
            b.cpu.setReg64(CpuRegisters.RAX, SystemBench.DATA0);
            trap(b);
            b.code("8ed0 90").step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            b.step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE + 3, b.stack(0, 4));
        }
    }

    @Test
    void anInstructionBreakpointIsAFaultThatRfPasses() {
        try (SystemBench b = start()) {
            breakpoint(b, 0, Bench.CODE, 0, 0);
            b.bench.put(HANDLER_DB, "cf");
            b.code("90").step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE, b.stack(0, 4));
            assertEquals(0, b.stack(2, 4) & CpuRegisters.RF);
            assertEquals(1, b.cpu.dr[6] & 0xe00f);
            int image = (int) b.stack(2, 4) | CpuRegisters.RF;
            b.bench.memory.writeInt(b.reg(CpuRegisters.RSP) + 8, image);
            b.step();
            assertEquals(CpuRegisters.RF, b.cpu.systemFlags & CpuRegisters.RF);
            b.step();
            assertEquals(Bench.CODE + 1, b.cpu.rip);
            assertEquals(0, b.cpu.systemFlags & CpuRegisters.RF);
        }
    }

    @Test
    void aDataBreakpointTrapsBehindTheStore() {
        try (SystemBench b = start()) {
            breakpoint(b, 1, Bench.DATA + 2, 1, 1);
            b.cpu.setReg64(CpuRegisters.RAX, 0x1234_5678);
            // mov eax,[4000]; mov [4000],eax
            b.code("a1 00400000 a3 00400000").step();
            assertEquals(Bench.CODE + 5, b.cpu.rip);
            b.step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE + 10, b.stack(0, 4));
            assertEquals(2, b.cpu.dr[6] & 0xe00f);
        }
    }

    @Test
    void aDataBreakpointOnMovToSsWaitsForTheNextInstruction() {
        try (SystemBench b = start()) {
            breakpoint(b, 3, Bench.DATA, 3, 1);
            b.bench.memory.writeInt(Bench.DATA, SystemBench.DATA0);
            b.code("8e15 00400000 90").step();
            assertEquals(Bench.CODE + 6, b.cpu.rip);
            b.step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE + 7, b.stack(0, 4));
            assertEquals(8, b.cpu.dr[6] & 0xe00f);
        }
    }

    @Test
    void aRepeatedStringInstructionTrapsBehindEveryIterationWithRf() {
        try (SystemBench b = start()) {
            b.cpu.setReg64(CpuRegisters.RCX, 2);
            b.cpu.setReg64(CpuRegisters.RDI, Bench.DATA);
            b.bench.put(HANDLER_DB, "cf");
            trap(b);
            b.code("f3aa").step();
            assertEquals(1, b.reg(CpuRegisters.RCX));
            assertEquals(Bench.CODE, b.stack(0, 4));
            assertEquals(CpuRegisters.RF, b.stack(2, 4) & CpuRegisters.RF);
            b.step().step();
            assertEquals(0, b.reg(CpuRegisters.RCX));
            assertEquals(Bench.CODE + 2, b.stack(0, 4));
            assertEquals(0, b.stack(2, 4) & CpuRegisters.RF);
        }
    }

    @Test
    void generalDetectGuardsTheDebugRegisters() {
        try (SystemBench b = start()) {
            b.cpu.dr[7] |= 1 << 13;
            b.code("0f21c0").step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(Bench.CODE, b.stack(0, 4));
            assertEquals(BD, b.cpu.dr[6] & 0xe00f);
            assertEquals(0, b.cpu.dr[7] & 1 << 13);
            assertEquals(CpuRegisters.RF, b.stack(2, 4) & CpuRegisters.RF);
        }
    }

    @Test
    void reservedBitsOfDr6AndDr7ReadAsTheyMust() {
        try (SystemBench b = new SystemBench().long64()) {
            b.cpu.debug.write(6, 0);
            b.cpu.debug.write(7, 0);
            assertEquals(0xffff_0ff0L, b.cpu.debug.read(6));
            assertEquals(0x400, b.cpu.debug.read(7));
            b.cpu.debug.write(5, 0xffff_ffffL & ~(1 << 13));
            assertEquals(0xffff_07ffL, b.cpu.debug.read(5));
            b.cpu.setReg64(CpuRegisters.RAX, 1L << 32);
            b.code("0f23f0").step();
            assertEquals(SystemBench.HANDLER + 16 * GuestFault.GP, b.cpu.rip);
        }
    }

    @Test
    void sysretTrapsAtOnceWhenItSetsTf() {
        try (SystemBench b = new SystemBench().long64()) {
            b.cpu.efer |= CpuSystem.EFER_SCE;
            b.cpu.system.star = 0x0010_0008_0000_0000L;
            b.cpu.setReg64(CpuRegisters.RCX, 0x2000);
            b.cpu.setReg64(8 * 11, 0x102);
            b.code("480f07").step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(0x2000, b.stack(0, 8));
        }
    }

    @Test
    void aDebuggerStepsWithoutTheGuestsNotice() {
        try (SystemBench b = start()) {
            b.code("9c 90");
            b.cpu.debug.control(DebugControl.step());
            assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
            assertEquals(Bench.CODE + 1, b.cpu.rip);
            assertEquals(0, b.stack(0, 4) & CpuRegisters.TF);
            assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(0, b.cpu.dr[6] & 0xe00f);
            b.cpu.debug.control(DebugControl.NONE);
            assertFalse(b.cpu.careful);
        }
    }

    @Test
    void aDebuggersBreakpointStopsBeforeTheInstructionAndIsPassedOnce() {
        try (SystemBench b = start()) {
            // inc eax; jmp back
            b.code("40 ebfd");
            b.cpu.setReg64(CpuRegisters.RAX, 0);
            b.cpu.debug.control(new DebugControl(false, List.of((long) Bench.CODE + 1)));
            assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
            assertEquals(Bench.CODE + 1, b.cpu.rip);
            assertEquals(1, b.reg(CpuRegisters.RAX));
            assertEquals(Exit.Signal.DEBUG_STOP, b.cpu.run());
            assertEquals(2, b.reg(CpuRegisters.RAX));
        }
    }

    @Test
    void anIoBreakpointNeedsDebuggingExtensions() {
        try (SystemBench b = start()) {
            breakpoint(b, 2, 0x80, 2, 0);
            b.code("e680 e680").step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            b.cpu.cr4 |= CpuSystem.CR4_DE;
            b.cpu.debug.refresh();
            b.step();
            assertEquals(HANDLER_DB, b.cpu.rip);
            assertEquals(4, b.cpu.dr[6] & 0xe00f);
        }
    }
}
