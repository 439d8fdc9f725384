package lodge.machine;

import lodge.core.bus.MmioDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryWindow;
import lodge.devices.pci.ShadowRam;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What lies between 0xc0000 and 0xfffff: RAM below, the BIOS ROM above it, and the host bridge's
 * PAM registers that choose per segment where reads and where writes go (82441FX datasheet,
 * 3.2.18). Reads from ROM with writes to RAM - how firmware copies itself - is a read-only mapping
 * of the ROM whose writes come here over the bus.
 */
public final class PamShadow implements Device<PamShadow.State>, ShadowRam, MmioDevice {
    static final long BASE = 0xc0000;
    static final int SIZE = 0x40000;
    private static final int SEGMENT_SIZE = 0x4000;
    private static final int SEGMENTS = SIZE / SEGMENT_SIZE;
    private static final int RAM_PRIORITY = 10;
    private static final int ROM_PRIORITY = 5;
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * The saved state.
     *
     * @param readable one bit per 16 KiB segment: reads come from RAM
     * @param writable one bit per 16 KiB segment: writes go to RAM
     */
    public record State(int readable, int writable) {}

    private final Counters counters = new Counters();
    private final MemoryBlock ram;
    private final MemoryWindow[] ramWindows = new MemoryWindow[SEGMENTS];
    private final MemoryWindow[] romWindows = new MemoryWindow[SEGMENTS];
    private int readable;
    private int writable;

    /**
     * All segments show ROM, or nothing where there is none.
     *
     * @param memory the guest's memory
     * @param ram guest RAM; the part from 0xc0000 on is used
     * @param bios the BIOS ROM, whose end lies at 0xfffff (its last 128 KiB at most), or null
     */
    PamShadow(GuestMemory memory, MemoryBlock ram, MemoryBlock bios) {
        this.ram = ram;
        long romStart = bios == null ? BASE + SIZE : BASE + SIZE - Math.min(bios.size(), 0x20000);
        for (int i = 0; i < SEGMENTS; i++) {
            long gpa = BASE + (long) i * SEGMENT_SIZE;
            ramWindows[i] = memory.window(ram, gpa, SEGMENT_SIZE, RAM_PRIORITY);
            if (gpa >= romStart) {
                romWindows[i] =
                        memory.window(
                                bios,
                                bios.size() - (BASE + SIZE - gpa),
                                SEGMENT_SIZE,
                                ROM_PRIORITY);
                romWindows[i].place(gpa, false);
            }
        }
    }

    @Override
    public synchronized void segment(int gpa, int size, boolean fromRam, boolean toRam) {
        int first = (int) (gpa - BASE) / SEGMENT_SIZE;
        int mask = (1 << size / SEGMENT_SIZE) - 1 << first;
        apply(
                fromRam ? readable | mask : readable & ~mask,
                toRam ? writable | mask : writable & ~mask);
    }

    private void apply(int newReadable, int newWritable) {
        readable = newReadable;
        writable = newWritable;
        for (int i = 0; i < SEGMENTS; i++) {
            if ((readable >> i & 1) != 0) {
                ramWindows[i].place(BASE + (long) i * SEGMENT_SIZE, (writable >> i & 1) != 0);
            } else {
                ramWindows[i].remove();
            }
        }
    }

    /** Reached only where neither ROM nor readable RAM is: an open bus. */
    @Override
    public long read(long offset, int size) {
        return -1;
    }

    /** Reached by writes to ROM and to RAM that is shown read-only. */
    @Override
    public void write(long offset, int size, long value) {
        int segment = (int) (offset / SEGMENT_SIZE);
        if ((writable >> segment & 1) == 0) {
            return;
        }
        long at = BASE + offset;
        MemorySegment bytes = ram.segment();
        switch (size) {
            case 1 -> bytes.set(ValueLayout.JAVA_BYTE, at, (byte) value);
            case 2 -> bytes.set(LE16, at, (short) value);
            case 4 -> bytes.set(LE32, at, (int) value);
            default -> bytes.set(LE64, at, value);
        }
        ram.markDirty(at, size);
    }

    @Override
    public String name() {
        return "pam";
    }

    @Override
    public synchronized void reset() {
        apply(0, 0);
    }

    @Override
    public synchronized State save() {
        return new State(readable, writable);
    }

    @Override
    public synchronized void load(State state) {
        apply(state.readable & 0xffff, state.writable & 0xffff);
    }

    @Override
    public Counters counters() {
        return counters;
    }
}
