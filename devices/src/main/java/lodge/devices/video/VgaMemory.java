package lodge.devices.video;

import lodge.core.bus.MmioDevice;
import lodge.core.memory.MemoryBlock;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The VGA's window on its memory, 128 KiB from 0xa0000 on a PC, with everything the graphics
 * controller does on the way (FreeVGA, "Accessing the VGA Display Memory"): four planes with
 * latches, write modes 0 to 3, read modes 0 and 1, odd/even and chain-4 addressing; and VBE's 64
 * KiB banks.
 *
 * <p>Byte {@code a} of plane {@code p} is byte {@code 4 a + p} of video memory. A chain-4 access to
 * address {@code A} is one to byte {@code A / 4} of plane {@code A % 4} - as in SVGA chips, so that
 * it is linear in video memory; the first VGA left three quarters of each plane unused, which
 * software cannot tell unless it changes the addressing of a picture on screen.
 */
final class VgaMemory implements MmioDevice {
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Size of the window in bytes. */
    static final int WINDOW = 0x20000;

    /** Size of the part of the window that a VBE bank and a chain-4 mode show. */
    static final int BANK = 0x10000;

    private static final int CHAIN_4 = 8;
    private static final int SEQUENTIAL = 4;
    private static final int GC_ODD_EVEN = 2;
    private static final int MODE_ODD_EVEN_READ = 0x10;
    private static final int MODE_READ_1 = 8;

    private final Vga vga;
    private final BochsVbe vbe;
    private final MemoryBlock block;
    private final MemorySegment memory;
    private int linearBase = -1;

    VgaMemory(Vga vga, BochsVbe vbe, MemoryBlock block) {
        this.vga = vga;
        this.vbe = vbe;
        this.block = block;
        this.memory = block.segment();
    }

    /**
     * Looks at the registers again.
     *
     * @return the byte of video memory that the first 64 KiB of the window show one to one, or -1
     *     when they do not
     */
    int update() {
        boolean open =
                (vga.miscOutput & Vga.MISC_RAM_ENABLE) != 0
                        && (vga.subsystemEnable & 1) != 0
                        && map() == 1;
        if (!open) {
            linearBase = -1;
        } else if (vbe.packed()) {
            linearBase = vbe.bankBase();
        } else {
            linearBase = !vbe.enabled() && plainChain4() ? 0 : -1;
        }
        return linearBase;
    }

    private int map() {
        return vga.graphics[Vga.GC_MISCELLANEOUS] >> 2 & 3;
    }

    private boolean plainChain4() {
        return (vga.sequencer[Vga.SEQ_MEMORY_MODE] & CHAIN_4) != 0
                && vga.sequencer[Vga.SEQ_MAP_MASK] == 0xf
                && vga.graphics[Vga.GC_ENABLE_SET_RESET] == 0
                && vga.graphics[Vga.GC_DATA_ROTATE] == 0
                && (vga.graphics[Vga.GC_MODE] & 0xb) == 0
                && vga.graphics[Vga.GC_BIT_MASK] == (byte) 0xff;
    }

    @Override
    public long read(long offset, int size) {
        int at = (int) offset;
        if (linearBase >= 0 && at + size <= BANK) {
            long place = (long) linearBase + at;
            return switch (size) {
                case 1 -> memory.get(ValueLayout.JAVA_BYTE, place) & 0xff;
                case 2 -> memory.get(LE16, place) & 0xffff;
                case 4 -> memory.get(LE32, place) & 0xffff_ffffL;
                default -> memory.get(LE64, place);
            };
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) readByte(at + i) << 8 * i;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        int at = (int) offset;
        if (linearBase >= 0 && at + size <= BANK) {
            long place = (long) linearBase + at;
            switch (size) {
                case 1 -> memory.set(ValueLayout.JAVA_BYTE, place, (byte) value);
                case 2 -> memory.set(LE16, place, (short) value);
                case 4 -> memory.set(LE32, place, (int) value);
                default -> memory.set(LE64, place, value);
            }
            block.markDirty(place, size);
            return;
        }
        for (int i = 0; i < size; i++) {
            writeByte(at + i, (int) (value >>> 8 * i) & 0xff);
        }
    }

    /** The address inside the mapped part of the window, or -1 outside it. */
    private int decode(int at) {
        if ((vga.miscOutput & Vga.MISC_RAM_ENABLE) == 0 || (vga.subsystemEnable & 1) == 0) {
            return -1;
        }
        return switch (map()) {
            case 0 -> at;
            case 1 -> at < 0x10000 ? at : -1;
            case 2 -> at >= 0x10000 && at < 0x18000 ? at - 0x10000 : -1;
            default -> at >= 0x18000 ? at - 0x18000 : -1;
        };
    }

    private boolean chain4() {
        return (vga.sequencer[Vga.SEQ_MEMORY_MODE] & CHAIN_4) != 0;
    }

    /**
     * The byte inside the planes that an address means; VBE's 4-bit modes choose 64 KiB of each
     * plane with the bank.
     */
    private long planeOffset(int address) {
        if (vbe.enabled()) {
            return (long) vbe.bankBase() + (address & 0xffff) & (block.size() >> 2) - 1;
        }
        if (chain4()) {
            return (address & 0xffff) >> 2;
        }
        if ((vga.graphics[Vga.GC_MISCELLANEOUS] & GC_ODD_EVEN) != 0) {
            return address & 0xfffe | address >> 16;
        }
        return address & 0xffff;
    }

    private int readByte(int at) {
        int address = decode(at);
        if (address < 0) {
            return 0xff;
        }
        if (vbe.packed()) {
            return at < BANK
                    ? memory.get(ValueLayout.JAVA_BYTE, (long) vbe.bankBase() + at) & 0xff
                    : 0xff;
        }
        int latch = memory.get(LE32, 4 * planeOffset(address));
        vga.latch = latch;
        if (chain4()) {
            return latch >>> 8 * (address & 3) & 0xff;
        }
        int mode = vga.graphics[Vga.GC_MODE];
        if ((mode & MODE_READ_1) != 0) {
            int different =
                    (latch ^ expand(vga.graphics[Vga.GC_COLOR_COMPARE]))
                            & expand(vga.graphics[Vga.GC_COLOR_DONT_CARE]);
            different |= different >>> 16;
            return ~(different | different >>> 8) & 0xff;
        }
        int plane = vga.graphics[Vga.GC_READ_MAP_SELECT];
        if ((mode & MODE_ODD_EVEN_READ) != 0) {
            plane = plane & 2 | address & 1;
        }
        return latch >>> 8 * plane & 0xff;
    }

    private void writeByte(int at, int value) {
        int address = decode(at);
        if (address < 0) {
            return;
        }
        if (vbe.packed()) {
            if (at < BANK) {
                memory.set(ValueLayout.JAVA_BYTE, (long) vbe.bankBase() + at, (byte) value);
                block.markDirty((long) vbe.bankBase() + at, 1);
            }
            return;
        }
        int planes = vga.sequencer[Vga.SEQ_MAP_MASK];
        if (chain4()) {
            planes &= 1 << (address & 3);
        } else if ((vga.sequencer[Vga.SEQ_MEMORY_MODE] & SEQUENTIAL) == 0) {
            planes &= (address & 1) == 0 ? 0b0101 : 0b1010;
        }
        int written = expand(planes);
        long place = 4 * planeOffset(address);
        memory.set(LE32, place, memory.get(LE32, place) & ~written | data(value) & written);
        block.markDirty(place, 4);
    }

    /** What the graphics controller makes of a byte: four bytes, one for each plane. */
    private int data(int value) {
        int bitMask = vga.graphics[Vga.GC_BIT_MASK] & 0xff;
        int setReset = expand(vga.graphics[Vga.GC_SET_RESET]);
        int source;
        switch (vga.graphics[Vga.GC_MODE] & 3) {
            case 0 -> {
                int enabled = expand(vga.graphics[Vga.GC_ENABLE_SET_RESET]);
                source = spread(rotate(value)) & ~enabled | setReset & enabled;
            }
            case 1 -> {
                return vga.latch;
            }
            case 2 -> source = expand(value & 0xf);
            default -> {
                bitMask &= rotate(value);
                source = setReset;
            }
        }
        int latch = vga.latch;
        int result =
                switch (vga.graphics[Vga.GC_DATA_ROTATE] >> 3 & 3) {
                    case 0 -> source;
                    case 1 -> source & latch;
                    case 2 -> source | latch;
                    default -> source ^ latch;
                };
        int mask = spread(bitMask);
        return result & mask | latch & ~mask;
    }

    private int rotate(int value) {
        int count = vga.graphics[Vga.GC_DATA_ROTATE] & 7;
        return (value >>> count | value << 8 - count) & 0xff;
    }

    private static int spread(int value) {
        return value * 0x01010101;
    }

    /** Makes a byte of ones for each of four bits. */
    private static int expand(int bits) {
        return (bits & 1 | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21) * 0xff;
    }
}
