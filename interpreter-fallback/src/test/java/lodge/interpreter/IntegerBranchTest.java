package lodge.interpreter;

import org.junit.jupiter.api.Test;

/** Near transfers of control, LOOP and BOUND. */
class IntegerBranchTest {
    @Test
    void jumpsIn64BitMode() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    eb fe          |                          | rip=1000
                    e9 00010000    |                          | rip=1105
                    66 e9 00010000 |                          | rip=1106       # 66 does not count
                    ff e0          | rax=7fffffffffff         | rip=7fffffffffff
                    ff e0          | rax=800000000000         | v=d
                    ff 24 25 00400000 | m0=123456789abc       | rip=123456789abc
                    74 10          | f=Z                      | rip=1012
                    74 10          |                          |
                    0f 85 00ffffff |                          | rip=f06
                    7f 80          |                          | rip=f82
                    e8 00010000    |                          | rip=1105 rsp=8ff8 t8=1005
                    ff d0          | rax=800000000000         | v=d
                    ff 14 24       | s0=5555                  | rip=5555 rsp=8ff8 t8=1003
                    ff d0          | rax=5555 rsp=800000000008 | v=c
                    c3             | s0=5555                  | rip=5555 rsp=9008
                    c2 1000        | s0=5555                  | rip=5555 rsp=9018
                    c3             | s0=8000000000000000      | v=d
                    e3 10          |                          | rip=1012
                    e3 10          | rcx=100000000            |
                    67 e3 10       | rcx=100000000            | rip=1013
                    e2 10          |                          | rip=1012 rcx=ffffffffffffffff
                    e2 10          | rcx=1                    | rcx=0
                    67 e2 10       | rcx=ffffffff00000002     | rip=1013 rcx=1
                    e1 10          | rcx=5 f=Z                | rip=1012 rcx=4
                    e1 10          | rcx=5                    | rcx=4
                    e0 10          | rcx=5                    | rip=1012 rcx=4
                    e0 10          | rcx=5 f=Z                | rcx=4
                    """);
        }
    }

    @Test
    void sixteenBitTransfersCutTheInstructionPointer() {
        try (Bench b = new Bench().flat32()) {
            Cases.check(
                    b,
                    """
                    e9 00000080    |                          | rip=80001005
                    66 e9 00f0     |                          | rip=4
                    66 e8 0001     |                          | rip=1104 rsp=8ffe t8=1004000000000000
                    66 ff e0       | rax=12345678             | rip=5678
                    66 c3          | s0=12345678              | rip=5678 rsp=9002
                    c2 0400        | s0=12345678              | rip=12345678 rsp=9008
                    e8 fbefffff    |                          | rip=0 rsp=8ffc t8=100500000000
                    67 e3 10       | rcx=10000                | rip=1013
                    """);
        }
        try (Bench b = new Bench().real16()) {
            Cases.check(
                    b,
                    """
                    eb 80          |                          | rip=f82
                    e9 f0f0        |                          | rip=f3
                    66 e9 00000100 |                          | v=d            # beyond the limit
                    66 e8 00000100 |                          | v=d
                    66 ff e0       | rax=10000                | v=d
                    66 c3          | s0=10000                 | v=d
                    e2 10          | rcx=10000                | rip=1012 rcx=1ffff
                    e8 0001        |                          | rip=1103 rsp=8ffe t8=1003000000000000
                    """);
        }
    }

    @Test
    void boundRaisesItsOwnException() {
        try (Bench b = new Bench().flat32()) {
            Cases.check(
                    b,
                    """
                    62 05 00400000 | m0=5fffffffe rax=5       |
                    62 05 00400000 | m0=5fffffffe rax=fffffffe |
                    62 05 00400000 | m0=5fffffffe rax=6       | v=5
                    62 05 00400000 | m0=5fffffffe rax=fffffffd | v=5
                    66 62 05 00400000 | m0=5fffe rax=10005    |
                    66 62 05 00400000 | m0=5fffe rax=6        | v=5
                    62 c0          |                          | v=6
                    """);
        }
        try (Bench b = new Bench().long64()) {
            Cases.check(b, "62 04 25 00400000 | | v=6");
        }
    }
}
