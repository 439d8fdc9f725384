package lodge.devices.dma;

import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The two Intel 8237A DMA controllers of a PC/AT (Intel datasheet 231466; PIIX4 datasheet 290562,
 * section 5.1) with the page registers beside them: channels 0 to 3 move bytes, channel 4 cascades
 * the first chip, channels 5 to 7 move words.
 *
 * <p>The board claims {@link #firstPorts} (16 ports from 0x00), {@link #secondPorts} (32 ports from
 * 0xc0) and {@link #pagePorts} (15 ports from 0x81; port 0x80 is left to the POST display). Devices
 * get their {@link DmaChannel} from {@link #channel}.
 *
 * <p>Emulated: demand, single and block mode (all as fast as the device asks; a device decides how
 * much it moves), cascade, read, write and verify, address increment and decrement,
 * autoinitialisation, masks, terminal count. Addresses stay inside the 64 KiB (128 KiB for words)
 * page, as on the chip. Not emulated: memory-to-memory transfers (not wired on a PC), priorities,
 * software requests (they are kept and shown, no device answers).
 *
 * <p>Lock order: a device's monitor, then this one.
 */
public final class Dma8237 implements Device<Dma8237.State> {
    /** Number of channels, including the cascade. */
    public static final int CHANNELS = 8;

    private static final int CASCADE = 4;

    // Registers of one chip, by the low four address bits.
    private static final int STATUS_COMMAND = 8;
    private static final int REQUEST = 9;
    private static final int SINGLE_MASK = 10;
    private static final int MODE = 11;
    private static final int CLEAR_FLIP_FLOP = 12;
    private static final int TEMPORARY_MASTER_CLEAR = 13;
    private static final int CLEAR_MASK = 14;
    private static final int ALL_MASK = 15;

    private static final int COMMAND_DISABLE = 0x04;
    private static final int MODE_TRANSFER = 0x0c;
    private static final int MODE_WRITE = 0x04;
    private static final int MODE_READ = 0x08;
    private static final int MODE_AUTOINIT = 0x10;
    private static final int MODE_DECREMENT = 0x20;
    private static final int MODE_CASCADE = 0xc0;

    /**
     * The controllers' state.
     *
     * @param baseAddress base addresses of the 8 channels, 16 bits
     * @param baseCount base counts
     * @param address current addresses
     * @param count current counts
     * @param mode mode registers without the channel number
     * @param pages the page registers 0x80 to 0x8f; the first is not used
     * @param command command registers of the two chips
     * @param mask mask registers, 4 bits
     * @param requests software requests, 4 bits
     * @param lines DREQ of the devices, 4 bits
     * @param terminal terminal counts reached, 4 bits
     * @param high whether the byte pointer flip-flops stand at the high byte
     */
    public record State(
            int[] baseAddress,
            int[] baseCount,
            int[] address,
            int[] count,
            int[] mode,
            int[] pages,
            int[] command,
            int[] mask,
            int[] requests,
            int[] lines,
            int[] terminal,
            boolean[] high) {}

    private final String name;
    private final GuestMemory memory;
    private final Counters counters = new Counters();
    private final PortDevice first = new ChipPorts(0, 0);
    private final PortDevice second = new ChipPorts(1, 1);
    private final PortDevice page = new PagePorts();
    private final Channel[] channels = new Channel[CHANNELS];
    private final int[] baseAddress = new int[CHANNELS];
    private final int[] baseCount = new int[CHANNELS];
    private final int[] address = new int[CHANNELS];
    private final int[] count = new int[CHANNELS];
    private final int[] mode = new int[CHANNELS];
    private final int[] pages = new int[16];
    private final int[] command = new int[2];
    private final int[] mask = new int[2];
    private final int[] requests = new int[2];
    private final int[] lines = new int[2];
    private final int[] terminal = new int[2];
    private final boolean[] high = new boolean[2];

    /**
     * Both controllers after reset.
     *
     * @param name stable and unique on the board
     * @param memory what they read and write
     */
    public Dma8237(String name, GuestMemory memory) {
        this.name = name;
        this.memory = memory;
        for (int i = 0; i < CHANNELS; i++) {
            channels[i] = new Channel(i);
        }
        clear();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** Returns the registers of channels 0 to 3: 16 ports. */
    public PortDevice firstPorts() {
        return first;
    }

    /**
     * Returns the registers of channels 4 to 7: 32 ports, each register at an even one and its copy
     * after it.
     */
    public PortDevice secondPorts() {
        return second;
    }

    /** Returns the page registers: 15 ports from 0x81. */
    public PortDevice pagePorts() {
        return page;
    }

    /**
     * Returns a device's end of a channel.
     *
     * @param number 0 to 3 or 5 to 7
     */
    public DmaChannel channel(int number) {
        if (number < 0 || number >= CHANNELS || number == CASCADE) {
            throw new IllegalArgumentException("No DMA channel " + number + " for devices");
        }
        return channels[number];
    }

    // ---- ports

    private final class ChipPorts implements PortDevice {
        private final int chip;
        private final int shift;

        ChipPorts(int chip, int shift) {
            this.chip = chip;
            this.shift = shift;
        }

        @Override
        public int in(int offset, int size) {
            int register = offset >>> shift & 0x0f;
            if (register < STATUS_COMMAND) {
                int[] of = (register & 1) == 0 ? address : count;
                return half(of[4 * chip + (register >>> 1)]);
            }
            if (register == STATUS_COMMAND) {
                int status = terminal[chip] | (lines[chip] | requests[chip]) << 4;
                terminal[chip] = 0;
                return status;
            }
            // The temporary register holds memory-to-memory data, of which there is none; the
            // others cannot be read.
            return register == TEMPORARY_MASTER_CLEAR ? 0 : 0xff;
        }

        /** The byte of a 16-bit register that the flip-flop points at. */
        private int half(int value) {
            int result = high[chip] ? value >>> 8 : value & 0xff;
            high[chip] = !high[chip];
            return result;
        }

        @Override
        public void out(int offset, int size, int value) {
            int register = offset >>> shift & 0x0f;
            int bit = 1 << (value & 3);
            switch (register) {
                case STATUS_COMMAND -> command[chip] = value & 0xff;
                case REQUEST ->
                        requests[chip] =
                                (value & 4) != 0 ? requests[chip] | bit : requests[chip] & ~bit;
                case SINGLE_MASK ->
                        mask[chip] = (value & 4) != 0 ? mask[chip] | bit : mask[chip] & ~bit;
                case MODE -> mode[4 * chip + (value & 3)] = value & 0xfc;
                case CLEAR_FLIP_FLOP -> high[chip] = false;
                case TEMPORARY_MASTER_CLEAR -> masterClear(chip);
                case CLEAR_MASK -> mask[chip] = 0;
                case ALL_MASK -> mask[chip] = value & 0x0f;
                default -> {
                    int channel = 4 * chip + (register >>> 1);
                    int[] base = (register & 1) == 0 ? baseAddress : baseCount;
                    int[] current = (register & 1) == 0 ? address : count;
                    int byteShift = high[chip] ? 8 : 0;
                    base[channel] =
                            base[channel] & ~(0xff << byteShift) | (value & 0xff) << byteShift;
                    current[channel] = base[channel];
                    high[chip] = !high[chip];
                }
            }
        }
    }

    private final class PagePorts implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return pages[offset + 1 & 0x0f];
        }

        @Override
        public void out(int offset, int size, int value) {
            pages[offset + 1 & 0x0f] = value & 0xff;
        }
    }

    /** Returns the page register of a channel, as the PC/AT wires them. */
    private static int pageRegister(int channel) {
        return switch (channel) {
            case 0 -> 0x7;
            case 1 -> 0x3;
            case 2 -> 0x1;
            case 3 -> 0x2;
            case 5 -> 0xb;
            case 6 -> 0x9;
            case 7 -> 0xa;
            default -> 0xf;
        };
    }

    // ---- transfers

    private final class Channel implements DmaChannel {
        private final int number;
        private final int chip;
        private final int bit;

        Channel(int number) {
            this.number = number;
            chip = number >>> 2;
            bit = 1 << (number & 3);
        }

        @Override
        public void request(boolean asserted) {
            synchronized (Dma8237.this) {
                lines[chip] = asserted ? lines[chip] | bit : lines[chip] & ~bit;
            }
        }

        @Override
        public boolean ready() {
            synchronized (Dma8237.this) {
                return open();
            }
        }

        private boolean open() {
            boolean own = (command[chip] & COMMAND_DISABLE) == 0 && (mask[chip] & bit) == 0;
            boolean cascaded =
                    chip == 1 || ((command[1] & COMMAND_DISABLE) == 0 && (mask[1] & 1) == 0);
            return own && cascaded && (mode[number] & MODE_CASCADE) != MODE_CASCADE;
        }

        @Override
        public Direction direction() {
            synchronized (Dma8237.this) {
                return switch (mode[number] & MODE_TRANSFER) {
                    case MODE_WRITE -> Direction.TO_MEMORY;
                    case MODE_READ -> Direction.FROM_MEMORY;
                    default -> Direction.VERIFY;
                };
            }
        }

        @Override
        public int write(MemorySegment source, int at, int length) {
            synchronized (Dma8237.this) {
                return move(source, at, length, MODE_WRITE);
            }
        }

        @Override
        public int read(MemorySegment target, int at, int length) {
            synchronized (Dma8237.this) {
                return move(target, at, length, MODE_READ);
            }
        }

        private int move(MemorySegment data, int at, int length, int direction) {
            int transfer = mode[number] & MODE_TRANSFER;
            boolean verify = transfer == 0 || transfer == MODE_TRANSFER;
            if (!open() || (!verify && transfer != direction)) {
                return 0;
            }
            int unit = chip == 0 ? 1 : 2;
            int step = (mode[number] & MODE_DECREMENT) != 0 ? -1 : 1;
            int done = 0;
            while (done + unit <= length) {
                int run = verify || step < 0 ? 1 : run(length - done, unit);
                if (!verify) {
                    long gpa = physical();
                    if (direction == MODE_WRITE) {
                        memory.write(gpa, data, (long) at + done, (long) run * unit);
                    } else {
                        memory.read(gpa, data, (long) at + done, (long) run * unit);
                    }
                }
                done += run * unit;
                address[number] = address[number] + step * run & 0xffff;
                count[number] -= run;
                if (count[number] < 0) {
                    terminalCount();
                    return done | TERMINAL_COUNT;
                }
            }
            return done;
        }

        /**
         * How many units go on in a straight line: to the end of the data, of the count and of the
         * page.
         */
        private int run(int bytes, int unit) {
            return Math.min(bytes / unit, Math.min(count[number] + 1, 0x1_0000 - address[number]));
        }

        /** Word channels shift the address left and leave out the page's lowest bit. */
        private long physical() {
            int high = pages[pageRegister(number)];
            return chip == 0
                    ? (long) high << 16 | address[number]
                    : (long) (high & 0xfe) << 16 | (long) address[number] << 1;
        }

        private void terminalCount() {
            terminal[chip] |= bit;
            requests[chip] &= ~bit;
            if ((mode[number] & MODE_AUTOINIT) != 0) {
                address[number] = baseAddress[number];
                count[number] = baseCount[number];
            } else {
                count[number] = 0xffff;
                mask[chip] |= bit;
            }
        }
    }

    // ---- state

    private void masterClear(int chip) {
        command[chip] = 0;
        requests[chip] = 0;
        terminal[chip] = 0;
        mask[chip] = 0x0f;
        high[chip] = false;
    }

    private void clear() {
        for (int chip = 0; chip < 2; chip++) {
            masterClear(chip);
            lines[chip] = 0;
        }
        for (int i = 0; i < CHANNELS; i++) {
            baseAddress[i] = 0;
            baseCount[i] = 0;
            address[i] = 0;
            count[i] = 0;
            mode[i] = 0;
        }
        Arrays.fill(pages, 0);
    }

    @Override
    public synchronized void reset() {
        clear();
    }

    @Override
    public synchronized State save() {
        return new State(
                baseAddress.clone(),
                baseCount.clone(),
                address.clone(),
                count.clone(),
                mode.clone(),
                pages.clone(),
                command.clone(),
                mask.clone(),
                requests.clone(),
                lines.clone(),
                terminal.clone(),
                high.clone());
    }

    @Override
    public synchronized void load(State state) {
        copy(state.baseAddress, baseAddress, 0xffff);
        copy(state.baseCount, baseCount, 0xffff);
        copy(state.address, address, 0xffff);
        copy(state.count, count, 0xffff);
        copy(state.mode, mode, 0xfc);
        copy(state.pages, pages, 0xff);
        copy(state.command, command, 0xff);
        copy(state.mask, mask, 0x0f);
        copy(state.requests, requests, 0x0f);
        copy(state.lines, lines, 0x0f);
        copy(state.terminal, terminal, 0x0f);
        System.arraycopy(state.high, 0, high, 0, Math.min(state.high.length, high.length));
    }

    private static void copy(int[] from, int[] to, int bits) {
        for (int i = 0; i < Math.min(from.length, to.length); i++) {
            to[i] = from[i] & bits;
        }
    }
}
