package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/** Far jumps, calls and returns, call gates with their stacks, and returns from interrupts. */
class TransfersTest {
    private static final int CONFORMING = 0x30;
    private static final int GATE = 0x3b;
    private static final int CODE_16 = 0x40;
    private static final int GP = SystemBench.HANDLER + 16 * GuestFault.GP;
    private static final int NP = SystemBench.HANDLER + 16 * GuestFault.NP;

    private static SystemBench flat32() {
        SystemBench b = new SystemBench().flat32();
        b.gdt(CONFORMING, SystemBench.descriptor(0, 0xf_ffff, 0xc09e));
        return b;
    }

    @Test
    void aFarJumpInRealModeLoadsTheParagraph() {
        try (SystemBench b = new SystemBench().real16()) {
            b.code("ea 3412 0030").step();
            assertEquals(0x1234, b.cpu.rip);
            assertEquals(0x3000, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(0x30000, b.cpu.base(CpuRegisters.CS));
        }
    }

    @Test
    void aFarJumpToConformingCodeKeepsTheLevelAndMarksTheDescriptor() {
        try (SystemBench b = flat32().user()) {
            b.code("ea 00200000 3000").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(3, b.cpu.cpl);
            assertEquals(CONFORMING + 3, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(0x9f, b.bench.memory.readByte(SystemBench.GDT + CONFORMING + 5) & 0xff);
        }
    }

    @Test
    void aFarJumpToAnInnerSegmentIsAGeneralProtectionFault() {
        try (SystemBench b = flat32().user()) {
            b.code("ea 00200000 0800").step();
            assertEquals(GP, b.cpu.rip);
            assertEquals(SystemBench.CODE0, b.stack(0, 4));
            assertEquals(Bench.CODE, b.stack(1, 4));
        }
    }

    @Test
    void aFarCallInto16BitCodeReturnsWithTheSizeItWasMadeWith() {
        try (SystemBench b = flat32()) {
            b.gdt(CODE_16, SystemBench.descriptor(0, 0xffff, 0x009b));
            b.code("9a 00200000 4000").step();
            assertEquals(Decoder.CODE16, b.cpu.mode & 3);
            // lretd
            b.bench.put(0x2000, "66cb");
            b.step();
            assertEquals(Bench.CODE + 7, b.cpu.rip);
            assertEquals(Decoder.CODE32, b.cpu.mode & 3);
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aCallGateCopiesParametersToTheInnerStackAndTheReturnReleasesThem() {
        try (SystemBench b = flat32()) {
            b.gdt(GATE, SystemBench.gate(SystemBench.CODE0, 0x2000, 0xec, 2)).user();
            b.bench.memory.writeInt(Bench.STACK, 0x1111);
            b.bench.memory.writeInt(Bench.STACK + 4, 0x2222);
            b.code("9a 00000000 3b00").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(0, b.cpu.cpl);
            assertEquals(SystemBench.INNER_STACK - 24, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.CODE + 7, b.stack(0, 4));
            assertEquals(0x1111, b.stack(2, 4));
            assertEquals(0x2222, b.stack(3, 4));
            assertEquals(Bench.STACK, b.stack(4, 4));
            b.bench.put(0x2000, "ca0800");
            b.step();
            assertEquals(Bench.CODE + 7, b.cpu.rip);
            assertEquals(3, b.cpu.cpl);
            assertEquals(Bench.STACK + 8, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void a64BitCallGateSwitchesToANullStackSegment() {
        try (SystemBench b = new SystemBench().long64()) {
            b.gdt(GATE, SystemBench.gate(SystemBench.CODE0, 0x2000, 0xec, 0));
            b.gdt(GATE + 8, 0).user();
            // call far [rip]: the offset in memory does not count
            b.bench.put(Bench.DATA, "00000000 3b00");
            b.code("ff1c25 00400000").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(0, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(SystemBench.INNER_STACK - 32, b.reg(CpuRegisters.RSP));
            assertEquals(Bench.STACK, b.stack(2, 8));
            b.bench.put(0x2000, "48cb");
            b.step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(SystemBench.DATA3, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(Bench.STACK, b.reg(CpuRegisters.RSP));
        }
    }

    @Test
    void aFaultWhilePushingLeavesTheCallUndone() {
        try (SystemBench b = flat32()) {
            b.gdt(GATE, SystemBench.gate(SystemBench.CODE0, 0x2000, 0xec, 0)).user();
            // An inner stack with room for three words only; the handler is conforming.
            b.gdt(CODE_16, SystemBench.descriptor(0, 0xff, 0x4093));
            b.bench.memory.writeInt(SystemBench.TSS + 4, 12);
            b.bench.memory.writeInt(SystemBench.TSS + 8, CODE_16);
            b.idt(GuestFault.SS, SystemBench.gate(CONFORMING, 0x2800, 0x8e, 0));
            b.code("9a 00000000 3b00").step();
            assertEquals(0x2800, b.cpu.rip);
            assertEquals(3, b.cpu.cpl);
            assertEquals(Bench.STACK - 16, b.reg(CpuRegisters.RSP));
            assertEquals(CODE_16, b.stack(0, 4));
            assertEquals(Bench.CODE, b.stack(1, 4));
        }
    }

    @Test
    void aReturnToAnOuterLevelDropsSegmentsThatItMayNotUse() {
        try (SystemBench b = flat32()) {
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 16);
            b.bench.memory.writeInt(Bench.STACK - 16, 0x2000);
            b.bench.memory.writeInt(Bench.STACK - 12, SystemBench.CODE3);
            b.bench.memory.writeInt(Bench.STACK - 8, 0x7000);
            b.bench.memory.writeInt(Bench.STACK - 4, SystemBench.DATA3);
            Segments.load(b.cpu, CpuRegisters.FS, SystemBench.DATA3);
            b.code("cb").step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(0x7000, b.reg(CpuRegisters.RSP));
            assertEquals(0, b.cpu.selector[CpuRegisters.DS]);
            assertNotEquals(0, b.cpu.attributes[CpuRegisters.DS] & CpuSystem.ATTR_UNUSABLE);
            assertEquals(SystemBench.DATA3, b.cpu.selector[CpuRegisters.FS]);
        }
    }

    @Test
    void aReturnToAnInnerLevelIsRefused() {
        try (SystemBench b = flat32().user()) {
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 8);
            b.bench.memory.writeInt(Bench.STACK - 8, 0x2000);
            b.bench.memory.writeInt(Bench.STACK - 4, SystemBench.CODE0);
            b.code("cb").step();
            assertEquals(GP, b.cpu.rip);
            assertEquals(SystemBench.CODE0, b.stack(0, 4));
        }
    }

    @Test
    void aSegmentThatIsNotPresentIsReportedWithItsSelector() {
        try (SystemBench b = flat32()) {
            b.gdt(CODE_16, SystemBench.descriptor(0, 0xffff, 0x001b));
            b.code("ea 00200000 4000").step();
            assertEquals(NP, b.cpu.rip);
            assertEquals(CODE_16, b.stack(0, 4));
        }
    }

    @Test
    void iretqTo32BitCodeLeaves64BitMode() {
        try (SystemBench b = new SystemBench().long64()) {
            b.gdt(CODE_16, SystemBench.descriptor(0, 0xf_ffff, 0xc0fb));
            b.cpu.setReg64(CpuRegisters.RSP, Bench.STACK - 40);
            b.bench.memory.writeLong(Bench.STACK - 40, 0x2000);
            b.bench.memory.writeLong(Bench.STACK - 32, CODE_16 + 3);
            b.bench.memory.writeLong(Bench.STACK - 24, 0x3202);
            b.bench.memory.writeLong(Bench.STACK - 16, 0x7000);
            b.bench.memory.writeLong(Bench.STACK - 8, SystemBench.DATA3);
            b.code("48cf").step();
            assertEquals(Decoder.CODE32, b.cpu.mode & 3);
            assertEquals(3, b.cpu.cpl);
            assertEquals(3, b.cpu.iopl());
            assertEquals(0x7000, b.reg(CpuRegisters.RSP));
            // Back by a fault: 64-bit mode again.
            b.bench.put(0x2000, "0f0b");
            b.step();
            assertEquals(Decoder.CODE64, b.cpu.mode & 3);
            assertEquals(CODE_16 + 3, b.stack(1, 8));
        }
    }

    @Test
    void iretToVirtual8086ModeLoadsParagraphsAndAFaultLeavesIt() {
        try (SystemBench b = new SystemBench().flat32()) {
            int[] frame = {0x10, 0x100, 0x2_3202, 0x800, 0x700, 0x11, 0x12, 0x13, 0x14};
            int at = Bench.STACK - 36;
            b.cpu.setReg64(CpuRegisters.RSP, at);
            for (int k = 0; k < frame.length; k++) {
                b.bench.memory.writeInt(at + 4 * k, frame[k]);
            }
            b.code("cf").step();
            assertEquals(3, b.cpu.cpl);
            assertEquals(0x1000, b.cpu.base(CpuRegisters.CS));
            assertEquals(0x7000, b.cpu.base(CpuRegisters.SS));
            assertEquals(0x140, b.cpu.base(CpuRegisters.GS));
            assertEquals(0x10, b.cpu.rip);
            b.bench.put(0x1010, "0f0b");
            b.step();
            assertEquals(0, b.cpu.cpl);
            assertEquals(SystemBench.INNER_STACK - 36, b.reg(CpuRegisters.RSP));
            assertEquals(0x10, b.stack(0, 4));
            assertEquals(0x2_0000, b.stack(2, 4) & 0x2_0000);
            assertEquals(0x14, b.stack(8, 4));
            assertEquals(0, b.cpu.selector[CpuRegisters.DS]);
        }
    }
}
