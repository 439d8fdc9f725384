package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.util.Random;

/** MUL, IMUL, MULX, DIV and IDIV. */
class IntegerMultiplyDivideTest {
    @Test
    void productsAreTwiceAsWide() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f6 e1          | rax=12ff rcx=ff          | rax=fe01 f=OC
                    f6 e1          | rax=ff10 rcx=f           | rax=f0 f=-
                    66 f7 e1       | rax=ffff rcx=ffff        | rax=1 rdx=fffe f=OC
                    f7 e1          | rax=80000000 rcx=2 rdx=ffffffffffffffff | rax=0 rdx=1 f=OC
                    48 f7 e1       | rax=ffffffffffffffff rcx=ffffffffffffffff | rax=1 rdx=fffffffffffffffe f=OC
                    f6 e9          | rax=ff rcx=ff            | rax=1
                    f6 e9          | rax=80 rcx=80            | rax=4000 f=OC
                    f7 e9          | rax=ffffffff rcx=7       | rax=fffffff9 rdx=ffffffff
                    48 f7 e9       | rax=8000000000000000 rcx=8000000000000000 | rax=0 rdx=4000000000000000 f=OC
                    48 f7 2c 25 00400000 | rax=ffffffffffffffff m0=2 | rax=fffffffffffffffe rdx=ffffffffffffffff
                    """);
        }
    }

    @Test
    void truncatedProductsTellWhetherTheyFit() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f af c1       | rax=ffffffff rcx=ffffffff | rax=1
                    0f af c1       | rax=10000 rcx=10000      | rax=0 f=OC
                    66 0f af c1    | rax=12340100 rcx=100     | rax=12340000 f=OC
                    48 0f af c1    | rax=4000000000000000 rcx=2 | rax=8000000000000000 f=OC
                    6b c1 fe       | rcx=3 f=OC               | rax=fffffffa f=-
                    69 c1 00000080 | rcx=1                    | rax=80000000
                    48 69 c1 00000080 | rcx=1                 | rax=ffffffff80000000
                    66 69 c1 0080  | rcx=2                    | rax=0 f=OC
                    c4 e2 fb f6 c1 | rdx=ffffffffffffffff rcx=10 rax=1 f=OSZAPC | rax=f
                    c4 e2 7b f6 d9 | rdx=ffffffff rcx=ffffffff | rax=1 rbx=fffffffe
                    """);
        }
    }

    @Test
    void quotientsAreTruncatedAndRemaindersHaveTheDividendsSign() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f6 f1          | rax=fe01 rcx=ff f=C      | rax=ff f=AC
                    66 f7 f1       | rdx=1 rax=5 rcx=2        | rax=8002 f=A
                    66 f7 f1       | rdx=1 rax=5 rcx=10       | rax=1000 rdx=5 f=A
                    f7 f1          | rdx=ffffffff00000001 rax=7 rcx=3 | rax=55555557 rdx=2 f=A
                    48 f7 f1       | rdx=1 rax=0 rcx=3        | rax=5555555555555555 rdx=1 f=A
                    f6 f9          | rax=fff9 rcx=2           | rax=fffd f=A
                    f7 f9          | rdx=ffffffff rax=fffffff9 rcx=fffffffe | rax=3 rdx=ffffffff f=A
                    48 f7 f9       | rdx=ffffffffffffffff rax=8000000000000000 rcx=1 | rax=8000000000000000 rdx=0 f=A
                    48 f7 3c 25 00400000 | rax=64 m0=fffffffffffffff9 | rax=fffffffffffffff2 rdx=2 f=A
                    """);
        }
    }

    @Test
    void aQuotientThatDoesNotFitIsADivideError() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f6 f1          | rax=1 rcx=0              | v=0
                    f6 f1          | rax=ff00 rcx=ff          | v=0
                    f7 f1          | rdx=5 rcx=5              | v=0
                    48 f7 f1       | rdx=5 rcx=5              | v=0
                    48 f7 f1       | rax=5                    | v=0
                    f6 f9          | rax=ff00 rcx=2           | rax=80 f=A
                    f6 f9          | rax=100 rcx=2            | v=0
                    f7 f9          | rdx=ffffffff rax=80000000 rcx=ffffffff | v=0
                    f7 f9          | rdx=80000000 rax=0 rcx=ffffffff | v=0
                    48 f7 f9       | rdx=ffffffffffffffff rax=8000000000000000 rcx=ffffffffffffffff | v=0
                    48 f7 f9       | rdx=8000000000000000 rax=0 rcx=ffffffffffffffff | v=0
                    """);
        }
    }

    @Test
    void division128By64IsExact() {
        Random random = new Random(0x10d6e);
        for (int n = 0; n < 200_000; n++) {
            long d = random.nextLong() >>> random.nextInt(64);
            long high = random.nextLong() >>> random.nextInt(64);
            if (random.nextInt(4) == 0) {
                d |= 0xffff_ffff_0000_0000L;
            }
            if (random.nextInt(4) == 0) {
                high = d - 1 - random.nextInt(3);
            }
            if (d == 0 || Long.compareUnsigned(high, d) >= 0) {
                continue;
            }
            long low = random.nextInt(4) == 0 ? -1 : random.nextLong();
            BigInteger dividend = unsigned(high).shiftLeft(64).or(unsigned(low));
            long expected = dividend.divide(unsigned(d)).longValue();
            assertEquals(expected, IntegerDivide.divide(high, low, d), dividend + " / " + d);
        }
    }

    private static BigInteger unsigned(long v) {
        return new BigInteger(Long.toUnsignedString(v));
    }
}
