package lodge.devices.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryWindow;
import lodge.core.state.States;
import lodge.devices.platform.ResetControl;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Against the 82441FX datasheet (290549) and PCI Local Bus Specification 2.1. */
class PciHost440FxTest {
    private final IoSpace io = new IoSpace();
    private final GuestMemory memory = GuestMemory.forTests();
    private final MemoryBlock ram = memory.allocate("vram", 1 << 16);
    private final MemoryWindow window = memory.window(ram, 0, 1 << 16, -10);
    private final List<String> segments = new ArrayList<>();
    private final PciBus bus = new PciBus();
    private final PciHost440Fx host =
            new PciHost440Fx(
                    "host",
                    bus,
                    (gpa, size, readable, writable) ->
                            segments.add("%x+%x %b %b".formatted(gpa, size, readable, writable)));
    private boolean wire;
    private final Card card =
            new Card("card", io, window, new IrqLine((pin, high) -> wire = high, 0));
    private boolean reset;

    /** A function with a BAR of each kind, two capabilities and an interrupt pin. */
    private static final class Card extends PciFunction<Card.State>
            implements lodge.core.bus.PortDevice {
        record State(PciState pci) {}

        int written;

        Card(String name, IoSpace io, MemoryWindow window, IrqLine intx) {
            super(name, new Identity(0x1234, 0x5678, 3, 0x020000, 0x1af4, 0x1100), 2, intx);
            register16(COMMAND, 0, COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_NO_INTX);
            portBar(0, io, 32, this);
            memoryBar(1, window, true);
            bar(2, Bar.Kind.MEMORY_64, 1L << 33, true, base -> {});
            romBar(window);
            capability(0x50, 0x01);
            capability(0x60, 0x11);
        }

        void interrupt(boolean level) {
            synchronized (this) {
                setIntx(level);
            }
        }

        @Override
        protected void configWritten(int from, int to) {
            written = from << 16 | to;
        }

        @Override
        public int in(int offset, int size) {
            return 0x40 | offset;
        }

        @Override
        public void out(int offset, int size, int value) {}

        @Override
        public synchronized void reset() {
            resetPci();
        }

        @Override
        public synchronized State save() {
            return new State(savePci());
        }

        @Override
        public synchronized void load(State state) {
            loadPci(state.pci);
        }
    }

    @BeforeEach
    void wire() {
        ResetControl resetControl = new ResetControl("reset", () -> reset = true);
        bus.attach(0, 0, host);
        bus.attach(3, 0, card);
        host.connectResetControl(resetControl, resetControl);
        io.claimPorts(host, 0xcf8, 8, host);
    }

    private void select(int slot, int register) {
        io.out(0xcf8, 4, 1 << 31 | slot << 11 | register & 0xfc);
    }

    private int read(int slot, int register, int size) {
        select(slot, register);
        return io.in(0xcfc + (register & 3), size);
    }

    private void write(int slot, int register, int size, int value) {
        select(slot, register);
        io.out(0xcfc + (register & 3), size, value);
    }

    @Test
    void identifiesItself() {
        assertEquals(0x1237_8086, read(0, 0, 4));
        assertEquals(0x0600_0002, read(0, 8, 4));
        assertEquals(0x0280_0006, read(0, 4, 4));
    }

    @Test
    void configurationSpaceIsReadInBytesWordsAndDwords() {
        assertEquals(0x5678_1234, read(3, 0, 4));
        assertEquals(0x5678, read(3, 2, 2));
        assertEquals(0x78, read(3, 2, 1));
        assertEquals(0x7812, read(3, 1, 2));
        assertEquals(0x1100_1af4, read(3, 0x2c, 4));
        assertEquals(0x0200_0003, read(3, 8, 4));
        assertEquals(2, read(3, 0x3d, 1), "INTB#");
    }

    @Test
    void absentFunctionsAndBusesReadAsOnes() {
        assertEquals(-1, read(4, 0, 4));
        io.out(0xcf8, 4, 0x8001_0000);
        assertEquals(0xffff, io.in(0xcfc, 2));
        io.out(0xcf8, 4, 3 << 11);
        assertEquals(-1, io.in(0xcfc, 4), "without the enable bit");
    }

    @Test
    void theAddressRegisterTakesDwordsOnly() {
        io.out(0xcf8, 4, 0xffff_ffff);
        assertEquals(0x80ff_fffc, io.in(0xcf8, 4));
        io.out(0xcf8, 1, 0);
        io.out(0xcfa, 2, 0);
        assertEquals(0x80ff_fffc, io.in(0xcf8, 4));
        assertEquals(0xff, io.in(0xcf8, 1));
    }

    @Test
    void bytesAtCf9ReachResetControl() {
        io.out(0xcf9, 1, 2);
        assertEquals(2, io.in(0xcf9, 1));
        assertFalse(reset);
        io.out(0xcf9, 1, 6);
        assertTrue(reset);
    }

    @Test
    void pamRegistersSwitchShadowRam() {
        write(0, 0x59, 1, 0x30);
        write(0, 0x5a, 1, 0x21);
        write(0, 0x5f, 1, 0x03);
        write(0, 0x5f, 1, 0x03);
        assertEquals(
                List.of(
                        "f0000+10000 true true",
                        "c0000+4000 true false",
                        "c4000+4000 false true",
                        "e8000+4000 true true"),
                segments);
        segments.clear();
        PciHost440Fx.State state = host.save();
        host.reset();
        assertEquals(4, segments.size());
        assertTrue(segments.contains("f0000+10000 false false"));
        segments.clear();
        host.load(state);
        assertEquals(4, segments.size());
        assertEquals(List.of(), States.diff(state, host.save()));
    }

    @Test
    void smramLocksUntilReset() {
        write(0, 0x72, 1, 0x4a);
        assertEquals(0x4a, read(0, 0x72, 1));
        write(0, 0x72, 1, 0x5a);
        assertEquals(0x1a, read(0, 0x72, 1), "D_LCK clears D_OPEN");
        write(0, 0x72, 1, 0x02);
        assertEquals(0x1a, read(0, 0x72, 1));
        PciHost440Fx.State state = host.save();
        host.load(state);
        assertEquals(0x1a, read(0, 0x72, 1));
        host.reset();
        assertEquals(0x02, read(0, 0x72, 1));
        write(0, 0x72, 1, 0x0a);
        assertEquals(0x0a, read(0, 0x72, 1));
    }

    @Test
    void aBarTellsItsSizeAndPlacesItsPorts() {
        write(3, 0x10, 4, -1);
        assertEquals(0xffff_ffe1, read(3, 0x10, 4));
        write(3, 0x10, 4, 0xd123);
        assertEquals(0xd121, read(3, 0x10, 4));
        assertEquals(0xff, io.in(0xd125, 1), "not enabled");
        write(3, 4, 1, 1);
        assertEquals(0x45, io.in(0xd125, 1));
        write(3, 0x11, 1, 0xe1);
        assertEquals(0xff, io.in(0xd125, 1));
        assertEquals(0x45, io.in(0xe125, 1), "moved by a byte write");
        write(3, 0x10, 4, -1);
        assertEquals(0xff, io.in(0xffe5, 1), "all ones is the size probe, not a place");
        write(3, 0x10, 4, 0);
        assertEquals(0xff, io.in(5, 1), "nor is zero");
    }

    @Test
    void aMemoryBarShowsItsWindow() {
        write(3, 0x14, 4, -1);
        assertEquals(0xffff_0008, read(3, 0x14, 4), "prefetchable, 64 KiB");
        write(3, 0x14, 4, 0xe000_0000);
        write(3, 4, 2, 2);
        assertEquals(0xe000_0000L, window.gpa());
        write(3, 4, 2, 0);
        assertEquals(-1, window.gpa());
        write(3, 0x30, 4, 0xd000_0001);
        write(3, 0x14, 4, 0);
        write(3, 4, 2, 2);
        assertEquals(0xd000_0000L, window.gpa(), "the expansion ROM");
        write(3, 0x30, 4, 0xd000_0000);
        assertEquals(-1, window.gpa());
    }

    @Test
    void a64BitBarTakesTwoRegisters() {
        write(3, 0x18, 4, -1);
        write(3, 0x1c, 4, -1);
        assertEquals(0x0000_000c, read(3, 0x18, 4));
        assertEquals(0xffff_fffe, read(3, 0x1c, 4));
    }

    @Test
    void capabilitiesAreChained() {
        assertEquals(0x10, read(3, 6, 1) & 0x10);
        assertEquals(0x50, read(3, 0x34, 1));
        assertEquals(0x6001, read(3, 0x50, 2));
        assertEquals(0x0011, read(3, 0x60, 2));
    }

    @Test
    void readOnlyBitsStayAndTheFunctionHearsOfWrites() {
        write(3, 0, 4, 0);
        assertEquals(0x5678_1234, read(3, 0, 4));
        write(3, 0x3c, 4, -1);
        assertEquals(0x0000_02ff, read(3, 0x3c, 4));
        assertEquals(0x3c << 16 | 0x40, card.written);
    }

    @Test
    void theInterruptPinCanBeDisabled() {
        card.interrupt(true);
        assertTrue(wire);
        write(3, 4, 2, 0x400);
        assertFalse(wire);
        write(3, 4, 2, 0);
        assertTrue(wire);
        card.reset();
        assertFalse(wire);
    }

    @Test
    void loadPlacesBarsAgain() {
        write(3, 0x14, 4, 0xe000_0000);
        write(3, 4, 2, 3);
        Card.State state = card.save();
        card.reset();
        assertEquals(-1, window.gpa());
        card.load(state);
        assertEquals(0xe000_0000L, window.gpa());
        card.load(new Card.State(new PciFunction.PciState(new byte[3])));
        assertEquals(-1, window.gpa());
        assertEquals(0x5678_1234, read(3, 0, 4));
    }

    @Test
    void functionsBesideFunction0MakeItMultiFunction() {
        assertEquals(0, read(3, 0x0e, 1));
        bus.attach(
                3,
                2,
                new Card("second", io, memory.window(ram, 0, 1 << 16, -10), IrqLine.unconnected()));
        assertEquals(0x80, read(3, 0x0e, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> bus.attach(3, 2, new Card("third", io, window, IrqLine.unconnected())));
    }

    @Test
    void slotsRotateTheInterruptPins() {
        assertEquals(0, PciBus.pirq(1, 1));
        assertEquals(3, PciBus.pirq(1, 4));
        assertEquals(2, PciBus.pirq(3, 1));
        assertEquals(3, PciBus.pirq(0, 1));
        assertEquals(0, PciBus.pirq(4, 2));
    }
}
