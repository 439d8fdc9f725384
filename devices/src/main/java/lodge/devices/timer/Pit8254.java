package lodge.devices.timer;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.time.MachineClock;

import java.util.List;

/**
 * The 8254 programmable interval timer (Intel datasheet 231164) and the system control port B at
 * 0x61 that belongs to it (Intel 82371AB, NSC register): three counters at 1 193 182 Hz. Counter
 * 0's OUT is IRQ 0, counter 1 once refreshed memory, counter 2 feeds the speaker through its gate.
 *
 * <p>Emulated: all six modes, binary and BCD, latch and read-back commands, gates, the null count
 * flag. A counter is not counted down: {@link PitChannel} keeps the cycle at which it was loaded
 * and computes from the machine clock what it would hold, so the time between interrupts never
 * drifts.
 *
 * <p>Lost ticks: the interrupt line follows counter 0's OUT. When the host runs our timer late, so
 * late that OUT rose several times, the guest gets one edge - as on hardware, where a processor
 * that keeps interrupts off for long sees one. The line's fall is not replayed if it is due before
 * the rise was delivered, else the 8259 would withdraw the request. Edges come no closer together
 * than {@value #MIN_INTERVAL} nanoseconds, so a guest cannot drown the host.
 */
public final class Pit8254 implements Device<Pit8254.State>, PortDevice {
    /** The rate of the counters' clock input in hertz. */
    public static final long HERTZ = 1_193_182;

    private static final long MIN_INTERVAL = 20_000;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Oscillator OSCILLATOR = new Oscillator(HERTZ);

    private static final int CONTROL = 3;
    private static final int READ_BACK = 3;

    /**
     * Port 0x61: gate of counter 2, speaker data, and the enables of two NMI sources, which never
     * occur.
     */
    private static final int PORT61_WRITABLE = 0x0f;

    private static final int PORT61_GATE2 = 0x01;
    private static final int PORT61_REFRESH = 0x10;
    private static final int PORT61_OUT2 = 0x20;

    /** The refresh bit toggles with every refresh request, that is every 15.085 microseconds. */
    private static final long REFRESH_NANOS = 15_085;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter ticks = counters.counter("ticks");
    private final MachineClock clock;
    private final MachineClock.Timer timer;
    private final IrqLine irq0;
    private final PitChannel[] channels = {new PitChannel(), new PitChannel(), new PitChannel()};
    private final PortDevice port61 = new Port61();
    private int control61;
    private long irqSeen;

    /** When the timer is to expire; it stands here, too, while an expiry waits for our monitor. */
    private long timerAt = NEVER;

    /**
     * The state of the chip.
     *
     * @param channels the three counters
     * @param control61 bits 3:0 of port 0x61
     * @param irqSeen the cycle up to which IRQ 0 has followed counter 0
     * @param irq the level of IRQ 0
     * @param timerAt machine time in nanoseconds of the next look at counter 0, {@link
     *     Long#MAX_VALUE} for none
     */
    public record State(
            List<Counter> channels, int control61, long irqSeen, boolean irq, long timerAt) {}

    /**
     * The state of a counter.
     *
     * @param control bits 5:0 of the control word
     * @param count the count register, as written
     * @param writeLow the low byte of a count whose high byte is to come
     * @param writeHighNext whether the next write is the high byte
     * @param readHighNext whether the next read is the high byte
     * @param latchedCount the latched count or -1
     * @param latchedStatus the latched status or -1
     * @param gate the gate's level
     * @param loaded whether a count was written since the control word
     * @param started whether the counting element was given a count
     * @param reloadAt the cycle at which a new count is taken; -1 none waits, {@link
     *     Long#MAX_VALUE} at the next trigger
     * @param period the count in the counting element, 1 to 65536
     * @param start the cycle at which it was loaded
     * @param stoppedAfter cycles after that at which the gate stopped it, or -1
     * @param lastRise the cycle at which OUT last rose, or -1
     */
    public record Counter(
            int control,
            int count,
            int writeLow,
            boolean writeHighNext,
            boolean readHighNext,
            int latchedCount,
            int latchedStatus,
            boolean gate,
            boolean loaded,
            boolean started,
            long reloadAt,
            int period,
            long start,
            long stoppedAfter,
            long lastRise) {}

    /**
     * A chip whose counters wait for their first control word (the real one's state is undefined
     * then).
     *
     * @param name the device's name
     * @param clock the machine's time
     * @param irq0 the wire of counter 0's OUT
     */
    public Pit8254(String name, MachineClock clock, IrqLine irq0) {
        this.name = name;
        this.clock = clock;
        this.irq0 = irq0;
        timer = clock.timer(this::expired);
        channels[2].gate(0, false);
    }

    /** Returns the device of port 0x61 (one port); claim it with this chip as owner. */
    public PortDevice port61() {
        return port61;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    private long now() {
        return OSCILLATOR.cycles(clock.nanos());
    }

    @Override
    public int in(int offset, int size) {
        int index = offset & 3;
        // The control word register cannot be read; the bus floats.
        return index == CONTROL ? 0xff : channels[index].read(now());
    }

    @Override
    public void out(int offset, int size, int value) {
        long now = now();
        int index = offset & 3;
        if (index != CONTROL) {
            channels[index].write(now, value & 0xff);
        } else if (value >>> 6 == READ_BACK) {
            readBack(now, value);
        } else if ((value & 0x30) == 0) {
            channels[value >>> 6].latchCount(now);
        } else {
            channels[value >>> 6 & 3].control(now, value & 0x3f);
        }
        if (index == CONTROL || index == 0) {
            updateIrq(now);
        }
    }

    private void readBack(long now, int value) {
        for (int i = 0; i < 3; i++) {
            if ((value & 2 << i) != 0) {
                if ((value & 0x20) == 0) {
                    channels[i].latchCount(now);
                }
                if ((value & 0x10) == 0) {
                    channels[i].latchStatus(now);
                }
            }
        }
    }

    private synchronized void expired() {
        updateIrq(now());
    }

    private void updateIrq(long now) {
        PitChannel channel = channels[0];
        channel.advance(now);
        if (channel.lastRise() > irqSeen && irq0.high()) {
            irq0.set(false);
        }
        if (channel.lastRise() > irqSeen) {
            ticks.add(1);
            irq0.set(true);
        } else {
            irq0.set(channel.out(now));
        }
        irqSeen = now;
        armTimer();
    }

    private void armTimer() {
        long next = channels[0].nextEdge(irqSeen);
        if (next == Long.MAX_VALUE) {
            timerAt = NEVER;
            timer.cancel();
        } else {
            timerAt = Math.max(OSCILLATOR.nanos(next), clock.nanos() + MIN_INTERVAL);
            timer.arm(timerAt);
        }
    }

    @Override
    public synchronized void reset() {
        for (PitChannel channel : channels) {
            channel.reset();
        }
        channels[2].gate(0, false);
        control61 = 0;
        irqSeen = 0;
        timerAt = NEVER;
        timer.cancel();
        irq0.set(false);
    }

    @Override
    public synchronized State save() {
        return new State(
                List.of(channels[0].save(), channels[1].save(), channels[2].save()),
                control61,
                irqSeen,
                irq0.high(),
                timerAt);
    }

    @Override
    public synchronized void load(State state) {
        for (int i = 0; i < 3; i++) {
            channels[i].reset();
            if (i < state.channels.size()) {
                channels[i].load(state.channels.get(i));
            }
        }
        control61 = state.control61 & PORT61_WRITABLE;
        irqSeen = Math.clamp(state.irqSeen, 0, Long.MAX_VALUE / 2);
        irq0.set(state.irq);
        timerAt = Math.max(0, state.timerAt);
        if (timerAt == NEVER) {
            timer.cancel();
        } else {
            timer.arm(timerAt);
        }
    }

    /** System control port B. */
    private final class Port61 implements PortDevice {
        @Override
        public int in(int offset, int size) {
            long now = now();
            channels[2].advance(now);
            return control61
                    | ((clock.nanos() / REFRESH_NANOS & 1) != 0 ? PORT61_REFRESH : 0)
                    | (channels[2].out(now) ? PORT61_OUT2 : 0);
        }

        @Override
        public void out(int offset, int size, int value) {
            control61 = value & PORT61_WRITABLE;
            channels[2].gate(now(), (value & PORT61_GATE2) != 0);
        }
    }
}
