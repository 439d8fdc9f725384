package lodge.devices.interrupt;

import lodge.core.backend.LocalApics;
import lodge.core.bus.LineSink;
import lodge.core.bus.MmioDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * The 82093AA I/O APIC (Intel datasheet 290566): 24 inputs, each with a redirection entry, at
 * 0xfec00000. It reports version 0x20, that of the I/O controller hubs, which adds the EOI register
 * at offset 0x40 to the 82093AA.
 *
 * <p>Interrupts leave as messages through {@link LocalApics#sendMsi}, as they do on the hubs'
 * front-side bus; they are accepted at once, so the delivery status bit always reads 0. A masked
 * edge is ignored and not held pending; a masked level interrupts when it is unmasked, if still
 * asserted. An input's polarity bit is kept but changes nothing: the board's lines are true when
 * asserted, whatever the electrical level. Entries with delivery mode ExtINT send nothing: the
 * 8259's INT pin has its own wire to LINT0 of the first processor, which every PC firmware and
 * kernel programs. The arbitration register follows the identification register.
 */
public final class IoApic82093 implements Device<IoApic82093.State>, MmioDevice, LineSink {
    /** Number of inputs. */
    public static final int PINS = 24;

    private static final int VERSION = PINS - 1 << 16 | 0x20;

    private static final int IOREGSEL = 0x00;
    private static final int IOWIN = 0x10;
    private static final int IOEOI = 0x40;

    private static final int IOAPICID = 0x00;
    private static final int IOAPICVER = 0x01;
    private static final int IOAPICARB = 0x02;
    private static final int IOREDTBL = 0x10;

    private static final int VECTOR = 0xff;
    private static final int DELIVERY_MODE = 0x7 << 8;
    private static final int EXTINT = 0x7 << 8;
    private static final int LOGICAL = 1 << 11;
    private static final int REMOTE_IRR = 1 << 14;
    private static final int LEVEL = 1 << 15;
    private static final int MASKED = 1 << 16;
    private static final int WRITABLE_LOW = 0x1afff;
    private static final int WRITABLE_HIGH = 0xff00_0000;

    private static final long MSI_ADDRESS = 0xfee0_0000L;
    private static final int MSI_ASSERT = 1 << 14;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter delivered = counters.counter("delivered");
    private final LocalApics apics;
    private final int[] low = new int[PINS];
    private final int[] high = new int[PINS];
    private int pins;
    private int select;
    private int id;

    /**
     * The state of the chip.
     *
     * @param pins levels of the inputs
     * @param select IOREGSEL
     * @param id bits 27:24 of IOAPICID
     * @param low bits 31:0 of the redirection entries
     * @param high bits 63:32 of the redirection entries
     */
    public record State(int pins, int select, int id, int[] low, int[] high) {}

    /**
     * A chip with all inputs masked.
     *
     * @param name the device's name
     * @param apics where interrupts go
     */
    public IoApic82093(String name, LocalApics apics) {
        this.name = name;
        this.apics = apics;
        java.util.Arrays.fill(low, MASKED);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** Returns 4: registers are read and written as 32 bits. */
    @Override
    public int width() {
        return 4;
    }

    @Override
    public synchronized void line(int pin, boolean level) {
        if (pin < 0 || pin >= PINS || (pins >>> pin & 1) != 0 == level) {
            return;
        }
        pins ^= 1 << pin;
        if (level && (low[pin] & MASKED) == 0) {
            request(pin);
        }
    }

    /**
     * Takes the message that a local APIC has ended a level-triggered interrupt. To be called with
     * no lock held, as {@link LocalApics.EoiListener} is.
     *
     * @param vector its vector, 0 to 255
     */
    public synchronized void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            if ((low[pin] & (REMOTE_IRR | LEVEL)) == (REMOTE_IRR | LEVEL)
                    && (low[pin] & VECTOR) == (vector & VECTOR)) {
                low[pin] &= ~REMOTE_IRR;
                requestIfAsserted(pin);
            }
        }
    }

    private void requestIfAsserted(int pin) {
        if ((low[pin] & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL && (pins >>> pin & 1) != 0) {
            request(pin);
        }
    }

    private void request(int pin) {
        int entry = low[pin];
        if ((entry & LEVEL) != 0) {
            if ((entry & REMOTE_IRR) != 0) {
                return;
            }
        }
        if ((entry & DELIVERY_MODE) == EXTINT) {
            return;
        }
        if ((entry & LEVEL) != 0) {
            low[pin] |= REMOTE_IRR;
        }
        delivered.add(1);
        apics.sendMsi(address(pin), data(pin));
    }

    private long address(int pin) {
        return MSI_ADDRESS | (high[pin] >>> 24) << 12 | ((low[pin] & LOGICAL) != 0 ? 1 << 2 : 0);
    }

    private int data(int pin) {
        int entry = low[pin];
        int trigger = (entry & LEVEL) != 0 ? LEVEL | MSI_ASSERT : 0;
        return entry & (VECTOR | DELIVERY_MODE) | trigger;
    }

    private void tellRoute(int pin) {
        apics.route(pin, (low[pin] & MASKED) != 0, address(pin), data(pin));
    }

    @Override
    public long read(long offset, int size) {
        int register = (int) offset & 0xffc;
        int value = register == IOREGSEL ? select : register == IOWIN ? readSelected() : 0;
        return (value & 0xffff_ffffL) >>> 8 * ((int) offset & 3);
    }

    private int readSelected() {
        return switch (select) {
            case IOAPICID, IOAPICARB -> id;
            case IOAPICVER -> VERSION;
            default -> {
                int entry = select - IOREDTBL >> 1;
                if (entry < 0 || entry >= PINS) {
                    yield 0;
                }
                yield (select & 1) == 0 ? low[entry] : high[entry];
            }
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        switch ((int) offset & 0xfff) {
            case IOREGSEL -> select = (int) value & 0xff;
            case IOWIN -> writeSelected((int) value);
            case IOEOI -> endOfInterrupt((int) value & VECTOR);
            default -> {
                // No register begins here.
            }
        }
    }

    private void writeSelected(int value) {
        if (select == IOAPICID) {
            id = value & 0x0f00_0000;
            return;
        }
        int pin = select - IOREDTBL >> 1;
        if (pin < 0 || pin >= PINS) {
            return;
        }
        if ((select & 1) == 0) {
            low[pin] = low[pin] & REMOTE_IRR | value & WRITABLE_LOW;
            if ((value & LEVEL) == 0) {
                // Kernels without the EOI register end a stuck interrupt by making it
                // edge-triggered and level again.
                low[pin] &= ~REMOTE_IRR;
            }
        } else {
            high[pin] = value & WRITABLE_HIGH;
        }
        tellRoute(pin);
        requestIfAsserted(pin);
    }

    @Override
    public void reset() {
        int[] masked = new int[PINS];
        java.util.Arrays.fill(masked, MASKED);
        load(new State(0, 0, 0, masked, new int[PINS]));
    }

    @Override
    public synchronized State save() {
        return new State(pins, select, id, low.clone(), high.clone());
    }

    /** {@inheritDoc} Requests nothing: what was in flight is in the local APICs' state. */
    @Override
    public synchronized void load(State state) {
        pins = state.pins & (1 << PINS) - 1;
        select = state.select & 0xff;
        id = state.id & 0x0f00_0000;
        for (int pin = 0; pin < PINS; pin++) {
            int entry =
                    pin < state.low.length ? state.low[pin] & (WRITABLE_LOW | REMOTE_IRR) : MASKED;
            low[pin] = (entry & LEVEL) == 0 ? entry & ~REMOTE_IRR : entry;
            high[pin] = pin < state.high.length ? state.high[pin] & WRITABLE_HIGH : 0;
            tellRoute(pin);
        }
    }
}
