package lodge.devices.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.storage.Background;

import java.util.ArrayDeque;
import java.util.Queue;

/** A channel at its PC/AT ports with 1 MiB of memory, and a guest's view of it. */
final class AtaRig {
    static final int BASE = 0x1f0;
    static final int CONTROL = 0x3f6;
    static final int BM = 0xc000;
    static final int STATUS = 7;
    static final int READY = 0x50;

    final IoSpace io = new IoSpace();
    final GuestMemory memory = GuestMemory.forTests();
    final Queue<Runnable> tasks = new ArrayDeque<>();

    /** Runs at once, or collects while {@code holding}. */
    final Background background =
            task -> {
                if (AtaRig.this.holding) {
                    AtaRig.this.tasks.add(task);
                } else {
                    task.run();
                }
            };

    boolean holding;
    int edges;
    boolean irq;
    AtaChannel channel;

    AtaRig plug(AtaDrive drive0, AtaDrive drive1) {
        MemoryBlock ram = memory.allocate("ram", 1 << 20);
        memory.window(ram, 0, 1 << 20, 0).place(0, true);
        IrqLine line =
                new IrqLine(
                        (pin, high) -> {
                            irq = high;
                            edges += high ? 1 : 0;
                        },
                        14);
        channel = new AtaChannel("ide0", line, memory, drive0, drive1);
        channel.enableBusMaster(true);
        io.claimPorts(channel, BASE, 8, channel.commandPorts());
        io.claimPorts(channel, CONTROL, 1, channel.controlPorts());
        io.claimPorts(channel, BM, 8, channel.busMasterPorts());
        return this;
    }

    void out(int register, int value) {
        io.out(BASE + register, 1, value);
    }

    int in(int register) {
        return io.in(BASE + register, 1);
    }

    int status() {
        return in(STATUS);
    }

    int word() {
        return io.in(BASE, 2);
    }

    void words(int count, int value) {
        for (int i = 0; i < count; i++) {
            io.out(BASE, 2, value);
        }
    }

    /** Writes a 28-bit address and a count, then a command. */
    void lba28(int command, int lba, int count) {
        out(6, 0xe0 | in(6) & 0x10 | lba >>> 24);
        out(2, count);
        out(3, lba);
        out(4, lba >>> 8);
        out(5, lba >>> 16);
        out(7, command);
    }

    /** Writes a 48-bit address and a count, then a command. */
    void lba48(int command, long lba, int count) {
        out(6, 0xe0 | in(6) & 0x10);
        out(2, count >>> 8);
        out(2, count);
        out(3, (int) (lba >>> 24));
        out(3, (int) lba);
        out(4, (int) (lba >>> 32));
        out(4, (int) (lba >>> 8));
        out(5, (int) (lba >>> 40));
        out(5, (int) (lba >>> 16));
        out(7, command);
    }

    void assertSucceeded() {
        assertEquals(READY, status());
    }

    void assertFailed(int error) {
        assertEquals(1, status() & 0x89, "ERR without BSY and DRQ");
        assertEquals(error, in(1));
    }

    /** Reads one data block and returns the sector number in its first two bytes. */
    int sector() {
        int number = word();
        for (int i = 1; i < 255; i++) {
            word();
        }
        assertEquals(~number & 0xff, word() >>> 8, "last byte of the sector");
        return number;
    }

    void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    /**
     * Writes descriptors at 0x1000: pairs of address and size, the last with the end bit; points
     * the channel there.
     */
    void prds(int... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            memory.writeInt(0x1000 + 4L * i, pairs[i]);
            memory.writeInt(
                    0x1004 + 4L * i, pairs[i + 1] & 0xffff | (i + 2 == pairs.length ? 1 << 31 : 0));
        }
        io.out(BM + 4, 4, 0x1000);
    }

    int bmStatus() {
        return io.in(BM + 2, 1);
    }

    void bm(int command) {
        io.out(BM, 1, command);
    }
}
