package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.Random;

/** String instructions: single ones by cases, repeated ones against the definition. */
class StringUnitTest {
    private static final int AREA = 0x1_0000;
    private static final int AREA_SIZE = 0x6000;

    @Test
    void singleElementsMoveTheIndexes() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    a4             | rsi=4000 rdi=4008 m0=11  | rsi=4001 rdi=4009 m8=11
                    48 a5          | rsi=4000 rdi=4008 m0=1122 d=1 | rsi=3ff8 rdi=4000 m8=1122
                    67 a5          | rsi=ffffffff00004000 rdi=ffffffff00004008 m0=1122 | rsi=4004 rdi=400c m8=1122
                    aa             | rax=12 rdi=4000          | rdi=4001 m0=12
                    66 ab          | rax=1234 rdi=4000        | rdi=4002 m0=1234
                    48 ab          | rax=1234 rdi=4000 m0=ffffffffffffffff | rdi=4008 m0=1234
                    ac             | rax=1200 rsi=4000 m0=34  | rax=1234 rsi=4001
                    ad             | rax=ffffffffffffffff rsi=4000 m0=80000000 | rax=80000000 rsi=4004
                    a6             | rsi=4000 rdi=4008 m0=1 m8=2 | rsi=4001 rdi=4009 f=SAPC
                    af             | rax=5 rdi=4000 m0=5      | rdi=4004 f=ZP
                    48 a7          | rsi=4000 rdi=800000000000 | v=d
                    a4             | rsi=4000 rdi=40000000    | v=e
                    """);
        }
        try (Bench b = new Bench().real16()) {
            Cases.check(
                    b,
                    """
                    a5             | rsi=ffff rdi=4000        | v=d
                    67 a4          | rsi=4000 rdi=14000 m0=1  | v=d
                    a4             | rsi=14000 rdi=14008 m0=7 | rsi=14001 rdi=14009 m8=7
                    """);
            b.memory.writeByte(0xffff, (byte) 0x42);
            Cases.check(b, "a4 | rsi=1ffff rdi=4000 | rsi=10000 rdi=4001 m0=42");
        }
    }

    @Test
    void repeatedOnesCountDown() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f3 a4          | rcx=0 rsi=1 rdi=2        |
                    f3 a4          | rcx=3 rsi=4000 rdi=4008 m0=332211 | rcx=0 rsi=4003 rdi=400b m8=332211
                    f2 a4          | rcx=3 rsi=4000 rdi=4008 m0=332211 | rcx=0 rsi=4003 rdi=400b m8=332211
                    f3 aa          | rcx=8 rdi=4007 rax=55 d=1 | rcx=0 rdi=3fff m0=5555555555555555
                    f3 a4          | rcx=7 rsi=4000 rdi=4001 m0=ab | rcx=0 rsi=4007 rdi=4008 m0=abababababababab
                    67 f3 aa       | rcx=ffffffff00000001 rdi=4000 rax=5 | rcx=0 rdi=4001 m0=5
                    f3 ac          | rcx=4 rsi=4000 m0=44332211 | rcx=0 rsi=4004 rax=44
                    f3 a6          | rcx=8 rsi=4000 rdi=4008 m0=12345678 m8=12005678 | rcx=5 rsi=4003 rdi=400b f=-
                    f2 ae          | rcx=8 rdi=4000 rax=34 m0=12345678 | rcx=5 rdi=4003 f=ZP
                    f3 af          | rcx=2 rdi=4000 rax=7 m0=700000007 | rcx=0 rdi=4008 f=ZP
                    f2 ae          | rcx=3 rdi=4000 rax=1     | rcx=0 rdi=4003
                    """);
        }
    }

    @Test
    void onlyTheSourcesSegmentCanBeOverridden() {
        try (Bench b = new Bench().long64()) {
            b.cpu.setBase(CpuRegisters.FS, 0x1000);
            Cases.check(
                    b,
                    """
                    64 a4          | rsi=3000 rdi=4008 m0=77  | rsi=3001 rdi=4009 m8=77
                    64 aa          | rdi=4000 rax=77          | rdi=4001 m0=77
                    f3 64 48 a5    | rcx=1 rsi=3000 rdi=4008 m0=77 | rcx=0 rsi=3008 rdi=4010 m8=77
                    """);
        }
    }

    /** The definition of MOVS: one element after the other. */
    private static void move(byte[] memory, int from, int to, int size, int count, boolean down) {
        byte[] element = new byte[size];
        for (int n = 0; n < count; n++) {
            int at = down ? -n * size : n * size;
            System.arraycopy(memory, from + at, element, 0, size);
            System.arraycopy(element, 0, memory, to + at, size);
        }
    }

    private static byte[] area(Bench b) {
        byte[] bytes = new byte[AREA_SIZE];
        for (int k = 0; k < AREA_SIZE; k++) {
            bytes[k] = (byte) b.memory.readByte(AREA + k);
        }
        return bytes;
    }

    @Test
    void overlappingMovesAreExactInBothDirections() {
        Random random = new Random(20251122);
        String[] codes = {"f3a4", "66f3a5", "f3a5", "f348a5"};
        try (Bench b = new Bench().long64()) {
            for (int k = 0; k < AREA_SIZE; k++) {
                b.memory.writeByte(AREA + k, (byte) random.nextInt());
            }
            for (int n = 0; n < 400; n++) {
                int log = random.nextInt(4);
                int size = 1 << log;
                int count = random.nextInt(0x1800) / size;
                boolean down = random.nextBoolean();
                int from = 0x2000 + random.nextInt(0x1000);
                int to =
                        random.nextInt(3) == 0
                                ? 0x2000 + random.nextInt(0x1000)
                                : from + random.nextInt(-20, 20);
                byte[] expected = area(b);
                move(expected, from, to, size, count, down);
                b.cpu.systemFlags = down ? CpuRegisters.DF : 0;
                b.cpu.setReg64(CpuRegisters.RSI, AREA + from);
                b.cpu.setReg64(CpuRegisters.RDI, AREA + to);
                b.cpu.setReg64(CpuRegisters.RCX, count);
                assertEquals(-1, Cases.execute(b.cpu, HexFormat.of().parseHex(codes[log])));
                String text = "%s %x to %x, %d".formatted(codes[log], from, to, count);
                assertArrayEquals(expected, area(b), text);
                int moved = (down ? -count : count) * size;
                assertEquals(AREA + from + moved, b.reg(CpuRegisters.RSI), text);
                assertEquals(AREA + to + moved, b.reg(CpuRegisters.RDI), text);
                assertEquals(0, b.reg(CpuRegisters.RCX), text);
            }
        }
    }

    @Test
    void comparisonsStopAtTheSameElementWhereverPagesEnd() {
        Random random = new Random(7);
        try (Bench b = new Bench().long64()) {
            for (int n = 0; n < 200; n++) {
                int count = 1 + random.nextInt(0x1400);
                int stop = random.nextInt(2 * count);
                boolean down = random.nextBoolean();
                int first = AREA + 0x2000 + random.nextInt(0x1000);
                int at = first + (down ? -stop : stop);
                b.memory.writeByte(at, (byte) 1);
                b.cpu.systemFlags = down ? CpuRegisters.DF : 0;
                b.cpu.setReg64(CpuRegisters.RDI, first);
                b.cpu.setReg64(CpuRegisters.RCX, count);
                b.cpu.setReg64(CpuRegisters.RAX, 1);
                // repne scasb
                assertEquals(-1, Cases.execute(b.cpu, HexFormat.of().parseHex("f2ae")));
                int done = Math.min(stop + 1, count);
                assertEquals(count - done, b.reg(CpuRegisters.RCX));
                assertEquals(first + (down ? -done : done), b.reg(CpuRegisters.RDI));
                assertEquals(stop < count, b.cpu.zero());
                // repe cmpsb of the same with itself, which is equal to the end
                b.cpu.setReg64(CpuRegisters.RDI, first);
                b.cpu.setReg64(CpuRegisters.RSI, first);
                b.cpu.setReg64(CpuRegisters.RCX, count);
                assertEquals(-1, Cases.execute(b.cpu, HexFormat.of().parseHex("f3a6")));
                assertEquals(0, b.reg(CpuRegisters.RCX));
                b.memory.writeByte(at, (byte) 0);
            }
        }
    }

    @Test
    void aFaultInTheMiddleShowsTheProgress() {
        try (Bench b = new Bench().long64()) {
            // 1 MiB of memory, then nothing that is mapped behind 1 GiB.
            b.cpu.setReg64(CpuRegisters.RDI, 0x4000_0000 - 0x1010);
            b.cpu.setReg64(CpuRegisters.RCX, 0x2000);
            b.cpu.setReg64(CpuRegisters.RAX, 0xee);
            assertEquals(GuestFault.PF, Cases.execute(b.cpu, HexFormat.of().parseHex("f3aa")));
            assertEquals(0x2000 - 0x1010, b.reg(CpuRegisters.RCX));
            assertEquals(0x4000_0000, b.reg(CpuRegisters.RDI));
            assertEquals(0x4000_0000, b.cpu.cr2);
        }
    }

    @Test
    void aSegmentsLimitEndsARunExactly() {
        try (Bench b = new Bench().flat32()) {
            b.cpu.limit[CpuRegisters.ES] = 0x4fff;
            b.cpu.modeChanged();
            b.cpu.setReg64(CpuRegisters.RDI, 0x4f00);
            b.cpu.setReg64(CpuRegisters.RCX, 0x200);
            assertEquals(GuestFault.GP, Cases.execute(b.cpu, HexFormat.of().parseHex("f3aa")));
            assertEquals(0x100, b.reg(CpuRegisters.RCX));
            assertEquals(0x5000, b.reg(CpuRegisters.RDI));
        }
        try (Bench b = new Bench().real16()) {
            b.cpu.setReg64(CpuRegisters.RDI, 0xff00);
            b.cpu.setReg64(CpuRegisters.RCX, 0x200);
            b.cpu.setReg64(CpuRegisters.RAX, 0x11);
            b.memory.writeByte(0xff, (byte) 5);
            assertEquals(-1, Cases.execute(b.cpu, HexFormat.of().parseHex("f3aa")));
            assertEquals(0x100, b.reg(CpuRegisters.RDI), "DI wraps around");
            assertEquals(0x11, b.memory.readByte(0xff));
            assertEquals(0x11, b.memory.readByte(0xffff));
            assertEquals(0, b.memory.readByte(0x1_0000));
        }
    }

    @Test
    void attentionEndsAPieceAndTheInstructionGoesOnLater() {
        try (Bench b = new Bench().long64()) {
            byte[] code = HexFormat.of().parseHex("f3aa");
            b.cpu.setReg64(CpuRegisters.RDI, AREA);
            b.cpu.setReg64(CpuRegisters.RCX, 0x3000);
            b.cpu.setReg64(CpuRegisters.RAX, 9);
            b.cpu.attention(Cpu.KICK);
            assertEquals(-1, Cases.execute(b.cpu, code));
            assertEquals(Bench.CODE, b.cpu.rip, "the instruction is not finished");
            long left = b.reg(CpuRegisters.RCX);
            assertEquals(AREA + 0x3000 - left, b.reg(CpuRegisters.RDI));
            int pieces = 1;
            while (b.cpu.rip == Bench.CODE && pieces < 100) {
                assertEquals(-1, Cases.execute(b.cpu, code));
                pieces++;
            }
            assertEquals(Bench.CODE + 2, b.cpu.rip);
            assertEquals(0, b.reg(CpuRegisters.RCX));
            for (int k = 0; k < 0x3000; k++) {
                assertEquals(9, b.memory.readByte(AREA + k));
            }
            assertEquals(0, b.memory.readByte(AREA + 0x3000));
        }
    }

    @Test
    void storesIntoDecodedCodeAreNoticed() {
        try (Bench b = new Bench().long64()) {
            // inc eax, into which rep stosb then writes c8: dec eax
            b.put(0x2000, "ff c0");
            b.cpu.rip = 0x2000;
            assertNull(b.steps(1));
            assertEquals(1, b.reg(CpuRegisters.RAX));
            b.code("bf 01200000 b9 01000000 b0 c8 f3 aa");
            b.cpu.rip = Bench.CODE;
            assertNull(b.steps(4));
            b.cpu.rip = 0x2000;
            b.cpu.setReg64(CpuRegisters.RAX, 5);
            assertNull(b.steps(1));
            assertEquals(4, b.reg(CpuRegisters.RAX));
        }
    }
}
