package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

/**
 * Whatever a guest puts into its descriptor tables, task states and stacks, far transfers and
 * events leave a processor that can go on, or shut down; never a Java exception.
 */
class HostileTablesTest {
    private static final int ROUNDS = 150;
    private static final int STEPS = 60;

    /** Segment loads, far transfers, returns, interrupts, faults and what changes flags. */
    private static final String[] CODE = {
        "8ed8",
        "8ec0",
        "8ed0",
        "8ee0",
        "8ee8",
        "8cd8",
        "0fa1",
        "0fa9",
        "0fa0",
        "cb",
        "ca0800",
        "cf",
        "66cf",
        "48cf",
        "66cb",
        "cc",
        "cd20",
        "cd21",
        "cd0d",
        "ce",
        "f1",
        "fa",
        "fb",
        "0f00d0",
        "0f00d8",
        "0f02c8",
        "0f03c8",
        "0f00e0",
        "0f00e8",
        "63c8",
        "0f05",
        "0f07",
        "480f07",
        "0f34",
        "0f35",
        "0f01f8",
        "0f0b",
        "ff2b",
        "ff1b",
        "48ff2b",
        "0fb213",
        "0fb41b",
        "c403",
        "c503",
        "9d",
        "669d",
        "0f23f8",
        "0f0113",
        "0f011b",
        "0f0103",
        "0f01f0",
        "ea00100000 3000",
        "9a00100000 3b00",
        "9a00100000 4000",
        "f4",
        "17",
        "1f",
        "07",
        "16"
    };

    private static int selector(Random random) {
        return random.nextInt(0x14) * 8 + (random.nextBoolean() ? 0 : random.nextInt(8));
    }

    private static long descriptor(Random random) {
        int limit = random.nextInt(3) == 0 ? random.nextInt(0x100) : 0xf_ffff;
        long base = random.nextInt(3) == 0 ? random.nextInt(0x2_0000) : 0;
        int access = 0x80 | random.nextInt(0x80);
        if (random.nextInt(12) == 0) {
            access &= 0x7f;
        }
        if (random.nextBoolean()) {
            // A gate is more likely to lead anywhere when its fields are those of one.
            int types = "\5\6\7\14\16\17".charAt(random.nextInt(6));
            return SystemBench.gate(
                    selector(random),
                    0x1000 + random.nextInt(0x200),
                    access & 0xe0 | types,
                    random.nextInt(4));
        }
        return SystemBench.descriptor(base, limit, access | random.nextInt(16) << 12);
    }

    private static SystemBench machine(Random random) {
        SystemBench b = new SystemBench();
        int mode = random.nextInt(4);
        switch (mode) {
            case 0 -> b.real16();
            case 1 -> b.long64();
            default -> b.flat32();
        }
        for (int at = 0x30; at < 0xa0; at += 8) {
            b.gdt(at, descriptor(random));
        }
        for (int vector = 0; vector < 64; vector++) {
            if (random.nextInt(4) == 0) {
                b.idt(vector, descriptor(random));
            }
        }
        for (int at = 0; at < 0x68; at += 2) {
            int value = random.nextBoolean() ? selector(random) : random.nextInt(0x9000);
            b.bench.memory.writeShort(SystemBench.TSS + at, (short) value);
        }
        for (int at = Bench.STACK - 0x200; at < Bench.STACK + 0x200; at += 4) {
            int value = random.nextBoolean() ? selector(random) : random.nextInt();
            b.bench.memory.writeInt(at, value);
        }
        if (mode > 0 && random.nextBoolean()) {
            b.user();
        }
        Cpu c = b.cpu;
        c.cr4 |= random.nextInt(4);
        c.efer |= random.nextInt(2);
        c.system.star = random.nextLong();
        c.system.lstar = 0x1000;
        c.system.sysenterCs = selector(random);
        c.writeFlags(random.nextInt(), 0x5fd5 | CpuRegisters.AC);
        for (int r = 0; r < 8; r++) {
            if (8 * r != CpuRegisters.RSP) {
                c.setReg64(8 * r, selector(random));
            }
        }
        c.setReg64(CpuRegisters.RBX, Bench.STACK - 0x100);
        return b;
    }

    private static void code(SystemBench b, Random random) {
        StringBuilder code = new StringBuilder();
        for (int k = 0; k < 200; k++) {
            code.append(CODE[random.nextInt(CODE.length)].replace(" ", ""));
        }
        b.bench.put(Bench.CODE, code.toString());
        for (int vector = 0; vector < 32; vector++) {
            b.bench.put(SystemBench.HANDLER + 16 * vector, code.substring(0, 24));
        }
    }

    private static void consistent(Cpu c) {
        assertFalse(c.implicitly(), "an implicit access has not ended");
        assertEquals(0, c.events.ext, "a delivery has not ended");
        int mode = c.mode;
        int width = c.stackSize;
        boolean wide = c.code64;
        c.modeChanged();
        assertEquals(mode, c.mode);
        assertEquals(width, c.stackSize);
        assertEquals(wide, c.code64);
        int level = !c.protectedMode() ? 0 : c.vm86() ? 3 : c.selector[CpuRegisters.CS] & 3;
        assertEquals(level, c.cpl);
        assertTrue(c.code64 || c.rip >>> 32 == 0, "RIP is too wide");
        assertTrue(!c.code64 || c.canonical(c.rip), "RIP is not canonical");
        assertEquals(0, c.systemFlags & ~0x3f7700);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theProcessorGoesOnOrShutsDown(long seed) {
        Random random = new Random(seed);
        int executed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try (SystemBench b = machine(random)) {
                code(b, random);
                for (int step = 0; step < STEPS; step++) {
                    Exit exit = b.cpu.stepOnce();
                    executed++;
                    if (exit == Exit.Signal.SHUTDOWN) {
                        break;
                    }
                    assertEquals(null, exit);
                    consistent(b.cpu);
                }
            }
        }
        assertTrue(executed > 20 * ROUNDS, "too little was executed: " + executed);
    }
}
