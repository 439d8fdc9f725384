package lodge.interpreter;

import org.junit.jupiter.api.Test;

/** Shifts and rotates. AF after shifts, and OF after counts above 1, are AMD Zen's. */
class IntegerShiftTest {
    @Test
    void shiftsMoveTheLastBitIntoCarry() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    d0 e0          | rax=ff80                 | rax=ff00 f=OZAPC
                    d1 e0          | rax=ffffffff40000000     | rax=80000000 f=OSAP
                    48 d1 e0       | rax=c000000000000000     | rax=8000000000000000 f=SAPC
                    c1 e0 21       | rax=1                    | rax=2 f=A      # count 33 is 1
                    48 c1 e0 41    | rax=1                    | rax=2 f=A
                    c0 e0 08       | rax=ff                   | rax=0 f=OZAPC  # as OF of the result
                    c0 e0 09       | rax=ff                   | rax=0 f=ZAP
                    c1 f0 04       | rax=1                    | rax=10 f=A     # /6 is SHL
                    d0 e8          | rax=81                   | rax=40 f=OAC
                    48 c1 e8 3f    | rax=8000000000000000     | rax=1 f=A
                    d3 e8          | rax=80000000 rcx=1f      | rax=1 f=A
                    d0 f8          | rax=81                   | rax=c0 f=SAPC
                    66 c1 f8 1f    | rax=18000                | rax=1ffff f=SAPC
                    48 d3 f8       | rax=8000000000000000 rcx=3f | rax=ffffffffffffffff f=SAP
                    66 d1 24 25 00400000 | m0=18000           | m0=10000 f=OZAPC
                    """);
        }
    }

    @Test
    void aCountOfZeroChangesNothingButTheUpperHalf() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    d3 e0          | rax=ffffffffffffffff rcx=20 f=OSZAPC | rax=ffffffff
                    48 d3 e0       | rax=ffffffffffffffff rcx=40 f=OSZAPC |
                    d2 c0          | rax=ff rcx=100 f=OC      |
                    c0 d0 20       | rax=ff f=OC              |
                    0f a5 c8       | rax=1 rcx=ff00 f=C       |
                    d3 24 25 00400000 | m0=5 rcx=e0 f=P       |
                    """);
        }
    }

    @Test
    void rotatesKeepTheOtherFlags() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    d0 c0          | rax=80 f=SZAP            | rax=1 f=OSZAPC
                    d0 c8          | rax=1                    | rax=80 f=OC
                    c0 c0 08       | rax=81                   | f=C             # all the way
                    66 c1 c0 14    | rax=1234                 | rax=2341 f=OC
                    48 c1 c8 04    | rax=123456789abcdef0     | rax=0123456789abcdef
                    d0 d0          | rax=80                   | rax=0 f=OC
                    d0 d0          | rax=80 f=C               | rax=1 f=OC
                    c0 d0 09       | rax=5a f=C               | f=OC            # 9 bits all the way
                    c0 d0 0a       | rax=80 f=C               | rax=1 f=OC
                    d0 d8          | rax=1 f=C                | rax=80 f=OC
                    66 c1 d8 02    | rax=1                    | rax=8000 f=O
                    48 d1 d0       | rax=8000000000000000 f=C | rax=1 f=OC
                    48 d1 d8       | rax=1                    | rax=0 f=C
                    """);
        }
    }

    @Test
    void doubleShiftsTakeBitsFromTheSecondOperand() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    0f a4 c8 04    | rax=12345678 rcx=90000000 | rax=23456789 f=OAC
                    0f ac c8 04    | rax=12345678 rcx=f       | rax=f1234567 f=SAC
                    48 0f a4 c8 08 | rax=0102030405060708 rcx=ff00000000000000 | rax=02030405060708ff f=OAPC
                    66 0f a5 d0    | rax=4000 rdx=8000 rcx=1  | rax=8001 rcx=1 f=OSA
                    0f ad 14 25 00400000 | m0=1 rdx=1 rcx=1   | m0=80000000 f=OSAPC
                    """);
        }
    }

    @Test
    void shiftsWithoutFlagsTakeTheCountFromAnyRegister() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    c4 e2 71 f7 c3 | rbx=1 rcx=21 f=OSZAPC    | rax=2          # SHLX
                    c4 e2 f3 f7 c3 | rbx=8000000000000000 rcx=3f f=C | rax=1   # SHRX
                    c4 e2 72 f7 c3 | rbx=80000000 rcx=4       | rax=f8000000   # SARX
                    c4 e3 7b f0 c3 04 | rbx=f                 | rax=f0000000   # RORX
                    c4 e3 fb f0 c3 44 | rbx=f                 | rax=f000000000000000
                    c4 e3 73 f0 c3 04 | rbx=f                 | v=6            # vvvv
                    c4 e2 75 f7 c3 | rbx=1 rcx=21             | v=6            # VEX.L
                    """);
        }
        try (Bench b = new Bench().real16()) {
            Cases.check(b, "c4 e2 71 f7 c3 | rbx=1 rcx=1 | v=6");
        }
    }
}
