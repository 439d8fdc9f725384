package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import lodge.core.backend.TraceWindow;
import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;

/** What a trace of a small program in real mode says, line by line. */
class InstructionTraceTest {
    private static final int CODE = 0x7c00;

    private final PhysicalMemory physical = new PhysicalMemory();
    private final GuestMemory memory = new GuestMemory(physical);
    private final List<String> lines = new ArrayList<>();
    private Cpu cpu;

    @BeforeEach
    void build() {
        MemoryBlock block = memory.allocate("ram", 1 << 20);
        memory.window(block, 0, 1 << 20, 0).place(0, true);
        cpu =
                new Cpu(
                        physical,
                        new IoSpace(),
                        new ProcessorModel(-1L, 0, 46, true, 0, List.of()),
                        new FixedApic());
        physical.listener(
                new PhysicalMemory.Listener() {
                    @Override
                    public void mapChanged() {
                        cpu.attention(Cpu.FLUSH);
                    }

                    @Override
                    public void protect(long hostPage) {
                        cpu.protect(hostPage);
                    }
                });
        cpu.cr0 = CpuSystem.CR0_ET;
        cpu.idtrLimit = 0x3ff;
        for (int n = 0; n < 6; n++) {
            Segments.set(
                    cpu,
                    n,
                    0,
                    0,
                    0xffff,
                    n == CpuRegisters.CS ? Segments.REAL_CODE : Segments.REAL_DATA);
        }
        cpu.setReg64(CpuRegisters.RSP, 0x7000);
        cpu.modeChanged();
        cpu.flush(true);
        cpu.mail.take();
        // xor ax,ax; mov dx,3f8h; out dx,al; in al,dx; div ax; the handler is hlt
        code(CODE, "31c0baf803eeecf7f0");
        code(0x7d00, "f4");
        memory.writeInt(0, 0x7d00);
        cpu.rip = CODE;
    }

    @AfterEach
    void free() {
        cpu.free();
        physical.close();
    }

    private void code(int at, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (int n = 0; n < bytes.length; n++) {
            memory.writeByte(at + n, bytes[n]);
        }
    }

    private void run(TraceWindow window) {
        cpu.trace(new InstructionTrace(cpu, window, lines::add));
        while (!cpu.halted) {
            assertNull(cpu.stepOnce());
        }
    }

    private static TraceWindow window(long skip, OptionalLong from, long lines) {
        return new TraceWindow(0, skip, from, lines);
    }

    @Test
    void instructionsPortsAndExceptionsAreWrittenInTheirOrder() {
        run(window(0, OptionalLong.empty(), 100));
        assertEquals(
                """
                0x00007c00:  31 c0                    xor ax,ax
                0x00007c02:  ba f8 03                 mov dx,0x3f8
                0x00007c05:  ee                       out dx,al
                cpu_out addr 0x3f8(b) value 0
                0x00007c06:  ec                       in al,dx
                cpu_in addr 0x3f8(b) value 255
                0x00007c07:  f7 f0                    div ax
                0x00007d00:  f4                       hlt
                """,
                withoutEvents());
    }

    @Test
    void anExceptionIsWrittenWithItsPlace() {
        memory.writeShort(CODE, (short) 0xf0f7); // div ax, of 0
        run(window(0, OptionalLong.empty(), 100));
        assertEquals(
                """
                0x00007c00:  f7 f0                    div ax
                check_exception old: 0xffffffff new 0x0
                     0: v=00 e=0000 i=0 cpl=0 IP=0000:0000000000007c00 pc=0000000000007c00 \
                SP=0000:0000000000007000 env->regs[R_EAX]=0000000000000000
                0x00007d00:  f4                       hlt
                """,
                text());
    }

    @Test
    void anInterruptOfAnInstructionIsNoException() {
        code(CODE, "cd00");
        run(window(0, OptionalLong.empty(), 2));
        assertEquals(
                """
                0x00007c00:  cd 00                    int 0x0
                     0: v=00 e=0000 i=1 cpl=0 IP=0000:0000000000007c02 pc=0000000000007c02 \
                SP=0000:0000000000007000 env->regs[R_EAX]=0000000000000000
                """,
                text());
    }

    @Test
    void theWindowBeginsBehindSkippedInstructionsAndEndsByItsLines() {
        run(window(2, OptionalLong.empty(), 1));
        assertEquals("0x00007c05:  ee                       out dx,al\n", text());
        assertFalse(cpu.careful, "The processor does not run freely again");
    }

    @Test
    void theWindowBeginsAtAnAddress() {
        run(window(0, OptionalLong.of(0x7c06), 2));
        assertEquals(
                """
                0x00007c06:  ec                       in al,dx
                cpu_in addr 0x3f8(b) value 255
                """,
                text());
    }

    private String text() {
        return String.join("\n", lines) + "\n";
    }

    private String withoutEvents() {
        lines.removeIf(line -> line.contains("v=00") || line.startsWith("check_exception"));
        return text();
    }
}
