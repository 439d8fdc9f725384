package lodge.devices.platform;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.devices.pci.PciFunction;
import lodge.devices.storage.AtaChannel;

/**
 * Function 1 of the Intel 82371AB (PIIX4; datasheet 290562, section 4.2), the IDE controller in
 * compatibility mode: it places the bus master registers of both channels (BAR 4) and allows or
 * forbids bus mastering. The channels themselves are {@link AtaChannel}s at the fixed ports and
 * interrupts of a PC/AT.
 *
 * <p>The timing registers keep what is written; transfers are as fast as the host. The channels
 * answer whatever the decode enable bits of IDETIM say, and those bits are set after reset (the
 * datasheet has 0): a kernel that is booted without firmware takes them as a sign that the board
 * has the channel.
 *
 * <p>Lock order: this function, then a channel.
 */
public final class Piix4Ide extends PciFunction<Piix4Ide.State> {
    private static final int IDETIM_PRIMARY = 0x40;
    private static final int IDETIM_SECONDARY = 0x42;
    private static final int IDETIM_DECODE = 0x8000;
    private static final int SIDETIM = 0x44;
    private static final int UDMACTL = 0x48;
    private static final int UDMATIM = 0x4a;
    private static final int BUS_MASTER_BAR = 4;
    private static final int CHANNEL_PORTS = 8;

    /**
     * The function's state.
     *
     * @param pci configuration space
     */
    public record State(PciState pci) {}

    private final AtaChannel primary;
    private final AtaChannel secondary;

    /**
     * A controller after reset.
     *
     * @param name stable and unique on the board
     * @param io where the bus master registers appear
     * @param primary the channel at 0x1f0
     * @param secondary the channel at 0x170
     */
    public Piix4Ide(String name, IoSpace io, AtaChannel primary, AtaChannel secondary) {
        super(name, new Identity(0x8086, 0x7111, 0x01, 0x010180, 0, 0), 0, IrqLine.unconnected());
        this.primary = primary;
        this.secondary = secondary;
        register16(COMMAND, 0, COMMAND_IO | COMMAND_MASTER);
        register16(STATUS, 0x0280, 0);
        clearedByOnes16(STATUS, 0x3800);
        register8(0x0c, 0, 0);
        register8(0x0d, 0, 0xf0);
        register8(0x3c, 0, 0);
        register16(IDETIM_PRIMARY, IDETIM_DECODE, 0xf3ff);
        register16(IDETIM_SECONDARY, IDETIM_DECODE, 0xf3ff);
        register8(SIDETIM, 0, 0xff);
        register8(UDMACTL, 0, 0x0f);
        register16(UDMATIM, 0, 0x3333);
        IoSpace.Claim first = io.movablePorts(primary, CHANNEL_PORTS, primary.busMasterPorts());
        IoSpace.Claim second =
                io.movablePorts(secondary, CHANNEL_PORTS, secondary.busMasterPorts());
        portBar(
                BUS_MASTER_BAR,
                2 * CHANNEL_PORTS,
                base -> {
                    first.move(base);
                    second.move(base < 0 ? -1 : base + CHANNEL_PORTS);
                });
    }

    @Override
    protected void configWritten(int from, int to) {
        if (from <= COMMAND && to > COMMAND) {
            primary.enableBusMaster(busMaster());
            secondary.enableBusMaster(busMaster());
        }
    }

    @Override
    public synchronized void reset() {
        resetPci();
    }

    @Override
    public synchronized State save() {
        return new State(savePci());
    }

    @Override
    public synchronized void load(State state) {
        loadPci(state.pci);
    }
}
