package lodge.devices.video;

import lodge.core.bus.PortDevice;
import lodge.core.time.MachineClock;

import java.util.Arrays;

/**
 * The registers of a VGA: sequencer, CRT controller, graphics controller, attribute controller, DAC
 * and the general registers, as IBM's "PS/2 Video Subsystem" technical reference (1987) and the
 * FreeVGA documentation describe them. The 48 ports from 0x3b0 on are its own; {@link VgaMemory} is
 * its window at 0xa0000, {@link VgaRenderer} its picture.
 *
 * <p>Emulated: every register with its effect on memory access and picture, the I/O address select,
 * the CRTC's write protection, the retrace bits of input status 1 on the machine's clock, the
 * subsystem enable at 0x3c3. Not emulated: the vertical retrace interrupt (PCI boards do not wire
 * it), the odd/even page select, count-by-two and count-by-four addressing, interlace, the light
 * pen.
 *
 * <p>A part of {@link VgaPci}, whose monitor protects it.
 */
public final class Vga implements PortDevice {
    /** Number of ports; the first is 0x3b0 on a PC. */
    public static final int PORTS = 0x30;

    private static final int CRTC_INDEX_MONO = 0x04;
    private static final int CRTC_DATA_MONO = 0x05;
    private static final int INPUT_STATUS_1_MONO = 0x0a;
    private static final int ATTRIBUTE_INDEX = 0x10;
    private static final int ATTRIBUTE_DATA = 0x11;
    private static final int MISC_OUTPUT_WRITE = 0x12;
    private static final int SUBSYSTEM_ENABLE = 0x13;
    private static final int SEQUENCER_INDEX = 0x14;
    private static final int SEQUENCER_DATA = 0x15;
    private static final int DAC_MASK = 0x16;
    private static final int DAC_READ_INDEX = 0x17;
    private static final int DAC_WRITE_INDEX = 0x18;
    private static final int DAC_DATA = 0x19;
    private static final int FEATURE_CONTROL_READ = 0x1a;
    private static final int MISC_OUTPUT_READ = 0x1c;
    private static final int GRAPHICS_INDEX = 0x1e;
    private static final int GRAPHICS_DATA = 0x1f;
    private static final int CRTC_INDEX_COLOUR = 0x24;
    private static final int CRTC_DATA_COLOUR = 0x25;
    private static final int INPUT_STATUS_1_COLOUR = 0x2a;

    static final int SEQUENCERS = 5;
    static final int CRTCS = 0x19;
    static final int GRAPHICS = 9;
    static final int ATTRIBUTES = 0x15;
    static final int DAC_BYTES = 768;

    static final int SEQ_CLOCKING_MODE = 1;
    static final int SEQ_MAP_MASK = 2;
    static final int SEQ_CHARACTER_MAP = 3;
    static final int SEQ_MEMORY_MODE = 4;

    static final int GC_SET_RESET = 0;
    static final int GC_ENABLE_SET_RESET = 1;
    static final int GC_COLOR_COMPARE = 2;
    static final int GC_DATA_ROTATE = 3;
    static final int GC_READ_MAP_SELECT = 4;
    static final int GC_MODE = 5;
    static final int GC_MISCELLANEOUS = 6;
    static final int GC_COLOR_DONT_CARE = 7;
    static final int GC_BIT_MASK = 8;

    static final int CR_HORIZONTAL_TOTAL = 0x00;
    static final int CR_HORIZONTAL_DISPLAY_END = 0x01;
    static final int CR_VERTICAL_TOTAL = 0x06;
    static final int CR_OVERFLOW = 0x07;
    static final int CR_PRESET_ROW_SCAN = 0x08;
    static final int CR_MAXIMUM_SCAN_LINE = 0x09;
    static final int CR_CURSOR_START = 0x0a;
    static final int CR_CURSOR_END = 0x0b;
    static final int CR_START_HIGH = 0x0c;
    static final int CR_START_LOW = 0x0d;
    static final int CR_CURSOR_HIGH = 0x0e;
    static final int CR_CURSOR_LOW = 0x0f;
    static final int CR_RETRACE_START = 0x10;
    static final int CR_RETRACE_END = 0x11;
    static final int CR_DISPLAY_END = 0x12;
    static final int CR_OFFSET = 0x13;
    static final int CR_UNDERLINE = 0x14;
    static final int CR_MODE_CONTROL = 0x17;
    static final int CR_LINE_COMPARE = 0x18;

    static final int ATTR_MODE = 0x10;
    static final int ATTR_OVERSCAN = 0x11;
    static final int ATTR_PLANE_ENABLE = 0x12;
    static final int ATTR_PANNING = 0x13;
    static final int ATTR_COLOR_SELECT = 0x14;

    private static final int MISC_COLOUR_PORTS = 1;
    static final int MISC_RAM_ENABLE = 2;
    private static final int CLOCK_25_HZ = 25_175_000;
    private static final int CLOCK_28_HZ = 28_322_000;
    private static final int CLOCKING_8_DOTS = 1;
    private static final int CLOCKING_HALF = 8;
    private static final int RETRACE_PROTECT = 0x80;
    private static final int OVERFLOW_LINE_COMPARE = 0x10;
    private static final int STATUS_DISPLAY_DISABLED = 1;
    private static final int STATUS_RETRACE = 8;
    private static final int SWITCH_SENSE = 0x10;
    private static final int PALETTE_ADDRESS_SOURCE = 0x20;
    private static final int DAC_STATE_READ = 3;
    private static final int NANOS = 1_000_000_000;

    private static final byte[] SEQUENCER_BITS = {3, 0x3d, 0x0f, 0x3f, 0x0e};
    private static final byte[] GRAPHICS_BITS = {0xf, 0xf, 0xf, 0x1f, 3, 0x7b, 0xf, 0xf, -1};
    private static final byte[] ATTRIBUTE_BITS = {
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        0x3f,
        (byte) 0xef,
        -1,
        0x3f,
        0x0f,
        0x0f
    };

    /**
     * The registers.
     *
     * @param miscOutput miscellaneous output register
     * @param featureControl feature control register
     * @param subsystemEnable video subsystem enable, port 0x3c3
     * @param sequencerIndex sequencer address register
     * @param sequencer sequencer registers 0 to 4
     * @param crtcIndex CRTC address register
     * @param crtc CRTC registers 0 to 0x18
     * @param graphicsIndex graphics controller address register
     * @param graphics graphics controller registers 0 to 8
     * @param attributeIndex attribute address register with the palette address source bit
     * @param attributeData whether the next write to port 0x3c0 is data
     * @param attribute attribute controller registers 0 to 0x14
     * @param dacMask PEL mask
     * @param dacReadIndex PEL address for reading
     * @param dacWriteIndex PEL address for writing
     * @param dacComponent next colour component, 0 red to 2 blue
     * @param dacReading whether the last PEL address was one for reading
     * @param dacPending red and green written but not yet taken
     * @param dac 256 times red, green, blue, in 8 bits each
     * @param latch the four latches, plane 0 lowest
     */
    public record State(
            int miscOutput,
            int featureControl,
            int subsystemEnable,
            int sequencerIndex,
            byte[] sequencer,
            int crtcIndex,
            byte[] crtc,
            int graphicsIndex,
            byte[] graphics,
            int attributeIndex,
            boolean attributeData,
            byte[] attribute,
            int dacMask,
            int dacReadIndex,
            int dacWriteIndex,
            int dacComponent,
            boolean dacReading,
            byte[] dacPending,
            byte[] dac,
            int latch) {}

    private final MachineClock clock;
    private final Runnable onChange;
    final byte[] sequencer = new byte[SEQUENCERS];
    final byte[] crtc = new byte[CRTCS];
    final byte[] graphics = new byte[GRAPHICS];
    final byte[] attribute = new byte[ATTRIBUTES];
    final byte[] dac = new byte[DAC_BYTES];
    int miscOutput;
    int subsystemEnable;
    int dacMask;
    int latch;
    private final byte[] dacPending = new byte[2];
    private int featureControl;
    private int sequencerIndex;
    private int crtcIndex;
    private int graphicsIndex;
    private int attributeIndex;
    private boolean attributeData;
    private int dacReadIndex;
    private int dacWriteIndex;
    private int dacComponent;
    private boolean dacReading;
    private boolean dac8Bits;
    private long frameNanos;
    private long generation;

    /**
     * A VGA after reset.
     *
     * @param clock what the retrace follows
     * @param onChange told when a register has changed on which memory access or picture depend
     */
    Vga(MachineClock clock, Runnable onChange) {
        this.clock = clock;
        this.onChange = onChange;
        setReset();
    }

    @Override
    public int in(int port, int size) {
        if ((subsystemEnable & 1) == 0 && port != SUBSYSTEM_ENABLE) {
            return 0xff;
        }
        return switch (port) {
            case ATTRIBUTE_INDEX -> attributeIndex;
            case ATTRIBUTE_DATA -> {
                int index = attributeIndex & 0x1f;
                yield index < ATTRIBUTES ? attribute[index] & 0xff : 0;
            }
            case MISC_OUTPUT_WRITE -> SWITCH_SENSE; // reads as input status 0
            case SUBSYSTEM_ENABLE -> subsystemEnable;
            case SEQUENCER_INDEX -> sequencerIndex;
            case SEQUENCER_DATA ->
                    sequencerIndex < SEQUENCERS ? sequencer[sequencerIndex] & 0xff : 0;
            case DAC_MASK -> dacMask;
            case DAC_READ_INDEX -> dacReading ? DAC_STATE_READ : 0;
            case DAC_WRITE_INDEX -> dacWriteIndex;
            case DAC_DATA -> readDac();
            case FEATURE_CONTROL_READ -> featureControl;
            case MISC_OUTPUT_READ -> miscOutput;
            case GRAPHICS_INDEX -> graphicsIndex;
            case GRAPHICS_DATA -> graphicsIndex < GRAPHICS ? graphics[graphicsIndex] & 0xff : 0;
            case CRTC_INDEX_MONO, CRTC_INDEX_COLOUR -> decoded(port) ? crtcIndex : 0xff;
            case CRTC_DATA_MONO, CRTC_DATA_COLOUR ->
                    decoded(port) ? crtcIndex < CRTCS ? crtc[crtcIndex] & 0xff : 0 : 0xff;
            case INPUT_STATUS_1_MONO, INPUT_STATUS_1_COLOUR -> {
                if (!decoded(port)) {
                    yield 0xff;
                }
                attributeData = false;
                yield inputStatus1();
            }
            default -> 0xff;
        };
    }

    @Override
    public void out(int port, int size, int value) {
        if ((subsystemEnable & 1) == 0 && port != SUBSYSTEM_ENABLE) {
            return;
        }
        switch (port) {
            case ATTRIBUTE_INDEX -> writeAttribute(value);
            case MISC_OUTPUT_WRITE -> {
                miscOutput = value;
                changed();
            }
            case SUBSYSTEM_ENABLE -> {
                subsystemEnable = value & 1;
                changed();
            }
            case SEQUENCER_INDEX -> sequencerIndex = value & 7;
            case SEQUENCER_DATA -> write(sequencer, SEQUENCER_BITS, sequencerIndex, value);
            case DAC_MASK -> {
                dacMask = value;
                generation++;
            }
            case DAC_READ_INDEX -> {
                dacReadIndex = value;
                dacComponent = 0;
                dacReading = true;
            }
            case DAC_WRITE_INDEX -> {
                dacWriteIndex = value;
                dacComponent = 0;
                dacReading = false;
            }
            case DAC_DATA -> writeDac(value);
            case GRAPHICS_INDEX -> graphicsIndex = value & 0xf;
            case GRAPHICS_DATA -> write(graphics, GRAPHICS_BITS, graphicsIndex, value);
            case CRTC_INDEX_MONO, CRTC_INDEX_COLOUR -> {
                if (decoded(port)) {
                    crtcIndex = value & 0x3f;
                }
            }
            case CRTC_DATA_MONO, CRTC_DATA_COLOUR -> {
                if (decoded(port)) {
                    writeCrtc(value);
                }
            }
            case INPUT_STATUS_1_MONO, INPUT_STATUS_1_COLOUR -> {
                if (decoded(port)) {
                    featureControl = value & 3;
                }
            }
            default -> {}
        }
    }

    /** Whether the CRTC's ports are at the 0x3b0 or the 0x3d0 place that this one belongs to. */
    private boolean decoded(int port) {
        return (miscOutput & MISC_COLOUR_PORTS) != 0 == port >= 0x20;
    }

    private void write(byte[] registers, byte[] bits, int index, int value) {
        if (index >= registers.length) {
            return;
        }
        byte masked = (byte) (value & bits[index]);
        if (registers[index] != masked) {
            registers[index] = masked;
            changed();
        }
    }

    private void writeCrtc(int value) {
        int index = crtcIndex;
        if (index >= CRTCS) {
            return;
        }
        int old = crtc[index] & 0xff;
        int next = value;
        if (index <= CR_OVERFLOW && (crtc[CR_RETRACE_END] & RETRACE_PROTECT) != 0) {
            next =
                    index == CR_OVERFLOW
                            ? old & ~OVERFLOW_LINE_COMPARE | value & OVERFLOW_LINE_COMPARE
                            : old;
        }
        if (next != old) {
            crtc[index] = (byte) next;
            changed();
        }
    }

    private void writeAttribute(int value) {
        if (attributeData) {
            write(attribute, ATTRIBUTE_BITS, attributeIndex & 0x1f, value);
        } else {
            attributeIndex = value & 0x3f;
            generation++;
        }
        attributeData = !attributeData;
    }

    private int readDac() {
        int value = dac[dacReadIndex * 3 + dacComponent] & 0xff;
        dacComponent++;
        if (dacComponent == 3) {
            dacComponent = 0;
            dacReadIndex = dacReadIndex + 1 & 0xff;
        }
        return dac8Bits ? value : value >> 2;
    }

    private void writeDac(int value) {
        int wide = dac8Bits ? value : (value & 0x3f) << 2 | (value & 0x3f) >> 4;
        if (dacComponent < 2) {
            dacPending[dacComponent++] = (byte) wide;
            return;
        }
        int at = dacWriteIndex * 3;
        dac[at] = dacPending[0];
        dac[at + 1] = dacPending[1];
        dac[at + 2] = (byte) wide;
        dacComponent = 0;
        dacWriteIndex = dacWriteIndex + 1 & 0xff;
        generation++;
    }

    private int inputStatus1() {
        long inFrame = clock.nanos() % frameNanos;
        long lines = verticalTotal();
        long line = inFrame * lines / frameNanos;
        long inLine = inFrame * lines % frameNanos;
        long character = inLine * (crtc(CR_HORIZONTAL_TOTAL) + 5) / frameNanos;
        int status = 0;
        if (line >= displayLines() || character > crtc(CR_HORIZONTAL_DISPLAY_END)) {
            status |= STATUS_DISPLAY_DISABLED;
        }
        int start = retraceStart();
        int length = crtc(CR_RETRACE_END) - start & 0xf;
        if (line >= start && line < start + length) {
            status |= STATUS_RETRACE | STATUS_DISPLAY_DISABLED;
        }
        return status;
    }

    private void changed() {
        generation++;
        updateTiming();
        onChange.run();
    }

    private void updateTiming() {
        long hertz = (miscOutput >> 2 & 3) == 0 ? CLOCK_25_HZ : CLOCK_28_HZ;
        int clocking = sequencer[SEQ_CLOCKING_MODE];
        long dots = (clocking & CLOCKING_8_DOTS) != 0 ? 8 : 9;
        if ((clocking & CLOCKING_HALF) != 0) {
            dots *= 2;
        }
        frameNanos = (crtc(CR_HORIZONTAL_TOTAL) + 5) * dots * verticalTotal() * NANOS / hertz;
    }

    int crtc(int index) {
        return crtc[index] & 0xff;
    }

    private int verticalTotal() {
        int overflow = crtc[CR_OVERFLOW];
        return (crtc(CR_VERTICAL_TOTAL) | (overflow & 1) << 8 | (overflow & 0x20) << 4) + 2;
    }

    private int retraceStart() {
        int overflow = crtc[CR_OVERFLOW];
        return crtc(CR_RETRACE_START) | (overflow & 4) << 6 | (overflow & 0x80) << 2;
    }

    /** Returns the number of scan lines that are displayed, 1 to 1024. */
    int displayLines() {
        int overflow = crtc[CR_OVERFLOW];
        return (crtc(CR_DISPLAY_END) | (overflow & 2) << 7 | (overflow & 0x40) << 3) + 1;
    }

    /** Returns the scan line after which the picture goes on at address 0. */
    int lineCompare() {
        return crtc(CR_LINE_COMPARE)
                | (crtc[CR_OVERFLOW] & OVERFLOW_LINE_COMPARE) << 4
                | (crtc[CR_MAXIMUM_SCAN_LINE] & 0x40) << 3;
    }

    /** Returns whether the attribute controller and the sequencer let a picture out. */
    boolean displayOn() {
        return (attributeIndex & PALETTE_ADDRESS_SOURCE) != 0
                && (sequencer[SEQ_CLOCKING_MODE] & 0x20) == 0
                && (subsystemEnable & 1) != 0;
    }

    /** Returns frames shown since power-on: what blinking follows. */
    long frames() {
        return clock.nanos() / frameNanos;
    }

    /** Returns a number that grows when the picture may have changed by a register. */
    long generation() {
        return generation;
    }

    /** Chooses whether the guest sees 8 or 6 bits of a DAC component; VBE switches it. */
    void setDac8Bits(boolean eight) {
        dac8Bits = eight;
    }

    private void setReset() {
        miscOutput = 0;
        featureControl = 0;
        subsystemEnable = 1;
        sequencerIndex = 0;
        crtcIndex = 0;
        graphicsIndex = 0;
        attributeIndex = 0;
        attributeData = false;
        dacMask = 0xff;
        dacReadIndex = 0;
        dacWriteIndex = 0;
        dacComponent = 0;
        dacReading = false;
        latch = 0;
        Arrays.fill(sequencer, (byte) 0);
        Arrays.fill(crtc, (byte) 0);
        Arrays.fill(graphics, (byte) 0);
        Arrays.fill(attribute, (byte) 0);
        Arrays.fill(dac, (byte) 0);
        Arrays.fill(dacPending, (byte) 0);
        updateTiming();
    }

    /** Puts every register into its power-on state. */
    void reset() {
        setReset();
        changed();
    }

    State save() {
        return new State(
                miscOutput,
                featureControl,
                subsystemEnable,
                sequencerIndex,
                sequencer.clone(),
                crtcIndex,
                crtc.clone(),
                graphicsIndex,
                graphics.clone(),
                attributeIndex,
                attributeData,
                attribute.clone(),
                dacMask,
                dacReadIndex,
                dacWriteIndex,
                dacComponent,
                dacReading,
                dacPending.clone(),
                dac.clone(),
                latch);
    }

    void load(State state) {
        setReset();
        miscOutput = state.miscOutput & 0xff;
        featureControl = state.featureControl & 3;
        subsystemEnable = state.subsystemEnable & 1;
        sequencerIndex = state.sequencerIndex & 7;
        copy(state.sequencer, sequencer, SEQUENCER_BITS);
        crtcIndex = state.crtcIndex & 0x3f;
        copy(state.crtc, crtc, null);
        graphicsIndex = state.graphicsIndex & 0xf;
        copy(state.graphics, graphics, GRAPHICS_BITS);
        attributeIndex = state.attributeIndex & 0x3f;
        attributeData = state.attributeData;
        copy(state.attribute, attribute, ATTRIBUTE_BITS);
        dacMask = state.dacMask & 0xff;
        dacReadIndex = state.dacReadIndex & 0xff;
        dacWriteIndex = state.dacWriteIndex & 0xff;
        dacComponent = Math.clamp(state.dacComponent, 0, 2);
        dacReading = state.dacReading;
        copy(state.dacPending, dacPending, null);
        copy(state.dac, dac, null);
        latch = state.latch;
        changed();
    }

    private static void copy(byte[] from, byte[] to, byte[] bits) {
        for (int i = 0; i < Math.min(from.length, to.length); i++) {
            to[i] = bits == null ? from[i] : (byte) (from[i] & bits[i]);
        }
    }
}
