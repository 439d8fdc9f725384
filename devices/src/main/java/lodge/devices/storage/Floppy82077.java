package lodge.devices.storage;

import lodge.core.BadImageException;
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

    private static final int ST0_ABNORMAL = 0x40;
    private static final int ST0_INVALID = 0x80;
    private static final int ST0_POLLING = 0xc0;
    private static final int ST0_SEEK_END = 0x20;
    private static final int ST0_CHECK = 0x10;
    private static final int ST3_WRITE_PROTECTED = 0x40;
    private static final int ST3_TRACK_0 = 0x10;
    private static final int ST3_ALWAYS = 0x28;

    private static final int CONFIGURE_IMPLIED_SEEK = 0x40;
    private static final int CONFIGURE_NO_FIFO = 0x20;
    private static final int CONFIGURE_NO_POLLING = 0x10;
    private static final int SPECIFY_NON_DMA = 0x01;

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

    /** The commands (table 5-1). */
    enum Command {
        READ_TRACK(0x02, 9),
        SPECIFY(0x03, 3),
        SENSE_DRIVE(0x04, 2),
        WRITE_DATA(0x05, 9),
        READ_DATA(0x06, 9),
        RECALIBRATE(0x07, 2),
        SENSE_INTERRUPT(0x08, 1),
        WRITE_DELETED(0x09, 9),
        READ_ID(0x0a, 2),
        READ_DELETED(0x0c, 9),
        FORMAT_TRACK(0x0d, 6),
        DUMPREG(0x0e, 1),
        SEEK(0x0f, 3),
        VERSION(0x10, 1),
        PERPENDICULAR(0x12, 2),
        CONFIGURE(0x13, 4),
        LOCK(0x14, 1),
        VERIFY(0x16, 9),
        INVALID(0x00, 1);

        private final int code;
        private final int length;

        Command(int code, int length) {
            this.code = code;
            this.length = length;
        }

        static final Command[] BY_CODE = byCode();

        private static Command[] byCode() {
            Command[] table = new Command[32];
            Arrays.fill(table, INVALID);
            for (Command command : values()) {
                if (command != INVALID) {
                    table[command.code] = command;
                }
            }
            return table;
        }

        static Command of(int firstByte) {
            return BY_CODE[firstByte & 0x1f];
        }
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
     * @param resetPending drives whose polling interrupt after reset is not sensed yet, one bit
     *     each
     * @param seekPending drives whose seek interrupt is not sensed yet, one bit each
     * @param seekStatus ST0 of those seeks
     * @param specify the two bytes of SPECIFY
     * @param configure the configuration byte of CONFIGURE
     * @param precompensation the first track with precompensation
     * @param perpendicular the byte of PERPENDICULAR MODE
     * @param locked whether LOCK protects the FIFO's configuration
     * @param sector the sector that a data command is at
     * @param head the head that a data command is at
     * @param lastSectors EOT of the last data command, as DUMPREG shows it
     * @param buffer the data of a PIO transfer under way; empty otherwise
     * @param bufferPosition next byte in it
     * @param cylinders where the drives' heads are
     * @param changed DSKCHG of the drives
     * @param nextId the sector that READ ID finds next, 0-based
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
            int resetPending,
            int seekPending,
            int[] seekStatus,
            byte[] specify,
            int configure,
            int precompensation,
            int perpendicular,
            boolean locked,
            int sector,
            int head,
            int lastSectors,
            byte[] buffer,
            int bufferPosition,
            int[] cylinders,
            boolean[] changed,
            int nextId) {}

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
    private int resetPending;
    private int seekPending;
    private final int[] seekStatus = new int[4];
    private final byte[] specify = new byte[2];
    private int configure;
    private int precompensation;
    private int perpendicular;
    private boolean locked;

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
     * @throws BadImageException when no floppy disk has the image's size
     */
    public synchronized Optional<BlockBackend> insert(int drive, BlockBackend image) {
        FloppyDrive target = drive(drive);
        FloppyFormat format =
                FloppyFormat.ofSize(image.sizeBytes())
                        .orElseThrow(
                                () ->
                                        new BadImageException(
                                                "A floppy disk of %d bytes does not exist; use one of 160, 180, 320, 360, 720, 1200, 1440 or 2880 KiB"
                                                        .formatted(image.sizeBytes())));
        BlockBackend old = target.image;
        target.image = image;
        target.format = format;
        target.changed = true;
        return Optional.ofNullable(old);
    }

    /**
     * Takes the disk out of a drive.
     *
     * @param drive 0 for A, 1 for B
     * @return the disk, which the caller closes; empty when there was none
     */
    public synchronized Optional<BlockBackend> eject(int drive) {
        FloppyDrive target = drive(drive);
        BlockBackend old = target.image;
        target.image = null;
        target.format = null;
        target.changed = true;
        return Optional.ofNullable(old);
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
        int nonDma = nonDma() ? MSR_NON_DMA : 0;
        return switch (phase()) {
            case COMMAND -> MSR_RQM | (position > 0 ? MSR_BUSY : 0);
            case READ -> MSR_BUSY | MSR_RQM | MSR_DIO | nonDma;
            case WRITE, FORMAT -> MSR_BUSY | MSR_RQM | nonDma;
            case RESULT -> MSR_RQM | MSR_DIO | MSR_BUSY;
        };
    }

    private boolean nonDma() {
        return (specify[1] & SPECIFY_NON_DMA) != 0;
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
            if (nonDma()) {
                data.take(value);
            }
        } else if (phase() == Phase.COMMAND) {
            fifo[position++] = (byte) value;
            if (position == 1) {
                expected = Command.of(value).length;
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
        if (phase() == Phase.READ && nonDma()) {
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
            if (seekPending != 0) {
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
            return Floppy82077.this.nonDma();
        }

        @Override
        public boolean impliedSeek() {
            return (configure & CONFIGURE_IMPLIED_SEEK) != 0;
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
        Command command = Command.of(first);
        if (command != Command.SENSE_INTERRUPT) {
            resetPending = 0;
        }
        switch (command) {
            case SPECIFY -> {
                specify[0] = fifo[1];
                specify[1] = fifo[2];
                commandPhase();
            }
            case CONFIGURE -> {
                configure = parameter(2);
                precompensation = parameter(3);
                commandPhase();
            }
            case PERPENDICULAR -> {
                boolean overwrite = (parameter(1) & 0x80) != 0;
                int drivesKept = overwrite ? parameter(1) & 0x3c : perpendicular & 0x3c;
                perpendicular = drivesKept | parameter(1) & 3;
                commandPhase();
            }
            case LOCK -> {
                locked = (first & 0x80) != 0;
                result8(locked ? 0x10 : 0);
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
        int pending = resetPending != 0 ? resetPending : seekPending;
        if (pending == 0) {
            result8(ST0_INVALID);
            return;
        }
        int unit = Integer.numberOfTrailingZeros(pending);
        if (resetPending != 0) {
            resetPending &= resetPending - 1;
            fifo[0] = (byte) (ST0_POLLING | unit);
        } else {
            seekPending &= seekPending - 1;
            fifo[0] = (byte) seekStatus[unit];
        }
        fifo[1] = (byte) cylinder(unit);
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
        fifo[4] = specify[0];
        fifo[5] = specify[1];
        fifo[6] = (byte) data.lastSectors;
        fifo[7] = (byte) ((locked ? 0x80 : 0) | perpendicular);
        fifo[8] = (byte) configure;
        fifo[9] = (byte) precompensation;
        result(10);
    }

    private void recalibrate() {
        FloppyDrive drive = selectedDrive();
        boolean arrived = drive != null && drive.recalibrate();
        seekEnded(unit(), arrived ? 0 : ST0_ABNORMAL | ST0_CHECK);
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
        seekStatus[unit] = ST0_SEEK_END | status | unit;
        seekPending |= 1 << unit;
        commandPhase();
        interrupt(true);
    }

    // ---- resets and state

    private void softReset() {
        data.cancel();
        interrupt = false;
        resetPending = 0;
        seekPending = 0;
        commandPhase();
        if (!locked) {
            configure =
                    configure & (CONFIGURE_IMPLIED_SEEK | CONFIGURE_NO_POLLING) | CONFIGURE_NO_FIFO;
            precompensation = 0;
        }
        perpendicular &= 0x3c;
        updateIrq();
    }

    /**
     * With polling on, the change of the drives' ready state after a reset interrupts (section
     * 5.3.2).
     */
    private void leaveReset() {
        if ((configure & CONFIGURE_NO_POLLING) == 0) {
            resetPending = 0x0f;
            interrupt(true);
        }
    }

    private void powerOn() {
        dor = 0;
        tdr = 0;
        rate = 2;
        locked = false;
        configure = 0;
        perpendicular = 0;
        Arrays.fill(specify, (byte) 0);
        Arrays.fill(fifo, (byte) 0);
        Arrays.fill(seekStatus, 0);
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
                resetPending,
                seekPending,
                seekStatus.clone(),
                specify.clone(),
                configure,
                precompensation,
                perpendicular,
                locked,
                data.sector,
                data.head,
                data.lastSectors,
                data.saveBuffer(),
                data.position,
                cylinders,
                changed,
                data.nextId);
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
        resetPending = state.resetPending & 0x0f;
        seekPending = state.seekPending & 0x0f;
        copy(state.seekStatus, seekStatus);
        System.arraycopy(
                state.specify, 0, specify, 0, Math.min(state.specify.length, specify.length));
        configure = state.configure & 0xff;
        precompensation = state.precompensation & 0xff;
        perpendicular = state.perpendicular & 0x3f;
        locked = state.locked;
        data.sector = state.sector & 0xff;
        data.head = state.head & 1;
        data.lastSectors = state.lastSectors & 0xff;
        for (int i = 0;
                i < Math.min(DRIVES, Math.min(state.cylinders.length, state.changed.length));
                i++) {
            if (drives[i] != null) {
                drives[i].cylinder = Math.clamp(state.cylinders[i], 0, FloppyDrive.LAST_CYLINDER);
                drives[i].changed = state.changed[i];
            }
        }
        data.nextId = state.nextId & 0xff;
        boolean moving = phase == Phase.READ || phase == Phase.WRITE || phase == Phase.FORMAT;
        boolean alive =
                moving
                        ? data.loadBuffer(phase, state.buffer, state.bufferPosition)
                        : phase == Phase.COMMAND || position < expected;
        if (!alive) {
            // Only a damaged state has nothing left to move; no byte would ever end it.
            data.cancel();
            commandPhase();
        }
        if (phase == Phase.COMMAND) {
            int length = Command.of(parameter(0)).length;
            position = Math.clamp(position, 0, length - 1);
            expected = position == 0 ? 0 : length;
        }
        updateIrq();
    }

    private static void copy(int[] from, int[] to) {
        for (int i = 0; i < Math.min(from.length, to.length); i++) {
            to[i] = from[i] & 0xff;
        }
    }
}
