package lodge.devices.platform;

import lodge.core.bus.IoSpace;
import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.time.MachineClock;
import lodge.devices.pci.PciFunction;
import lodge.devices.timer.AcpiPmTimer;

import java.util.Arrays;

/**
 * Function 3 of the Intel 82371AB (PIIX4; datasheet 290562, chapters 7 and 11), power management:
 * the ACPI fixed registers at the PM base, the power management timer, general purpose event block
 * 0, the APM control ports 0xb2 and 0xb3, and the SMBus host controller at the SMBus base, with
 * nothing on its bus.
 *
 * <p>There is no system management mode. What firmware's SMI handler would do on a write to APMC,
 * this chip does itself: {@link #ACPI_ENABLE} sets SCI_EN and {@link #ACPI_DISABLE} clears it. So
 * that firmware does not try to install a handler, DEVACTB says after reset that SMI on APMC is
 * enabled already.
 *
 * <p>SUS_EN with suspend type 0 (soft off, ACPI S5) calls the board; other suspend types do
 * nothing, as no others are offered. The throttling, device monitor and general purpose output
 * registers keep what is written. Not emulated: RTC wake, thermal and lid events, SMBus slave.
 */
public final class Piix4Power extends PciFunction<Piix4Power.State> implements PortDevice {
    /** Written to APMC (0xb2): change to ACPI mode; the FADT says so. */
    public static final int ACPI_ENABLE = 0xf1;

    /** Written to APMC (0xb2): change to legacy mode; the FADT says so. */
    public static final int ACPI_DISABLE = 0xf0;

    /** SUS_TYP for soft off: the first element of \_S5 in the DSDT. */
    public static final int SOFT_OFF_TYPE = 0;

    /** Number of ports at the PM base. */
    public static final int PM_PORTS = 64;

    private static final int SMBUS_PORTS = 16;

    // Configuration space.
    private static final int PMBA = 0x40;
    private static final int CNTA = 0x44;
    private static final int CNTB = 0x48;
    private static final int GPICTL = 0x4c;
    private static final int DEVRESD = 0x50;
    private static final int DEVACTA = 0x54;
    private static final int DEVACTB = 0x58;
    private static final int DEVRESA = 0x5c;
    private static final int LAST_DEVRES = 0x7c;
    private static final int PMREGMISC = 0x80;
    private static final int SMBBA = 0x90;
    private static final int SMBHSTCFG = 0xd2;
    private static final int LAST_SMBUS = 0xd6;
    private static final int PMIOSE = 1;
    private static final int APMC_EN = 1 << 25;

    // PM ports.
    private static final int PMSTS = 0x00;
    private static final int PMEN = 0x02;
    private static final int PMCNTRL = 0x04;
    private static final int PMTMR = 0x08;
    private static final int GPSTS = 0x0c;
    private static final int GPEN = 0x0e;
    private static final int PCNTRL = 0x10;
    private static final int PLVL2 = 0x14;
    private static final int GLBEN = 0x20;
    private static final int GPOREG = 0x34;
    private static final int GPOREG_RESET = 0x7fff_bfff;

    private static final int TMROF = 1;
    private static final int GBL = 1 << 5;
    private static final int PWRBTN = 1 << 8;
    private static final int PMSTS_CLEARABLE = 0x8d31;
    private static final int PMEN_WRITABLE = 0x0521;
    private static final int SCI_EN = 1;
    private static final int SUS_TYP_SHIFT = 10;
    private static final int SUS_EN = 1 << 13;
    private static final int PMCNTRL_WRITABLE = 0x1c03;
    private static final int GPE_BITS = 0x0f01;

    // SMBus ports.
    private static final int SMBHSTSTS = 0x00;
    private static final int SMBHSTCNT = 0x02;
    private static final int SMBBLKDAT = 0x07;
    private static final int LAST_SMBUS_STORED = 0x0d;
    private static final int SMB_DEV_ERR = 0x04;
    private static final int SMB_FAILED = 0x10;
    private static final int SMB_STATUS_BITS = 0x1e;
    private static final int SMB_INTEREN = 0x01;
    private static final int SMB_KILL = 0x02;
    private static final int SMB_START = 0x40;
    private static final int SMB_IRQ9 = 0x08;
    private static final int SMB_INTRSEL = 0x0e;

    /**
     * The function's state.
     *
     * @param pci configuration space
     * @param pmsts power management status
     * @param pmen power management enable
     * @param pmcntrl power management control
     * @param gpsts general purpose status
     * @param gpen general purpose enable
     * @param timerSeen machine time up to which the timer's carries are in {@code pmsts}
     * @param stored the PM ports that only keep values, 64 bytes
     * @param apmc APM control
     * @param apms APM status
     * @param smbus the SMBus ports, 16 bytes
     */
    public record State(
            PciState pci,
            int pmsts,
            int pmen,
            int pmcntrl,
            int gpsts,
            int gpen,
            long timerSeen,
            byte[] stored,
            int apmc,
            int apms,
            byte[] smbus) {}

    private final IrqLine sci;
    private final MachineClock clock;
    private final Runnable powerOff;
    private final AcpiPmTimer pmTimer;
    private final MachineClock.Timer carry;
    private final IoSpace.Claim pmPorts;
    private final IoSpace.Claim smbusPorts;
    private final byte[] stored = new byte[PM_PORTS];
    private final byte[] smbus = new byte[SMBUS_PORTS];
    private final PortDevice apm = new ApmPorts();
    private int pmsts;
    private int pmen;
    private int pmcntrl;
    private int gpsts;
    private int gpen;
    private long timerSeen;
    private int apmc;
    private int apms;

    /**
     * Power management after reset, at no ports.
     *
     * @param name stable and unique on the board
     * @param io where its ports appear
     * @param sci the system control interrupt: IRQ 9
     * @param clock drives the timer
     * @param powerOff what happens when the guest switches the machine off; runs on the vCPU's
     *     thread with this monitor held, so it only leaves a note
     */
    public Piix4Power(String name, IoSpace io, IrqLine sci, MachineClock clock, Runnable powerOff) {
        super(name, new Identity(0x8086, 0x7113, 0x02, 0x068000, 0, 0), 1, IrqLine.unconnected());
        this.sci = sci;
        this.clock = clock;
        this.powerOff = powerOff;
        pmTimer = new AcpiPmTimer(clock, 24);
        carry = clock.timer(this::timerCarried);
        register16(COMMAND, 0, COMMAND_IO);
        register16(STATUS, 0x0280, 0);
        clearedByOnes16(STATUS, 0x3800);
        register8(0x0c, 0, 0);
        register8(0x0d, 0, 0);
        register32(PMBA, 1, 0xffc0);
        register32(CNTA, 0, -1);
        register32(CNTB, 0, -1);
        register32(GPICTL, 0, -1);
        register32(DEVRESD, 0, -1);
        register32(DEVACTA, 0, -1);
        register32(DEVACTB, APMC_EN, -1);
        for (int at = DEVRESA; at <= LAST_DEVRES; at += 4) {
            register32(at, 0, -1);
        }
        register8(PMREGMISC, 0, PMIOSE);
        register32(SMBBA, 1, 0xfff0);
        for (int at = SMBHSTCFG; at <= LAST_SMBUS; at++) {
            register8(at, 0, at == SMBHSTCFG ? 0x0f : 0xff);
        }
        pmPorts = io.movablePorts(this, PM_PORTS, this);
        smbusPorts = io.movablePorts(this, SMBUS_PORTS, new SmbusPorts());
        clearPorts();
    }

    /** Returns the APM control and status ports: 2 ports, from 0xb2. */
    public PortDevice apmPorts() {
        return apm;
    }

    /** The user presses the power button: the guest gets an SCI if it asked for one. */
    public synchronized void pressPowerButton() {
        pmsts |= PWRBTN;
        updateIrq();
    }

    // ---- configuration space

    @Override
    protected void configWritten(int from, int to) {
        boolean pmOn = (config8(PMREGMISC) & PMIOSE) != 0;
        int pmBase = config16(PMBA) & 0xffc0;
        move(pmPorts, pmOn && pmBase != 0 ? pmBase : -1);
        boolean smbusOn = (config16(COMMAND) & COMMAND_IO) != 0;
        int smbusBase = config16(SMBBA) & 0xfff0;
        move(smbusPorts, smbusOn && smbusBase != 0 ? smbusBase : -1);
        updateIrq();
    }

    private static void move(IoSpace.Claim claim, int base) {
        if (claim.first() != base) {
            claim.move(base);
        }
    }

    // ---- PM ports

    @Override
    public int width() {
        return 4;
    }

    @Override
    public int in(int offset, int size) {
        if (offset == PMTMR && size == 4) {
            return pmTimer.counter();
        }
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= in8(offset + i) << 8 * i;
        }
        return value;
    }

    @Override
    public void out(int offset, int size, int value) {
        if (size == 1) {
            out8(offset, value & 0xff);
            return;
        }
        // Whole registers are written at once, so that SUS_TYP and SUS_EN of one access belong
        // together.
        for (int i = 0; i < size; i += 2) {
            int at = offset + i;
            int half = value >>> 8 * i & 0xffff;
            if ((at & 1) == 0) {
                out16(at, half, 0xffff);
            } else {
                out8(at, half & 0xff);
                out8(at + 1, half >>> 8);
            }
        }
    }

    private int in8(int offset) {
        int shift = 8 * (offset & 1);
        return switch (offset & ~1) {
            case PMSTS -> {
                lookAtTimer();
                yield pmsts >>> shift & 0xff;
            }
            case PMEN -> pmen >>> shift & 0xff;
            case PMCNTRL -> pmcntrl >>> shift & 0xff;
            case PMTMR, PMTMR + 2 -> pmTimer.counter() >>> 8 * (offset & 3) & 0xff;
            case GPSTS -> gpsts >>> shift & 0xff;
            case GPEN -> gpen >>> shift & 0xff;
            default -> stored[offset] & 0xff;
        };
    }

    private void out8(int offset, int value) {
        int shift = 8 * (offset & 1);
        out16(offset & ~1, value << shift, 0xff << shift);
    }

    /** Writes the bytes of a 16-bit register that {@code mask} covers. */
    private void out16(int offset, int value, int mask) {
        switch (offset) {
            case PMSTS -> {
                lookAtTimer();
                pmsts &= ~(value & mask & PMSTS_CLEARABLE);
                updateIrq();
            }
            case PMEN -> {
                lookAtTimer();
                pmen = (pmen & ~mask | value & mask) & PMEN_WRITABLE;
                updateIrq();
            }
            case PMCNTRL -> control(pmcntrl & ~mask | value & mask, value & mask);
            case PMTMR, PMTMR + 2 -> {
                // Read-only.
            }
            case GPSTS -> {
                gpsts &= ~(value & mask);
                updateIrq();
            }
            case GPEN -> {
                gpen = (gpen & ~mask | value & mask) & GPE_BITS;
                updateIrq();
            }
            default -> store(offset, value, mask);
        }
    }

    private void control(int value, int written) {
        pmcntrl = value & PMCNTRL_WRITABLE;
        updateIrq();
        if ((written & SUS_EN) != 0 && (value >>> SUS_TYP_SHIFT & 7) == SOFT_OFF_TYPE) {
            powerOff.run();
        }
    }

    private void store(int offset, int value, int mask) {
        boolean writable =
                (offset >= PCNTRL && offset < PLVL2)
                        || (offset >= GLBEN
                                && offset < GPOREG + 4
                                && offset != 0x30
                                && offset != 0x32);
        if (!writable) {
            return;
        }
        for (int i = 0; i < 2; i++) {
            if ((mask >>> 8 * i & 0xff) != 0) {
                stored[offset + i] = (byte) (value >>> 8 * i);
            }
        }
    }

    // ---- timer and interrupt

    private synchronized void timerCarried() {
        updateIrq();
    }

    /** TMROF_STS is set by every change of the counter's highest bit (section 7.2.1). */
    private void lookAtTimer() {
        long now = clock.nanos();
        if (pmTimer.carriedSince(timerSeen)) {
            pmsts |= TMROF;
        }
        timerSeen = now;
    }

    private void updateIrq() {
        lookAtTimer();
        boolean fixed = (pmsts & pmen & (TMROF | GBL | PWRBTN)) != 0;
        boolean general = (gpsts & gpen) != 0;
        boolean smbusWants =
                (smbus[SMBHSTSTS] & SMB_STATUS_BITS) != 0
                        && (smbus[SMBHSTCNT] & SMB_INTEREN) != 0
                        && (config8(SMBHSTCFG) & SMB_INTRSEL) == SMB_IRQ9;
        sci.set(((pmcntrl & SCI_EN) != 0 && (fixed || general)) || smbusWants);
        if ((pmen & TMROF) != 0 && (pmsts & TMROF) == 0) {
            carry.arm(pmTimer.nextCarry());
        } else {
            carry.cancel();
        }
    }

    // ---- APM ports

    private final class ApmPorts implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return offset == 0 ? apmc : apms;
        }

        @Override
        public void out(int offset, int size, int value) {
            if (offset != 0) {
                apms = value & 0xff;
                return;
            }
            apmc = value & 0xff;
            if (apmc == ACPI_ENABLE) {
                pmcntrl |= SCI_EN;
            } else if (apmc == ACPI_DISABLE) {
                pmcntrl &= ~SCI_EN;
            }
            updateIrq();
        }
    }

    // ---- SMBus ports

    /**
     * The host controller alone on its bus: no address is acknowledged, so every transfer ends with
     * a device error.
     */
    private final class SmbusPorts implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return offset <= LAST_SMBUS_STORED ? smbus[offset] & 0xff : 0xff;
        }

        @Override
        public void out(int offset, int size, int value) {
            if (offset == SMBHSTSTS) {
                smbus[SMBHSTSTS] &= (byte) ~(value & SMB_STATUS_BITS);
            } else if (offset == SMBHSTCNT) {
                // START reads as 0; KILL ends a transfer, and none lasts.
                smbus[SMBHSTCNT] = (byte) (value & (0x1c | SMB_INTEREN | SMB_KILL));
                if ((value & SMB_KILL) != 0) {
                    smbus[SMBHSTSTS] |= SMB_FAILED;
                } else if ((value & SMB_START) != 0) {
                    smbus[SMBHSTSTS] |= SMB_DEV_ERR;
                }
            } else if (offset > SMBHSTCNT && offset <= SMBBLKDAT) {
                smbus[offset] = (byte) value;
            }
            updateIrq();
        }
    }

    // ---- state

    private void clearPorts() {
        pmsts = 0;
        pmen = 0;
        pmcntrl = 0;
        gpsts = 0;
        gpen = 0;
        apmc = 0;
        apms = 0;
        timerSeen = clock.nanos();
        Arrays.fill(stored, (byte) 0);
        Arrays.fill(smbus, (byte) 0);
        for (int i = 0; i < 4; i++) {
            stored[GPOREG + i] = (byte) (GPOREG_RESET >>> 8 * i);
        }
    }

    @Override
    public synchronized void reset() {
        clearPorts();
        resetPci();
        updateIrq();
    }

    @Override
    public synchronized State save() {
        updateIrq();
        return new State(
                savePci(),
                pmsts,
                pmen,
                pmcntrl,
                gpsts,
                gpen,
                timerSeen,
                stored.clone(),
                apmc,
                apms,
                smbus.clone());
    }

    @Override
    public synchronized void load(State state) {
        clearPorts();
        pmsts = state.pmsts & PMSTS_CLEARABLE;
        pmen = state.pmen & PMEN_WRITABLE;
        pmcntrl = state.pmcntrl & PMCNTRL_WRITABLE;
        gpsts = state.gpsts & GPE_BITS;
        gpen = state.gpen & GPE_BITS;
        timerSeen = Math.clamp(state.timerSeen, 0, clock.nanos());
        System.arraycopy(state.stored, 0, stored, 0, Math.min(state.stored.length, PM_PORTS));
        apmc = state.apmc & 0xff;
        apms = state.apms & 0xff;
        System.arraycopy(state.smbus, 0, smbus, 0, Math.min(state.smbus.length, SMBUS_PORTS));
        loadPci(state.pci);
        updateIrq();
    }
}
