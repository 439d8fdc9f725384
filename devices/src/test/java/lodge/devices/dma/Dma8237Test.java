package lodge.devices.dma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

/** Against the Intel 8237A datasheet (231466) and the PC/AT's wiring. */
class Dma8237Test {
    private static final int SINGLE = 0x40;
    private static final int AUTOINIT = 0x10;
    private static final int DECREMENT = 0x20;
    private static final int WRITE = 0x04;
    private static final int READ = 0x08;
    private static final int TC = DmaChannel.TERMINAL_COUNT;

    private final GuestMemory memory = GuestMemory.forTests();
    private final Dma8237 dma = new Dma8237("dma", memory);
    private final IoSpace io = new IoSpace();
    private final byte[] bytes = new byte[4096];
    private final MemorySegment data = MemorySegment.ofArray(bytes);

    @BeforeEach
    void wire() {
        MemoryBlock ram = memory.allocate("ram", 1 << 20);
        memory.window(ram, 0, 1 << 20, 0).place(0, true);
        io.claimPorts(dma, 0x00, 16, dma.firstPorts());
        io.claimPorts(dma, 0xc0, 32, dma.secondPorts());
        io.claimPorts(dma, 0x81, 15, dma.pagePorts());
        io.out(0xd6, 1, 0xc0);
        io.out(0xd4, 1, 0);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i + 1);
        }
    }

    /** Programs channel 2. */
    private void channel2(int mode, int address, int count, int page) {
        io.out(0x0a, 1, 6);
        io.out(0x0c, 1, 0);
        io.out(0x0b, 1, mode | 2);
        io.out(0x04, 1, address);
        io.out(0x04, 1, address >>> 8);
        io.out(0x05, 1, count);
        io.out(0x05, 1, count >>> 8);
        io.out(0x81, 1, page);
        io.out(0x0a, 1, 2);
    }

    private int read16(int port) {
        io.out(0x0c, 1, 0);
        return io.in(port, 1) | io.in(port, 1) << 8;
    }

    @Test
    void isMaskedAfterReset() {
        assertFalse(new Dma8237("other", memory).channel(2).ready());
        channel2(SINGLE | WRITE, 0, 0, 0);
        assertTrue(dma.channel(2).ready());
        io.out(0x0d, 1, 0);
        assertFalse(dma.channel(2).ready());
    }

    @Test
    void writesToMemoryUntilTerminalCount() {
        channel2(SINGLE | WRITE, 0x2345, 99, 3);
        DmaChannel channel = dma.channel(2);
        assertEquals(DmaChannel.Direction.TO_MEMORY, channel.direction());
        assertEquals(60, channel.write(data, 0, 60));
        assertEquals(0x2345 + 60, read16(0x04));
        assertEquals(39, read16(0x05));
        assertEquals(40 | TC, channel.write(data, 60, 500));
        for (int i = 0; i < 100; i++) {
            assertEquals(i + 1, memory.readByte(0x32345 + i));
        }
        assertEquals(0, memory.readByte(0x32345 + 100));
        assertEquals(4, io.in(0x08, 1), "terminal count of channel 2");
        assertEquals(0, io.in(0x08, 1), "reading the status clears it");
        assertFalse(channel.ready(), "masked at terminal count");
        assertEquals(0xffff, read16(0x05));
    }

    @Test
    void readsFromMemory() {
        memory.writeInt(0x54321, 0xcafe_f00d);
        channel2(SINGLE | READ, 0x4321, 3, 5);
        assertEquals(0, dma.channel(2).write(data, 0, 4), "the other direction");
        assertEquals(4 | TC, dma.channel(2).read(data, 8, 4));
        assertEquals(0x0d, bytes[8]);
        assertEquals((byte) 0xca, bytes[11]);
    }

    @Test
    void verifyCountsAndMovesNothing() {
        channel2(SINGLE, 0x1000, 9, 0);
        assertEquals(DmaChannel.Direction.VERIFY, dma.channel(2).direction());
        assertEquals(10 | TC, dma.channel(2).write(data, 0, 512));
        assertEquals(0, memory.readByte(0x1000));
    }

    @Test
    void decrementsAddresses() {
        channel2(SINGLE | WRITE | DECREMENT, 0x1003, 3, 0);
        assertEquals(4 | TC, dma.channel(2).write(data, 0, 4));
        assertEquals(0x01020304, memory.readInt(0x1000));
        assertEquals(0x0fff, read16(0x04));
    }

    @Test
    void autoinitialisationStartsAgain() {
        channel2(SINGLE | WRITE | AUTOINIT, 0x1000, 3, 0);
        assertEquals(4 | TC, dma.channel(2).write(data, 0, 512));
        assertEquals(0x1000, read16(0x04));
        assertEquals(3, read16(0x05));
        assertTrue(dma.channel(2).ready());
    }

    @Test
    void addressesStayInTheirPage() {
        channel2(SINGLE | WRITE, 0xfffe, 3, 1);
        assertEquals(4 | TC, dma.channel(2).write(data, 0, 4));
        assertEquals(0x0201, memory.readShort(0x1fffe));
        assertEquals(0x0403, memory.readShort(0x10000));
        assertEquals(0, memory.readShort(0x20000));
    }

    @Test
    void maskDisableAndCascadeStopAChannel() {
        DmaChannel channel = dma.channel(2);
        channel2(SINGLE | WRITE, 0, 511, 0);
        io.out(0x08, 1, 4);
        assertEquals(0, channel.write(data, 0, 4), "controller disabled");
        io.out(0x08, 1, 0);
        io.out(0xd4, 1, 4);
        assertFalse(channel.ready(), "the first controller's way out is masked");
        io.out(0xd4, 1, 0);
        io.out(0x0f, 1, 4);
        assertFalse(channel.ready());
        io.out(0x0e, 1, 0);
        assertTrue(channel.ready());
        io.out(0x0b, 1, 0xc2);
        assertFalse(channel.ready(), "cascade mode");
    }

    @Test
    void requestsAreShownInTheStatus() {
        dma.channel(2).request(true);
        assertEquals(0x40, io.in(0x08, 1));
        dma.channel(2).request(false);
        assertEquals(0, io.in(0x08, 1));
        io.out(0x09, 1, 5);
        assertEquals(0x20, io.in(0x08, 1));
    }

    @Test
    void secondControllerMovesWords() {
        io.out(0xd8, 1, 0);
        io.out(0xd6, 1, SINGLE | WRITE | 1);
        io.out(0xc4, 1, 0x00);
        io.out(0xc4, 1, 0x08);
        io.out(0xc6, 1, 1);
        io.out(0xc6, 1, 0);
        io.out(0x8b, 1, 0x03);
        io.out(0xd4, 1, 1);
        assertEquals(4 | TC, dma.channel(5).write(data, 0, 10));
        assertEquals(0x04030201, memory.readInt(0x21000), "page bit 0 is not used");
        io.out(0xd8, 1, 0);
        assertEquals(0x02, io.in(0xc4, 1));
        assertEquals(0x08, io.in(0xc4, 1));
        assertEquals(2, io.in(0xd0, 1) & 0x0f);
    }

    @Test
    void flipFlopSelectsTheHighByte() {
        io.out(0x0c, 1, 0);
        io.out(0x00, 1, 0x34);
        io.out(0x00, 1, 0x12);
        assertEquals(0x34, io.in(0x00, 1));
        assertEquals(0x12, io.in(0x00, 1));
        io.in(0x00, 1);
        io.out(0x0c, 1, 0);
        assertEquals(0x34, io.in(0x00, 1));
    }
}
