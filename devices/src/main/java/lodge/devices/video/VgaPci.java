package lodge.devices.video;

import lodge.core.BadConfigException;
import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.MmioDevice;
import lodge.core.bus.PortDevice;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryWindow;
import lodge.core.time.MachineClock;
import lodge.devices.pci.PciFunction;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The display adapter that QEMU's documentation calls "standard VGA" (docs/specs/standard-vga): a
 * VGA with the Bochs VBE extension as a PCI function 1234:1111. BAR 0 is video memory, BAR 2 shows
 * the VGA's ports from 0x3c0 on at 0x400 and the VBE registers at 0x500, the expansion ROM holds
 * the video BIOS.
 *
 * <p>The legacy ports and the window at 0xa0000 answer whatever the command register says, so that
 * a kernel started without firmware has its text console. In VBE's banked modes and plain chain-4
 * modes video memory itself is put at the window, and the guest draws without an exit; such reads
 * do not load the latches.
 *
 * <p>The board claims, with this object as owner, {@link #vga()} at ports 0x3b0 ({@value Vga#PORTS}
 * of them), {@link #vbe()} at 0x1ce ({@value BochsVbe#PORTS}) and {@link #window()} at address
 * 0xa0000 ({@value #WINDOW_SIZE} bytes).
 *
 * <p>Not emulated: EDID, and the framebuffer endianness register of BAR 2.
 */
public final class VgaPci extends PciFunction<VgaPci.State> {
    /** Size of the legacy window in bytes; it begins at 0xa0000 on a PC. */
    public static final int WINDOW_SIZE = VgaMemory.WINDOW;

    /** Size of video memory in bytes unless chosen otherwise. */
    public static final long DEFAULT_MEMORY = 16 << 20;

    private static final long LEGACY_WINDOW = 0xa0000;
    private static final int REGISTERS = 4096;
    private static final int PORTS_AT = 0x400;
    private static final int PORTS_END = 0x420;
    private static final int FIRST_PORT = 0x10;
    private static final int DISPI_AT = 0x500;
    private static final int DISPI_END = 0x516;
    private static final int EXTENDED_AT = 0x600;
    private static final int LEAST_ROM = 2048;
    private static final int PAGE = 4096;
    private static final int BAR_PRIORITY = -10;
    private static final int WINDOW_PRIORITY = 5;

    /**
     * The adapter's registers; what is in video memory is saved with the machine's memory.
     *
     * @param pci configuration space
     * @param vga the VGA's registers
     * @param vbe the VBE registers
     */
    public record State(PciState pci, Vga.State vga, BochsVbe.State vbe) {}

    private final GuestMemory memory;
    private final boolean directWindow;
    private final MemoryBlock block;
    private final Vga vga;
    private final BochsVbe vbe;
    private final VgaMemory window;
    private final VgaRenderer renderer;
    private final MemoryWindow[] banks;
    private final CRC32C checksum = new CRC32C();
    private final ByteBuffer contents;
    private int bankShown = -1;
    private long changes;
    private long seenGeneration = -1;
    private long seenChecksum;
    private long generation;

    /**
     * An adapter after reset with {@link #DEFAULT_MEMORY}.
     *
     * @param name stable and unique on the board
     * @param memory where video memory and ROM are made and shown
     * @param io where the registers' BAR is claimed
     * @param clock what retrace and blinking follow
     * @param rom the video BIOS; empty for none
     * @throws BadConfigException when the ROM is none
     */
    public VgaPci(String name, GuestMemory memory, IoSpace io, MachineClock clock, byte[] rom) {
        this(name, memory, io, clock, rom, DEFAULT_MEMORY, true);
    }

    /**
     * An adapter after reset.
     *
     * @param name stable and unique on the board
     * @param memory where video memory and ROM are made and shown
     * @param io where the registers' BAR is claimed
     * @param clock what retrace and blinking follow
     * @param rom the video BIOS; empty for none
     * @param memoryBytes size of video memory, a power of two from 1 MiB to 256 MiB
     * @param directWindow whether video memory is put at the legacy window in modes in which it is
     *     linear there; without it every access by the guest is an exit
     * @throws BadConfigException when the ROM is none, or the size does not fit
     */
    public VgaPci(
            String name,
            GuestMemory memory,
            IoSpace io,
            MachineClock clock,
            byte[] rom,
            long memoryBytes,
            boolean directWindow) {
        super(
                name,
                new Identity(0x1234, 0x1111, 2, 0x030000, 0x1af4, 0x1100),
                0,
                IrqLine.unconnected());
        if (memoryBytes < 1 << 20 || memoryBytes > 256 << 20 || Long.bitCount(memoryBytes) != 1) {
            throw new BadConfigException(
                    "Video memory of %d bytes does not fit; choose a power of two from 1 MiB to 256 MiB"
                            .formatted(memoryBytes));
        }
        this.memory = memory;
        this.directWindow = directWindow;
        block = memory.allocate(name + ".memory", memoryBytes);
        contents = block.segment().asByteBuffer();
        vga = new Vga(clock, this::registersChanged);
        vbe = new BochsVbe(block, this::registersChanged);
        window = new VgaMemory(vga, vbe, block);
        renderer = new VgaRenderer(vga, vbe, block.segment());
        banks = new MemoryWindow[(int) (memoryBytes / VgaMemory.BANK)];
        memoryBar(0, memory.window(block, 0, memoryBytes, BAR_PRIORITY), true);
        mmioBar(2, io, REGISTERS, new Registers());
        if (rom.length > 0) {
            addRom(rom);
        }
    }

    private void addRom(byte[] rom) {
        if (rom.length < 3
                || (rom[0] & 0xff) != 0x55
                || (rom[1] & 0xff) != 0xaa
                || rom.length > 1 << 20) {
            throw new BadConfigException(
                    "The video BIOS of %s is no option ROM (it must begin with 55 aa); use vgabios-stdvga.bin of SeaBIOS"
                            .formatted(name()));
        }
        int size = Math.max(Math.max(LEAST_ROM, PAGE), Integer.highestOneBit(rom.length - 1) << 1);
        MemoryBlock romBlock = memory.allocate(name() + ".rom", size);
        MemorySegment.copy(MemorySegment.ofArray(rom), 0, romBlock.segment(), 0, rom.length);
        romBar(memory.window(romBlock, 0, size, BAR_PRIORITY));
    }

    /** Returns the VGA's ports. */
    public PortDevice vga() {
        return vga;
    }

    /** Returns the VBE ports. */
    public PortDevice vbe() {
        return vbe;
    }

    /** Returns the legacy window on video memory. */
    public MmioDevice window() {
        return window;
    }

    /**
     * Draws what a monitor would show now.
     *
     * @param frame receives the picture
     */
    public synchronized void render(Frame frame) {
        renderer.render(frame);
    }

    /**
     * Returns the characters on the screen, one string for each row without the blanks at its end;
     * no row when the adapter is not in a text mode.
     */
    public synchronized List<String> textScreen() {
        return renderer.text();
    }

    /**
     * Returns a number that is another one whenever the picture may have changed since the last
     * call, blinking aside. It reads the shown part of video memory, at memory speed: for a viewer
     * that asks some ten times a second.
     */
    public synchronized long changes() {
        checksum.reset();
        contents.limit((int) renderer.shownTo()).position((int) renderer.shownFrom());
        checksum.update(contents);
        long now = vga.generation() + generation;
        if (now != seenGeneration || checksum.getValue() != seenChecksum) {
            seenGeneration = now;
            seenChecksum = checksum.getValue();
            changes++;
        }
        return changes;
    }

    private void registersChanged() {
        generation++;
        vga.setDac8Bits(vbe.dac8Bits());
        int base = window.update();
        int bank = base < 0 || !directWindow ? -1 : base / VgaMemory.BANK;
        if (bank == bankShown) {
            return;
        }
        if (bankShown >= 0) {
            banks[bankShown].remove();
        }
        bankShown = bank;
        if (bank >= 0) {
            if (banks[bank] == null) {
                banks[bank] = memory.window(block, base, VgaMemory.BANK, WINDOW_PRIORITY);
            }
            banks[bank].place(LEGACY_WINDOW, true);
        }
    }

    /** BAR 2. */
    private final class Registers implements MmioDevice {
        @Override
        public int width() {
            return 4;
        }

        @Override
        public long read(long offset, int size) {
            int at = (int) offset;
            if (size == 4) {
                return read(at, 2) | read(at + 2, 2) << 16;
            }
            if (at >= PORTS_AT && at + size <= PORTS_END) {
                int port = FIRST_PORT + at - PORTS_AT;
                return size == 1 ? vga.in(port, 1) : vga.in(port, 1) | vga.in(port + 1, 1) << 8;
            }
            if (at >= DISPI_AT && at + size <= DISPI_END) {
                return vbe.read(at - DISPI_AT >> 1) >> 8 * (at & 1) & (size == 1 ? 0xff : 0xffff);
            }
            // Size of the extended registers, which begin with themselves: none besides.
            return at == EXTENDED_AT ? Integer.BYTES : 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            int at = (int) offset;
            if (size == 4) {
                write(at, 2, value & 0xffff);
                write(at + 2, 2, value >>> 16);
            } else if (at >= PORTS_AT && at + size <= PORTS_END) {
                for (int i = 0; i < size; i++) {
                    vga.out(FIRST_PORT + at - PORTS_AT + i, 1, (int) (value >> 8 * i) & 0xff);
                }
            } else if (at >= DISPI_AT && at + size <= DISPI_END && size == 2 && (at & 1) == 0) {
                vbe.write(at - DISPI_AT >> 1, (int) value);
            }
        }
    }

    @Override
    public synchronized void reset() {
        resetPci();
        vbe.reset();
        vga.reset();
    }

    @Override
    public synchronized State save() {
        return new State(savePci(), vga.save(), vbe.save());
    }

    @Override
    public synchronized void load(State state) {
        loadPci(state.pci);
        vbe.load(state.vbe);
        vga.load(state.vga);
    }
}
