package lodge.devices.storage;

import lodge.core.bus.PortDevice;
import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What every drive on an {@link AtaChannel} has (ATA/ATAPI-6, T13/1410D): the registers of its task
 * file, a buffer with the data phase that fills or empties it, its interrupt request, and one host
 * transfer at a time on a background.
 *
 * <p>Everything but a background task's host I/O runs under the channel's monitor. A task that is
 * overtaken by a reset finishes with the buffer it began with and its result is dropped; a new
 * command waits for it.
 */
public abstract sealed class AtaDrive permits AtaDisk, AtapiCdrom {
    static final int BUFFER_BYTES = 128 * 1024;

    /** Status: busy, nothing else counts. */
    static final int BSY = 0x80;

    /** Status: ready for commands. */
    static final int DRDY = 0x40;

    /** Status: device fault. */
    static final int DF = 0x20;

    /** Status: seek complete (SERV and DMRD in newer drafts). */
    static final int DSC = 0x10;

    /** Status: data request. */
    static final int DRQ = 0x08;

    /** Status: error; for a packet device, CHK. */
    static final int ERR = 0x01;

    /** Error: command aborted. */
    static final int ABRT = 0x04;

    /** Error register after a passed diagnostic. */
    static final int DIAGNOSTIC_PASSED = 0x01;

    /** Device register: the drive is device 1. */
    static final int DEV = 0x10;

    static final int FEATURES = 1;
    static final int SECTOR_COUNT = 2;
    static final int LBA_LOW = 3;
    static final int LBA_MID = 4;
    static final int LBA_HIGH = 5;
    static final int DEVICE = 6;

    static final int POWER_STANDBY = 0x00;
    static final int POWER_IDLE = 0x80;
    static final int POWER_ACTIVE = 0xff;
    static final int POWER_SLEEP = 0x100;

    /** What the data register, or the bus master, does now. */
    public enum Phase {
        /** No data moves. */
        IDLE,
        /** The guest sends a command packet. */
        PACKET,
        /** The guest reads the buffer. */
        PIO_IN,
        /** The guest fills the buffer. */
        PIO_OUT,
        /** The bus master reads the buffer. */
        DMA_IN,
        /** The bus master fills the buffer. */
        DMA_OUT
    }

    /**
     * The saved drive.
     *
     * @param features features register, previous contents in the high byte like all of the task
     *     file
     * @param sectorCount sector count register
     * @param lbaLow LBA low register
     * @param lbaMid LBA mid register
     * @param lbaHigh LBA high register
     * @param device device register
     * @param status status register
     * @param error error register
     * @param interrupt whether INTRQ is asserted
     * @param phase what the data register does
     * @param position next byte in the buffer
     * @param limit end of the present data block in the buffer
     * @param buffer contents of the buffer, empty outside data phases
     * @param power power mode
     * @param transferMode mode set with SET FEATURES 03h
     * @param disk what only a disk has
     * @param cd what only a CD-ROM drive has
     */
    public record State(
            int features,
            int sectorCount,
            int lbaLow,
            int lbaMid,
            int lbaHigh,
            int device,
            int status,
            int error,
            boolean interrupt,
            Phase phase,
            int position,
            int limit,
            byte[] buffer,
            int power,
            int transferMode,
            AtaDisk.DiskState disk,
            AtapiCdrom.CdState cd) {
        /** Returns the state of a drive that is not there. */
        static State absent() {
            return new State(
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    false,
                    Phase.IDLE,
                    0,
                    0,
                    new byte[0],
                    0,
                    0,
                    AtaDisk.DiskState.zero(),
                    AtapiCdrom.CdState.zero());
        }
    }

    private final HostTransfer host;
    AtaChannel channel;
    int number;

    int features;
    int sectorCount;
    int lbaLow;
    int lbaMid;
    int lbaHigh;
    int device;
    int status;
    int error;
    boolean interrupt;
    Phase phase = Phase.IDLE;
    int position;
    int limit;
    int filled;
    int power = POWER_ACTIVE;
    int transferMode;

    AtaDrive(Background background) {
        host = new HostTransfer(background, new HostEnd(), BUFFER_BYTES);
    }

    final void attach(AtaChannel owner, int deviceNumber) {
        if (channel != null) {
            throw new IllegalArgumentException("A drive is on one channel only");
        }
        channel = owner;
        number = deviceNumber;
        powerOn();
    }

    // ---- what a kind of drive does

    /** Executes a command that was written to the command register. */
    abstract void command(int code);

    /** The guest or the bus master has emptied or filled the block up to {@code limit}. */
    abstract void blockDone();

    /** A background task has finished. */
    abstract void jobDone(boolean failed);

    /** Puts the kind's own fields into their power-on state. */
    abstract void powerOnDetail();

    /** Puts the kind's own fields into the state after SRST or DEVICE RESET. */
    abstract void softResetDetail();

    /** Writes the registers by which software tells kinds of drives apart (section 9.12). */
    abstract void signature();

    AtaDisk.DiskState saveDisk() {
        return AtaDisk.DiskState.zero();
    }

    void loadDisk(AtaDisk.DiskState state) {}

    AtapiCdrom.CdState saveCd() {
        return AtapiCdrom.CdState.zero();
    }

    void loadCd(AtapiCdrom.CdState state) {}

    /** Returns status after a reset. */
    abstract int readyStatus();

    // ---- task file

    final void write(int register, int value) {
        if ((status & BSY) != 0) {
            return;
        }
        switch (register) {
            case FEATURES -> features = push(features, value);
            case SECTOR_COUNT -> sectorCount = push(sectorCount, value);
            case LBA_LOW -> lbaLow = push(lbaLow, value);
            case LBA_MID -> lbaMid = push(lbaMid, value);
            case LBA_HIGH -> lbaHigh = push(lbaHigh, value);
            case DEVICE -> device = value;
            default -> throw new IllegalArgumentException("Register " + register);
        }
    }

    /** A register of the task file is two deep for 48-bit addresses (section 6.20). */
    private static int push(int register, int value) {
        return (register << 8 | value) & 0xffff;
    }

    final int read(int register, boolean previous) {
        int shift = previous ? 8 : 0;
        return switch (register) {
            case FEATURES -> error;
            case SECTOR_COUNT -> sectorCount >>> shift & 0xff;
            case LBA_LOW -> lbaLow >>> shift & 0xff;
            case LBA_MID -> lbaMid >>> shift & 0xff;
            case LBA_HIGH -> lbaHigh >>> shift & 0xff;
            case DEVICE -> device;
            default -> throw new IllegalArgumentException("Register " + register);
        };
    }

    final int feature() {
        return features & 0xff;
    }

    final void raise() {
        interrupt = true;
        channel.updateIrq();
    }

    final void succeed() {
        finish(DRDY | DSC, 0);
    }

    final void enterPower(int mode) {
        power = mode;
        succeed();
    }

    final void abort() {
        finish(DRDY | DSC | ERR, ABRT);
    }

    final void finish(int newStatus, int newError) {
        phase = Phase.IDLE;
        position = 0;
        limit = 0;
        filled = 0;
        status = newStatus;
        error = newError;
        raise();
    }

    // ---- the data register

    final boolean dataRequested(Phase wanted) {
        return phase == wanted && (status & DRQ) != 0;
    }

    final int dataIn(int size) {
        if (!dataRequested(Phase.PIO_IN)) {
            return -1;
        }
        int n = Math.min(size, limit - position);
        int value = 0;
        if (n == size) {
            value = PortDevice.Elements.get(host.segment, position, size);
        } else {
            for (int i = 0; i < n; i++) {
                value |= (host.bytes[position + i] & 0xff) << 8 * i;
            }
        }
        advance(n);
        return value;
    }

    final void dataOut(int size, int value) {
        if (!dataRequested(Phase.PIO_OUT) && !dataRequested(Phase.PACKET)) {
            return;
        }
        int n = Math.min(size, limit - position);
        for (int i = 0; i < n; i++) {
            host.bytes[position + i] = (byte) (value >>> 8 * i);
        }
        advance(n);
    }

    /** Copies whole elements out of the present block; returns how many bytes. */
    final int burstIn(MemorySegment data, long at, int length, int size) {
        if (!dataRequested(Phase.PIO_IN)) {
            return 0;
        }
        int n = Math.min(length, limit - position) / size * size;
        MemorySegment.copy(host.segment, position, data, at, n);
        advance(n);
        return n;
    }

    /** Copies whole elements into the present block; returns how many bytes. */
    final int burstOut(MemorySegment data, long at, int length, int size) {
        if (!dataRequested(Phase.PIO_OUT)) {
            return 0;
        }
        int n = Math.min(length, limit - position) / size * size;
        MemorySegment.copy(data, at, host.segment, position, n);
        advance(n);
        return n;
    }

    private void advance(int n) {
        position += n;
        if (n > 0 && position == limit) {
            blockDone();
        }
    }

    /** Lets the bus master move what it can; called when either side becomes ready. */
    final void pump() {
        if (dataRequested(Phase.DMA_IN) || dataRequested(Phase.DMA_OUT)) {
            boolean toMemory = phase == Phase.DMA_IN;
            advance(
                    channel.busMaster()
                            .transfer(host.segment, position, limit - position, toMemory));
        }
    }

    // ---- host transfers

    /**
     * Starts a host transfer of the buffer's first bytes; the drive is busy until {@link #jobDone}.
     */
    final void submit(HostTransfer.Job job, BlockBackend image, long offset, int length) {
        status = BSY;
        host.submit(job, image, offset, length);
    }

    /** Returns the object whose monitor protects the drive: its channel. */
    final Object monitor() {
        return channel;
    }

    final byte[] bytes() {
        return host.bytes;
    }

    private final class HostEnd implements HostTransfer.Owner {
        @Override
        public Object monitor() {
            return AtaDrive.this.monitor();
        }

        @Override
        public void transferDone(boolean failed) {
            if (failed) {
                channel.hostErrors.add(1);
            }
            jobDone(failed);
        }
    }

    /** Forgets the command in progress. */
    private void cancel() {
        host.cancel();
        phase = Phase.IDLE;
        position = 0;
        limit = 0;
        filled = 0;
        interrupt = false;
    }

    // ---- resets and state

    final void powerOn() {
        cancel();
        features = 0;
        device = 0;
        power = POWER_ACTIVE;
        transferMode = 0;
        powerOnDetail();
        signature();
        error = DIAGNOSTIC_PASSED;
        status = readyStatus();
    }

    /** SRST was set: the drive is busy until it is cleared. */
    final void softResetBegin() {
        cancel();
        status = BSY;
    }

    final void softResetEnd() {
        power = POWER_ACTIVE;
        softResetDetail();
        signature();
        device = 0;
        error = DIAGNOSTIC_PASSED;
        status = readyStatus();
    }

    /** DEVICE RESET: as SRST for this drive alone; the DEV bit stays. */
    final void deviceReset() {
        int selected = device & DEV;
        cancel();
        softResetEnd();
        device = selected;
        channel.updateIrq();
    }

    /** EXECUTE DEVICE DIAGNOSTIC, which both drives execute. */
    final void diagnose() {
        cancel();
        signature();
        device = 0;
        error = DIAGNOSTIC_PASSED;
        status = readyStatus();
    }

    final State save() {
        byte[] contents = phase == Phase.IDLE ? new byte[0] : Arrays.copyOf(host.bytes, filled);
        return new State(
                features,
                sectorCount,
                lbaLow,
                lbaMid,
                lbaHigh,
                device,
                status,
                error,
                interrupt,
                phase,
                position,
                limit,
                contents,
                power,
                transferMode,
                saveDisk(),
                saveCd());
    }

    final void load(State state) {
        cancel();
        features = state.features & 0xffff;
        sectorCount = state.sectorCount & 0xffff;
        lbaLow = state.lbaLow & 0xffff;
        lbaMid = state.lbaMid & 0xffff;
        lbaHigh = state.lbaHigh & 0xffff;
        device = state.device & 0xff;
        status = state.status & 0xff;
        error = state.error & 0xff;
        interrupt = state.interrupt;
        phase = state.phase;
        filled = phase == Phase.IDLE ? 0 : Math.min(state.buffer.length, BUFFER_BYTES);
        System.arraycopy(state.buffer, 0, host.bytes, 0, filled);
        limit = Math.clamp(state.limit, 0, filled);
        position = Math.clamp(state.position, 0, limit);
        power = state.power;
        transferMode = state.transferMode & 0xff;
        loadDisk(state.disk);
        loadCd(state.cd);
        if (position == limit) {
            if (phase != Phase.IDLE) {
                // Only a damaged state has an empty block; nothing would ever end it.
                phase = Phase.IDLE;
                status = readyStatus();
            }
            position = 0;
            limit = 0;
            filled = 0;
        }
    }
}
