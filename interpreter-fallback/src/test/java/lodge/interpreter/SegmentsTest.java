package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loading segment registers and descriptor tables, and the questions about descriptors. */
class SegmentsTest {
    private static final int FREE = 0x30;

    private static SystemBench flat32() {
        return new SystemBench().flat32();
    }

    private static int handler(int vector) {
        return SystemBench.HANDLER + 16 * vector;
    }

    @ParameterizedTest
    @CsvSource({
        // selector, attributes in hexadecimal, vector or -1, error code
        "0x30, c093, -1, 0",
        "0x33, c093, 13, 48",
        "0x33, c0f3, -1, 0",
        "0x30, c013, 11, 48",
        "0x30, c099, 13, 48",
        "0x33, c09f, -1, 0",
        "0x30, 0089, 13, 48",
        "0x400, c093, 13, 1024",
        "0x37, c0f3, 13, 52",
        "0x3, c093, -1, 0",
    })
    void aDataSegmentIsLoadedOrRefused(String selector, String attributes, int vector, int error) {
        try (SystemBench b = flat32()) {
            int value = Integer.decode(selector);
            b.gdt(
                    FREE,
                    SystemBench.descriptor(0x12345678, 0x9abcd, Integer.parseInt(attributes, 16)));
            b.cpu.setReg64(CpuRegisters.RAX, value);
            b.code("8ed8").step();
            if (vector < 0) {
                assertEquals(Bench.CODE + 2, b.cpu.rip);
                assertEquals(value, b.cpu.selector[CpuRegisters.DS]);
                boolean isNull = value < 4;
                assertEquals(isNull ? 0 : 0x12345678, b.cpu.base(CpuRegisters.DS));
                assertEquals(isNull ? 0 : 0x9abc_dfff, b.cpu.limit[CpuRegisters.DS]);
            } else {
                assertEquals(handler(vector), b.cpu.rip);
                assertEquals(error, b.stack(0, 4));
                assertEquals(SystemBench.DATA0, b.cpu.selector[CpuRegisters.DS]);
            }
        }
    }

    @Test
    void anAbsentStackSegmentIsAStackFault() {
        try (SystemBench b = flat32()) {
            b.gdt(FREE, SystemBench.descriptor(0, 0xf_ffff, 0xc013));
            b.cpu.setReg64(CpuRegisters.RAX, FREE);
            b.code("8ed0").step();
            assertEquals(handler(GuestFault.SS), b.cpu.rip);
            assertEquals(FREE, b.stack(0, 4));
        }
    }

    @Test
    void aNullStackSegmentIsFineIn64BitModeAboveLevel3Only() {
        try (SystemBench b = new SystemBench().long64()) {
            b.code("8ed0").step();
            assertEquals(0, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(2, b.cpu.shadow);
        }
        try (SystemBench b = new SystemBench().long64().user()) {
            b.cpu.setReg64(CpuRegisters.RAX, 3);
            b.code("8ed0").step();
            assertEquals(handler(GuestFault.GP), b.cpu.rip);
        }
    }

    @Test
    void loadingMarksTheDescriptorAsAccessed() {
        try (SystemBench b = flat32()) {
            b.gdt(FREE, SystemBench.descriptor(0, 0xf_ffff, 0xc092));
            b.cpu.setReg64(CpuRegisters.RAX, FREE);
            b.code("8ec0").step();
            assertEquals(0x93, b.bench.memory.readByte(SystemBench.GDT + FREE + 5) & 0xff);
            assertEquals(0xc093, b.cpu.attributes[CpuRegisters.ES]);
        }
    }

    @Test
    void realModeKeepsTheLimitOfProtectedMode() {
        try (SystemBench b = new SystemBench().real16()) {
            b.cpu.limit[CpuRegisters.DS] = -1;
            b.cpu.setReg64(CpuRegisters.RAX, 0x2000);
            b.code("8ed8").step();
            assertEquals(-1, b.cpu.limit[CpuRegisters.DS]);
            assertEquals(0x20000, b.cpu.base(CpuRegisters.DS));
        }
    }

    @Test
    void aTaskRegisterIsLoadedOnceBecauseItBecomesBusy() {
        try (SystemBench b = flat32()) {
            b.gdt(FREE, SystemBench.descriptor(SystemBench.TSS, 0x67, 0x89));
            b.cpu.setReg64(CpuRegisters.RAX, FREE);
            b.code("0f00d8 0f00d8").step();
            assertEquals(FREE, b.cpu.selector[CpuRegisters.TR]);
            assertEquals(0x8b, b.bench.memory.readByte(SystemBench.GDT + FREE + 5) & 0xff);
            b.step();
            assertEquals(handler(GuestFault.GP), b.cpu.rip);
            assertEquals(FREE, b.stack(0, 4));
        }
    }

    @Test
    void a64BitLocalTableHasABaseOf64Bits() {
        try (SystemBench b = new SystemBench().long64()) {
            b.gdt(FREE, SystemBench.descriptor(0x8001_2345L, 0xfff, 0x82));
            b.gdt(FREE + 8, 0xffff_8000L);
            b.cpu.setReg64(CpuRegisters.RAX, FREE);
            b.code("0f00d0").step();
            assertEquals(0xffff_8000_8001_2345L, b.cpu.base(CpuRegisters.LDTR));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // attributes, LAR, LSL, VERR, VERW
        "c093, true, true, true, true",
        "c091, true, true, true, false",
        "c099, true, true, false, false",
        "c09b, true, true, true, false",
        "0082, true, true, false, false",
        "008c, true, false, false, false",
        "008e, false, false, false, false",
    })
    void questionsAreAnsweredByType(
            String attributes, boolean lar, boolean lsl, boolean verr, boolean verw) {
        boolean[] expected = {lar, lsl, verr, verw};
        String[] code = {"0f02c8", "0f03c8", "0f00e0", "0f00e8"};
        for (int k = 0; k < 4; k++) {
            try (SystemBench b = flat32()) {
                int bits = Integer.parseInt(attributes, 16);
                b.gdt(FREE, SystemBench.descriptor(0, 0x1234, bits));
                b.cpu.setReg64(CpuRegisters.RAX, FREE);
                b.cpu.setReg64(CpuRegisters.RCX, 0x5555);
                b.code(code[k]).step();
                assertEquals(expected[k], b.cpu.zero(), code[k]);
                long shown = k == 0 ? (long) bits << 8 : (bits & 0x8000) != 0 ? 0x1234fff : 0x1234;
                long kept = k < 2 && expected[k] ? shown : 0x5555;
                assertEquals(kept, b.reg(CpuRegisters.RCX), code[k]);
            }
        }
    }

    @Test
    void arplRaisesTheLevelOfASelector() {
        try (SystemBench b = flat32()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0x11);
            b.cpu.setReg64(CpuRegisters.RCX, 0x23);
            b.code("63c8 63c8").step();
            assertEquals(0x13, b.reg(CpuRegisters.RAX));
            assertTrue(b.cpu.zero());
            b.step();
            assertFalse(b.cpu.zero());
        }
    }

    @Test
    void syscallAndSysretGoBetweenLevels() {
        try (SystemBench b = new SystemBench().long64().user()) {
            b.cpu.efer |= CpuSystem.EFER_SCE;
            b.cpu.system.star = 0x0010_0008_0000_0000L;
            b.cpu.system.lstar = 0x2000;
            b.cpu.system.fmask = CpuRegisters.IF | CpuRegisters.DF;
            b.cpu.writeFlags(CpuRegisters.IF | CpuRegisters.CF, -1);
            b.code("0f05").step();
            assertEquals(0x2000, b.cpu.rip);
            assertEquals(0, b.cpu.cpl);
            assertEquals(8, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(16, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(Bench.CODE + 2, b.reg(CpuRegisters.RCX));
            assertEquals(0x203, b.reg(8 * 11));
            assertEquals(CpuRegisters.CF | 2, b.cpu.flags());
            b.bench.put(0x2000, "480f07");
            b.step();
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(3, b.cpu.cpl);
            assertEquals(0x23, b.cpu.selector[CpuRegisters.CS]);
            assertEquals(0x1b, b.cpu.selector[CpuRegisters.SS]);
            assertEquals(0x203, b.cpu.flags());
        }
    }
}
