package lodge.devices.pci;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.MmioDevice;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.MemoryWindow;

import java.util.Arrays;

/**
 * What every PCI function has: 256 bytes of configuration space with a type 00h header, base
 * address registers, a list of capabilities and an interrupt pin (PCI Local Bus Specification 2.1,
 * chapter 6).
 *
 * <p>A subclass describes its registers in its constructor ({@link #register8} and friends, {@code
 * ...Bar}, {@link #capability}), learns about writes in {@link #configWritten} and drives its pin
 * with {@link #setIntx}. It keeps {@link PciState} as one component of its own state and calls
 * {@link #resetPci}, {@link #savePci} and {@link #loadPci}.
 *
 * <p>Lock order: configuration accesses come with the host bridge's monitor held and take the
 * function's; a function may then take the monitors of the interrupt router and the interrupt
 * controllers, of {@link IoSpace} and of guest memory, and never the bridge's.
 *
 * @param <S> the function's state
 */
public abstract class PciFunction<S extends Record> implements Device<S> {
    /** Size of the configuration space in bytes. */
    public static final int CONFIG_SIZE = 256;

    /** Command register, 16 bits. */
    public static final int COMMAND = 0x04;

    /** Command: answer to ports. */
    public static final int COMMAND_IO = 1;

    /** Command: answer to addresses. */
    public static final int COMMAND_MEMORY = 2;

    /** Command: allowed to be bus master. */
    public static final int COMMAND_MASTER = 4;

    /** Command: parity error response. */
    public static final int COMMAND_PARITY = 0x40;

    /** Command: SERR# enable. */
    public static final int COMMAND_SERR = 0x100;

    /**
     * Command: the interrupt pin is not driven (PCI 2.3); writable only where a function declares
     * it so.
     */
    public static final int COMMAND_NO_INTX = 0x400;

    /** Status register, 16 bits; its error bits are cleared by writing ones. */
    public static final int STATUS = 0x06;

    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int STATUS_ERRORS = 0xf900;
    private static final int REVISION = 0x08;
    private static final int CLASS_CODE = 0x09;
    private static final int CACHE_LINE_SIZE = 0x0c;
    private static final int LATENCY_TIMER = 0x0d;
    private static final int HEADER_TYPE = 0x0e;
    private static final int MULTI_FUNCTION = 0x80;
    private static final int SUBSYSTEM = 0x2c;
    private static final int CAPABILITIES_POINTER = 0x34;
    private static final int INTERRUPT_LINE = 0x3c;
    private static final int INTERRUPT_PIN = 0x3d;
    private static final int FIRST_FREE = 0x40;
    private static final int ROM_ENABLE = 1;
    private static final int BARS = 7;

    /**
     * The saved configuration space.
     *
     * @param config 256 bytes
     */
    public record PciState(byte[] config) {}

    /**
     * What the header says about a function.
     *
     * @param vendor vendor ID
     * @param device device ID
     * @param revision revision ID
     * @param classCode base class, subclass and interface, 24 bits, for example 0x010180
     * @param subsystemVendor subsystem vendor ID, or 0
     * @param subsystem subsystem ID, or 0
     */
    public record Identity(
            int vendor,
            int device,
            int revision,
            int classCode,
            int subsystemVendor,
            int subsystem) {}

    private final String name;
    private final IrqLine intx;
    private final Counters counters = new Counters();
    private final byte[] config = new byte[CONFIG_SIZE];
    private final byte[] initial = new byte[CONFIG_SIZE];
    private final byte[] writable = new byte[CONFIG_SIZE];
    private final byte[] clearable = new byte[CONFIG_SIZE];
    private final Bar[] bars = new Bar[BARS];
    private boolean intxWanted;

    /**
     * A function with a header and nothing else. The command register takes the bits I/O, memory,
     * master, parity and SERR#; redefine it with {@link #register16} to change that.
     *
     * @param name stable and unique on the board
     * @param identity the IDs
     * @param interruptPin 0 for none, 1 for INTA# to 4 for INTD#
     * @param intx where the pin goes; {@link IrqLine#unconnected()} without a pin
     */
    protected PciFunction(String name, Identity identity, int interruptPin, IrqLine intx) {
        this.name = name;
        this.intx = intx;
        register16(0x00, identity.vendor, 0);
        register16(0x02, identity.device, 0);
        register16(
                COMMAND,
                0,
                COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_PARITY | COMMAND_SERR);
        register16(STATUS, 0, 0);
        clearedByOnes16(STATUS, STATUS_ERRORS);
        register8(REVISION, identity.revision, 0);
        register8(CLASS_CODE, identity.classCode, 0);
        register16(CLASS_CODE + 1, identity.classCode >>> 8, 0);
        register8(CACHE_LINE_SIZE, 0, 0xff);
        register8(LATENCY_TIMER, 0, 0xf8);
        register16(SUBSYSTEM, identity.subsystemVendor, 0);
        register16(SUBSYSTEM + 2, identity.subsystem, 0);
        register8(INTERRUPT_LINE, 0, interruptPin == 0 ? 0 : 0xff);
        register8(INTERRUPT_PIN, interruptPin, 0);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Counters counters() {
        return counters;
    }

    // ---- description, in the subclass's constructor

    /**
     * Describes an 8-bit register.
     *
     * @param offset where in configuration space
     * @param reset its value after reset
     * @param writeMask the bits that the guest can write
     */
    protected final void register8(int offset, int reset, int writeMask) {
        initial[offset] = (byte) reset;
        config[offset] = (byte) reset;
        writable[offset] = (byte) writeMask;
    }

    /**
     * Describes a 16-bit register.
     *
     * @param offset where in configuration space
     * @param reset its value after reset
     * @param writeMask the bits that the guest can write
     */
    protected final void register16(int offset, int reset, int writeMask) {
        register8(offset, reset, writeMask);
        register8(offset + 1, reset >>> 8, writeMask >>> 8);
    }

    /**
     * Describes a 32-bit register.
     *
     * @param offset where in configuration space
     * @param reset its value after reset
     * @param writeMask the bits that the guest can write
     */
    protected final void register32(int offset, int reset, int writeMask) {
        register16(offset, reset, writeMask);
        register16(offset + 2, reset >>> 16, writeMask >>> 16);
    }

    /**
     * Says which bits of a 16-bit register the guest clears by writing ones.
     *
     * @param offset where in configuration space
     * @param mask the bits
     */
    protected final void clearedByOnes16(int offset, int mask) {
        clearable[offset] = (byte) mask;
        clearable[offset + 1] = (byte) (mask >>> 8);
    }

    /**
     * Makes a BAR for ports.
     *
     * @param index 0 to 5
     * @param io the address spaces
     * @param count number of ports, a power of two from 4 on
     * @param ports who answers there, with this function's monitor held
     * @return the BAR
     */
    protected final Bar portBar(int index, IoSpace io, int count, PortDevice ports) {
        return portBar(index, count, io.movablePorts(this, count, ports)::move);
    }

    /**
     * Makes a BAR for ports that several devices share.
     *
     * @param index 0 to 5
     * @param count number of ports, a power of two from 4 on
     * @param mapping moves them
     * @return the BAR
     */
    protected final Bar portBar(int index, int count, Bar.Mapping mapping) {
        return add(new Bar(index, Bar.Kind.PORTS, count, false, mapping));
    }

    /**
     * Makes a BAR for 32-bit addresses behind which registers are.
     *
     * @param index 0 to 5
     * @param io the address spaces
     * @param length in bytes, a power of two from 16 on
     * @param registers who answers there, with this function's monitor held
     * @return the BAR
     */
    protected final Bar mmioBar(int index, IoSpace io, long length, MmioDevice registers) {
        return add(
                new Bar(
                        index,
                        Bar.Kind.MEMORY,
                        length,
                        false,
                        io.movableMmio(this, length, registers)::move));
    }

    /**
     * Makes a BAR for addresses behind which memory is, a framebuffer for example.
     *
     * @param index 0 to 5
     * @param window the memory; its size, a power of two, is the BAR's
     * @param prefetchable whether reads have no side effects, as the header tells the guest
     * @return the BAR
     */
    protected final Bar memoryBar(int index, MemoryWindow window, boolean prefetchable) {
        return add(
                new Bar(index, Bar.Kind.MEMORY, window.size(), prefetchable, show(window, true)));
    }

    /**
     * Makes the expansion ROM register.
     *
     * @param window the ROM's contents; its size, a power of two, is the register's
     * @return the BAR
     */
    protected final Bar romBar(MemoryWindow window) {
        return add(new Bar(Bar.ROM_INDEX, Bar.Kind.ROM, window.size(), false, show(window, false)));
    }

    /**
     * Makes a BAR of any kind.
     *
     * @param index 0 to 5
     * @param kind what it asks for
     * @param size in ports or bytes, a power of two
     * @param prefetchable whether reads have no side effects
     * @param mapping moves the range
     * @return the BAR
     */
    protected final Bar bar(
            int index, Bar.Kind kind, long size, boolean prefetchable, Bar.Mapping mapping) {
        return add(new Bar(index, kind, size, prefetchable, mapping));
    }

    private static Bar.Mapping show(MemoryWindow window, boolean writable) {
        return base -> {
            if (base < 0) {
                window.remove();
            } else {
                window.place(base, writable);
            }
        };
    }

    private Bar add(Bar bar) {
        if (bars[bar.index] != null) {
            throw new IllegalArgumentException("BAR %d of %s is taken".formatted(bar.index, name));
        }
        bars[bar.index] = bar;
        long addressBits = -bar.size;
        int enable = bar.kind == Bar.Kind.ROM ? ROM_ENABLE : 0;
        register32(bar.register(), bar.typeBits(), (int) addressBits | enable);
        if (bar.kind == Bar.Kind.MEMORY_64) {
            register32(bar.register() + 4, 0, (int) (addressBits >>> 32));
        }
        return bar;
    }

    /**
     * Adds a capability at the end of the list; its registers after the two-byte header are
     * described with {@link #register8} and friends.
     *
     * @param offset where it begins, a multiple of 4 from 0x40 on
     * @param id the capability's ID
     */
    protected final void capability(int offset, int id) {
        if (offset < FIRST_FREE || offset > CONFIG_SIZE - 4 || (offset & 3) != 0) {
            throw new IllegalArgumentException("No capability can begin at 0x%x".formatted(offset));
        }
        register16(STATUS, initial16(STATUS) | STATUS_CAPABILITIES, 0);
        int pointer = CAPABILITIES_POINTER;
        while (initial[pointer] != 0) {
            pointer = (initial[pointer] & 0xff) + 1;
        }
        register8(pointer, offset, 0);
        register8(offset, id, 0);
        register8(offset + 1, 0, 0);
    }

    private int initial16(int offset) {
        return initial[offset] & 0xff | (initial[offset + 1] & 0xff) << 8;
    }

    /** Tells the header that this slot has several functions. */
    final void setMultiFunction() {
        register8(HEADER_TYPE, initial[HEADER_TYPE] | MULTI_FUNCTION, 0);
    }

    // ---- use, with the monitor held

    /**
     * Returns a byte of configuration space.
     *
     * @param offset 0 to 255
     */
    protected final int config8(int offset) {
        return config[offset] & 0xff;
    }

    /**
     * Returns 16 bits of configuration space.
     *
     * @param offset 0 to 254
     */
    protected final int config16(int offset) {
        return config8(offset) | config8(offset + 1) << 8;
    }

    /**
     * Returns 32 bits of configuration space.
     *
     * @param offset 0 to 252
     */
    protected final int config32(int offset) {
        return config16(offset) | config16(offset + 2) << 16;
    }

    /**
     * Sets a byte of configuration space from the device's side. Only bits that the guest can write
     * or clear are kept in a saved state; the others follow from what the device is.
     *
     * @param offset 0 to 255
     * @param value the new value
     */
    protected final void setConfig8(int offset, int value) {
        config[offset] = (byte) value;
    }

    /**
     * Changes which bits of a register the guest can write, for registers with a lock bit.
     *
     * @param offset 0 to 255
     * @param writeMask the bits
     */
    protected final void writeMask8(int offset, int writeMask) {
        writable[offset] = (byte) writeMask;
    }

    /** Returns whether the guest lets the function be bus master. */
    protected final boolean busMaster() {
        return (config[COMMAND] & COMMAND_MASTER) != 0;
    }

    /**
     * Drives the interrupt pin; the command register's interrupt disable bit, where there is one,
     * wins.
     *
     * @param asserted whether an interrupt is wanted
     */
    protected final void setIntx(boolean asserted) {
        intxWanted = asserted;
        updateIntx();
    }

    private void updateIntx() {
        intx.set(intxWanted && (config16(COMMAND) & COMMAND_NO_INTX) == 0);
    }

    /**
     * Reads configuration space; called by the bus with the function's monitor held.
     *
     * @param offset 0 to 255
     * @param size 1, 2 or 4 bytes; bytes beyond the end read as ones
     * @return the value, zero-extended
     */
    public final int configRead(int offset, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            int at = offset + i;
            value |= (at < CONFIG_SIZE ? configByte(at) & 0xff : 0xff) << 8 * i;
        }
        return value;
    }

    /**
     * Returns what the guest reads at an offset; override for registers that show something live.
     *
     * @param offset 0 to 255
     */
    protected int configByte(int offset) {
        return config8(offset);
    }

    /**
     * Writes configuration space; called by the bus with the function's monitor held.
     *
     * @param offset 0 to 255
     * @param size 1, 2 or 4 bytes; bytes beyond the end are lost
     * @param value the value
     */
    public final void configWrite(int offset, int size, int value) {
        int end = Math.min(offset + size, CONFIG_SIZE);
        for (int at = offset; at < end; at++) {
            int mask = writable[at];
            int data = value >>> 8 * (at - offset);
            config[at] = (byte) (((config[at] & ~mask) | (data & mask)) & ~(data & clearable[at]));
        }
        if (offset < FIRST_FREE) {
            updateBars();
            updateIntx();
        }
        configWritten(offset, end);
    }

    /**
     * Hears of a write by the guest after the registers have taken it, and of the values a loaded
     * state or a reset brought (then for the whole space). The default does nothing.
     *
     * @param from offset of the first byte
     * @param to offset after the last byte
     */
    protected void configWritten(int from, int to) {}

    private void updateBars() {
        int command = config16(COMMAND);
        // Take ranges away first, so that two that change places never overlap on the way.
        for (Bar bar : bars) {
            if (bar != null && bar.base() != wantedBase(bar, command)) {
                bar.moveTo(-1);
            }
        }
        for (Bar bar : bars) {
            if (bar != null) {
                bar.moveTo(wantedBase(bar, command));
            }
        }
    }

    /**
     * Where the guest wants a range, or -1. Address 0 and all ones (left by the size probe of
     * section 6.2.5.1) are no addresses, so that a probe with decoding enabled moves nothing across
     * the firmware.
     */
    private long wantedBase(Bar bar, int command) {
        int register = config32(bar.register());
        boolean enabled =
                (command & (bar.kind == Bar.Kind.PORTS ? COMMAND_IO : COMMAND_MEMORY)) != 0
                        && (bar.kind != Bar.Kind.ROM || (register & ROM_ENABLE) != 0);
        if (!enabled) {
            return -1;
        }
        long limit = bar.kind == Bar.Kind.PORTS ? 0x1_0000L : 0x1_0000_0000L;
        long base = register & 0xffff_ffffL & -bar.size;
        if (bar.kind == Bar.Kind.MEMORY_64) {
            base |= (long) config32(bar.register() + 4) << 32 & -bar.size;
            limit = 1L << 52;
        }
        return base > 0 && base < limit - bar.size ? base : -1;
    }

    // ---- state

    /**
     * Puts configuration space into its reset state, takes the BARs off the bus and lowers the pin.
     */
    protected final void resetPci() {
        System.arraycopy(initial, 0, config, 0, CONFIG_SIZE);
        intxWanted = false;
        updateIntx();
        updateBars();
        configWritten(0, CONFIG_SIZE);
    }

    /** Returns a copy of configuration space. */
    protected final PciState savePci() {
        return new PciState(config.clone());
    }

    /**
     * Takes over configuration space and places the BARs. Read-only bits keep the values that this
     * device has. The pin is left as it is: call {@link #setIntx} afterwards.
     *
     * @param state a saved state; one of another size is cut, or filled with reset values
     */
    protected final void loadPci(PciState state) {
        byte[] saved = Arrays.copyOf(state.config, CONFIG_SIZE);
        int known = Math.min(state.config.length, CONFIG_SIZE);
        System.arraycopy(initial, 0, config, 0, CONFIG_SIZE);
        for (int i = 0; i < known; i++) {
            int mask = writable[i] | clearable[i];
            config[i] = (byte) ((initial[i] & ~mask) | (saved[i] & mask));
        }
        updateBars();
        configWritten(0, CONFIG_SIZE);
        updateIntx();
    }
}
