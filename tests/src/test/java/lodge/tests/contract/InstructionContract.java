package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.backend.Exit;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;

import org.junit.jupiter.api.Test;

/**
 * Instructions in protected and 64-bit mode that a KVM which emulates the kernel's code is known to
 * lack. They do the same whether the processor, the backend or {@link
 * lodge.core.backend.InstructionAssist} executes them.
 */
interface InstructionContract extends HypervisorUnderTest {
    int GDT = 0x3000;
    int IDT = 0x3100;
    int PAGE_TABLES = 0x8000;
    int CODE32 = 0x08;
    int CODE64 = 0x10;
    int DATA = 0x18;
    long OSFXSR = 1 << 9;

    String INTERRUPTS_32 =
            """
            31 c0                  xor eax,eax
            f9                     stc
            cd 08                  int 0x8
            cc                     int3
            e6 10                  out 0x10,al
            """;

    String HANDLER_32 =
            """
            83 c0 05               add eax,0x5
            cf                     iret
            """;

    String INTERRUPTS_64 =
            """
            31 c0                  xor eax,eax
            f9                     stc
            cd 08                  int 0x8
            cc                     int3
            0f 92 c4               setb ah
            9b                     fwait
            0f ae 17               ldmxcsr [rdi]
            0f ae 5f 08            stmxcsr [rdi+8]
            e6 10                  out 0x10,al
            """;

    String HANDLER_64 =
            """
            83 c0 05               add eax,0x5
            48 cf                  iretq
            """;

    String EXCHANGE =
            """
            f0 48 0f c7 0f         lock cmpxchg16b [rdi]
            0f 94 06               sete [rsi]
            f0 48 0f c7 0f         lock cmpxchg16b [rdi]
            0f 94 46 01            sete [rsi+1]
            e6 10                  out 0x10,al
            """;

    String RESERVED_BIT =
            """
            0f ae 17               ldmxcsr [rdi]
            f4                     hlt
            """;

    String PROTECTION_HANDLER =
            """
            5b                     pop rbx
            59                     pop rcx
            e6 10                  out 0x10,al
            """;

    private static TinyMachine machine(TinyMachine machine, boolean wide, String code) {
        machine.put(TinyMachine.CODE, code);
        machine.memory().writeLong(GDT + CODE32, 0x00cf9b000000ffffL);
        machine.memory().writeLong(GDT + CODE64, 0x00af9b000000ffffL);
        machine.memory().writeLong(GDT + DATA, 0x00cf93000000ffffL);
        machine.memory().writeLong(PAGE_TABLES, PAGE_TABLES + 0x1003);
        machine.memory().writeLong(PAGE_TABLES + 0x1000, PAGE_TABLES + 0x2003);
        machine.memory().writeLong(PAGE_TABLES + 0x2000, 0x83);
        CpuState reset = CpuState.reset(0, machine.vm.cpuSignature());
        SegmentRegister data = SegmentRegister.flat(DATA, 0x3, SegmentRegister.DEFAULT_BIG);
        SegmentRegister cs =
                wide
                        ? SegmentRegister.flat(CODE64, 0xb, SegmentRegister.LONG)
                        : SegmentRegister.flat(CODE32, 0xb, SegmentRegister.DEFAULT_BIG);
        SegmentRegisters segments =
                SegmentRegisters.uniform(cs, data).withGdtr(GDT, 0x1f).withIdtr(IDT, 0xfff);
        ControlRegisters control =
                wide
                        ? new ControlRegisters(
                                0x8000_0033L,
                                0,
                                PAGE_TABLES,
                                ControlRegisters.CR4_PAE | OSFXSR,
                                0,
                                ControlRegisters.EFER_LME | ControlRegisters.EFER_LMA,
                                1)
                        : new ControlRegisters(0x33, 0, 0, 0, 0, 0, 1);
        GeneralRegisters general =
                new GeneralRegisters(
                        1,
                        3,
                        4,
                        2,
                        TinyMachine.DATA + 0x100,
                        TinyMachine.DATA,
                        0,
                        TinyMachine.STACK,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        TinyMachine.CODE,
                        2);
        machine.cpu().load(reset.with(general, segments, control));
        return machine;
    }

    private static void gate(TinyMachine machine, boolean wide, int vector) {
        long gate = TinyMachine.HANDLER | (wide ? CODE64 : CODE32) << 16 | 0x8e00L << 32;
        machine.memory().writeLong(IDT + (wide ? 16 : 8) * vector, gate);
    }

    @Test
    default void interruptsAndReturnsIn32BitCode() {
        try (TinyMachine machine = machine(new TinyMachine(ready(), 1), false, INTERRUPTS_32)) {
            machine.put(TinyMachine.HANDLER, HANDLER_32);
            gate(machine, false, 8);
            gate(machine, false, 3);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(10, machine.registers().rax());
            assertEquals(TinyMachine.STACK, machine.registers().rsp());
            assertEquals(1, machine.registers().rflags() & 1);
        }
    }

    @Test
    default void interruptsReturnsAndControlWordsIn64BitCode() {
        try (TinyMachine machine = machine(new TinyMachine(ready(), 1), true, INTERRUPTS_64)) {
            machine.put(TinyMachine.HANDLER, HANDLER_64);
            gate(machine, true, 8);
            gate(machine, true, 3);
            machine.memory().writeInt(TinyMachine.DATA, 0x9fc0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0x10a, machine.registers().rax());
            assertEquals(TinyMachine.STACK, machine.registers().rsp());
            assertEquals(0x9fc0, machine.memory().readInt(TinyMachine.DATA + 8));
        }
    }

    @Test
    default void sixteenBytesAreComparedAndExchanged() {
        try (TinyMachine machine = machine(new TinyMachine(ready(), 1), true, EXCHANGE)) {
            machine.memory().writeLong(TinyMachine.DATA, 1);
            machine.memory().writeLong(TinyMachine.DATA + 8, 2);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0x0001, machine.memory().readShort(TinyMachine.DATA + 0x100));
            assertEquals(3, machine.memory().readLong(TinyMachine.DATA));
            assertEquals(4, machine.memory().readLong(TinyMachine.DATA + 8));
            assertEquals(3, machine.registers().rax());
            assertEquals(4, machine.registers().rdx());
        }
    }

    @Test
    default void whatSuchAnInstructionDoesWrongReachesTheGuest() {
        try (TinyMachine machine = machine(new TinyMachine(ready(), 1), true, RESERVED_BIT)) {
            machine.memory().writeInt(TinyMachine.DATA, 0x1_0000);
            machine.put(TinyMachine.HANDLER, PROTECTION_HANDLER);
            gate(machine, true, 13);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0, machine.registers().rbx());
            assertEquals(TinyMachine.CODE, machine.registers().rcx());
        }
    }
}
