package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HexFormat;

/** IN, OUT, INS and OUTS, and who may use which port. */
class IoPermissionTest {
    private static final int TSS = 0x7000;
    private static final int MAP = 0x68;

    /** Ports 0x80 to 0x87: what was written last, plus how often it was read. */
    private static final class Latch implements Device<Latch.None>, PortDevice {
        record None() {}

        private final Counters counters = new Counters();
        int value;
        int reads;
        int writes;

        @Override
        public int width() {
            return 4;
        }

        @Override
        public int in(int offset, int size) {
            return value + reads++;
        }

        @Override
        public void out(int offset, int size, int v) {
            value = v;
            writes++;
        }

        @Override
        public String name() {
            return "latch";
        }

        @Override
        public void reset() {
            value = 0;
        }

        @Override
        public None save() {
            return new None();
        }

        @Override
        public void load(None state) {}

        @Override
        public Counters counters() {
            return counters;
        }
    }

    private final Bench bench = new Bench();
    private final Cpu cpu = bench.cpu;
    private final Latch latch = new Latch();

    @BeforeEach
    void claim() {
        cpu.io.claimPorts(latch, 0x80, 8, latch);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private int run(String code) {
        return Cases.execute(cpu, HexFormat.of().parseHex(code.replace(" ", "")));
    }

    /** CPL 3 with IOPL 0 and a TSS whose bitmap allows ports 0x80 to 0x83 and 0x87 only. */
    private void user(int limit) {
        bench.flat32();
        cpu.cpl = 3;
        cpu.systemFlags = 0;
        cpu.setBase(CpuRegisters.TR, TSS);
        cpu.limit[CpuRegisters.TR] = limit;
        cpu.attributes[CpuRegisters.TR] = 0x8b;
        bench.memory.writeShort(TSS + 102, (short) MAP);
        for (int k = 0; k < 0x20; k++) {
            bench.memory.writeByte(TSS + MAP + k, (byte) 0xff);
        }
        bench.memory.writeByte(TSS + MAP + 0x10, (byte) 0x70);
    }

    @Test
    void allFormsReachTheDevice() {
        bench.long64();
        cpu.setReg64(CpuRegisters.RDX, 0x1_0080);
        cpu.setReg64(CpuRegisters.RAX, 0x1111_2222_3344_5566L);
        assertEquals(-1, run("e6 80"));
        assertEquals(0x66, latch.value);
        assertEquals(-1, run("66 ef"));
        assertEquals(0x5566, latch.value);
        assertEquals(-1, run("ef"));
        assertEquals(0x3344_5566, latch.value);
        assertEquals(-1, run("48 ed"));
        assertEquals(0x3344_5566L, bench.reg(CpuRegisters.RAX), "32 bits clear the upper half");
        assertEquals(-1, run("e4 80"));
        assertEquals(0x3344_5567L, bench.reg(CpuRegisters.RAX));
        assertEquals(-1, run("e4 90"));
        assertEquals(0x3344_55ffL, bench.reg(CpuRegisters.RAX), "nothing answers");
    }

    @Test
    void repeatedOnesMoveBetweenPortAndMemory() {
        bench.long64();
        latch.value = 7;
        cpu.setReg64(CpuRegisters.RDX, 0x80);
        cpu.setReg64(CpuRegisters.RDI, Bench.DATA);
        cpu.setReg64(CpuRegisters.RCX, 0x900);
        assertEquals(-1, run("f3 66 6d"));
        assertEquals(0x900, latch.reads);
        for (int k = 0; k < 0x900; k++) {
            assertEquals(7 + k, bench.memory.readShort(Bench.DATA + 2 * k));
        }
        assertEquals(Bench.DATA + 0x1200, bench.reg(CpuRegisters.RDI));
        assertEquals(0, bench.reg(CpuRegisters.RCX));
        cpu.setReg64(CpuRegisters.RSI, Bench.DATA);
        cpu.setReg64(CpuRegisters.RCX, 0x480);
        assertEquals(-1, run("f3 6f"));
        assertEquals(0x480, latch.writes);
        assertEquals(bench.memory.readInt(Bench.DATA + 0x11fc), latch.value);
        assertEquals(Bench.DATA + 0x1200, bench.reg(CpuRegisters.RSI));
    }

    @Test
    void aFaultOfInsDoesNotReadThePort() {
        bench.long64();
        cpu.setReg64(CpuRegisters.RDX, 0x80);
        cpu.setReg64(CpuRegisters.RDI, 0x4000_0000);
        cpu.setReg64(CpuRegisters.RCX, 1);
        assertEquals(GuestFault.PF, run("6c"));
        assertEquals(GuestFault.PF, run("f3 6c"));
        assertEquals(0, latch.reads);
        assertEquals(1, bench.reg(CpuRegisters.RCX));
    }

    @Test
    void theBitmapDecidesWhereIoplDoesNot() {
        user(MAP + 0x1f);
        assertEquals(-1, run("e4 80"));
        assertEquals(-1, run("e5 80"));
        assertEquals(GuestFault.GP, run("e5 81"), "port 84 is not allowed");
        assertEquals(GuestFault.GP, run("e4 84"));
        assertEquals(-1, run("e4 87"));
        assertEquals(GuestFault.GP, run("66 e5 87"), "bits are taken from the next byte");
        cpu.setReg64(CpuRegisters.RDX, 0x84);
        assertEquals(GuestFault.GP, run("6c"));
        cpu.setReg64(CpuRegisters.RCX, 0);
        assertEquals(GuestFault.GP, run("f3 6e"), "also when nothing is to be done");
        cpu.systemFlags = CpuRegisters.IOPL;
        assertEquals(-1, run("e4 84"));
        cpu.systemFlags |= CpuRegisters.VM;
        assertEquals(GuestFault.GP, run("e4 84"), "IOPL does not count in virtual-8086 mode");
    }

    @Test
    void portsBeyondTheBitmapAreForbidden() {
        user(MAP + 0x10);
        assertEquals(GuestFault.GP, run("e4 80"), "two bytes are read");
        user(MAP + 0x11);
        assertEquals(-1, run("e4 80"));
        user(0x67);
        assertEquals(GuestFault.GP, run("e4 80"));
        user(MAP + 0x1f);
        cpu.attributes[CpuRegisters.TR] = 0x83;
        assertEquals(GuestFault.GP, run("e4 80"), "a 16-bit TSS has no bitmap");
        assertEquals(3, cpu.cpl);
    }

    @Test
    void realModeMayUseAllPorts() {
        bench.real16();
        assertEquals(-1, run("e4 84"));
    }
}
