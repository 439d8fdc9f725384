package lodge.devices.interrupt;

import lodge.core.backend.LocalApics;
import lodge.core.bus.IrqLine;
import lodge.core.bus.LineSink;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

/**
 * One 8259A programmable interrupt controller (Intel 8259A datasheet, order 231468), with the
 * edge/level control register of the PIIX (Intel 82371AB, 4.3.3). A PC has two: a master, whose INT
 * pin goes to the processor, and a slave behind the master's IR2.
 *
 * <p>Emulated: initialisation words 1 to 4, operation words 1 to 3, fully nested and special fully
 * nested mode, special mask mode, all rotations, automatic and all other ends of interrupt, poll
 * mode, edge and level triggering, the spurious interrupt 7. As on the chip an edge-triggered
 * request must stay asserted until it is acknowledged: when the line falls earlier the request is
 * withdrawn (figure "IR triggering timing requirements"). Not emulated: vectors of the MCS-80/85
 * (ICW4 bit 0 clear gives the same vectors as if set) and buffered mode, which only moves a pin.
 * Before its first ICW1 the real chip's state is undefined; here all inputs are masked.
 *
 * <p>Locks: both chips of a pair use the master's monitor for everything, whoever's monitor the
 * caller holds already. So it does not matter that the slave raises the master's IR2 while the
 * master's acknowledge cycle asks the slave: there is only one lock, and nothing ever goes from the
 * master's monitor to the slave's.
 */
public final class Pic8259
        implements Device<Pic8259.State>, PortDevice, LineSink, LocalApics.ExternalInterrupts {
    private static final int CASCADE_PIN = 2;

    private static final int ICW1_IC4 = 0x01;
    private static final int ICW1_SNGL = 0x02;
    private static final int ICW1_LTIM = 0x08;
    private static final int ICW1 = 0x10;
    private static final int ICW4_AEOI = 0x02;
    private static final int ICW4_SFNM = 0x10;
    private static final int OCW2_LEVEL = 0x07;
    private static final int OCW3 = 0x08;
    private static final int OCW3_RIS = 0x01;
    private static final int OCW3_RR = 0x02;
    private static final int OCW3_POLL = 0x04;
    private static final int OCW3_SMM = 0x20;
    private static final int OCW3_ESMM = 0x40;

    /**
     * IRQ 0, 1 and 2 of the master are always edge-triggered, IRQ 8 and 13 of the slave too
     * (82371AB, ELCR1, ELCR2).
     */
    private static final int ELCR_MASTER = 0xf8;

    private static final int ELCR_SLAVE = 0xde;

    private final String name;
    private final Counters counters = new Counters();
    private final Counters.Counter acknowledged = counters.counter("acknowledged");
    private final Counters.Counter spurious = counters.counter("spurious");
    private final IrqLine intr;
    private final Object monitor;
    private final boolean isMaster;
    private final int elcrWritable;
    private final PortDevice elcrPort = new Elcr();
    private Pic8259 slave;

    private int pins;
    private int irr;
    private int isr;
    private int imr;
    private int elcr;
    private int expecting;
    private boolean expectIcw4;
    private boolean single;
    private boolean levelTriggered;
    private int vectorBase;
    private int icw3;
    private boolean autoEoi;
    private boolean specialFullyNested;
    private boolean specialMask;
    private boolean rotateInAutoEoi;
    private boolean readIsr;
    private boolean poll;
    private int lowest;

    /**
     * The state of one chip.
     *
     * @param pins levels of IR0 to IR7
     * @param irr interrupt request register
     * @param isr in-service register
     * @param imr interrupt mask register
     * @param elcr edge/level control register
     * @param expecting the next initialisation word (2 to 4), 0 after initialisation
     * @param expectIcw4 whether ICW1 announced an ICW4
     * @param single whether ICW1 said that there is no cascade
     * @param levelTriggered ICW1's LTIM
     * @param vectorBase ICW2, bits 7:3
     * @param icw3 the master's inputs with slaves, or the slave's identity
     * @param autoEoi ICW4's AEOI
     * @param specialFullyNested ICW4's SFNM
     * @param specialMask special mask mode
     * @param rotateInAutoEoi rotation in automatic EOI mode
     * @param readIsr whether port 0 reads ISR instead of IRR
     * @param poll whether the next read is a poll
     * @param lowest the input of lowest priority, 0 to 7
     */
    public record State(
            int pins,
            int irr,
            int isr,
            int imr,
            int elcr,
            int expecting,
            boolean expectIcw4,
            boolean single,
            boolean levelTriggered,
            int vectorBase,
            int icw3,
            boolean autoEoi,
            boolean specialFullyNested,
            boolean specialMask,
            boolean rotateInAutoEoi,
            boolean readIsr,
            boolean poll,
            int lowest) {}

    /**
     * A master.
     *
     * @param name the device's name
     * @param intr the INT pin: to the processor
     */
    public Pic8259(String name, IrqLine intr) {
        this.name = name;
        this.intr = intr;
        monitor = this;
        isMaster = true;
        elcrWritable = ELCR_MASTER;
        imr = 0xff;
        lowest = 7;
    }

    /**
     * A slave whose INT pin is soldered to the master's IR2.
     *
     * @param name the device's name
     * @param master a master without a slave so far
     */
    public Pic8259(String name, Pic8259 master) {
        this.name = name;
        intr = new IrqLine(master, CASCADE_PIN);
        monitor = master;
        isMaster = false;
        elcrWritable = ELCR_SLAVE;
        imr = 0xff;
        lowest = 7;
        master.connect(this);
    }

    private void connect(Pic8259 newSlave) {
        synchronized (monitor) {
            if (slave != null || !isMaster) {
                throw new IllegalArgumentException(
                        name
                                + " is a slave, or has one already; a pair is one master and one"
                                + " slave");
            }
            slave = newSlave;
        }
    }

    /**
     * Returns the port of the edge/level control register: 0x4d0 for the master, 0x4d1 for the
     * slave.
     */
    public PortDevice elcr() {
        return elcrPort;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public void line(int pin, boolean high) {
        synchronized (monitor) {
            int bit = 1 << (pin & 7);
            if (((pins & bit) != 0) == high) {
                return;
            }
            pins ^= bit;
            if (high) {
                irr |= bit;
            } else {
                irr &= ~bit;
            }
            updateInt();
        }
    }

    @Override
    public int acknowledge() {
        synchronized (monitor) {
            acknowledged.add(1);
            int level = highestRequest();
            if (level < 0) {
                spurious.add(1);
                return vectorBase | 7;
            }
            serve(level);
            int vector = vectorBase | level;
            if (isMaster && !single && (icw3 & 1 << level) != 0) {
                // The slave whose identity is on the cascade lines drives the bus; if there is
                // none, nobody does.
                vector = slave != null && slave.icw3 == level ? slave.acknowledge() : 0xff;
            }
            updateInt();
            return vector;
        }
    }

    @Override
    public int in(int offset, int size) {
        synchronized (monitor) {
            if (poll) {
                poll = false;
                int level = highestRequest();
                if (level < 0) {
                    return 7;
                }
                serve(level);
                updateInt();
                return 0x80 | level;
            }
            if ((offset & 1) != 0) {
                return imr;
            }
            return readIsr ? isr : irr;
        }
    }

    @Override
    public void out(int offset, int size, int value) {
        synchronized (monitor) {
            if ((offset & 1) != 0) {
                writeHigh(value & 0xff);
            } else if ((value & ICW1) != 0) {
                initialize(value);
            } else if ((value & OCW3) != 0) {
                operationWord3(value);
            } else {
                operationWord2(value);
            }
            updateInt();
        }
    }

    private void initialize(int icw1) {
        levelTriggered = (icw1 & ICW1_LTIM) != 0;
        single = (icw1 & ICW1_SNGL) != 0;
        expectIcw4 = (icw1 & ICW1_IC4) != 0;
        expecting = 2;
        // "The edge sense circuit is reset": an input must fall and rise again to make a request.
        irr = pins & levelSensitive();
        isr = 0;
        imr = 0;
        lowest = 7;
        icw3 = isMaster ? 0 : 7;
        specialMask = false;
        readIsr = false;
        poll = false;
        rotateInAutoEoi = false;
        autoEoi = false;
        specialFullyNested = false;
    }

    private void writeHigh(int value) {
        switch (expecting) {
            case 2 -> {
                vectorBase = value & 0xf8;
                expecting = !single ? 3 : expectIcw4 ? 4 : 0;
            }
            case 3 -> {
                icw3 = isMaster ? value : value & 7;
                expecting = expectIcw4 ? 4 : 0;
            }
            case 4 -> {
                autoEoi = (value & ICW4_AEOI) != 0;
                specialFullyNested = (value & ICW4_SFNM) != 0;
                expecting = 0;
            }
            default -> imr = value;
        }
    }

    private void operationWord2(int value) {
        int level = value & OCW2_LEVEL;
        switch (value >>> 5) {
            case 0b000 -> rotateInAutoEoi = false;
            case 0b001 -> endOfInterrupt(false);
            case 0b011 -> isr &= ~(1 << level);
            case 0b100 -> rotateInAutoEoi = true;
            case 0b101 -> endOfInterrupt(true);
            case 0b110 -> lowest = level;
            case 0b111 -> {
                isr &= ~(1 << level);
                lowest = level;
            }
            default -> {
                // 010 is "no operation".
            }
        }
    }

    private void operationWord3(int value) {
        if ((value & OCW3_ESMM) != 0) {
            specialMask = (value & OCW3_SMM) != 0;
        }
        if ((value & OCW3_POLL) != 0) {
            poll = true;
        } else if ((value & OCW3_RR) != 0) {
            readIsr = (value & OCW3_RIS) != 0;
        }
    }

    /**
     * A non-specific EOI: ends the interrupt of highest priority in service; in special mask mode
     * not a masked one.
     */
    private void endOfInterrupt(boolean rotate) {
        int ending = specialMask ? isr & ~imr : isr;
        for (int i = 1; i <= 8; i++) {
            int level = lowest + i & 7;
            if ((ending & 1 << level) != 0) {
                isr &= ~(1 << level);
                if (rotate) {
                    lowest = level;
                }
                return;
            }
        }
    }

    /** The priority resolver: which input interrupts now, or -1. */
    private int highestRequest() {
        int requests = irr & ~imr;
        if (requests == 0 || expecting != 0) {
            return -1;
        }
        int blocking = specialMask ? isr & ~imr : isr;
        // In special fully nested mode a slave in service still gets its own, more urgent, requests
        // through.
        int transparent = specialFullyNested && isMaster && !single ? icw3 : 0;
        for (int i = 1; i <= 8; i++) {
            int level = lowest + i & 7;
            int bit = 1 << level;
            if ((requests & bit) != 0 && ((blocking & bit) == 0 || (transparent & bit) != 0)) {
                return level;
            }
            if ((blocking & bit) != 0) {
                return -1;
            }
        }
        return -1;
    }

    /**
     * The acknowledge cycle for an input: an edge is consumed, a level stays as long as it is
     * asserted.
     */
    private void serve(int level) {
        // INT falls with every acknowledge; if it rises again at once, that is an edge for a
        // master.
        intr.set(false);
        int bit = 1 << level;
        if ((levelSensitive() & bit) == 0) {
            irr &= ~bit;
        }
        if (!autoEoi) {
            isr |= bit;
        } else if (rotateInAutoEoi) {
            lowest = level;
        }
    }

    private int levelSensitive() {
        return levelTriggered ? 0xff : elcr;
    }

    private void updateInt() {
        intr.set(highestRequest() >= 0);
    }

    @Override
    public void reset() {
        load(
                new State(
                        0, 0, 0, 0xff, 0, 0, false, false, false, 0, 0, false, false, false, false,
                        false, false, 7));
    }

    @Override
    public State save() {
        synchronized (monitor) {
            return new State(
                    pins,
                    irr,
                    isr,
                    imr,
                    elcr,
                    expecting,
                    expectIcw4,
                    single,
                    levelTriggered,
                    vectorBase,
                    icw3,
                    autoEoi,
                    specialFullyNested,
                    specialMask,
                    rotateInAutoEoi,
                    readIsr,
                    poll,
                    lowest);
        }
    }

    @Override
    public void load(State state) {
        synchronized (monitor) {
            pins = state.pins & 0xff;
            irr = state.irr & 0xff;
            isr = state.isr & 0xff;
            imr = state.imr & 0xff;
            elcr = state.elcr & elcrWritable;
            expecting = Math.clamp(state.expecting, 0, 4);
            expectIcw4 = state.expectIcw4;
            single = state.single;
            levelTriggered = state.levelTriggered;
            vectorBase = state.vectorBase & 0xf8;
            icw3 = isMaster ? state.icw3 & 0xff : state.icw3 & 7;
            autoEoi = state.autoEoi;
            specialFullyNested = state.specialFullyNested;
            specialMask = state.specialMask;
            rotateInAutoEoi = state.rotateInAutoEoi;
            readIsr = state.readIsr;
            poll = state.poll;
            lowest = state.lowest & 7;
            updateInt();
        }
    }

    /** The edge/level control register: a set bit makes the input level-triggered. */
    private final class Elcr implements PortDevice {
        @Override
        public int in(int offset, int size) {
            synchronized (monitor) {
                return elcr;
            }
        }

        @Override
        public void out(int offset, int size, int value) {
            synchronized (monitor) {
                int changed = (elcr ^ value) & elcrWritable;
                elcr ^= changed;
                // An input that is now level-triggered requests while asserted; a held one is no
                // edge.
                irr = irr & ~changed | pins & changed & elcr;
                updateInt();
            }
        }
    }
}
