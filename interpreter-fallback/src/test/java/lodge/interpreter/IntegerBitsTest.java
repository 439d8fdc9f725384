package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

/** Bit tests, scans, counts, BMI1, BMI2, BSWAP and CRC32. */
class IntegerBitsTest {
    @Test
    void bitTestsInRegistersTakeTheOffsetModuloTheSize() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f a3 c8       | rax=2 rcx=21             | f=C
                    0f ab c8       | rcx=ffffffe3             | rax=8
                    0f b3 c8       | rax=8 rcx=3              | rax=0 f=C
                    48 0f bb c8    | rax=0 rcx=7f f=O         | rax=8000000000000000
                    0f ba e0 3f    | rax=80000000             | f=C
                    66 0f ba f8 10 | rax=10000                | rax=10001
                    0f ba 2c 25 00400000 25 | m0=0            | m0=20
                    """);
        }
    }

    @Test
    void bitOffsetsInRegistersReachFarIntoMemory() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f ab 03       | rax=40 rbx=4000          | m8=1
                    0f ab 03       | rax=ffffffff rbx=4004    | m0=80000000
                    66 0f ab 03    | rax=fff0 rbx=4002        | m0=1
                    48 0f bb 03    | rax=ffffffffffffffc0 rbx=4008 m0=1 | m0=0 f=C
                    48 0f a3 03    | rax=7fffffffffffffff     | v=d
                    67 48 0f a3 03 | rax=ffffffffffffffff rbx=4008 m0=8000000000000000 | f=C
                    """);
        }
        try (Bench b = new Bench().real16()) {
            // [bx] with bit -16: the address wraps around 64 KiB.
            Cases.check(b, "0f a3 07 | rax=fff0 rbx=4002 m0=1 | f=C");
        }
    }

    @Test
    void scansOfZeroKeepTheDestination() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f bc c1       | rax=ffffffffffffffff     | f=ZP
                    0f bd c1       | rax=ffffffffffffffff     | f=ZP
                    0f bc c1       | rcx=80000000             | rax=1f
                    48 0f bd c1    | rcx=8000000000000001     | rax=3f f=P
                    66 0f bd c1    | rcx=ffff0100 rax=120000  | rax=120008
                    f3 0f bc c1    | rax=5                    | rax=20 f=C
                    f3 48 0f bc c1 | rcx=1                    | rax=0 f=Z
                    f3 0f bd c1    | rcx=1                    | rax=1f
                    66 f3 0f bd c1 | rcx=10000                | rax=10 f=C
                    f3 48 0f b8 c1 | rcx=ffffffffffffffff f=OSAPC | rax=40 f=-
                    f3 0f b8 c1    | rcx=ffffffff00000000 rax=7 | rax=0 f=Z
                    0f b8 c1       |                          | v=6
                    """);
        }
    }

    @Test
    void countsAreScansWithoutTheFeatures() {
        try (Bench b = new Bench(CpuFeature.BASE.mask()).long64()) {
            Cases.check(
                    b,
                    """
                    f3 0f bc c1    | rcx=8                    | rax=3 f=P
                    f3 0f bd c1    | rcx=8                    | rax=3 f=P
                    f3 0f b8 c1    | rcx=8                    | v=6
                    0f 44 c1       |                          | v=6
                    0f 38 f0 03    | rbx=4000                 | v=6
                    c4 e2 78 f2 c1 |                          | v=6
                    """);
        }
    }

    @Test
    void bitManipulationDoesWhatItSays() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    c4 e2 70 f2 c3 | rcx=f0 rbx=ff f=C        | rax=f f=P      # ANDN
                    c4 e2 f0 f2 c3 | rbx=8000000000000000     | rax=8000000000000000 f=SP
                    c4 e2 78 f3 cb | rbx=c                    | rax=8          # BLSR
                    c4 e2 78 f3 cb |                          | f=ZPC
                    c4 e2 78 f3 d3 | rbx=8                    | rax=f f=P      # BLSMSK
                    c4 e2 f8 f3 d3 |                          | rax=ffffffffffffffff f=SPC
                    c4 e2 78 f3 db | rbx=80000000             | rax=80000000 f=SPC # BLSI
                    c4 e2 78 f3 db |                          | f=ZP
                    c4 e2 70 f5 c3 | rbx=ffffffff rcx=104     | rax=f f=P      # BZHI
                    c4 e2 70 f5 c3 | rbx=ffffffff rcx=20      | rax=ffffffff f=SPC
                    c4 e2 70 f7 c3 | rbx=12345678 rcx=0804    | rax=67 f=A     # BEXTR
                    c4 e2 f0 f7 c3 | rbx=ffffffffffffffff rcx=ff40 | rax=0 f=ZAP
                    c4 e2 72 f5 c3 | rcx=12345678 rbx=ff00ff  | rax=3478       # PEXT
                    c4 e2 73 f5 c3 | rcx=abcd rbx=f0f0f0f0    | rax=a0b0c0d0   # PDEP
                    """);
        }
    }

    @Test
    void bytesAreReversed() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f c8          | rax=ffffffff12345678     | rax=78563412
                    49 0f cf       | r15=0102030405060708     | r15=0807060504030201
                    66 0f c8       | rax=12345678             | rax=12340000
                    0f 38 f0 04 25 00400000 | m0=12345678     | rax=78563412
                    66 0f 38 f1 04 25 00400000 | rax=1234     | m0=3412
                    48 0f 38 f1 04 25 00400000 | rax=1        | m0=0100000000000000
                    f3 0f 38 f0 03 | rbx=4000                 | v=6
                    """);
        }
    }

    @Test
    void crc32OfNineDigitsIsTheCheckValueOfCrc32c() {
        try (Bench b = new Bench().long64()) {
            b.cpu.setReg64(CpuRegisters.RAX, 0xffff_ffffL);
            byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
            for (byte digit : digits) {
                b.cpu.setReg64(CpuRegisters.RCX, digit);
                // crc32 eax, cl
                byte[] code = {(byte) 0xf2, 0x0f, 0x38, (byte) 0xf0, (byte) 0xc1};
                assertEquals(-1, Cases.execute(b.cpu, code));
            }
            assertEquals(0xe306_9283, ~b.cpu.reg32(CpuRegisters.RAX));
        }
    }

    @Test
    void crc32TakesWordsByteByByte() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f2 0f 38 f0 c1 | rax=ffffffffffffffff     | rax=ad82acae
                    f2 48 0f 38 f0 c1 | rax=ffffffffffffffff  | rax=ad82acae
                    """);
            long one = 0xffff_ffffL;
            for (String code : new String[] {"f2480f38f1c1", "f20f38f1c1", "66f20f38f1c1"}) {
                int size = code.length() == 10 ? 4 : code.startsWith("66") ? 2 : 8;
                b.cpu.setReg64(CpuRegisters.RAX, one);
                long data = 0x0123_4567_89ab_cdefL;
                for (int k = 0; k < size; k++) {
                    b.cpu.setReg64(CpuRegisters.RCX, data >>> 8 * k);
                    byte[] single = java.util.HexFormat.of().parseHex("f20f38f0c1");
                    assertEquals(-1, Cases.execute(b.cpu, single));
                }
                long expected = b.cpu.reg64(CpuRegisters.RAX);
                b.cpu.setReg64(CpuRegisters.RAX, one);
                b.cpu.setReg64(CpuRegisters.RCX, data);
                byte[] whole = java.util.HexFormat.of().parseHex(code);
                assertEquals(-1, Cases.execute(b.cpu, whole));
                assertEquals(expected, b.cpu.reg64(CpuRegisters.RAX), code);
            }
        }
    }
}
