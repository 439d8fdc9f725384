package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.HexFormat;

/** The stack: PUSH, POP, ENTER, LEAVE, and PUSHF and POPF with the rules of privilege. */
class IntegerStackTest {
    private static final int ALL = 0x3f7fd5;

    private Bench bench;
    private Cpu cpu;

    @Test
    void pushesAndPopsIn64BitMode() {
        try (Bench b = new Bench().long64()) {
            Cases.check(
                    b,
                    """
                    50             | rax=1122334455667788     | rsp=8ff8 t8=1122334455667788
                    66 50          | rax=1122334455667788     | rsp=8ffe t8=7788000000000000
                    41 57          | r15=5                    | rsp=8ff8 t8=5
                    54             |                          | rsp=8ff8 t8=9000
                    5c             | s0=1234                  | rsp=1234
                    66 5c          | s0=1234                  | rsp=1234
                    58             | s0=8877665544332211      | rax=8877665544332211 rsp=9008
                    66 58          | s0=4321 rax=ffffffff     | rax=ffff4321 rsp=9002
                    6a ff          |                          | rsp=8ff8 t8=ffffffffffffffff
                    68 00000080    |                          | rsp=8ff8 t8=ffffffff80000000
                    66 68 3412     |                          | rsp=8ffe t8=1234000000000000
                    ff 34 25 00400000 | m0=77                 | rsp=8ff8 t8=77
                    ff 34 24       | s0=99                    | rsp=8ff8 t8=99
                    8f 04 25 00400000 | s0=77                 | rsp=9008 m0=77
                    8f 04 24       | s0=77                    | rsp=9008 s8=77
                    8f 44 24 f8    | s0=77                    | rsp=9008 s0=77
                    8f 03          | s0=77 rbx=40000000       | v=e
                    50             | rsp=800000000008         | v=c
                    58             | rsp=800000000000         | v=c
                    50             | rsp=40001000             | v=e
                    60             |                          | v=6
                    c8 2000 00     | rbp=1234                 | rsp=8fd8 rbp=8ff8 t8=1234
                    c8 0800 01     | rbp=1234                 | rsp=8fe8 rbp=8ff8 t8=1234 t10=8ff8
                    c8 0000 03     | rbp=4020 m18=11 m10=22   | rsp=8fe0 rbp=8ff8 t8=4020 t10=11 t18=22 t20=8ff8
                    c8 0000 23     | rbp=4020 m18=11 m10=22   | rsp=8fe0 rbp=8ff8 t8=4020 t10=11 t18=22 t20=8ff8
                    c9             | rbp=4000 m0=5678         | rsp=4008 rbp=5678
                    """);
        }
    }

    @Test
    void pushesAndPopsIn32BitMode() {
        try (Bench b = new Bench().flat32()) {
            Cases.check(
                    b,
                    """
                    50             | rax=55667788             | rsp=8ffc t8=5566778800000000
                    66 6a 80       |                          | rsp=8ffe t8=ff80000000000000
                    8f 04 24       | s0=7700000066            | rsp=9004 s0=6600000066
                    60             | rax=1 rcx=2 rdx=3 rbx=4 rbp=5 rsi=6 rdi=7 | rsp=8fe0 t8=100000002 t10=300000004 t18=900000000005 t20=600000007
                    61             | rsp=4000 m0=200000001 m8=400000003 m10=600000005 m18=800000007 | rsp=4020 rdi=1 rsi=2 rbp=3 rbx=5 rdx=6 rcx=7 rax=8
                    66 60          | rax=1 rcx=2 rdx=3 rbx=4 rbp=5 rsi=6 rdi=7 | rsp=8ff0 t8=1000200030004 t10=9000000500060007
                    c8 0400 02     | rbp=4010 m8=3300000000   | rsp=8ff0 rbp=8ffc t8=401000000033 t10=8ffc00000000
                    c9             | rbp=4000 m0=5678         | rsp=4004 rbp=5678
                    """);
        }
    }

    @Test
    void a16BitStackWrapsAround() {
        try (Bench b = new Bench().real16()) {
            Cases.check(
                    b,
                    """
                    50             | rax=1234                 | rsp=8ffe t8=1234000000000000
                    50             | rsp=124002 rax=1234      | rsp=124000 m0=1234
                    66 58          | s0=11223344              | rax=11223344 rsp=9004
                    50             | rsp=1                    | v=c
                    60             | rsp=7                    | v=d
                    60             | rsp=5                    | v=c
                    66 c8 0400 00  | rsp=124010 rbp=5         | rsp=124008 rbp=12400c m8=500000000
                    c9             | rbp=14000 m0=99          | rsp=4002 rbp=10099
                    """);
            b.cpu.setReg64(CpuRegisters.RSP, 0x12_0000);
            b.cpu.setReg64(CpuRegisters.RAX, 0xabcd);
            assertEquals(-1, Cases.execute(b.cpu, HexFormat.of().parseHex("50")));
            assertEquals(0x12_fffe, b.cpu.reg64(CpuRegisters.RSP));
            assertEquals(0xabcd, b.memory.readShort(0xfffe));
        }
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
    }

    private void machine(Bench made) {
        close();
        bench = made;
        cpu = bench.cpu;
    }

    private void protectedMode(int cpl, int iopl) {
        machine(new Bench().flat32());
        cpu.cpl = cpl;
        cpu.systemFlags = iopl << 12;
    }

    private int pop(String code, int flags) {
        cpu.setReg64(CpuRegisters.RSP, Bench.STACK);
        bench.memory.writeInt(Bench.STACK, flags);
        return Cases.execute(cpu, HexFormat.of().parseHex(code));
    }

    private int pushed(String code) {
        cpu.setReg64(CpuRegisters.RSP, Bench.STACK);
        bench.memory.writeInt(Bench.STACK - 4, 0);
        int vector = Cases.execute(cpu, HexFormat.of().parseHex(code));
        return vector >= 0 ? -vector : bench.memory.readInt(cpu.reg64(CpuRegisters.RSP));
    }

    @Test
    void popfChangesWhatThePrivilegeAllows() {
        protectedMode(0, 0);
        assertEquals(-1, pop("9d", ALL));
        // Neither RF nor VM, VIF and VIP.
        assertEquals(0x247fd7, cpu.flags());
        assertEquals(-1, pop("9d", 0));
        assertEquals(2, cpu.flags());
        assertEquals(-1, pop("669d", -1));
        assertEquals(0x7fd7, cpu.flags(), "16 bits");
        protectedMode(3, 3);
        assertEquals(-1, pop("9d", CpuRegisters.IF));
        assertEquals(0x3202, cpu.flags(), "IF, but not IOPL");
        protectedMode(3, 2);
        assertEquals(-1, pop("9d", ALL & ~CpuRegisters.AC));
        assertEquals(0x206dd7, cpu.flags(), "neither IF nor IOPL");
    }

    @Test
    void pushfHidesResumeFlag() {
        protectedMode(0, 3);
        cpu.systemFlags |= CpuRegisters.RF | CpuRegisters.ID | CpuRegisters.DF;
        cpu.setArithmetic(CpuRegisters.CF);
        assertEquals(0x203403, pushed("9c"));
        assertEquals(0x3403, pushed("669c") & 0xffff);
    }

    private void virtual8086(int iopl, boolean extensions) {
        machine(new Bench().real16());
        cpu.cr0 |= CpuSystem.CR0_PE;
        cpu.cr4 = extensions ? CpuSystem.CR4_VME : 0;
        cpu.cpl = 3;
        cpu.systemFlags = CpuRegisters.VM | iopl << 12 | CpuRegisters.IF;
    }

    @Test
    void virtual8086ModeNeedsIoplOrTheExtensions() {
        virtual8086(0, false);
        assertEquals(GuestFault.GP, pop("9d", 0));
        assertEquals(-GuestFault.GP, pushed("9c"));
        virtual8086(3, false);
        assertEquals(0x3202, pushed("9c") & 0xffff);
        assertEquals(0x3202, pushed("669c"), "VM is not pushed");
        assertEquals(-1, pop("669d", 0));
        assertEquals(CpuRegisters.VM | 0x3002, cpu.flags(), "IOPL and VM stay");
        virtual8086(0, true);
        assertEquals(0x3002, pushed("9c") & 0xffff, "IOPL 3, and VIF as IF");
        assertEquals(-GuestFault.GP, pushed("669c"));
        assertEquals(-1, pop("9d", 0x7201));
        int flags = CpuRegisters.VM | CpuRegisters.VIF | CpuRegisters.IF | 0x4003;
        assertEquals(flags, cpu.flags());
        assertEquals(0x7203, pushed("9c") & 0xffff);
        assertEquals(GuestFault.GP, pop("9d", CpuRegisters.TF));
        assertEquals(-1, pop("9d", 0));
        assertEquals(CpuRegisters.VM | CpuRegisters.IF | 2, cpu.flags());
        cpu.systemFlags |= CpuRegisters.VIP;
        assertEquals(GuestFault.GP, pop("9d", CpuRegisters.IF), "an interrupt waits");
    }
}
