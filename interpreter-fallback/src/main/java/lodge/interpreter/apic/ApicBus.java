package lodge.interpreter.apic;

import lodge.core.backend.LocalApics;
import lodge.core.bus.LineSink;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Connects the local APICs of a machine with each other and with the board's interrupt controllers:
 * finds who a message is for (SDM vol. 3A, 11.6.2 and 11.11) and delivers it. Any thread may send;
 * nothing blocks or allocates, and nobody is called with a lock held.
 *
 * <p>Destinations are 8 bits wide in messages of the board and of processors in xAPIC mode, where
 * 0xff is everybody, and 32 bits wide in those of processors in x2APIC mode, where 0xffffffff is. A
 * processor answers to the identifiers of the mode that it is in itself. Of several processors that
 * may take an interrupt of lowest priority, the one with the lowest processor priority gets it; in
 * turn, when several have the same.
 */
public final class ApicBus implements LocalApics {
    private static final long MESSAGE_PAGE = 0xfee;
    private static final int BROADCAST = 0xff;
    private static final int WIDE_BROADCAST = -1;

    private static final int SELF = 1;
    private static final int ALL = 2;
    private static final int ALL_BUT_SELF = 3;

    private final TimerSource time;
    private final AtomicInteger turn = new AtomicInteger();
    private final LineSink intr = (pin, level) -> intr(level);

    /** By ascending id. Replaced, never changed, when a processor is added. */
    private volatile LocalApic[] apics = {};

    private volatile EoiListener listener = vector -> {};
    private volatile ExternalInterrupts external;
    private volatile boolean intrHigh;

    /**
     * A bus without processors.
     *
     * @param time what the APICs' timers run on
     */
    public ApicBus(TimerSource time) {
        this.time = time;
        time.attach(this::expire);
    }

    /**
     * Adds a processor's APIC, in its state after power-on. The one with id 0 is the bootstrap
     * processor's.
     *
     * @param id 0 to 254, each once
     * @param host its processor
     * @param features what CPUID says of it
     * @param tsc the processor's time-stamp counter, for the timer's TSC-deadline mode; any thread
     * @param tscHz its frequency, 1 to 2^33
     * @return the APIC
     */
    public LocalApic add(
            int id, ApicHost host, ApicFeatures features, LongSupplier tsc, long tscHz) {
        if (id < 0 || id >= BROADCAST) {
            throw new IllegalArgumentException("an APIC with id " + id);
        }
        ApicTimer timer = new ApicTimer(time, tsc, tscHz);
        LocalApic apic = new LocalApic(id, this, host, features, timer);
        synchronized (this) {
            LocalApic[] more = Arrays.copyOf(apics, apics.length + 1);
            int at = more.length - 1;
            while (at > 0 && more[at - 1].initialId() > id) {
                more[at] = more[at - 1];
                at--;
            }
            more[at] = apic;
            apics = more;
        }
        if (id == 0 && intrHigh) {
            apic.lint0(true);
        }
        return apic;
    }

    @Override
    public void sendMsi(long address, int data) {
        if (address >>> 20 != MESSAGE_PAGE) {
            return;
        }
        int mode = data >>> 8 & 7;
        boolean level = (data & 1 << 15) != 0;
        boolean assert1 = (data & 1 << 14) != 0;
        // Start-up exists between processors only; the end of a level is no news to anybody
        // (11.11.2).
        if (mode == ApicRegisters.STARTUP || level && !assert1) {
            return;
        }
        boolean logical = (address & 1 << 2) != 0;
        boolean redirect = (address & 1 << 3) != 0;
        int destination = (int) (address >>> 12) & BROADCAST;
        boolean lowest =
                mode == ApicRegisters.LOWEST_PRIORITY || redirect && mode == ApicRegisters.FIXED;
        deliver(
                destination,
                destination == BROADCAST,
                logical,
                lowest ? ApicRegisters.LOWEST_PRIORITY : mode,
                data & 0xff,
                level);
    }

    /**
     * {@inheritDoc} The local APICs know by their trigger mode registers for which interrupts an
     * EOI matters, so there is nothing to remember.
     */
    @Override
    public void route(int pin, boolean masked, long address, int data) {}

    @Override
    public void onEoi(EoiListener newListener) {
        listener = newListener;
    }

    @Override
    public void externalInterrupts(ExternalInterrupts source) {
        external = source;
    }

    @Override
    public LineSink intr() {
        return intr;
    }

    private void intr(boolean level) {
        intrHigh = level;
        for (LocalApic apic : apics) {
            if (apic.initialId() == 0) {
                apic.lint0(level);
            }
        }
    }

    /**
     * Sets the NMI wire, which ends at LINT1 of every processor (MultiProcessor Specification 1.4,
     * 3.6.2.2). Any thread.
     *
     * @param level whether it is asserted
     */
    public void nmi(boolean level) {
        for (LocalApic apic : apics) {
            apic.lint1(level);
        }
    }

    /**
     * Expires all timers whose deadline has come. For the {@link TimerSource}, on any thread of its
     * own, one at a time.
     *
     * @return the earliest deadline left, {@code Long.MAX_VALUE} when there is none
     */
    public long expire() {
        long earliest = ApicTimer.NEVER;
        for (LocalApic apic : apics) {
            long deadline = apic.timer().deadline();
            if (deadline != ApicTimer.NEVER && deadline - time.nanos() <= 0) {
                apic.expire();
                deadline = apic.timer().deadline();
            }
            if (deadline != ApicTimer.NEVER
                    && (earliest == ApicTimer.NEVER || deadline - earliest < 0)) {
                earliest = deadline;
            }
        }
        return earliest;
    }

    /** Runs an interrupt acknowledge cycle; returns -1 when nobody is connected. */
    int acknowledge() {
        ExternalInterrupts source = external;
        return source == null ? -1 : source.acknowledge() & 0xff;
    }

    void endOfInterrupt(int vector) {
        listener.endOfInterrupt(vector);
    }

    /**
     * Sends an interprocessor interrupt (11.6.1). Its trigger is an edge, whatever the command
     * says; a level that is deasserted resets arbitration identifiers, which there are none of.
     *
     * @param from who sends
     * @param command bits 31:0 of the interrupt command register
     * @param destination its destination field
     * @param wide whether that has 32 bits
     */
    void send(LocalApic from, int command, int destination, boolean wide) {
        int mode = command >>> 8 & 7;
        int vector = command & 0xff;
        boolean assert1 = (command & 1 << 14) != 0;
        boolean level = (command & 1 << 15) != 0;
        // Modes 3 and 7 are reserved (figures 11-12 and 11-28).
        if (mode == 3
                || mode == ApicRegisters.EXT_INT
                || mode == ApicRegisters.INIT && level && !assert1) {
            return;
        }
        if (mode <= ApicRegisters.LOWEST_PRIORITY && vector < ApicRegisters.FIRST_VECTOR) {
            from.error(ApicRegisters.ESR_SEND_ILLEGAL_VECTOR);
        }
        int shorthand = command >>> 18 & 3;
        if (shorthand == SELF) {
            from.message(mode, vector, false);
        } else if (shorthand == ALL || shorthand == ALL_BUT_SELF) {
            for (LocalApic apic : apics) {
                if (shorthand == ALL || apic != from) {
                    apic.message(mode, vector, false);
                }
            }
        } else {
            boolean everybody = destination == (wide ? WIDE_BROADCAST : BROADCAST);
            boolean logical = (command & 1 << 11) != 0;
            deliver(destination, everybody, logical, mode, vector, false);
        }
    }

    private void deliver(
            int destination,
            boolean everybody,
            boolean logical,
            int mode,
            int vector,
            boolean level) {
        LocalApic[] all = apics;
        if (mode != ApicRegisters.LOWEST_PRIORITY) {
            for (LocalApic apic : all) {
                if (everybody || apic.matches(destination, logical)) {
                    apic.message(mode, vector, level);
                }
            }
            return;
        }
        LocalApic lowest = null;
        int priority = 0;
        int next = 0;
        int first = all.length > 1 ? Integer.remainderUnsigned(turn.get(), all.length) : 0;
        for (int i = 0; i < all.length; i++) {
            int at = (first + i) % all.length;
            LocalApic apic = all[at];
            if ((everybody || apic.matches(destination, logical)) && apic.accepts()) {
                int its = apic.priority();
                if (lowest == null || its < priority) {
                    lowest = apic;
                    priority = its;
                    next = at + 1;
                }
            }
        }
        if (lowest != null) {
            turn.set(next);
            lowest.message(ApicRegisters.FIXED, vector, level);
        }
    }
}
