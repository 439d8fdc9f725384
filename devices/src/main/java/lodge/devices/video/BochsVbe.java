package lodge.devices.video;

import lodge.core.bus.PortDevice;
import lodge.core.memory.MemoryBlock;

import java.lang.foreign.ValueLayout;

/**
 * The display interface ("DISPI") of the Bochs VBE extension, version 0xb0c5, as the Bochs
 * documentation and QEMU's "standard VGA" page describe it: index and data ports, linear
 * framebuffer and 64 KiB banks, 4 (planar), 8, 15, 16, 24 and 32 bits per pixel, a virtual screen
 * larger than the visible one. Three ports from 0x1ce on a PC: index, data, and the data port's
 * upper half, which also serves as a data port of its own.
 *
 * <p>A part of {@link VgaPci}, whose monitor protects it.
 */
public final class BochsVbe implements PortDevice {
    /** Number of ports; the first is 0x1ce on a PC. */
    public static final int PORTS = 3;

    static final int ID = 0;
    static final int XRES = 1;
    static final int YRES = 2;
    static final int BPP = 3;
    static final int ENABLE = 4;
    static final int BANK = 5;
    static final int VIRT_WIDTH = 6;
    static final int VIRT_HEIGHT = 7;
    static final int X_OFFSET = 8;
    static final int Y_OFFSET = 9;
    static final int VIDEO_MEMORY_64K = 10;

    static final int ENABLED = 0x01;
    static final int GETCAPS = 0x02;
    static final int DAC_8_BITS = 0x20;
    static final int LFB_ENABLED = 0x40;
    static final int NO_CLEAR_MEMORY = 0x80;

    private static final int ID_FIRST = 0xb0c0;
    private static final int ID_LAST = 0xb0c5;
    private static final int MAX_XRES = 2560;
    private static final int MAX_YRES = 1600;
    private static final int MAX_BPP = 32;
    private static final int INDEX_PORT = 0;

    /**
     * The registers.
     *
     * @param index index register
     * @param id the version the guest asked for, 0xb0c0 to 0xb0c5
     * @param xres visible width in pixels
     * @param yres visible height in pixels
     * @param bpp bits per pixel
     * @param enable enable register
     * @param bank 64 KiB bank at the window
     * @param virtWidth pixels from one line to the next
     * @param xOffset first visible pixel of a line
     * @param yOffset first visible line
     */
    public record State(
            int index,
            int id,
            int xres,
            int yres,
            int bpp,
            int enable,
            int bank,
            int virtWidth,
            int xOffset,
            int yOffset) {}

    private final MemoryBlock memory;
    private final Runnable onChange;
    private int index;
    private int id;
    private int xres;
    private int yres;
    private int bpp;
    private int enable;
    private int bank;
    private int virtWidth;
    private int xOffset;
    private int yOffset;

    /**
     * A switched-off VBE.
     *
     * @param memory video memory
     * @param onChange told when a register has changed on which memory access or picture depend
     */
    BochsVbe(MemoryBlock memory, Runnable onChange) {
        this.memory = memory;
        this.onChange = onChange;
        setReset();
    }

    /** Returns 2: index and data are words. */
    @Override
    public int width() {
        return 2;
    }

    @Override
    public int in(int port, int size) {
        return port == INDEX_PORT ? index : read(index);
    }

    @Override
    public void out(int port, int size, int value) {
        if (size != 2) {
            return;
        }
        if (port == INDEX_PORT) {
            index = value;
        } else {
            write(index, value);
        }
    }

    /**
     * Reads a register.
     *
     * @param register its index; 0 for those that do not exist
     * @return 16 bits
     */
    int read(int register) {
        boolean capabilities = (enable & GETCAPS) != 0;
        return switch (register) {
            case ID -> id;
            case XRES -> capabilities ? MAX_XRES : xres;
            case YRES -> capabilities ? MAX_YRES : yres;
            case BPP -> capabilities ? MAX_BPP : bpp;
            case ENABLE -> enable;
            case BANK -> bank;
            case VIRT_WIDTH -> virtWidth;
            case VIRT_HEIGHT -> virtHeight();
            case X_OFFSET -> xOffset;
            case Y_OFFSET -> yOffset;
            case VIDEO_MEMORY_64K -> (int) (memory.size() >> 16);
            default -> 0;
        };
    }

    /**
     * Writes a register; one that does not exist ignores it. Resolution and depth are fixed while
     * VBE is on, the virtual screen while it is off: switching on makes it as wide as the visible
     * one.
     *
     * @param register its index
     * @param value 16 bits
     */
    void write(int register, int value) {
        switch (register) {
            case ID -> id = value >= ID_FIRST && value <= ID_LAST ? value : id;
            case XRES -> xres = enabled() ? xres : Math.min(value, MAX_XRES) & ~7;
            case YRES -> yres = enabled() ? yres : Math.min(value, MAX_YRES);
            case BPP -> bpp = enabled() ? bpp : depth(value);
            case ENABLE -> writeEnable(value);
            case BANK -> bank = (int) Math.min(value, (memory.size() >> 16) - 1);
            case VIRT_WIDTH -> scroll(value, xOffset, yOffset);
            case X_OFFSET -> scroll(virtWidth, value, yOffset);
            case Y_OFFSET -> scroll(virtWidth, xOffset, value);
            default -> {
                return;
            }
        }
        onChange.run();
    }

    private static int depth(int value) {
        return switch (value) {
            case 4, 8, 15, 16, 24, 32 -> value;
            default -> 8; // 0 means the default, other depths do not exist
        };
    }

    private void writeEnable(int value) {
        boolean wasOn = enabled();
        enable = value & (ENABLED | GETCAPS | DAC_8_BITS | LFB_ENABLED | NO_CLEAR_MEMORY);
        if (!enabled() || wasOn) {
            return;
        }
        normalise();
        virtWidth = xres;
        xOffset = 0;
        yOffset = 0;
        bank = 0;
        if ((enable & NO_CLEAR_MEMORY) == 0) {
            clear((long) lineBytes() * yres * (bpp == 4 ? 4 : 1));
        }
    }

    /**
     * Word by word, because a slice to fill would be an allocation on the exit path; the length is
     * a multiple of 8.
     */
    private void clear(long length) {
        for (long at = 0; at < length; at += Long.BYTES) {
            memory.segment().set(ValueLayout.JAVA_LONG, at, 0);
        }
        memory.markDirty(0, length);
    }

    /** Makes the resolution one that exists and fits into video memory. */
    private void normalise() {
        xres = Math.max(xres, 8);
        yres = (int) Math.clamp(yres, 1, memory.size() / ((long) xres * Math.max(bpp, 16) / 8));
    }

    /** Sets virtual width and offsets, so that no line that is shown ends beyond video memory. */
    private void scroll(int width, int x, int y) {
        if (enabled()) {
            long most = Math.min(0xffff, memory.size() * 8 / ((long) memoryBits() * yres)) & ~7;
            virtWidth = (int) Math.clamp(width & ~7, xres, most);
            xOffset = Math.clamp(x, 0, virtWidth - xres);
            yOffset = Math.clamp(y, 0, virtHeight() - yres);
        }
    }

    /**
     * Bits of memory a pixel takes; the four planes of a 4-bit mode are beside each other in
     * memory.
     */
    private int memoryBits() {
        return bpp == 15 ? 16 : bpp;
    }

    private int virtHeight() {
        long lineBits = (long) virtWidth * memoryBits();
        return lineBits == 0 ? 0 : (int) Math.min(0xffff, memory.size() * 8 / lineBits);
    }

    /** Returns whether VBE, and not VGA, makes the picture. */
    boolean enabled() {
        return (enable & ENABLED) != 0;
    }

    /** Returns whether VBE is on with a depth at which memory is pixel after pixel. */
    boolean packed() {
        return enabled() && bpp != 4;
    }

    /** Returns the byte of video memory that the window shows first. */
    int bankBase() {
        return bank << 16;
    }

    /** Returns whether DAC components have 8 bits. */
    boolean dac8Bits() {
        return (enable & DAC_8_BITS) != 0;
    }

    int xres() {
        return xres;
    }

    int yres() {
        return yres;
    }

    int bpp() {
        return bpp;
    }

    /** Returns bytes from one line to the next, in one plane at 4 bits per pixel. */
    int lineBytes() {
        return bpp == 4 ? virtWidth / 8 : virtWidth * (memoryBits() / 8);
    }

    int xOffset() {
        return xOffset;
    }

    int yOffset() {
        return yOffset;
    }

    private void setReset() {
        index = 0;
        id = ID_LAST;
        xres = 0;
        yres = 0;
        bpp = 8;
        enable = 0;
        bank = 0;
        virtWidth = 0;
        xOffset = 0;
        yOffset = 0;
    }

    void reset() {
        setReset();
        onChange.run();
    }

    State save() {
        return new State(index, id, xres, yres, bpp, enable, bank, virtWidth, xOffset, yOffset);
    }

    void load(State state) {
        setReset();
        index = state.index & 0xffff;
        id = Math.clamp(state.id, ID_FIRST, ID_LAST);
        xres = Math.clamp(state.xres, 0, MAX_XRES) & ~7;
        yres = Math.clamp(state.yres, 0, MAX_YRES);
        bpp = depth(state.bpp);
        enable = state.enable & (ENABLED | GETCAPS | DAC_8_BITS | LFB_ENABLED | NO_CLEAR_MEMORY);
        if (enabled()) {
            normalise();
        }
        bank = Math.clamp(state.bank, 0, (int) (memory.size() >> 16) - 1);
        virtWidth = state.virtWidth & 0xfff8;
        xOffset = state.xOffset & 0xffff;
        yOffset = state.yOffset & 0xffff;
        scroll(virtWidth, xOffset, yOffset);
        onChange.run();
    }
}
