package lodge.devices.platform;

import lodge.core.bus.IrqLine;
import lodge.core.bus.LineSink;
import lodge.devices.pci.PciFunction;

/**
 * Function 0 of the Intel 82371AB (PIIX4; datasheet 290562, section 4.1), the PCI to ISA bridge: it
 * routes the four PCI interrupt requests PIRQA# to PIRQD# to ISA interrupt requests as registers
 * PIRQRC[A:D] say. The other registers (I/O recovery, chip selects, serial interrupts, memory top,
 * ISA DMA routing, GENCFG) keep what is written and change nothing: positive and subtractive
 * decoding is the bus's matter. Reset control (0xcf9), ELCR, PIC, PIT and RTC are chips of their
 * own.
 *
 * <p>Lock order: a function that drives its interrupt pin comes here with its own monitor held;
 * from here only the junctions and interrupt controllers behind the ISA lines are entered.
 */
public final class Piix4Isa extends PciFunction<Piix4Isa.State> implements LineSink {
    private static final int PIRQS = 4;
    private static final int ISA_IRQS = 16;

    private static final int IORT = 0x4c;
    private static final int XBCS = 0x4e;
    private static final int PIRQRCA = 0x60;
    private static final int SERIRQC = 0x64;
    private static final int TOM = 0x69;
    private static final int MSTAT = 0x6a;
    private static final int MBDMA0 = 0x76;
    private static final int APICBASE = 0x80;
    private static final int DLC = 0x82;
    private static final int PDMACFG = 0x90;
    private static final int DDMABP = 0x92;
    private static final int GENCFG = 0xb0;
    private static final int RTCCFG = 0xcb;

    private static final int NOT_ROUTED = 0x80;

    /** IRQ 0, 1, 2, 8 and 13 are reserved as targets (section 4.1.10). */
    private static final int ROUTABLE = 0b1101_1110_1111_1000;

    /**
     * The bridge's state.
     *
     * @param pci configuration space
     * @param pirqs levels of PIRQA# (bit 0) to PIRQD#
     */
    public record State(PciState pci, int pirqs) {}

    private final IrqLine[] isa;
    private int pirqs;

    /**
     * A bridge after reset.
     *
     * @param name stable and unique on the board
     * @param isa 16 wires, by ISA interrupt number; those that cannot be routed to are not used
     */
    public Piix4Isa(String name, IrqLine[] isa) {
        super(name, new Identity(0x8086, 0x7110, 0x02, 0x060100, 0, 0), 0, IrqLine.unconnected());
        if (isa.length != ISA_IRQS) {
            throw new IllegalArgumentException("There are 16 ISA interrupt requests");
        }
        this.isa = isa.clone();
        register16(COMMAND, 0x0007, COMMAND_SERR | 0x08);
        register16(STATUS, 0x0280, 0);
        clearedByOnes16(STATUS, 0x7800);
        register8(0x0c, 0, 0);
        register8(0x0d, 0, 0);
        register8(0x3c, 0, 0);
        register8(IORT, 0x4d, 0xff);
        register16(XBCS, 0x0003, 0x0fff);
        for (int i = 0; i < PIRQS; i++) {
            register8(PIRQRCA + i, NOT_ROUTED, 0x8f);
        }
        register8(SERIRQC, 0x10, 0xff);
        register8(TOM, 0x02, 0xfe);
        register16(MSTAT, 0, 0x8080);
        register8(MBDMA0, 0x0c, 0x8f);
        register8(MBDMA0 + 1, 0x0c, 0x8f);
        register8(APICBASE, 0, 0x7f);
        register8(DLC, 0, 0x0f);
        register16(PDMACFG, 0, 0xffff);
        register32(DDMABP, 0, 0xffc0_ffc0);
        register32(GENCFG, 0, -1);
        register8(RTCCFG, 0x21, 0x3d);
    }

    /**
     * The level of a PCI interrupt request.
     *
     * @param pin 0 for PIRQA# to 3 for PIRQD#
     * @param high whether it is asserted
     */
    @Override
    public synchronized void line(int pin, boolean high) {
        int bit = 1 << (pin & 3);
        pirqs = high ? pirqs | bit : pirqs & ~bit;
        updateIrq();
    }

    @Override
    protected void configWritten(int from, int to) {
        if (from < PIRQRCA + PIRQS && to > PIRQRCA) {
            updateIrq();
        }
    }

    private void updateIrq() {
        int wanted = 0;
        for (int i = 0; i < PIRQS; i++) {
            int route = config8(PIRQRCA + i);
            if ((route & NOT_ROUTED) == 0 && (pirqs & 1 << i) != 0) {
                wanted |= 1 << (route & 0x0f);
            }
        }
        wanted &= ROUTABLE;
        for (int irq = 0; irq < ISA_IRQS; irq++) {
            if ((ROUTABLE & 1 << irq) != 0) {
                isa[irq].set((wanted & 1 << irq) != 0);
            }
        }
    }

    /**
     * Puts the registers into their reset state. The levels of the PIRQ inputs are the other
     * functions' and stay.
     */
    @Override
    public synchronized void reset() {
        resetPci();
    }

    @Override
    public synchronized State save() {
        return new State(savePci(), pirqs);
    }

    @Override
    public synchronized void load(State state) {
        pirqs = state.pirqs & 0x0f;
        loadPci(state.pci);
    }
}
