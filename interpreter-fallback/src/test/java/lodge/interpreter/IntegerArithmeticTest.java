package lodge.interpreter;

import org.junit.jupiter.api.Test;

/** Binary arithmetic and logic, by cases whose results follow from the SDM's definitions. */
class IntegerArithmeticTest {
    @Test
    void additionsSetAllFlags() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    00 c8          | rax=7f rcx=1             | rax=80 f=OSA
                    00 c8          | rax=11ff rcx=1           | rax=1100 f=ZAPC
                    00 cc          | rax=0700 rcx=81          | rax=8800 f=SP
                    66 01 c8       | rax=1234ffff rcx=1       | rax=12340000 f=ZAPC
                    01 c8          | rax=ffffffff7fffffff rcx=1 | rax=80000000 f=OSAP
                    48 01 c8       | rax=ffffffffffffffff rcx=1 | rax=0 f=ZAPC
                    48 01 c8       | rax=8000000000000000 rcx=8000000000000000 | rax=0 f=OZPC
                    02 04 25 00400000 | rax=f0 m0=20          | rax=10 f=C
                    03 04 25 00400000 | rax=1 m0=ffffffff     | rax=0 f=ZAPC
                    01 04 25 00400000 | rax=1 m0=ffffffffffffffff | m0=ffffffff00000000 f=ZAPC
                    04 80          | rax=80                   | rax=0 f=OZPC
                    05 ffffffff    | rax=1                    | rax=0 f=ZAPC
                    48 05 ffffffff | rax=1                    | rax=0 f=ZAPC
                    66 05 0080     | rax=128000               | rax=120000 f=OZPC
                    80 04 25 00400000 ff | m0=ff01            | m0=ff00 f=ZAPC
                    48 81 c0 00000080 | rax=0                 | rax=ffffffff80000000 f=SP
                    48 83 c0 80    | rax=80                   | rax=0 f=ZPC
                    10 c8          | rax=ff rcx=0 f=C         | rax=0 f=ZAPC
                    10 c8          | rax=ff rcx=ff f=C        | rax=ff f=SAPC
                    48 11 c8       | rax=7fffffffffffffff f=C | rax=8000000000000000 f=OSAP
                    15 00000000    | rax=ffffffff f=C         | rax=0 f=ZAPC
                    """);
        }
    }

    @Test
    void subtractionsAndComparisonsSetAllFlags() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    28 c8          | rax=80 rcx=1             | rax=7f f=OA
                    29 c8          | rax=0 rcx=1              | rax=ffffffff f=SAPC
                    48 2b c1       | rax=5 rcx=5              | rax=0 f=ZP
                    18 c8          | rax=0 rcx=ff f=C         | rax=0 f=ZAPC
                    48 19 c8       | rax=8000000000000000 f=C | rax=7fffffffffffffff f=OAP
                    1c 00          | rax=10 f=C               | rax=f f=AP
                    38 c8          | rax=1 rcx=2              | f=SAPC
                    39 c8          | rax=ffffffff80000000 rcx=1 | f=OAP
                    3b 04 25 00400000 | rax=7 m0=7            | f=ZP
                    3d 00000080    | rax=80000000             | f=ZP
                    48 3d 00000080 | rax=80000000             | f=PC
                    80 f9 80       | rcx=7f                   | f=OSPC
                    66 83 3c 25 00400000 ff | m0=ffff         | f=ZP
                    """);
        }
    }

    @Test
    void logicClearsCarryAndOverflow() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    20 c8          | rax=f0 rcx=0f f=OC       | rax=0 f=ZP
                    48 21 c8       | rax=ffffffffffffffff rcx=8000000000000001 | rax=8000000000000001 f=S
                    25 00000080    | rax=ffffffffffffffff f=C | rax=80000000 f=SP
                    09 c8          | rax=1 rcx=2              | rax=3 f=P
                    0c 80          | rax=0 f=OC               | rax=80 f=S
                    31 c0          | rax=ffffffffffffffff f=OSC | rax=0 f=ZP
                    30 e0          | rax=1201                 | rax=1213 f=-
                    34 ff          | rax=55                   | rax=aa f=SP
                    84 c8          | rax=80 rcx=80 f=OC       | f=S
                    48 85 c9       | rcx=0 f=C                | f=ZP
                    a9 00000080    | rax=80000000             | f=SP
                    48 a9 00000080 | rax=8000000000000000     | f=SP
                    f6 04 25 00400000 0f | m0=f0 f=C          | f=ZP
                    f7 c8 01000000 | rax=3                    | f=-
                    """);
        }
    }

    @Test
    void incrementAndDecrementKeepCarry() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    fe c0          | rax=ff f=C               | rax=0 f=ZAPC
                    ff c0          | rax=7fffffff             | rax=80000000 f=OSAP
                    48 ff c8       | rax=0 f=C                | rax=ffffffffffffffff f=SAPC
                    66 ff 0c 25 00400000 | m0=18000           | m0=17fff f=OAP
                    f6 d8          | rax=80                   | rax=80 f=OSC
                    f7 d8          | rax=0 f=C                | rax=0 f=ZP
                    48 f7 1c 25 00400000 | m0=1               | m0=ffffffffffffffff f=SAPC
                    f6 d0          | rax=0f f=OSZAPC          | rax=f0
                    48 f7 14 25 00400000 | m0=0               | m0=ffffffffffffffff
                    """);
        }
        try (Bench b = new Bench().flat32()) {
            Cases.check(
                    b,
                    """
                    40             | rax=ffffffff f=C         | rax=0 f=ZAPC
                    66 49          | rcx=10000                | rcx=1ffff f=SAP
                    82 c0 01       | rax=ff                   | rax=0 f=ZAPC
                    """);
        }
    }

    @Test
    void lockIsOnlyForReadModifyWriteOfMemory() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    f0 01 04 25 00400000 | rax=2 m0=3         | m0=5 f=P
                    f0 48 f7 14 25 00400000 | m0=1            | m0=fffffffffffffffe
                    f0 01 c0       | rax=2                    | v=6
                    f0 03 04 25 00400000 | rax=2              | v=6
                    f0 39 04 25 00400000 | rax=2              | v=6
                    f0 85 04 25 00400000 | rax=2              | v=6
                    82 c0 01       | rax=ff                   | v=6
                    """);
        }
    }

    @Test
    void lockedInstructionsDoTheSameAmongSeveralProcessors() {
        try (Bench b = new Bench().long64()) {
            b.cpu.shared = true;
            Cases.check(
                    b,
                    """
                    f0 48 01 04 25 00400000 | rax=ff m0=1     | m0=100 f=AP
                    f0 66 ff 04 25 07400000 | m0=ff00000000000000 m8=0 | m0=0 m8=1 f=AP
                    f0 0f ab 04 25 00400000 | rax=21          | m0=200000000
                    87 04 25 06400000 | rax=12345678 m0=aaaa000000000000 m8=bbbb | rax=bbbbaaaa m0=5678000000000000 m8=1234
                    """);
        }
    }

    @Test
    void carryChainsUseOneFlagEach() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    66 0f 38 f6 c1    | rax=ffffffff rcx=0 f=OSZC | rax=0 f=OSZC
                    66 48 0f 38 f6 c1 | rax=1 rcx=1 f=C       | rax=3 f=-
                    f3 0f 38 f6 c1    | rax=ffffffff rcx=1 f=C | rax=0 f=OC
                    f3 48 0f 38 f6 c1 | rax=1 rcx=1 f=OC      | rax=3 f=C
                    """);
        }
    }

    @Test
    void aFaultingInstructionChangesNothing() {
        try (Bench b = new Bench().long64()) {
            // The first address that is not canonical, and one beyond memory that is not mapped.
            Cases.check(
                    b,
                    """
                    48 01 03       | rax=1 rbx=800000000000   | v=d
                    48 01 03       | rax=1 rbx=7ffffffffff9   | v=d
                    48 01 03       | rax=1 rbx=40000000       | v=e
                    48 03 03       | rax=1 rbx=40000000       | v=e
                    48 01 45 00    | rax=1 rbp=800000000000   | v=c
                    """);
        }
    }
}
