package lodge.devices.storage;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;

import java.lang.foreign.MemorySegment;

/**
 * One IDE channel with up to two drives: the ATA/ATAPI-6 (T13/1410D) register interface and its
 * half of the bus master registers (PIIX4 datasheet 290562, section 5.2). Device 0 answers for an
 * absent device 1 as section 9.16 says; a channel without drives is an open bus whose DD7 is pulled
 * down.
 *
 * <p>Its ports are in three places: {@link #commandPorts} (8 ports, 0x1f0 on the primary channel),
 * {@link #controlPorts} (1 port, 0x3f6) and {@link #busMasterPorts} (8 ports, placed by the IDE
 * function's BAR 4). All of them, the drives and the completion of background transfers run under
 * this object's monitor.
 *
 * <p>Not emulated: the timing of modes (all are accepted and as fast as the host), tagged queueing,
 * the overlap feature set.
 */
public final class AtaChannel implements Device<AtaChannel.State> {
    private static final int DATA = 0;
    private static final int STATUS_COMMAND = 7;

    private static final int NIEN = 0x02;
    private static final int SRST = 0x04;
    private static final int HOB = 0x80;

    private static final int EXECUTE_DEVICE_DIAGNOSTIC = 0x90;
    private static final int DEVICE_RESET = 0x08;

    /** What an undriven bus reads as: pulled up, but for DD7 so that nobody seems busy. */
    private static final int OPEN_BUS = 0x7f;

    /**
     * The channel's state.
     *
     * @param control device control register
     * @param selected the device that is selected, 0 or 1
     * @param busMaster the bus master registers
     * @param drive0 device 0; all zero when there is none
     * @param drive1 device 1; all zero when there is none
     */
    public record State(
            int control,
            int selected,
            BusMasterIde.State busMaster,
            AtaDrive.State drive0,
            AtaDrive.State drive1) {}

    private final String name;
    private final IrqLine irq;
    private final Counters counters = new Counters();
    private final AtaDrive[] drives;
    private final BusMasterIde busMaster;
    private final PortDevice commandPorts = new CommandPorts();
    private final PortDevice controlPorts = new ControlPorts();
    private final PortDevice busMasterPorts = new BusMasterPorts();
    final Counters.Counter hostErrors = counters.counter("hostErrors");
    private int control;
    private int selected;

    /**
     * A channel after power-on.
     *
     * @param name stable and unique on the board
     * @param irq the channel's interrupt request, INTRQ
     * @param memory what the bus master reads and writes
     * @param drive0 device 0, or null
     * @param drive1 device 1, or null
     */
    public AtaChannel(
            String name, IrqLine irq, GuestMemory memory, AtaDrive drive0, AtaDrive drive1) {
        this.name = name;
        this.irq = irq;
        drives = new AtaDrive[] {drive0, drive1};
        busMaster = new BusMasterIde(memory);
        for (int i = 0; i < drives.length; i++) {
            if (drives[i] != null) {
                drives[i].attach(this, i);
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** Returns the command block: 8 ports; the data register takes 16 and 32 bits. */
    public PortDevice commandPorts() {
        return commandPorts;
    }

    /** Returns the device control and alternate status register: 1 port. */
    public PortDevice controlPorts() {
        return controlPorts;
    }

    /** Returns the channel's half of the bus master registers: 8 ports. */
    public PortDevice busMasterPorts() {
        return busMasterPorts;
    }

    BusMasterIde busMaster() {
        return busMaster;
    }

    /**
     * Tells whether the PCI command register of the IDE function allows bus mastering; takes the
     * channel's monitor.
     *
     * @param enabled whether it does
     */
    public synchronized void enableBusMaster(boolean enabled) {
        if (enabled != busMaster.enabled()) {
            busMaster.setEnabled(enabled);
            pump();
        }
    }

    /**
     * INTRQ of the selected device, unless nIEN; its rising edge sets the bus master's interrupt
     * bit.
     */
    void updateIrq() {
        AtaDrive drive = drives[selected];
        boolean level = drive != null && drive.interrupt && (control & NIEN) == 0;
        if (level && !irq.high()) {
            busMaster.deviceInterrupt();
        }
        irq.set(level);
    }

    private void pump() {
        for (AtaDrive drive : drives) {
            if (drive != null) {
                drive.pump();
            }
        }
    }

    // ---- command block

    private int readRegister(int register) {
        AtaDrive drive = drives[selected];
        if (drive == null) {
            return readForAbsent(register);
        }
        if (register == STATUS_COMMAND) {
            drive.interrupt = false;
            updateIrq();
            return drive.status;
        }
        // While a device is busy its other registers are not to be read; it answers with its status
        // (section 9.11).
        return (drive.status & AtaDrive.BSY) != 0 && register != AtaDrive.DEVICE
                ? drive.status
                : drive.read(register, (control & HOB) != 0);
    }

    private int readForAbsent(int register) {
        if (selected == 0 || drives[0] == null) {
            return OPEN_BUS;
        }
        return register == STATUS_COMMAND ? 0 : drives[0].read(register, (control & HOB) != 0);
    }

    private void writeRegister(int register, int value) {
        if (register == STATUS_COMMAND) {
            control &= ~HOB;
            writeCommand(value);
            return;
        }
        control &= ~HOB;
        AtaDrive current = drives[selected];
        if (current != null && (current.status & AtaDrive.BSY) != 0) {
            return;
        }
        for (AtaDrive drive : drives) {
            if (drive != null) {
                drive.write(register, value);
            }
        }
        if (register == AtaDrive.DEVICE) {
            selected = (value & AtaDrive.DEV) != 0 ? 1 : 0;
            updateIrq();
        }
    }

    private void writeCommand(int code) {
        AtaDrive drive = drives[selected];
        boolean busy = drive != null && (drive.status & AtaDrive.BSY) != 0;
        if ((control & SRST) != 0) {
            return;
        }
        if (code == EXECUTE_DEVICE_DIAGNOSTIC && !busy) {
            for (AtaDrive each : drives) {
                if (each != null) {
                    each.diagnose();
                }
            }
            selected = 0;
            if (drives[0] != null) {
                drives[0].raise();
            }
            updateIrq();
        } else if (drive instanceof AtapiCdrom && code == DEVICE_RESET) {
            drive.deviceReset();
        } else if (drive != null && !busy && drive.power != AtaDrive.POWER_SLEEP) {
            drive.interrupt = false;
            updateIrq();
            drive.command(code);
        }
    }

    private final class CommandPorts implements PortDevice {
        @Override
        public int width() {
            return 4;
        }

        @Override
        public int in(int offset, int size) {
            if (offset == DATA) {
                AtaDrive drive = drives[selected];
                return drive == null ? -1 : drive.dataIn(size);
            }
            int value = 0;
            for (int i = 0; i < size; i++) {
                value |= readRegister(offset + i) << 8 * i;
            }
            return value;
        }

        @Override
        public void out(int offset, int size, int value) {
            if (offset == DATA) {
                AtaDrive drive = drives[selected];
                if (drive != null) {
                    drive.dataOut(size, value);
                }
                return;
            }
            for (int i = 0; i < size; i++) {
                writeRegister(offset + i, value >>> 8 * i & 0xff);
            }
        }

        @Override
        public void insBurst(int offset, int size, int count, MemorySegment data, long at) {
            AtaDrive drive = offset == DATA ? drives[selected] : null;
            int length = count * size;
            int done = 0;
            while (done < length) {
                int n = drive == null ? 0 : drive.burstIn(data, at + done, length - done, size);
                if (n == 0) {
                    Elements.put(data, at + done, size, in(offset, size));
                    n = size;
                }
                done += n;
            }
        }

        @Override
        public void outsBurst(int offset, int size, int count, MemorySegment data, long at) {
            AtaDrive drive = offset == DATA ? drives[selected] : null;
            int length = count * size;
            int done = 0;
            while (done < length) {
                int n = drive == null ? 0 : drive.burstOut(data, at + done, length - done, size);
                if (n == 0) {
                    out(offset, size, Elements.get(data, at + done, size));
                    n = size;
                }
                done += n;
            }
        }
    }

    // ---- control block

    private final class ControlPorts implements PortDevice {
        @Override
        public int in(int offset, int size) {
            AtaDrive drive = drives[selected];
            return drive == null ? readForAbsent(STATUS_COMMAND) : drive.status;
        }

        @Override
        public void out(int offset, int size, int value) {
            int old = control;
            control = value & (HOB | SRST | NIEN);
            if ((control & ~old & SRST) != 0) {
                for (AtaDrive drive : drives) {
                    if (drive != null) {
                        drive.softResetBegin();
                    }
                }
            } else if ((old & ~control & SRST) != 0) {
                for (AtaDrive drive : drives) {
                    if (drive != null) {
                        drive.softResetEnd();
                    }
                }
                selected = 0;
            }
            updateIrq();
        }
    }

    // ---- bus master registers

    private final class BusMasterPorts implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return busMaster.in8(offset);
        }

        @Override
        public void out(int offset, int size, int value) {
            if (busMaster.out8(offset, value)) {
                pump();
            }
        }
    }

    // ---- state

    @Override
    public synchronized void reset() {
        control = 0;
        selected = 0;
        busMaster.reset();
        for (AtaDrive drive : drives) {
            if (drive != null) {
                drive.powerOn();
            }
        }
        updateIrq();
    }

    @Override
    public synchronized State save() {
        return new State(control, selected, busMaster.save(), save(drives[0]), save(drives[1]));
    }

    private static AtaDrive.State save(AtaDrive drive) {
        return drive == null ? AtaDrive.State.absent() : drive.save();
    }

    @Override
    public synchronized void load(State state) {
        control = state.control & (HOB | SRST | NIEN);
        selected = state.selected & 1;
        if (drives[0] != null) {
            drives[0].load(state.drive0);
        }
        if (drives[1] != null) {
            drives[1].load(state.drive1);
        }
        // The wire first, so that an interrupt that was there before does not count as a new one.
        updateIrq();
        busMaster.load(state.busMaster);
    }
}
