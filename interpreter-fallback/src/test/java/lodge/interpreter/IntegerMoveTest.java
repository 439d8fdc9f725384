package lodge.interpreter;

import org.junit.jupiter.api.Test;

/** Moves, conversions, conditions, LEA, exchanges and flag instructions. */
class IntegerMoveTest {
    @Test
    void movesOfAllForms() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    88 e1          | rax=1200                 | rcx=12
                    40 88 e1       |                          | rcx=0          # SPL
                    89 c1          | rax=ffffffff80000000 rcx=ffffffffffffffff | rcx=80000000
                    66 89 c1       | rax=1234 rcx=ffffffffffffffff | rcx=ffffffffffff1234
                    48 8b 04 25 00400000 | m0=8877665544332211 | rax=8877665544332211
                    8a 24 25 00400000 | m0=5                  | rax=500
                    44 89 3c 25 00400000 | r15=1111111122222222 | m0=22222222
                    a0 0040000000000000 | m0=ff               | rax=ff
                    48 a1 0040000000000000 | m0=8877665544332211 | rax=8877665544332211
                    a2 0040000000000000 | rax=1234            | m0=34
                    67 a3 00400000 | rax=1122334455667788     | m0=55667788
                    b4 7f          |                          | rax=7f00
                    49 b8 8877665544332211 |                  | r8=1122334455667788
                    b8 ffffffff    | rax=ffffffffffffffff     | rax=ffffffff
                    c6 04 25 00400000 80 | m0=ffff            | m0=ff80
                    48 c7 c0 00000080 |                       | rax=ffffffff80000000
                    48 c7 04 25 00400000 ffffffff |           | m0=ffffffffffffffff
                    0f c3 04 25 00400000 | rax=1122334455667788 | m0=55667788
                    66 0f c3 04 25 00400000 | rax=1           | v=6
                    c6 c8 00       |                          | v=6
                    """);
        }
        try (Bench b = new Bench().real16()) {
            Cases.check(
                    b,
                    """
                    a1 0040        | m0=1234                  | rax=1234
                    66 c7 06 0040 78563412 |                  | m0=12345678
                    67 8b 83 00400000 | m0=7777               | rax=7777
                    67 8b 83 00400000 | rbx=10000             | v=d
                    8b 46 00       | rbp=ffff                 | v=c
                    """);
        }
    }

    @Test
    void extensions() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f b6 c4       | rax=8000                 | rax=80
                    0f b7 04 25 00400000 | m0=12348765        | rax=8765
                    66 0f be c1    | rcx=80 rax=10000         | rax=1ff80
                    48 0f bf c1    | rcx=8000                 | rax=ffffffffffff8000
                    48 63 c1       | rcx=80000000             | rax=ffffffff80000000
                    63 c1          | rcx=ffffffff80000000     | rax=80000000
                    66 98          | rax=1280                 | rax=ff80
                    98             | rax=ffffffff00008000     | rax=ffff8000
                    48 98          | rax=80000000             | rax=ffffffff80000000
                    66 99          | rax=8000 rdx=10000       | rdx=1ffff
                    99             | rax=80000000             | rdx=ffffffff
                    48 99          | rax=8000000000000000     | rdx=ffffffffffffffff
                    """);
        }
    }

    @Test
    void conditionsDecide() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f 40 c1       | rcx=7 f=O                | rax=7
                    0f 41 c1       | rcx=7 f=O                |
                    0f 42 c1       | rcx=7 f=C                | rax=7
                    0f 44 c1       | rcx=7 rax=ffffffffffffffff | rax=ffffffff
                    48 0f 44 c1    | rcx=7 rax=ffffffffffffffff |
                    0f 46 c1       | rcx=7 f=Z                | rax=7
                    0f 47 c1       | rcx=7                    | rax=7
                    0f 4a c1       | rcx=7 f=P                | rax=7
                    0f 4c c1       | rcx=7 f=S                | rax=7
                    0f 4d c1       | rcx=7 f=OS               | rax=7
                    0f 4e c1       | rcx=7 f=Z                | rax=7
                    0f 4f c1       | rcx=7 f=OS               | rax=7
                    0f 44 03       | rbx=40000000             | v=e            # reads always
                    0f 98 c4       | f=S                      | rax=100
                    0f 9f 04 25 00400000 | m0=ff f=Z          | m0=0
                    0f 93 c0       | rax=ffff                 | rax=ff01
                    """);
        }
    }

    @Test
    void addressesAreCutToTheAddressAndOperandSize() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    48 8d 44 88 fc | rax=ffffffffffffffff rcx=4 | rax=b
                    8d 04 40       | rax=80000001             | rax=80000003
                    67 48 8d 40 01 | rax=ffffffffffffffff     | rax=0
                    66 8d 40 01    | rax=1ffff                | rax=10000
                    48 8d 05 10000000 |                       | rax=1017
                    8d c0          |                          | v=6
                    d7             | rbx=3f90 rax=1270 m0=ab  | rax=12ab
                    """);
        }
        try (Bench b = new Bench().real16()) {
            Cases.check(
                    b,
                    """
                    8d 40 ff       | rbx=10002 rsi=ffff       | rax=0
                    """);
        }
    }

    @Test
    void exchanges() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    86 e0          | rax=1234                 | rax=3412
                    87 c8          | rax=ffffffff11111111 rcx=ffffffff22222222 | rax=22222222 rcx=11111111
                    48 87 0c 25 00400000 | rcx=1 m0=2         | rcx=2 m0=1
                    48 91          | rax=1 rcx=2              | rax=2 rcx=1
                    90             | rax=ffffffffffffffff     |
                    f3 90          | rax=ffffffffffffffff     |
                    49 90          | rax=1 r8=2               | rax=2 r8=1
                    41 90          | rax=ffffffff00000001 r8=ffffffff00000002 | rax=2 r8=1
                    0f c0 e0       | rax=0281                 | rax=8183 f=S
                    48 0f c1 04 25 00400000 | rax=1 m0=ffffffffffffffff | rax=ffffffffffffffff m0=0 f=ZAPC
                    0f c1 c0       | rax=80000000             | rax=0 f=OZPC
                    """);
        }
    }

    @Test
    void compareAndExchange() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f b0 cb       | rax=5 rbx=5 rcx=9        | rbx=9 f=ZP
                    0f b1 cb       | rax=ffffffff00000005 rbx=7 rcx=9 | rax=7 f=SAC
                    f0 48 0f b1 0c 25 00400000 | rax=1 m0=1 rcx=2 | m0=2 f=ZP
                    f0 48 0f b1 0c 25 00400000 | rax=1 m0=3 rcx=2 | rax=3 f=SAC
                    0f c7 0c 25 00400000 | rax=1 rdx=2 rbx=3 rcx=4 m0=200000001 f=C | m0=400000003 f=ZC
                    f0 0f c7 0c 25 00400000 | rax=1 rdx=2 m0=300000001 f=ZC | rdx=3 f=C
                    48 0f c7 0c 25 00400000 | rax=1 rdx=2 rbx=3 rcx=4 m0=1 m8=2 | m0=3 m8=4 f=Z
                    f0 48 0f c7 0c 25 00400000 | rax=1 rdx=2 m0=1 m8=7 f=Z | rdx=7 f=-
                    48 0f c7 0c 25 08400000 | rax=1           | v=d
                    0f c7 c8       |                          | v=6
                    """);
            b.cpu.shared = true;
            Cases.check(
                    b,
                    """
                    f0 48 0f c7 0c 25 00400000 | rax=1 rdx=2 rbx=3 rcx=4 m0=1 m8=2 | m0=3 m8=4 f=Z
                    f0 48 0f b1 0c 25 04400000 | rax=100000001 m0=100000000 m8=1 rcx=2 | m0=200000000 m8=0 f=ZP
                    """);
        }
    }

    @Test
    void flagInstructions() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f5             | f=OSZAPC                 | f=OSZAP
                    f5             | f=O                      | f=OC
                    f8             | f=OC                     | f=O
                    f9             | f=S                      | f=SC
                    fd             |                          | d=1
                    fc             | d=1                      | d=0
                    9f             | f=OSZAPC                 | rax=d700
                    9e             | rax=d700 f=O             | f=OSZAPC
                    9e             | rax=2800 f=OSZAPC        | f=O
                    d6             | f=C                      | v=6
                    """);
        }
        try (Bench b = new Bench().flat32()) {
            Cases.check(b, "d6 | rax=1200 f=C | rax=12ff\nd6 | rax=12ff | rax=1200");
        }
        try (Bench b = new Bench(CpuFeature.BASE.mask()).long64()) {
            Cases.check(b, "9f | | v=6\n9e | | v=6");
        }
    }

    @Test
    void nothingIsDoneButAddressesAreChecked() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f 1f 84 00 00000000 | rax=800000000000   |
                    0f 18 0b       | rbx=800000000000         |
                    0f 0d 0b       | rbx=800000000000         |
                    f3 0f 1e fa    |                          |
                    0f ae 3b       | rbx=40000000             | v=e
                    66 0f ae 3b    | rbx=4000                 |
                    66 0f ae 33    | rbx=800000000000         | v=d
                    0f ae e8       |                          |
                    0f ae f0       |                          |
                    0f ae f8       |                          |
                    0f 0b          |                          | v=6
                    0f b9 c0       |                          | v=6
                    0f ff c0       |                          | v=6
                    """);
        }
    }

    @Test
    void decimalAdjustments() {
        try (Bench b = new Bench().flat32()) {
            Cases.check(
                    b,
                    """
                    27             | rax=ae                   | rax=14 f=APC   # SDM's example: 79 + 35
                    27             | rax=9a                   | rax=0 f=ZAPC
                    27             | rax=11 f=A               | rax=17 f=AP
                    27             | rax=10 f=C               | rax=70 f=C
                    2f             | rax=ee f=SAC             | rax=88 f=SAPC  # SDM's: 35 - 47
                    2f             | rax=2 f=A                | rax=fc f=SAPC
                    37             | rax=0f                   | rax=105 f=AC
                    37             | rax=5                    | f=P
                    3f             | rax=20f                  | rax=109 f=APC
                    d4 0a          | rax=ff3f                 | rax=603 f=P
                    d4 00          | rax=1                    | v=0
                    d5 0a          | rax=603                  | rax=3f f=P
                    d5 10          | rax=10ff                 | rax=ff f=SP
                    """);
        }
        try (Bench b = new Bench().long64()) {
            Cases.check(b, "27 | | v=6\n37 | | v=6\nd4 0a | | v=6\nd5 0a | | v=6");
        }
    }
}
