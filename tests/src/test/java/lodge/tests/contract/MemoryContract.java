package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.backend.Exit;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryWindow;

import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicBoolean;

/** The guest sees the memory map that was placed, and nothing it writes is missed. */
interface MemoryContract extends HypervisorUnderTest {
    String WRITE_ROM =
            """
            8b 1e 10 00            mov bx,[0x10]
            b8 34 12               mov ax,0x1234
            a3 10 00               mov [0x10],ax
            8b 0e 10 00            mov cx,[0x10]
            e6 10                  out 0x10,al
            """;

    String UNMAPPED =
            """
            66 a1 10 00            mov eax,[0x10]
            66 bb 00 00 00 00      mov ebx,0x0
            66 89 1e 10 00         mov [0x10],ebx
            66 8b 1e 10 00         mov ebx,[0x10]
            8a 0e ff 0f            mov cl,[0xfff]
            e6 10                  out 0x10,al
            """;

    String DIRTY =
            """
            b0 01                  mov al,0x1
            a2 00 40               mov [0x4000],al
            a2 ff 7f               mov [0x7fff],al
            a3 ff af               mov [0xafff],ax
            e6 10                  out 0x10,al
            """;

    String WINDOW_LOOP =
            """
            ba 00 02               mov dx,0x200
            a0 10 00               mov al,[0x10]
            ee                     out dx,al
            eb fa                  jmp 3
            """;

    String WRITE_EVERYWHERE =
            """
            31 db                  xor bx,bx
            b8 a5 a5               mov ax,0xa5a5
            8e db                  mov ds,bx
            8e c3                  mov es,bx
            31 ff                  xor di,di
            b9 00 01               mov cx,0x100
            f3 ab                  rep stosw
            81 c3 00 10            add bx,0x1000
            eb ef                  jmp 5
            """;

    @Test
    default void writesToReadOnlyMemoryReachTheBusAndChangeNothing() {
        try (TinyMachine machine = TinyMachine.with(ready(), WRITE_ROM)) {
            MemoryBlock rom = machine.memory().allocate("rom", 0x1000);
            rom.segment().set(ValueLayout.JAVA_SHORT, 0x10, (short) 0x7856);
            machine.memory().window(rom, 0, 0x1000, 0).place(TinyMachine.MMIO, false);
            machine.addMmio();
            machine.start(TinyMachine.MMIO_SEGMENT, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0x7856, machine.registers().rbx());
            assertEquals(0x7856, machine.registers().rcx());
            assertEquals(1, machine.recorder.mmioAccesses());
            assertEquals(-2, machine.recorder.mmioSize(0));
            assertEquals(0x34, machine.recorder.memory[0x10]);
            assertEquals(0x12, machine.recorder.memory[0x11]);
        }
    }

    @Test
    default void unmappedMemoryReadsOnesAndSwallowsWrites() {
        try (TinyMachine machine = TinyMachine.with(ready(), UNMAPPED)) {
            machine.start(TinyMachine.MMIO_SEGMENT, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0xffffffffL, machine.registers().rax() & 0xffffffffL);
            assertEquals(0xffffffffL, machine.registers().rbx() & 0xffffffffL);
            assertEquals(0xff, machine.registers().rcx());
        }
    }

    @Test
    default void theDirtyLogHoldsExactlyTheWrittenPages() {
        try (TinyMachine machine = TinyMachine.with(ready(), DIRTY)) {
            machine.memory().trackDirty(machine.ram, true);
            long[] bitmap = new long[1];
            machine.memory().collectDirty(machine.ram, bitmap);
            bitmap[0] = 0;
            assertEquals(Exit.Signal.KICKED, machine.run());
            machine.memory().writeByte(0xc123, 1);
            machine.memory().collectDirty(machine.ram, bitmap);
            // The guest wrote pages 4, 7, 0xa and 0xb, the device page 0xc.
            assertEquals(
                    BitSet.valueOf(new long[] {1L << 4 | 1L << 7 | 1L << 10 | 1L << 11 | 1L << 12}),
                    BitSet.valueOf(bitmap));
            bitmap[0] = 0;
            machine.memory().collectDirty(machine.ram, bitmap);
            assertEquals(0, bitmap[0], "the log is empty once it was fetched");
            machine.start(0, 0);
            machine.memory().trackDirty(machine.ram, false);
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    @Test
    default void aWindowCanMoveUnderARunningGuest() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), WINDOW_LOOP)) {
            MemoryBlock block = machine.memory().allocate("window", 0x1000);
            block.segment().set(ValueLayout.JAVA_BYTE, 0x10, (byte) 0x5a);
            MemoryWindow window = machine.memory().window(block, 0, 0x1000, 0);
            AtomicBoolean stop = new AtomicBoolean();
            Thread guest =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        machine.start(TinyMachine.MMIO_SEGMENT, 0);
                                        while (!stop.get()) {
                                            machine.run();
                                        }
                                    });
            try {
                for (int i = 0; i < 200; i++) {
                    boolean there = i % 2 == 0;
                    if (there) {
                        window.place(TinyMachine.MMIO, i % 4 == 0);
                    } else {
                        window.remove();
                    }
                    // The first report may come from a load made before; the second cannot.
                    int seen = machine.recorder.outs();
                    long deadline = System.nanoTime() + 10_000_000_000L;
                    while (machine.recorder.outs() < seen + 2) {
                        assertTrue(System.nanoTime() < deadline, "the guest stopped at move " + i);
                        Thread.onSpinWait();
                    }
                    int value = machine.recorder.outValue((seen + 1) % 1024);
                    assertEquals(there ? 0x5a : 0xff, value, "move " + i);
                }
            } finally {
                stop.set(true);
                machine.cpu().kick();
                guest.join();
            }
        }
    }

    @Test
    default void aGuestThatWritesEverywhereDisturbsNobody() throws InterruptedException {
        try (TinyMachine machine = TinyMachine.with(ready(), WRITE_EVERYWHERE)) {
            MemoryBlock other = machine.memory().allocate("not mapped", 0x1000);
            Thread kicker = Kicks.later(machine.cpu(), 200);
            Exit exit = machine.run();
            kicker.join();
            // It overwrites its own code in the end, so anything but an exception is right.
            assertFalse(exit == null);
            for (int i = 0; i < 0x1000; i += 8) {
                assertEquals(
                        0,
                        other.segment().get(ValueLayout.JAVA_LONG, i),
                        "memory that is not mapped");
            }
        }
    }

    @Test
    default void windowsAtPlacesThatNoProcessorReachesDisturbNobody() {
        try (TinyMachine machine = TinyMachine.with(ready(), UNMAPPED)) {
            MemoryBlock block = machine.memory().allocate("window", 0x1000);
            MemoryWindow window = machine.memory().window(block, 0, 0x1000, -10);
            for (long place :
                    new long[] {
                        1L << 51,
                        (1L << 52) - 0x1000,
                        0xfeff_d000L,
                        0xfeff_c000L,
                        0xfee0_0000L,
                        -4096
                    }) {
                window.place(place, true);
                window.remove();
            }
            window.place(0xfeff_d000L, true);
            machine.start(TinyMachine.MMIO_SEGMENT, 0);
            assertEquals(Exit.Signal.KICKED, machine.run());
            assertEquals(0xff, machine.registers().rcx());
        }
    }

    @Test
    default void memoryThatTheHostCannotGiveIsRefusedWithARemedy() {
        try (TinyMachine machine = TinyMachine.with(ready(), UNMAPPED)) {
            BadConfigException e =
                    assertThrows(
                            BadConfigException.class,
                            () -> machine.memory().allocate("ram2", 1L << 46));
            assertTrue(e.getMessage().contains("choose less"), e.getMessage());
        }
    }
}
