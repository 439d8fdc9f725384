package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import lodge.core.backend.Exit;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Port and memory accesses reach the bus exactly as the guest made them. */
interface ExitContract extends HypervisorUnderTest {
    String PORT_SIZES =
            """
            ba 00 02               mov dx,0x200
            b0 11                  mov al,0x11
            ee                     out dx,al
            b8 33 22               mov ax,0x2233
            ef                     out dx,ax
            66 b8 77 66 55 44      mov eax,0x44556677
            66 ef                  out dx,eax
            ec                     in al,dx
            a2 00 20               mov [0x2000],al
            ed                     in ax,dx
            a3 02 20               mov [0x2002],ax
            66 ed                  in eax,dx
            66 a3 04 20            mov [0x2004],eax
            e6 10                  out 0x10,al
            """;

    String MMIO_SIZES =
            """
            b0 11                  mov al,0x11
            a2 10 00               mov [0x10],al
            b8 22 33               mov ax,0x3322
            a3 12 00               mov [0x12],ax
            66 b8 44 55 66 77      mov eax,0x77665544
            66 a3 14 00            mov [0x14],eax
            8a 1e 10 00            mov bl,[0x10]
            8b 0e 12 00            mov cx,[0x12]
            66 8b 16 14 00         mov edx,[0x14]
            e6 10                  out 0x10,al
            """;

    String MMIO_CROOKED =
            """
            b8 11 22               mov ax,0x2211
            a3 21 00               mov [0x21],ax
            66 b8 33 44 55 66      mov eax,0x66554433
            66 a3 33 00            mov [0x33],eax
            66 b8 aa bb cc dd      mov eax,0xddccbbaa
            66 a3 fe 0f            mov [0xffe],eax
            8b 1e 21 00            mov bx,[0x21]
            66 8b 0e 33 00         mov ecx,[0x33]
            66 8b 16 fe 0f         mov edx,[0xffe]
            e6 10                  out 0x10,al
            """;

    String REP_INS =
            """
            ba 00 02               mov dx,0x200
            bf 00 20               mov di,0x2000
            b9 00 01               mov cx,0x100
            fc                     cld
            f3 6d                  rep insw
            89 fb                  mov bx,di
            b9 05 00               mov cx,0x5
            bf 05 23               mov di,0x2305
            fd                     std
            f3 6c                  rep insb
            e6 10                  out 0x10,al
            """;

    String REP_OUTS =
            """
            ba 00 02               mov dx,0x200
            be 00 20               mov si,0x2000
            b9 64 00               mov cx,0x64
            fc                     cld
            f3 6e                  rep outsb
            b9 32 00               mov cx,0x32
            be 00 20               mov si,0x2000
            f3 6f                  rep outsw
            b9 19 00               mov cx,0x19
            be 00 20               mov si,0x2000
            66 f3 6f               rep outsd
            e6 10                  out 0x10,al
            """;

    String IO_LOOP =
            """
            ba 04 02               mov dx,0x204
            ec                     in al,dx
            ee                     out dx,al
            eb fc                  jmp 3
            """;

    String MMIO_LOOP =
            """
            a1 10 00               mov ax,[0x10]
            a3 12 00               mov [0x12],ax
            eb f8                  jmp 0
            """;

    String INS_LOOP =
            """
            ba 04 02               mov dx,0x204
            b9 40 00               mov cx,0x40
            bf 00 20               mov di,0x2000
            f3 6d                  rep insw
            eb f6                  jmp 3
            """;

    @Test
    default void portAccessesOfAllSizesArrive() {
        try (TinyMachine machine = TinyMachine.with(ready(), PORT_SIZES)) {
            assertEquals(Exit.Signal.KICKED, machine.run());
            Recorder recorder = machine.recorder;
            assertEquals(3, recorder.outs());
            assertEquals(1, recorder.outSize(0));
            assertEquals(0x11, recorder.outValue(0));
            assertEquals(2, recorder.outSize(1));
            assertEquals(0x2233, recorder.outValue(1));
            assertEquals(4, recorder.outSize(2));
            assertEquals(0x44556677, recorder.outValue(2));
            // The counter gives 00.., 01.., 02.. in every byte.
            assertEquals(0, machine.memory().readByte(0x2000));
            assertEquals(0x0101, machine.memory().readShort(0x2002));
            assertEquals(0x02020202, machine.memory().readInt(0x2004));
        }
    }

    @Test
    default void memoryAccessesOfAllSizesArriveWhole() {
        try (TinyMachine machine = TinyMachine.with(ready(), MMIO_SIZES)) {
            machine.addMmio();
            machine.start(TinyMachine.MMIO_SEGMENT, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            int[] sizes = new int[machine.recorder.mmioAccesses()];
            Arrays.setAll(sizes, machine.recorder::mmioSize);
            assertArrayEquals(new int[] {-1, -2, -4, 1, 2, 4}, sizes);
            assertArrayEquals(
                    new byte[] {0x11, 0, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
                    Arrays.copyOfRange(machine.recorder.memory, 0x10, 0x18));
            assertEquals(0x11, machine.registers().rbx());
            assertEquals(0x3322, machine.registers().rcx());
            assertEquals(0x77665544, machine.registers().rdx());
        }
    }

    @Test
    default void misalignedAndPageCrossingMemoryAccessesKeepTheirBytes() {
        try (TinyMachine machine = TinyMachine.with(ready(), MMIO_CROOKED)) {
            machine.addMmio();
            machine.start(TinyMachine.MMIO_SEGMENT, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            byte[] memory = machine.recorder.memory;
            assertArrayEquals(new byte[] {0x11, 0x22}, Arrays.copyOfRange(memory, 0x21, 0x23));
            assertArrayEquals(
                    new byte[] {0x33, 0x44, 0x55, 0x66}, Arrays.copyOfRange(memory, 0x33, 0x37));
            assertArrayEquals(
                    new byte[] {(byte) 0xaa, (byte) 0xbb, (byte) 0xcc, (byte) 0xdd},
                    Arrays.copyOfRange(memory, 0xffe, 0x1002));
            assertEquals(0x2211, machine.registers().rbx());
            assertEquals(0x66554433, machine.registers().rcx());
            assertEquals(0xddccbbaaL, machine.registers().rdx());
        }
    }

    @Test
    default void repeatedInKeepsCountOrderAndDirection() {
        try (TinyMachine machine = TinyMachine.with(ready(), REP_INS)) {
            assertEquals(Exit.Signal.KICKED, machine.run());
            for (int i = 0; i < 256; i++) {
                assertEquals(
                        i * 0x0101 & 0xffff,
                        machine.memory().readShort(0x2000 + 2 * i),
                        "word " + i);
            }
            // 256 more would wrap to 0: the five bytes are elements 256 to 260, stored downwards.
            for (int i = 0; i < 5; i++) {
                assertEquals(i, machine.memory().readByte(0x2305 - i), "byte " + i);
            }
            assertEquals(0x2200, machine.registers().rbx(), "DI after the words");
            assertEquals(0, machine.registers().rcx());
            assertTrue(
                    machine.recorder.largestInBurst > 1,
                    "rep ins never came as a burst, largest " + machine.recorder.largestInBurst);
        }
    }

    @Test
    default void repeatedOutKeepsCountAndOrder() {
        try (TinyMachine machine = TinyMachine.with(ready(), REP_OUTS)) {
            for (int i = 0; i < 100; i++) {
                machine.memory().writeByte(0x2000 + i, i + 1);
            }
            assertEquals(Exit.Signal.KICKED, machine.run());
            Recorder recorder = machine.recorder;
            assertEquals(175, recorder.outElements);
            for (int i = 0; i < 100; i++) {
                assertEquals(1, recorder.outSize(i));
                assertEquals(i + 1, recorder.outValue(i));
            }
            for (int i = 0; i < 50; i++) {
                assertEquals(2, recorder.outSize(100 + i));
                assertEquals(
                        machine.memory().readShort(0x2000 + 2 * i), recorder.outValue(100 + i));
            }
            for (int i = 0; i < 25; i++) {
                assertEquals(4, recorder.outSize(150 + i));
                assertEquals(machine.memory().readInt(0x2000 + 4 * i), recorder.outValue(150 + i));
            }
        }
    }

    @Test
    default void portExitsAllocateNothing() {
        assertNoAllocation(IO_LOOP, 1);
    }

    @Test
    default void memoryExitsAllocateNothing() {
        assertNoAllocation(MMIO_LOOP, 1);
    }

    @Test
    default void stringExitsAllocateNothing() {
        assertNoAllocation(INS_LOOP, 64);
    }

    private void assertNoAllocation(String code, int accessesPerExit) {
        int exits = 20_000;
        int accesses = exits * accessesPerExit;
        try (TinyMachine machine = TinyMachine.with(ready(), code)) {
            machine.addMmio();
            machine.start(code.equals(MMIO_LOOP) ? TinyMachine.MMIO_SEGMENT : 0, 0);
            int[] left = {accesses};
            machine.recorder.onSilent =
                    () -> {
                        if (--left[0] == 0) {
                            machine.cpu().kick();
                        }
                    };
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            // Until the run loop is compiled to its last stage it may allocate; what allocates for
            // each exit
            // does so in every round.
            long bytes = Long.MAX_VALUE;
            for (int round = 0; round < 10 && bytes != 0; round++) {
                left[0] = accesses;
                long before = threads.getCurrentThreadAllocatedBytes();
                Exit exit = machine.cpu().run();
                bytes = threads.getCurrentThreadAllocatedBytes() - before;
                assertEquals(Exit.Signal.KICKED, exit);
            }
            assertEquals(0, bytes, "bytes allocated in " + exits + " exits");
        }
    }
}
