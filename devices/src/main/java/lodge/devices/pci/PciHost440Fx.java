package lodge.devices.pci;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Device;

/**
 * Intel 82441FX PCI and memory controller (PMC, of the 440FX PCIset; datasheet 290549), the host
 * bridge: configuration mechanism #1 at ports 0xcf8 to 0xcff, and function 0 of slot 0 with the
 * PMC's registers. The PAM registers switch shadow RAM. The DRAM timing, turbo and error registers
 * keep what is written to them; SMRAM does too, with its lock, but there is no system management
 * mode, so it opens nothing.
 *
 * <p>The board claims 8 ports from 0xcf8. Port 0xcf9 in the middle belongs to another chip (the
 * south bridge's reset control register), which answers byte accesses there through {@link
 * #connectResetControl}.
 *
 * <p>Lock order: this bridge, then the function that is configured, then interrupt router and
 * controllers.
 */
public final class PciHost440Fx extends PciFunction<PciHost440Fx.State> implements PortDevice {
    /** CONFADD, accessed as 32 bits only. */
    private static final int CONFADD = 0;

    private static final int RESET_CONTROL = 1;
    private static final int CONFDATA = 4;
    private static final int CONFADD_ENABLE = 1 << 31;
    private static final int CONFADD_WRITABLE = 0x80ff_fffc;

    private static final int PMCCFG = 0x50;
    private static final int DETURBO = 0x52;
    private static final int DBC = 0x53;
    private static final int AXC = 0x54;
    private static final int DRT = 0x55;
    private static final int DRAMC = 0x57;
    private static final int DRAMT = 0x58;
    private static final int PAM0 = 0x59;
    private static final int PAM6 = 0x5f;
    private static final int DRB0 = 0x60;
    private static final int FDHC = 0x68;
    private static final int MTT = 0x70;
    private static final int CLT = 0x71;
    private static final int SMRAM = 0x72;
    private static final int ERRCMD = 0x90;
    private static final int ERRSTS = 0x91;
    private static final int TRC = 0x93;

    private static final int SMRAM_RESET = 0x02;
    private static final int SMRAM_OPEN = 0x40;
    private static final int SMRAM_LOCK = 0x10;
    private static final int SMRAM_WRITABLE = 0x78;
    private static final int PAM_READ = 1;
    private static final int PAM_WRITE = 2;
    private static final int SEGMENTS = 13;

    /**
     * The bridge's state.
     *
     * @param pci configuration space
     * @param confadd the configuration address register
     */
    public record State(PciState pci, int confadd) {}

    private final PciBus bus;
    private final ShadowRam shadow;
    private final int[] shown = new int[SEGMENTS];
    private Device<?> resetOwner;
    private PortDevice resetControl;
    private int confadd;

    /**
     * A bridge after reset, not attached to its bus.
     *
     * @param name stable and unique on the board
     * @param bus the bus behind it
     * @param shadow what the PAM registers switch; all off at first
     */
    public PciHost440Fx(String name, PciBus bus, ShadowRam shadow) {
        super(name, new Identity(0x8086, 0x1237, 0x02, 0x060000, 0, 0), 0, IrqLine.unconnected());
        this.bus = bus;
        this.shadow = shadow;
        register16(COMMAND, 0x0006, COMMAND_PARITY | COMMAND_SERR);
        register16(STATUS, 0x0280, 0);
        register8(0x0c, 0, 0);
        register16(PMCCFG, 0, 0xe7e0);
        register8(DETURBO, 0, 0xff);
        register8(DBC, 0x80, 0x87);
        register8(AXC, 0, 0x9f);
        register16(DRT, 0, 0xffff);
        register8(DRAMC, 0x01, 0x27);
        register8(DRAMT, 0x10, 0xff);
        for (int pam = PAM0; pam <= PAM6; pam++) {
            register8(pam, 0, pam == PAM0 ? 0xf0 : 0xff);
        }
        for (int row = 0; row < 8; row++) {
            register8(DRB0 + row, 0x01, 0xff);
        }
        register8(FDHC, 0, 0xc0);
        register8(MTT, 0, 0xff);
        register8(CLT, 0, 0xff);
        register8(SMRAM, SMRAM_RESET, SMRAM_WRITABLE);
        register8(ERRCMD, 0, 0xdf);
        register8(ERRSTS, 0, 0);
        register8(TRC, 0, 0x0f);
    }

    /**
     * Says who answers at port 0xcf9.
     *
     * @param owner whose monitor is taken, after this bridge's
     * @param port one port, at offset 0
     */
    public void connectResetControl(Device<?> owner, PortDevice port) {
        resetOwner = owner;
        resetControl = port;
    }

    @Override
    public int width() {
        return 4;
    }

    @Override
    public int in(int offset, int size) {
        if (offset == CONFADD && size == 4) {
            return confadd;
        }
        if (offset >= CONFDATA && offset + size <= CONFDATA + 4) {
            return (confadd & CONFADD_ENABLE) == 0
                    ? -1
                    : bus.read(confadd >>> 16 & 0xff, confadd >>> 8 & 0xff, register(offset), size);
        }
        if (size == 1) {
            return offset == RESET_CONTROL && resetControl != null ? readResetControl() : 0xff;
        }
        return in(offset, 1) & 0xff | in(offset + 1, size - 1) << 8;
    }

    @Override
    public void out(int offset, int size, int value) {
        if (offset == CONFADD && size == 4) {
            confadd = value & CONFADD_WRITABLE;
        } else if (offset >= CONFDATA && offset + size <= CONFDATA + 4) {
            if ((confadd & CONFADD_ENABLE) != 0) {
                bus.write(
                        confadd >>> 16 & 0xff, confadd >>> 8 & 0xff, register(offset), size, value);
            }
        } else if (size > 1) {
            out(offset, 1, value & 0xff);
            out(offset + 1, size - 1, value >>> 8);
        } else if (offset == RESET_CONTROL && resetControl != null) {
            writeResetControl(value);
        }
    }

    private void writeResetControl(int value) {
        Device<?> owner = resetOwner;
        synchronized (owner) {
            resetControl.out(0, 1, value);
        }
    }

    private int readResetControl() {
        Device<?> owner = resetOwner;
        synchronized (owner) {
            return resetControl.in(0, 1) & 0xff;
        }
    }

    private int register(int offset) {
        return confadd & 0xfc | offset & 3;
    }

    @Override
    protected void configWritten(int from, int to) {
        if (from <= PAM6 && to > PAM0) {
            updateShadow();
        }
        if (from <= SMRAM && to > SMRAM) {
            updateSmramLock();
        }
    }

    /**
     * Section 3.2.16: once D_LCK is set, D_OPEN is cleared and only a reset makes the register
     * writable again.
     */
    private void updateSmramLock() {
        int smram = config8(SMRAM);
        if ((smram & SMRAM_LOCK) != 0) {
            setConfig8(SMRAM, smram & ~SMRAM_OPEN);
            writeMask8(SMRAM, 0);
        } else {
            writeMask8(SMRAM, SMRAM_WRITABLE);
        }
    }

    private void updateShadow() {
        for (int segment = 0; segment < SEGMENTS; segment++) {
            // Segment 0 is the high half of PAM0, the others are the halves of PAM1 to PAM6, low
            // half first.
            int pam = config8(PAM0 + (segment + 1) / 2);
            int access = (segment % 2 == 0 ? pam >>> 4 : pam) & (PAM_READ | PAM_WRITE);
            if (access != shown[segment]) {
                shown[segment] = access;
                shadow.segment(
                        segment == 0 ? 0xf_0000 : 0xc_0000 + 0x4000 * (segment - 1),
                        segment == 0 ? 0x1_0000 : 0x4000,
                        (access & PAM_READ) != 0,
                        (access & PAM_WRITE) != 0);
            }
        }
    }

    @Override
    public synchronized void reset() {
        confadd = 0;
        resetPci();
    }

    @Override
    public synchronized State save() {
        return new State(savePci(), confadd);
    }

    @Override
    public synchronized void load(State state) {
        confadd = state.confadd & CONFADD_WRITABLE;
        writeMask8(SMRAM, SMRAM_WRITABLE);
        loadPci(state.pci);
    }
}
