package lodge.devices.storage;

import lodge.core.device.Counters;
import lodge.core.storage.Background;
import lodge.devices.dma.DmaChannel;

import java.util.Arrays;

/**
 * The execution phase of the 82077AA's data commands (datasheet 290166, sections 5.1 and 6): finds
 * sectors, moves them a track side at a time between the host and the guest, and makes the result
 * bytes. Part of {@link Floppy82077}, whose monitor protects it and whose FIFO bytes it reads and
 * overwrites.
 */
public final class FloppyDataCommand {
    private static final int BUFFER_BYTES = 36 * FloppyFormat.SECTOR;
    private static final int SECTOR_CODE = 2;

    private static final int ST0_ABNORMAL = 0x40;
    private static final int ST1_END = 0x80;
    private static final int ST1_DATA_ERROR = 0x20;
    private static final int ST1_OVERRUN = 0x10;
    private static final int ST1_NO_DATA = 0x04;
    private static final int ST1_NOT_WRITABLE = 0x02;
    private static final int ST1_NO_ADDRESS_MARK = 0x01;
    private static final int ST2_CONTROL_MARK = 0x40;
    private static final int ST2_DATA_ERROR = 0x20;
    private static final int ST2_WRONG_CYLINDER = 0x10;
    private static final int MULTI_TRACK = 0x80;
    private static final int MFM = 0x40;
    private static final int SKIP = 0x20;
    private static final int VERIFY_COUNT = 0x80;

    /**
     * The saved command.
     *
     * @param sector the sector it is at
     * @param head the head it is at
     * @param lastSectors EOT, as DUMPREG shows it
     * @param nextId the sector that READ ID finds next, 0-based
     * @param data the data of a PIO transfer under way; empty otherwise
     * @param position next byte of {@code data}
     */
    public record State(
            int sector, int head, int lastSectors, int nextId, byte[] data, int position) {}

    /** The controller around the command. */
    interface Controller {
        /** Sets INT. */
        void interrupt(boolean level);

        /** The seven result bytes are in the FIFO. */
        void resultReady();

        /** Returns the data rate that is selected, 0 to 3. */
        int rate();

        /** Returns whether the FIFO moves the data, instead of DMA. */
        boolean nonDma();

        /** Returns whether data commands seek to their cylinder first. */
        boolean impliedSeek();
    }

    private final Object monitor;
    private final Controller controller;
    private final byte[] fifo;
    private final FloppyDrive[] drives;
    private final DmaChannel dma;
    private final Counters.Counter hostErrors;
    private final HostTransfer host;

    /** READ, WRITE or FORMAT while a command is executed; RESULT afterwards. */
    Floppy82077.Phase phase = Floppy82077.Phase.RESULT;

    private int sector;
    private int head;
    int lastSectors;
    private int filled;
    private int position;
    private int nextId;
    boolean hostBusy;
    private boolean terminal;

    FloppyDataCommand(
            Object monitor,
            Controller controller,
            byte[] fifo,
            FloppyDrive[] drives,
            DmaChannel dma,
            Background background,
            Counters.Counter hostErrors) {
        this.monitor = monitor;
        this.controller = controller;
        this.fifo = fifo;
        this.drives = drives;
        this.dma = dma;
        this.hostErrors = hostErrors;
        host = new HostTransfer(background, new HostEnd(), BUFFER_BYTES);
    }

    // ---- PIO

    /** Takes a byte from the guest. */
    void take(int value) {
        host.bytes[position++] = (byte) value;
        if (position == filled) {
            controller.interrupt(false);
            bufferFull();
        }
    }

    /** Gives a byte to the guest. */
    int give() {
        int value = host.bytes[position++] & 0xff;
        if (position == filled) {
            controller.interrupt(false);
            sideDone(filled / FloppyFormat.SECTOR);
        }
        return value;
    }

    // ---- execution

    private int parameter(int at) {
        return fifo[at] & 0xff;
    }

    private FloppyCommand command() {
        return FloppyCommand.of(parameter(0));
    }

    private int unit() {
        return parameter(1) & 3;
    }

    private FloppyDrive selectedDrive() {
        int unit = unit();
        return unit < drives.length ? drives[unit] : null;
    }

    void readId() {
        FloppyDrive drive = selectedDrive();
        head = parameter(1) >>> 2 & 1;
        if (!findsAddressMarks(drive)) {
            fail(ST1_NO_ADDRESS_MARK, 0);
            return;
        }
        nextId = nextId % drive.format.sectors() + 1;
        finish(0, 0, 0, drive.track(), head, nextId);
    }

    /**
     * Whether anything can be read under the head: a disk, formatted, at its density, on that side.
     */
    private boolean findsAddressMarks(FloppyDrive drive) {
        return drive != null
                && drive.image != null
                && drive.track() >= 0
                && (parameter(0) & MFM) != 0
                && head < drive.format.heads()
                && drive.format.readableAt(controller.rate());
    }

    void start(Floppy82077.Phase direction) {
        FloppyDrive drive = selectedDrive();
        head = parameter(1) >>> 2 & 1;
        sector = command() == FloppyCommand.READ_TRACK ? 1 : parameter(4);
        lastSectors = parameter(6);
        terminal = false;
        if (drive != null && controller.impliedSeek()) {
            drive.seek(parameter(2));
        }
        if (!findsAddressMarks(drive)) {
            fail(ST1_NO_ADDRESS_MARK, 0);
        } else if (direction == Floppy82077.Phase.WRITE && drive.image.readOnly()) {
            fail(ST1_NOT_WRITABLE, 0);
        } else if (parameter(2) != drive.track()) {
            fail(ST1_NO_DATA, ST2_WRONG_CYLINDER);
        } else if (parameter(3) != head || parameter(5) != SECTOR_CODE) {
            fail(ST1_NO_DATA, 0);
        } else {
            phase = direction;
            startSide(drive);
        }
    }

    /** Begins with the sectors of one side: those up to EOT that the track has. */
    private void startSide(FloppyDrive drive) {
        int count = Math.min(lastSectors, drive.format.sectors()) - sector + 1;
        if (count <= 0 || !holds(drive, count)) {
            fail(ST1_NO_DATA, 0);
            return;
        }
        if (command() == FloppyCommand.READ_DELETED) {
            if ((parameter(0) & SKIP) != 0) {
                // Every sector has a normal data mark and is skipped.
                fail(ST1_NO_DATA, 0);
                return;
            }
            count = 1;
        }
        filled = count * FloppyFormat.SECTOR;
        position = 0;
        if (phase == Floppy82077.Phase.READ) {
            hostBusy = true;
            host.submit(HostTransfer.Job.READ, drive.image, drive.offset(head, sector), filled);
        } else {
            takeData();
        }
    }

    /**
     * Whether the disk under the head has the sectors; the host may have changed it in the middle
     * of a command.
     */
    private boolean holds(FloppyDrive drive, int count) {
        return drive != null
                && drive.image != null
                && drive.track() >= 0
                && head < drive.format.heads()
                && sector >= 1
                && sector - 1 + count <= drive.format.sectors();
    }

    /** Gets the data of a write or of a format from the guest. */
    private void takeData() {
        if (controller.nonDma()) {
            controller.interrupt(true);
            return;
        }
        dma.request(true);
        int moved = dma.read(host.segment, 0, filled);
        dma.request(false);
        terminal = (moved & DmaChannel.TERMINAL_COUNT) != 0;
        moved &= ~DmaChannel.TERMINAL_COUNT;
        if (moved < filled && !terminal) {
            fail(ST1_OVERRUN, 0);
            return;
        }
        // A sector that the count cuts short is filled with zeros.
        Arrays.fill(host.bytes, moved, filled, (byte) 0);
        if (phase == Floppy82077.Phase.WRITE) {
            filled = sectorsOf(moved) * FloppyFormat.SECTOR;
        }
        bufferFull();
    }

    private static int sectorsOf(int bytes) {
        return (bytes + FloppyFormat.SECTOR - 1) / FloppyFormat.SECTOR;
    }

    private void bufferFull() {
        FloppyDrive drive = selectedDrive();
        if (!holds(drive, phase == Floppy82077.Phase.WRITE ? filled / FloppyFormat.SECTOR : 0)) {
            fail(ST1_NO_DATA, 0);
        } else if (phase == Floppy82077.Phase.FORMAT) {
            format(drive);
        } else {
            hostBusy = true;
            host.submit(HostTransfer.Job.WRITE, drive.image, drive.offset(head, sector), filled);
        }
    }

    private final class HostEnd implements HostTransfer.Owner {
        @Override
        public Object monitor() {
            return monitor;
        }

        @Override
        public void transferDone(boolean failed) {
            hostBusy = false;
            if (failed) {
                hostErrors.add(1);
                fail(ST1_DATA_ERROR, ST2_DATA_ERROR);
            } else if (phase == Floppy82077.Phase.READ) {
                giveData();
            } else if (phase == Floppy82077.Phase.WRITE) {
                sideDone(filled / FloppyFormat.SECTOR);
            } else {
                finish(0, 0, 0, parameter(1), head, 1);
            }
        }
    }

    private void giveData() {
        if (command() == FloppyCommand.VERIFY) {
            int wanted = lastSectorsToVerify();
            terminal = wanted > 0 && wanted <= filled / FloppyFormat.SECTOR;
            sideDone(terminal ? wanted : filled / FloppyFormat.SECTOR);
        } else if (controller.nonDma()) {
            controller.interrupt(true);
        } else {
            dma.request(true);
            int moved = dma.write(host.segment, 0, filled);
            dma.request(false);
            terminal = (moved & DmaChannel.TERMINAL_COUNT) != 0;
            moved &= ~DmaChannel.TERMINAL_COUNT;
            if (moved < filled && !terminal) {
                sector += moved / FloppyFormat.SECTOR;
                fail(ST1_OVERRUN, 0);
            } else {
                sideDone(sectorsOf(moved));
            }
        }
    }

    /** VERIFY with EC set: how many sectors of the whole count are left, or 0 without EC. */
    private int lastSectorsToVerify() {
        if ((parameter(1) & VERIFY_COUNT) == 0) {
            return 0;
        }
        int before =
                head == (parameter(1) >>> 2 & 1)
                        ? sector - parameter(4)
                        : lastSectors - parameter(4) + sector;
        return Math.max(1, parameter(8) - before);
    }

    /** Sectors of this side have been moved: goes on with the other side, or ends the command. */
    private void sideDone(int count) {
        FloppyDrive drive = selectedDrive();
        FloppyCommand command = command();
        sector += count;
        if (command == FloppyCommand.READ_DELETED) {
            finishAt(0, 0, ST2_CONTROL_MARK);
        } else if (terminal) {
            finishAt(0, 0, 0);
        } else if (sector <= lastSectors || drive == null || drive.image == null) {
            // EOT is beyond the last sector of the track.
            fail(ST1_NO_DATA, 0);
        } else if ((parameter(0) & MULTI_TRACK) != 0 && head == 0 && drive.format.heads() > 1) {
            head = 1;
            sector = 1;
            startSide(drive);
        } else if (command == FloppyCommand.VERIFY) {
            finishAt(0, 0, 0);
        } else {
            finishAt(ST0_ABNORMAL, ST1_END, 0);
        }
    }

    void startFormat() {
        FloppyDrive drive = selectedDrive();
        head = parameter(1) >>> 2 & 1;
        terminal = false;
        filled = 4 * parameter(3);
        position = 0;
        boolean present = drive != null && drive.image != null && drive.track() >= 0;
        if (!present
                || head >= drive.format.heads()
                || !drive.format.readableAt(controller.rate())) {
            fail(ST1_NO_ADDRESS_MARK, 0);
        } else if (drive.image.readOnly()) {
            fail(ST1_NOT_WRITABLE, 0);
        } else if (parameter(2) != SECTOR_CODE || parameter(3) != drive.format.sectors()) {
            fail(ST1_DATA_ERROR, 0);
        } else {
            phase = Floppy82077.Phase.FORMAT;
            sector = 1;
            takeData();
        }
    }

    /** Fills the track when the address fields make the layout that the image can hold. */
    private void format(FloppyDrive drive) {
        int sectors = drive.format.sectors();
        for (int i = 0; i < sectors; i++) {
            int r = host.bytes[4 * i + 2] & 0xff;
            boolean fits =
                    host.bytes[4 * i] == drive.track()
                            && host.bytes[4 * i + 1] == head
                            && r >= 1
                            && r <= sectors
                            && host.bytes[4 * i + 3] == SECTOR_CODE;
            if (!fits) {
                fail(ST1_DATA_ERROR, 0);
                return;
            }
        }
        filled = sectors * FloppyFormat.SECTOR;
        Arrays.fill(host.bytes, 0, filled, fifo[5]);
        hostBusy = true;
        host.submit(HostTransfer.Job.WRITE, drive.image, drive.offset(head, 1), filled);
    }

    /** Ends a data command with an error at the present sector. */
    private void fail(int st1, int st2) {
        finish(ST0_ABNORMAL, st1, st2, parameter(2), head, sector);
    }

    /** Ends a data command with the address of the sector that follows (table 5-5). */
    private void finishAt(int st0, int st1, int st2) {
        int cylinder = parameter(2);
        int side = head;
        int next = sector;
        if (next > lastSectors) {
            next = 1;
            boolean multiTrack = (parameter(0) & MULTI_TRACK) != 0;
            if (!multiTrack || side == 1) {
                cylinder++;
            }
            if (multiTrack) {
                side ^= 1;
            }
        }
        finish(st0, st1, st2, cylinder, side, next);
    }

    private void finish(int st0, int st1, int st2, int c, int h, int r) {
        fifo[0] = (byte) (st0 | head << 2 | unit());
        fifo[1] = (byte) st1;
        fifo[2] = (byte) st2;
        fifo[3] = (byte) c;
        fifo[4] = (byte) h;
        fifo[5] = (byte) r;
        fifo[6] = SECTOR_CODE;
        filled = 0;
        position = 0;
        phase = Floppy82077.Phase.RESULT;
        controller.resultReady();
    }

    /** Forgets the command. */
    void cancel() {
        host.cancel();
        hostBusy = false;
        filled = 0;
        position = 0;
        phase = Floppy82077.Phase.RESULT;
        dma.request(false);
    }

    void powerOn() {
        cancel();
        sector = 0;
        head = 0;
        lastSectors = 0;
        nextId = 0;
        terminal = false;
    }

    State save() {
        byte[] data =
                phase == Floppy82077.Phase.RESULT ? new byte[0] : Arrays.copyOf(host.bytes, filled);
        return new State(sector, head, lastSectors, nextId, data, position);
    }

    /** Takes over a command; returns whether it has a byte left to move. */
    boolean load(State state, Floppy82077.Phase loaded) {
        sector = state.sector & 0xff;
        head = state.head & 1;
        lastSectors = state.lastSectors & 0xff;
        nextId = state.nextId & 0xff;
        phase = loaded;
        filled = phase == Floppy82077.Phase.RESULT ? 0 : Math.min(state.data.length, BUFFER_BYTES);
        System.arraycopy(state.data, 0, host.bytes, 0, filled);
        position = Math.clamp(state.position, 0, filled);
        return position < filled;
    }
}
