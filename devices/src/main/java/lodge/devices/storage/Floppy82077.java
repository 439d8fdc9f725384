package lodge.devices.storage;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;
import lodge.devices.dma.DmaChannel;

import java.util.Arrays;
import java.util.Optional;

/**
 * The Intel 82077AA floppy disk controller (datasheet 290166) in PC/AT mode with two drives; disks
 * are {@link BlockBackend}s of the sizes in {@link FloppyFormat}. Section numbers below are the
 * datasheet's.
 *
 * <p>Its ports are {@link #ports} (6 from 0x3f0) and {@link #inputPort} (1, 0x3f7; 0x3f6 in between
 * belongs to the IDE channel).
 *
 * <p>Emulated: all data commands by DMA and by PIO, multi-sector and multi-track, implied seek,
 * FORMAT TRACK with the disk's own layout, polling after reset, LOCK, disk change, write
 * protection, data rates (a wrong one finds no address mark). Seeks and the disk's rotation take no
 * time; a data command moves a track side at a time on a background. Not emulated: the scan
 * commands (invalid here), deleted data marks (written as data), FM, sector sizes but 512, motors
 * (a disk without its motor is read all the same), power down.
 */
public final class Floppy82077 implements Device<Floppy82077.State> {
    private static final int DRIVES = 2;
    private static final int FIFO_BYTES = 16;

    private static final int DOR = 2;
    private static final int TDR = 3;
    private static final int MSR_DSR = 4;
    private static final int FIFO = 5;

    private static final int DOR_RESET = 0x04;
    private static final int DOR_DMAGATE = 0x08;
    private static final int DSR_RESET = 0x80;

    private static final int MSR_RQM = 0x80;
    private static final int MSR_DIO = 0x40;
    private static final int MSR_NON_DMA = 0x20;
    private static final int MSR_BUSY = 0x10;

    private static final int ST0_INVALID = 0x80;
    private static final int ST3_WRITE_PROTECTED = 0x40;
    private static final int ST3_TRACK_0 = 0x10;
    private static final int ST3_ALWAYS = 0x28;

    /** What the FIFO does. */
    public enum Phase {
        /** It takes bytes of a command. */
        COMMAND,
        /** A data command moves bytes from the disk. */
        READ,
        /** A data command moves bytes to the disk. */
        WRITE,
        /** FORMAT TRACK takes the sectors' address fields. */
        FORMAT,
        /** It gives result bytes. */
        RESULT
    }

    /**
     * The controller's state.
     *
     * @param dor digital output register
     * @param tdr tape drive register
     * @param rate data rate selected by CCR or DSR
     * @param phase what the FIFO does
     * @param fifo bytes of the command or of the result
     * @param position next byte of {@code fifo}
     * @param expected bytes the command or the result has
     * @param interrupt whether INT is asserted
     * @param seeks interrupts that are not sensed yet
     * @param settings what the guest has set up
     * @param data the data command that is executed
     * @param cylinders where the drives' heads are
     * @param changed DSKCHG of the drives
     */
    public record State(
            int dor,
            int tdr,
            int rate,
            Phase phase,
            byte[] fifo,
            int position,
            int expected,
            boolean interrupt,
            FloppySeeks.State seeks,
            FloppySettings.State settings,
            FloppyDataCommand.State data,
            int[] cylinders,
            boolean[] changed) {}

    private final String name;
    private final IrqLine irq;
    private final Counters counters = new Counters();
    private final FloppyDrive[] drives;
    private final FloppyDataCommand data;
    private final PortDevice ports = new Ports();
    private final PortDevice inputPort = new InputPort();

    private int dor;
    private int tdr;
    private int rate;
    private Phase phase = Phase.COMMAND;
    private final byte[] fifo = new byte[FIFO_BYTES];
    private int position;
    private int expected;
    private boolean interrupt;
    private final FloppySeeks seeks = new FloppySeeks();
    private final FloppySettings settings = new FloppySettings();

    /**
     * A controller after power-on, with empty drives.
     *
     * @param name stable and unique on the board
     * @param irq INT, interrupt request 6
     * @param dma DRQ and DACK, DMA channel 2
     * @param background where transfers with the host run
     * @param driveA the format that drive A is made for, or null for no drive
     * @param driveB the format that drive B is made for, or null for no drive
     */
    public Floppy82077(
            String name,
            IrqLine irq,
            DmaChannel dma,
            Background background,
            FloppyFormat driveA,
            FloppyFormat driveB) {
        this.name = name;
        this.irq = irq;
        drives =
                new FloppyDrive[] {
                    driveA == null ? null : new FloppyDrive(driveA),
                    driveB == null ? null : new FloppyDrive(driveB)
                };
        data =
                new FloppyDataCommand(
                        this,
                        new DataController(),
                        fifo,
                        drives,
                        dma,
                        background,
                        counters.counter("hostErrors"));
        powerOn();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** Returns the registers from 0x3f0: 6 ports. */
    public PortDevice ports() {
        return ports;
    }

    /** Returns the digital input and configuration control register at 0x3f7: 1 port. */
    public PortDevice inputPort() {
        return inputPort;
    }

    // ---- the host's side

    /**
     * Puts a disk into a drive; the guest learns of it by the disk change line.
     *
     * @param drive 0 for A, 1 for B
     * @param image the disk
     * @return the disk that was in the drive before, if any; the caller closes it
     * @throws lodge.core.BadImageException when no floppy disk has the image's size
     */
    public synchronized Optional<BlockBackend> insert(int drive, BlockBackend image) {
        return Optional.ofNullable(
                drive(drive).change(image, FloppyFormat.require(image.sizeBytes())));
    }

    /**
     * Takes the disk out of a drive.
     *
     * @param drive 0 for A, 1 for B
     * @return the disk, which the caller closes; empty when there was none
     */
    public synchronized Optional<BlockBackend> eject(int drive) {
        return Optional.ofNullable(drive(drive).change(null, null));
    }

    private FloppyDrive drive(int number) {
        if (number < 0 || number >= DRIVES || drives[number] == null) {
            throw new IllegalArgumentException("There is no floppy drive " + number);
        }
        return drives[number];
    }

    // ---- registers

    private final class Ports implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return switch (offset) {
                case DOR -> dor;
                case TDR -> 0xfc | tdr;
                case MSR_DSR -> mainStatus();
                case FIFO -> readFifo();
                // SRA and SRB exist in PS/2 mode only.
                default -> 0xff;
            };
        }

        @Override
        public void out(int offset, int size, int value) {
            switch (offset) {
                case DOR -> writeDor(value);
                case TDR -> tdr = value & 3;
                case MSR_DSR -> {
                    rate = value & 3;
                    if ((value & DSR_RESET) != 0 && (dor & DOR_RESET) != 0) {
                        softReset();
                        leaveReset();
                    }
                }
                case FIFO -> writeFifo(value);
                default -> {
                    // SRA and SRB are read-only.
                }
            }
        }
    }

    private final class InputPort implements PortDevice {
        /**
         * DIR: DSKCHG of the selected drive while its motor runs; the other bits are the IDE's,
         * undriven.
         */
        @Override
        public int in(int offset, int size) {
            int selected = dor & 3;
            boolean motor = (dor & 0x10 << selected) != 0;
            boolean change =
                    selected < DRIVES && drives[selected] != null && drives[selected].changed;
            return motor && change ? 0xff : 0x7f;
        }

        @Override
        public void out(int offset, int size, int value) {
            rate = value & 3;
        }
    }

    private int mainStatus() {
        if ((dor & DOR_RESET) == 0 || data.hostBusy) {
            return data.hostBusy ? MSR_BUSY : 0;
        }
        int nonDma = settings.nonDma() ? MSR_NON_DMA : 0;
        return switch (phase()) {
            case COMMAND -> MSR_RQM | (position > 0 ? MSR_BUSY : 0);
            case READ -> MSR_BUSY | MSR_RQM | MSR_DIO | nonDma;
            case WRITE, FORMAT -> MSR_BUSY | MSR_RQM | nonDma;
            case RESULT -> MSR_RQM | MSR_DIO | MSR_BUSY;
        };
    }

    private void writeDor(int value) {
        int old = dor;
        dor = value & 0xff;
        if ((value & DOR_RESET) == 0) {
            softReset();
        } else if ((old & DOR_RESET) == 0) {
            leaveReset();
        }
        updateIrq();
    }

    private void updateIrq() {
        irq.set(interrupt && (dor & DOR_DMAGATE) != 0 && (dor & DOR_RESET) != 0);
    }

    private void interrupt(boolean level) {
        interrupt = level;
        updateIrq();
    }

    private void writeFifo(int value) {
        if ((dor & DOR_RESET) == 0 || data.hostBusy) {
            return;
        }
        if (phase() == Phase.WRITE || phase() == Phase.FORMAT) {
            if (settings.nonDma()) {
                data.take(value);
            }
        } else if (phase() == Phase.COMMAND) {
            fifo[position++] = (byte) value;
            if (position == 1) {
                expected = FloppyCommand.of(value).length();
            }
            if (position == expected) {
                execute();
            }
        }
    }

    private int readFifo() {
        if ((dor & DOR_RESET) == 0 || data.hostBusy) {
            return 0xff;
        }
        if (phase() == Phase.READ && settings.nonDma()) {
            return data.give();
        }
        if (phase() != Phase.RESULT) {
            return 0xff;
        }
        if (position == 0) {
            interrupt(false);
        }
        int value = fifo[position++] & 0xff;
        if (position == expected) {
            commandPhase();
            if (seeks.seekPending()) {
                interrupt(true);
            }
        }
        return value;
    }

    /**
     * What the FIFO does: the phase of the data command that is executed, or the controller's own.
     */
    private Phase phase() {
        return data.phase != Phase.RESULT ? data.phase : phase;
    }

    private final class DataController implements FloppyDataCommand.Controller {
        @Override
        public void interrupt(boolean level) {
            Floppy82077.this.interrupt(level);
        }

        @Override
        public void resultReady() {
            result(7);
            Floppy82077.this.interrupt(true);
        }

        @Override
        public int rate() {
            return rate;
        }

        @Override
        public boolean nonDma() {
            return settings.nonDma();
        }

        @Override
        public boolean impliedSeek() {
            return settings.impliedSeek();
        }
    }

    private void commandPhase() {
        phase = Phase.COMMAND;
        position = 0;
        expected = 0;
    }

    private void result(int length) {
        phase = Phase.RESULT;
        position = 0;
        expected = length;
    }

    private void result8(int value) {
        fifo[0] = (byte) value;
        result(1);
    }

    // ---- commands without data

    private int parameter(int at) {
        return fifo[at] & 0xff;
    }

    private int unit() {
        return parameter(1) & 3;
    }

    private FloppyDrive selectedDrive() {
        int unit = unit();
        return unit < DRIVES ? drives[unit] : null;
    }

    private void execute() {
        int first = parameter(0);
        FloppyCommand command = FloppyCommand.of(first);
        if (command != FloppyCommand.SENSE_INTERRUPT) {
            seeks.forgetPolling();
        }
        switch (command) {
            case SPECIFY -> {
                settings.specify(fifo[1], fifo[2]);
                commandPhase();
            }
            case CONFIGURE -> {
                settings.configure(parameter(2), parameter(3));
                commandPhase();
            }
            case PERPENDICULAR -> {
                settings.perpendicular(parameter(1));
                commandPhase();
            }
            case LOCK -> {
                settings.lock((first & 0x80) != 0);
                result8(settings.locked() ? 0x10 : 0);
            }
            case VERSION -> result8(0x90);
            case SENSE_DRIVE -> senseDrive();
            case SENSE_INTERRUPT -> senseInterrupt();
            case DUMPREG -> dumpRegisters();
            case RECALIBRATE -> recalibrate();
            case SEEK -> seek(first);
            case READ_ID -> data.readId();
            case READ_DATA, READ_DELETED, READ_TRACK, VERIFY -> data.start(Phase.READ);
            case WRITE_DATA, WRITE_DELETED -> data.start(Phase.WRITE);
            case FORMAT_TRACK -> data.startFormat();
            case INVALID -> result8(ST0_INVALID);
        }
    }

    private void senseDrive() {
        FloppyDrive drive = selectedDrive();
        int st3 = ST3_ALWAYS | parameter(1) & 7;
        if (drive != null) {
            st3 |= drive.cylinder == 0 ? ST3_TRACK_0 : 0;
            st3 |= drive.image != null && drive.image.readOnly() ? ST3_WRITE_PROTECTED : 0;
        }
        result8(st3);
    }

    private void senseInterrupt() {
        if (!seeks.pending()) {
            result8(ST0_INVALID);
            return;
        }
        int st0 = seeks.sense();
        fifo[0] = (byte) st0;
        fifo[1] = (byte) cylinder(st0 & 3);
        result(2);
        interrupt(false);
    }

    private int cylinder(int unit) {
        return unit < DRIVES && drives[unit] != null ? drives[unit].cylinder : 0;
    }

    private void dumpRegisters() {
        for (int unit = 0; unit < 4; unit++) {
            fifo[unit] = (byte) cylinder(unit);
        }
        settings.dump(fifo, data.lastSectors);
        result(10);
    }

    private void recalibrate() {
        FloppyDrive drive = selectedDrive();
        boolean arrived = drive != null && drive.recalibrate();
        seekEnded(unit(), arrived ? 0 : FloppySeeks.ABNORMAL | FloppySeeks.CHECK);
    }

    private void seek(int first) {
        FloppyDrive drive = selectedDrive();
        boolean relative = (first & 0x80) != 0;
        int target = parameter(2);
        if (drive != null) {
            if (relative) {
                target = drive.cylinder + ((first & 0x40) != 0 ? target : -target);
            }
            drive.seek(target);
        }
        seekEnded(unit(), parameter(1) & 4);
    }

    private void seekEnded(int unit, int status) {
        seeks.seekEnded(unit, status);
        commandPhase();
        interrupt(true);
    }

    // ---- resets and state

    private void softReset() {
        data.cancel();
        interrupt = false;
        seeks.reset();
        commandPhase();
        settings.softReset();
        updateIrq();
    }

    /**
     * With polling on, the change of the drives' ready state after a reset interrupts (section
     * 5.3.2).
     */
    private void leaveReset() {
        if (settings.polling()) {
            seeks.poll();
            interrupt(true);
        }
    }

    private void powerOn() {
        dor = 0;
        tdr = 0;
        rate = 2;
        settings.powerOn();
        Arrays.fill(fifo, (byte) 0);
        seeks.powerOn();
        data.powerOn();
        for (FloppyDrive drive : drives) {
            if (drive != null) {
                drive.powerOn();
            }
        }
        softReset();
    }

    @Override
    public synchronized void reset() {
        powerOn();
    }

    @Override
    public synchronized State save() {
        int[] cylinders = new int[DRIVES];
        boolean[] changed = new boolean[DRIVES];
        for (int i = 0; i < DRIVES; i++) {
            cylinders[i] = cylinder(i);
            changed[i] = drives[i] != null && drives[i].changed;
        }
        return new State(
                dor,
                tdr,
                rate,
                phase(),
                fifo.clone(),
                position,
                expected,
                interrupt,
                seeks.save(),
                settings.save(),
                data.save(),
                cylinders,
                changed);
    }

    @Override
    public synchronized void load(State state) {
        powerOn();
        dor = state.dor & 0xff;
        tdr = state.tdr & 3;
        rate = state.rate & 3;
        phase = state.phase;
        System.arraycopy(state.fifo, 0, fifo, 0, Math.min(state.fifo.length, FIFO_BYTES));
        expected = Math.clamp(state.expected, 0, FIFO_BYTES);
        position = Math.clamp(state.position, 0, expected);
        interrupt = state.interrupt;
        seeks.load(state.seeks);
        settings.load(state.settings);
        for (int i = 0;
                i < Math.min(DRIVES, Math.min(state.cylinders.length, state.changed.length));
                i++) {
            if (drives[i] != null) {
                drives[i].cylinder = Math.clamp(state.cylinders[i], 0, FloppyDrive.LAST_CYLINDER);
                drives[i].changed = state.changed[i];
            }
        }
        boolean moving = phase == Phase.READ || phase == Phase.WRITE || phase == Phase.FORMAT;
        boolean dataLeft = data.load(state.data, moving ? phase : Phase.RESULT);
        if (moving ? !dataLeft : phase == Phase.RESULT && position == expected) {
            // Only a damaged state has nothing left to move; no byte would ever end it.
            data.cancel();
            commandPhase();
        }
        if (phase == Phase.COMMAND) {
            int length = FloppyCommand.of(parameter(0)).length();
            position = Math.clamp(position, 0, length - 1);
            expected = position == 0 ? 0 : length;
        }
        updateIrq();
    }
}
