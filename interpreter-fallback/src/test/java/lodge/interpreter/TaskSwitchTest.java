package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/** Task switches by JMP, CALL, IRET, exceptions and task gates, between 16- and 32-bit tasks. */
class TaskSwitchTest {
    private static final int OTHER = 0x30;
    private static final int GATE = 0x38;
    private static final int BAD = 0x40;
    private static final int OTHER_TSS = 0x14000;
    private static final int OTHER_STACK = 0x7000;
    private static final int OTHER_CODE = 0x2000;

    private static SystemBench start() {
        SystemBench b = new SystemBench().flat32();
        b.gdt(OTHER, SystemBench.descriptor(OTHER_TSS, 0x67, 0x89));
        b.gdt(GATE, SystemBench.gate(OTHER, 0, 0xe5, 0));
        word(b, 0x20, OTHER_CODE);
        word(b, 0x24, 0x202);
        word(b, 0x28, 0xaaaa);
        word(b, 0x38, OTHER_STACK);
        for (int segment = 0; segment < 6; segment++) {
            word(b, 0x48 + 4 * segment, segment == 1 ? SystemBench.CODE0 : SystemBench.DATA0);
        }
        return b;
    }

    private static void word(SystemBench b, int offset, int value) {
        b.bench.memory.writeInt(OTHER_TSS + offset, value);
    }

    private static int old(SystemBench b, int offset) {
        return b.bench.memory.readInt(SystemBench.TSS + offset);
    }

    private static int access(SystemBench b, int selector) {
        return b.bench.memory.readByte(SystemBench.GDT + selector + 5) & 0xff;
    }

    private static int handler(int vector) {
        return SystemBench.HANDLER + 16 * vector;
    }

    @Test
    void aJumpSavesOneTaskAndLoadsTheOther() {
        try (SystemBench b = start()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0x1234_5678);
            b.cpu.dr[7] = Debug.DR7_FIXED | 0x3ff;
            b.code("ea 00000000 3000").step();
            assertEquals(OTHER_CODE, b.cpu.rip);
            assertEquals(0xaaaa, b.reg(CpuRegisters.RAX));
            assertEquals(OTHER_STACK, b.reg(CpuRegisters.RSP));
            assertEquals(0x202, b.cpu.flags());
            assertEquals(OTHER, b.cpu.selector[CpuRegisters.TR]);
            assertEquals(Bench.CODE + 7, old(b, 0x20));
            assertEquals(0x1234_5678, old(b, 0x28));
            assertEquals(SystemBench.DATA0, old(b, 0x54));
            assertEquals(0x89, access(b, SystemBench.TSS_SELECTOR));
            assertEquals(0x8b, access(b, OTHER));
            assertNotEquals(0, b.cpu.cr0 & CpuSystem.CR0_TS);
            assertEquals(Debug.DR7_FIXED | 0x2aa, b.cpu.dr[7]);
        }
    }

    @Test
    void aCallNestsAndIretGoesBack() {
        try (SystemBench b = start()) {
            b.bench.put(OTHER_CODE, "cf");
            b.code("9a 00000000 3800").step();
            assertEquals(CpuRegisters.NT, b.cpu.systemFlags & CpuRegisters.NT);
            assertEquals(SystemBench.TSS_SELECTOR, b.bench.memory.readShort(OTHER_TSS));
            assertEquals(0x8b, access(b, SystemBench.TSS_SELECTOR));
            b.step();
            assertEquals(Bench.CODE + 7, b.cpu.rip);
            assertEquals(SystemBench.TSS_SELECTOR, b.cpu.selector[CpuRegisters.TR]);
            assertEquals(0x89, access(b, OTHER));
            assertEquals(0x8b, access(b, SystemBench.TSS_SELECTOR));
            assertEquals(0, b.bench.memory.readInt(OTHER_TSS + 0x24) & CpuRegisters.NT);
            assertEquals(OTHER_CODE + 1, b.bench.memory.readInt(OTHER_TSS + 0x20));
        }
    }

    @Test
    void anExceptionThroughATaskGatePushesItsErrorCodeThere() {
        try (SystemBench b = start()) {
            b.idt(GuestFault.GP, SystemBench.gate(OTHER, 0, 0x85, 0));
            b.gdt(BAD, 0);
            b.cpu.setReg64(CpuRegisters.RAX, BAD);
            b.code("8ed8").step();
            assertEquals(OTHER_CODE, b.cpu.rip);
            assertEquals(OTHER_STACK - 4, b.reg(CpuRegisters.RSP));
            assertEquals(BAD, b.stack(0, 4));
            assertEquals(Bench.CODE, old(b, 0x20));
            assertEquals(CpuRegisters.RF, old(b, 0x24) & CpuRegisters.RF);
        }
    }

    @Test
    void aBusyTaskIsNotEnteredAgain() {
        try (SystemBench b = start()) {
            b.code("ea 00000000 2800").step();
            assertEquals(handler(GuestFault.GP), b.cpu.rip);
            assertEquals(SystemBench.TSS_SELECTOR, b.stack(0, 4));
        }
    }

    @Test
    void aShortTaskStateIsTheOldTasksFault() {
        try (SystemBench b = start()) {
            b.gdt(OTHER, SystemBench.descriptor(OTHER_TSS, 0x66, 0x89));
            b.code("ea 00000000 3000").step();
            assertEquals(handler(GuestFault.TS), b.cpu.rip);
            assertEquals(OTHER, b.stack(0, 4));
            assertEquals(Bench.CODE, b.stack(1, 4));
            assertEquals(SystemBench.TSS_SELECTOR, b.cpu.selector[CpuRegisters.TR]);
        }
    }

    @Test
    void aBadSegmentIsTheNewTasksFaultBeforeItsFirstInstruction() {
        try (SystemBench b = start()) {
            word(b, 0x54, BAD);
            b.gdt(BAD, 0);
            b.code("ea 00000000 3000").step();
            assertEquals(handler(GuestFault.TS), b.cpu.rip);
            assertEquals(OTHER_STACK - 16, b.reg(CpuRegisters.RSP));
            assertEquals(BAD, b.stack(0, 4));
            assertEquals(OTHER_CODE, b.stack(1, 4));
            assertEquals(OTHER, b.cpu.selector[CpuRegisters.TR]);
            assertEquals(BAD, b.cpu.selector[CpuRegisters.DS]);
        }
    }

    @Test
    void aBadStackOfTheNewTaskIsADoubleFaultForAnotherTask() {
        try (SystemBench b = start()) {
            // The #TS of the bad stack needs that stack; the double fault has a task of its own.
            int third = 0x48;
            b.gdt(third, SystemBench.descriptor(OTHER_TSS + 0x100, 0x67, 0x89));
            for (int at = 0; at < 0x68; at += 4) {
                word(b, 0x100 + at, b.bench.memory.readInt(OTHER_TSS + at));
            }
            word(b, 0x120, 0x2800);
            b.idt(GuestFault.DF, SystemBench.gate(third, 0, 0x85, 0));
            word(b, 0x50, BAD);
            b.gdt(BAD, 0);
            b.code("ea 00000000 3000").step();
            assertEquals(0x2800, b.cpu.rip);
            assertEquals(third, b.cpu.selector[CpuRegisters.TR]);
            assertEquals(0, b.stack(0, 4));
            assertEquals(OTHER, b.bench.memory.readShort(OTHER_TSS + 0x100));
        }
    }

    @Test
    void theTrapBitOfTheNewTaskStopsItAtOnce() {
        try (SystemBench b = start()) {
            word(b, 0x64, 1);
            b.bench.put(OTHER_CODE, "90");
            b.code("ea 00000000 3000").step();
            assertEquals(handler(GuestFault.DB), b.cpu.rip);
            assertEquals(OTHER_CODE, b.stack(0, 4));
            assertEquals(0x8000, b.cpu.dr[6] & 0x8000);
        }
    }

    @Test
    void a16BitTaskHasWordsAndNullFsAndGs() {
        try (SystemBench b = start()) {
            b.gdt(OTHER, SystemBench.descriptor(OTHER_TSS, 0x2b, 0x81));
            short[] state = {
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                (short) OTHER_CODE,
                0x202,
                1,
                2,
                3,
                4,
                0x7000,
                6,
                7,
                8,
                SystemBench.DATA0,
                SystemBench.CODE0,
                SystemBench.DATA0,
                SystemBench.DATA0,
                0
            };
            for (int k = 0; k < state.length; k++) {
                b.bench.memory.writeShort(OTHER_TSS + 2 * k, state[k]);
            }
            b.code("ea 00000000 3000").step();
            assertEquals(OTHER_CODE, b.cpu.rip);
            assertEquals(1, b.reg(CpuRegisters.RAX));
            assertEquals(8, b.reg(CpuRegisters.RDI));
            assertEquals(0x7000, b.reg(CpuRegisters.RSP));
            assertEquals(0, b.cpu.selector[CpuRegisters.FS]);
            assertEquals(0x83, access(b, OTHER));
        }
    }

    @Test
    void aTaskMayRunInVirtual8086Mode() {
        try (SystemBench b = start()) {
            word(b, 0x24, 0x2_0202);
            word(b, 0x20, 0x10);
            word(b, 0x4c, 0x200);
            word(b, 0x50, 0x700);
            b.code("ea 00000000 3000").step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(0x2000, b.cpu.base(CpuRegisters.CS));
            assertEquals(0x10, b.cpu.rip);
            assertEquals(Decoder.CODE16, b.cpu.mode & 3);
        }
    }

    @Test
    void aLinkThatIsNotBusyIsAnInvalidTask() {
        try (SystemBench b = start()) {
            b.bench.memory.writeShort(SystemBench.TSS, (short) OTHER);
            b.cpu.writeFlags(CpuRegisters.NT, CpuRegisters.NT);
            b.code("cf").step();
            assertEquals(handler(GuestFault.TS), b.cpu.rip);
            assertEquals(OTHER, b.stack(0, 4));
        }
    }
}
