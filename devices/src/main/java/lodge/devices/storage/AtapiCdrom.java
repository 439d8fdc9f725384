package lodge.devices.storage;

import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;

import java.util.Arrays;
import java.util.Optional;

/**
 * An ATAPI CD/DVD-ROM drive: the PACKET protocol of ATA/ATAPI-6 (T13/1410D, section 9.8) with PIO
 * and bus master DMA, and the commands of a read-only MMC-3 (T10/1363D) drive. The medium is a
 * {@link BlockBackend} with 2048-byte blocks, seen as one data track; one of more than 80 minutes
 * is a DVD-ROM to the guest. The host inserts and takes out media while the machine runs.
 *
 * <p>Raw sectors ({@code READ CD}) are made from the user data with sync, header, EDC and ECC. Not
 * emulated: audio, several sessions, subchannel data other than the current position, READ DVD
 * STRUCTURE.
 */
public final class AtapiCdrom extends AtaDrive {
    private static final int PACKET_BYTES = 12;
    private static final int CHUNK_BLOCKS = BUFFER_BYTES / CdReplies.BLOCK;

    /** Interrupt reason (the sector count register): a command, not data. */
    private static final int COMMAND = 1;

    /** Interrupt reason: towards the host. */
    private static final int TO_HOST = 2;

    private static final int FEATURE_DMA = 1;

    private static final int NOT_READY = 0x2;
    private static final int MEDIUM_ERROR = 0x3;
    private static final int ILLEGAL_REQUEST = 0x5;
    private static final int UNIT_ATTENTION = 0x6;
    private static final int INVALID_OPCODE = 0x2000;
    private static final int LBA_OUT_OF_RANGE = 0x2100;
    private static final int INVALID_FIELD = 0x2400;
    private static final int SAVING_NOT_SUPPORTED = 0x3900;
    private static final int UNRECOVERED_READ_ERROR = 0x1100;
    private static final int REMOVAL_PREVENTED = 0x5302;

    /**
     * What only a CD-ROM drive has.
     *
     * @param lba next block to read
     * @param remaining blocks still to read
     * @param chunk blocks in the buffer
     * @param rawFlags which parts of a sector READ CD asked for, or 0 for plain reads
     * @param dma whether the packet command moves data by DMA
     * @param byteLimit most bytes in one PIO block
     * @param senseKey sense key
     * @param sense additional sense code and qualifier
     * @param tray the tray
     */
    public record CdState(
            long lba,
            int remaining,
            int chunk,
            int rawFlags,
            boolean dma,
            int byteLimit,
            int senseKey,
            int sense,
            CdTray.State tray) {
        static CdState zero() {
            return new CdState(0, 0, 0, 0, false, 0, 0, 0, new CdTray.State(0, 0, false, false));
        }
    }

    private final String model;
    private final String serial;
    private final byte[] packet = new byte[PACKET_BYTES];
    private final byte[] rawSector = new byte[CdSector.RAW_BYTES];
    private final CdTray tray;

    private long lba;
    private int remaining;
    private int chunk;
    private int rawFlags;
    private boolean dma;
    private int byteLimit;
    private int senseKey;
    private int sense;

    /**
     * A drive.
     *
     * @param medium the disc in it, or null
     * @param background where transfers with the host run
     * @param model shown to the guest, ASCII, up to 16 characters
     * @param serial shown to the guest, ASCII, up to 20 characters
     */
    public AtapiCdrom(BlockBackend medium, Background background, String model, String serial) {
        super(background);
        tray = new CdTray(medium);
        this.model = model;
        this.serial = serial;
    }

    // ---- the host's side

    /**
     * Puts a disc into the drive and closes the tray; the guest is told by unit attention and media
     * event. Call on a drive that is on a channel.
     *
     * @param disc the disc
     * @return the disc that was in the drive before, if any; the caller closes it
     */
    public Optional<BlockBackend> insert(BlockBackend disc) {
        synchronized (monitor()) {
            return Optional.ofNullable(tray.insert(disc));
        }
    }

    /**
     * Takes the disc out, as a press on the eject button does. While the guest has locked the tray
     * it is only told of the wish, unless forced.
     *
     * @param force whether to take it out against the guest's will
     * @return the disc, which the caller closes; empty when there was none or the guest keeps it
     */
    public Optional<BlockBackend> eject(boolean force) {
        synchronized (monitor()) {
            return Optional.ofNullable(tray.eject(force));
        }
    }

    /** Returns whether the guest prevents the removal of the disc. */
    public boolean locked() {
        synchronized (monitor()) {
            return tray.locked();
        }
    }

    // ---- AtaDrive

    /**
     * After a reset a packet device keeps DRDY low until its first PACKET command (section 9.12).
     */
    @Override
    int readyStatus() {
        return 0;
    }

    @Override
    void signature() {
        sectorCount = 1;
        lbaLow = 1;
        lbaMid = 0x14;
        lbaHigh = 0xeb;
    }

    @Override
    void powerOnDetail() {
        senseKey = 0;
        sense = 0;
        tray.powerOn();
        softResetDetail();
    }

    @Override
    void softResetDetail() {
        tray.lock(false);
        lba = 0;
        remaining = 0;
        chunk = 0;
        rawFlags = 0;
        dma = false;
        byteLimit = 0;
    }

    @Override
    void command(int code) {
        switch (code) {
            case 0xa0 -> acceptPacket();
            case 0xa1 -> identifyPacketDevice();
            case 0xef -> setFeatures();
            // IDENTIFY DEVICE and READ SECTORS tell software by the signature what this is
            // (sections 8.15, 8.34).
            case 0xec, 0x20 -> {
                signature();
                abort();
            }
            case 0xe0, 0xe2 -> enterPower(POWER_STANDBY);
            case 0xe1, 0xe3 -> enterPower(POWER_IDLE);
            case 0xe6 -> enterPower(POWER_SLEEP);
            case 0xe5 -> {
                sectorCount = power & 0xff;
                succeed();
            }
            default -> abort();
        }
    }

    private void setFeatures() {
        boolean setMode = feature() == 0x03;
        if (setMode && AtaDisk.validMode(sectorCount & 0xff)) {
            transferMode = sectorCount & 0xff;
            succeed();
        } else if (!setMode && (feature() == 0x66 || feature() == 0xcc)) {
            succeed();
        } else {
            abort();
        }
    }

    private void identifyPacketDevice() {
        AtaIdentify.packetDevice(bytes(), model, serial, transferMode, number);
        remaining = 0;
        dma = false;
        phase = Phase.PIO_IN;
        filled = 512;
        position = 0;
        limit = 512;
        packet[0] = 0;
        byteLimit = 0;
        status = DRDY | DSC | DRQ;
        error = 0;
        raise();
    }

    private void acceptPacket() {
        power = POWER_ACTIVE;
        dma = (feature() & FEATURE_DMA) != 0;
        byteLimit = lbaMid & 0xff | (lbaHigh & 0xff) << 8;
        if (byteLimit == 0 || byteLimit == 0xffff) {
            byteLimit = 0xfffe;
        }
        phase = Phase.PACKET;
        position = 0;
        filled = PACKET_BYTES;
        limit = PACKET_BYTES;
        sectorCount = COMMAND;
        error = 0;
        status = DRDY | DSC | DRQ;
    }

    @Override
    void blockDone() {
        switch (phase) {
            case PACKET -> {
                System.arraycopy(bytes(), 0, packet, 0, PACKET_BYTES);
                phase = Phase.IDLE;
                status = BSY;
                execute();
            }
            case PIO_IN, DMA_IN -> {
                if (position < filled) {
                    present();
                } else if (remaining > 0) {
                    fetch();
                } else if (byteLimit == 0) {
                    // IDENTIFY PACKET DEVICE is a plain PIO read: no interrupt after its block.
                    phase = Phase.IDLE;
                    status = DRDY | DSC;
                } else {
                    good();
                }
            }
            case PIO_OUT, DMA_OUT -> {
                if (position < filled) {
                    present();
                } else {
                    // MODE SELECT: none of the pages has anything that can be changed.
                    good();
                }
            }
            case IDLE -> {}
        }
    }

    private void good() {
        sectorCount = TO_HOST | COMMAND;
        succeed();
    }

    private void check(int key, int code) {
        senseKey = key;
        sense = code;
        sectorCount = TO_HOST | COMMAND;
        remaining = 0;
        finish(DRDY | DSC | ERR, key << 4 | ABRT);
    }

    private void invalidField() {
        check(ILLEGAL_REQUEST, INVALID_FIELD);
    }

    /** Sends the buffer's first bytes, as many as the guest allows for. */
    private void reply(int length, int allocation) {
        filled = Math.min(length, allocation);
        position = 0;
        remaining = 0;
        if (filled == 0) {
            good();
            return;
        }
        phase = dma ? Phase.DMA_IN : Phase.PIO_IN;
        present();
    }

    private void receive(int length) {
        if (length == 0) {
            good();
            return;
        }
        Arrays.fill(bytes(), 0, length, (byte) 0);
        filled = length;
        position = 0;
        remaining = 0;
        phase = dma ? Phase.DMA_OUT : Phase.PIO_OUT;
        present();
    }

    /**
     * Asks for the next data block: by PIO at most the byte count limit, by DMA the whole buffer.
     */
    private void present() {
        boolean toHost = phase == Phase.PIO_IN || phase == Phase.DMA_IN;
        sectorCount = toHost ? TO_HOST : 0;
        status = DRDY | DSC | DRQ;
        if (dma) {
            limit = filled;
            pump();
            return;
        }
        int n = Math.min(filled - position, byteLimit);
        if (n < filled - position) {
            // Only the last block may have an odd count.
            n = Math.max(2, n & ~1);
        }
        limit = Math.min(position + n, filled);
        n = limit - position;
        lbaMid = n & 0xff;
        lbaHigh = n >>> 8;
        raise();
    }

    // ---- packet commands

    private int packet8(int at) {
        return packet[at] & 0xff;
    }

    private int packet16(int at) {
        return packet8(at) << 8 | packet8(at + 1);
    }

    private int packet24(int at) {
        return packet8(at) << 16 | packet16(at + 1);
    }

    private long packet32(int at) {
        return (long) packet16(at) << 16 | packet16(at + 2);
    }

    private void execute() {
        int opcode = packet8(0);
        boolean always = opcode == 0x12 || opcode == 0x03 || opcode == 0x46 || opcode == 0x4a;
        if (tray.attentionPending() && !always) {
            check(UNIT_ATTENTION, tray.takeAttention());
            return;
        }
        switch (opcode) {
            case 0x12 -> inquiry();
            case 0x03 -> requestSense();
            case 0x1a -> modeSense(packet8(4), false);
            case 0x5a -> modeSense(packet16(7), true);
            case 0x15 -> receive(packet8(4));
            case 0x55 -> receive(packet16(7));
            case 0x1b -> startStop();
            case 0x1e -> {
                tray.lock((packet8(4) & 1) != 0);
                good();
            }
            case 0x46 -> getConfiguration();
            case 0x4a -> getEventStatus();
            case 0xbd -> reply(CdReplies.mechanismStatus(bytes(), tray.open()), packet16(8));
            // SET CD SPEED: as fast as the host.
            case 0xbb -> good();
            default -> executeOnMedium(opcode);
        }
    }

    /** The commands that need a disc. */
    private void executeOnMedium(int opcode) {
        switch (opcode) {
            case 0x00, 0x25, 0x28, 0xa8, 0xbe, 0xb9, 0x43, 0x51, 0x52, 0x42, 0x2b, 0x2f -> {
                if (!tray.ready()) {
                    check(NOT_READY, tray.noMedium());
                    return;
                }
            }
            default -> {
                check(ILLEGAL_REQUEST, INVALID_OPCODE);
                return;
            }
        }
        switch (opcode) {
            case 0x25 -> reply(CdReplies.readCapacity(bytes(), tray.blocks()), 8);
            case 0x28 -> read(packet32(2), packet16(7), 0);
            case 0xa8 -> read(packet32(2), packet32(6), 0);
            case 0xbe -> readCd(packet32(2), packet24(6));
            case 0xb9 -> readCdMsf();
            case 0x43 -> readToc();
            case 0x51 -> reply(CdReplies.discInformation(bytes()), packet16(7));
            case 0x52 -> reply(CdReplies.trackInformation(bytes(), tray.blocks()), packet16(7));
            case 0x42 ->
                    reply(CdReplies.subChannel(bytes(), (packet8(2) & 0x40) != 0), packet16(7));
            case 0x2b, 0x2f -> {
                if (packet32(2) >= tray.blocks()) {
                    check(ILLEGAL_REQUEST, LBA_OUT_OF_RANGE);
                } else {
                    good();
                }
            }
            default -> good();
        }
    }

    private void inquiry() {
        if ((packet8(1) & 3) != 0 || packet8(2) != 0) {
            invalidField();
        } else {
            reply(CdReplies.inquiry(bytes(), model), packet16(3));
        }
    }

    private void requestSense() {
        if (senseKey == 0 && tray.attentionPending()) {
            senseKey = UNIT_ATTENTION;
            sense = tray.takeAttention();
        }
        int length = CdReplies.sense(bytes(), senseKey, sense);
        senseKey = 0;
        sense = 0;
        reply(length, packet8(4));
    }

    private void modeSense(int allocation, boolean ten) {
        int control = packet8(2) >>> 6;
        if (control == 3) {
            check(ILLEGAL_REQUEST, SAVING_NOT_SUPPORTED);
            return;
        }
        int length =
                CdReplies.modeSense(
                        bytes(), packet8(2) & 0x3f, control == 1, ten, tray.locked(), tray.ready());
        if (length == 0) {
            invalidField();
        } else {
            reply(length, allocation);
        }
    }

    private void startStop() {
        boolean loadEject = (packet8(4) & 2) != 0;
        boolean start = (packet8(4) & 1) != 0;
        if (loadEject && !tray.move(!start)) {
            check(ILLEGAL_REQUEST, REMOVAL_PREVENTED);
            return;
        }
        good();
    }

    private void getConfiguration() {
        int type = packet8(1) & 3;
        if (type == 3) {
            invalidField();
        } else {
            reply(CdReplies.configuration(bytes(), type, packet16(2), tray.blocks()), packet16(7));
        }
    }

    private void getEventStatus() {
        if ((packet8(1) & 1) == 0) {
            // Asynchronous notification needs overlap, which the drive does not have.
            invalidField();
            return;
        }
        boolean media = (packet8(4) & 1 << CdReplies.MEDIA_CLASS) != 0;
        int length = CdReplies.eventStatus(bytes(), media, tray.event(), tray.open(), tray.ready());
        if (media && packet16(7) > 4) {
            tray.eventReported();
        }
        reply(length, packet16(7));
    }

    private void readToc() {
        int format = packet8(2) & 0x0f;
        if (format == 0) {
            // SFF-8020i drivers put the format into the last byte.
            format = packet8(9) >>> 6;
        }
        boolean msf = (packet8(1) & 2) != 0;
        int length = CdReplies.toc(bytes(), format, msf, packet8(6), tray.blocks());
        if (length == 0) {
            invalidField();
        } else {
            reply(length, packet16(7));
        }
    }

    private void readCd(long first, long count) {
        int sectorType = packet8(1) >>> 2 & 7;
        int flags = packet8(9) & 0xf8;
        if ((sectorType != 0 && sectorType != 2)
                || (packet8(9) & 0x06) != 0
                || packet8(10) != 0
                || !CdSector.supported(flags)) {
            invalidField();
        } else if (flags == 0) {
            good();
        } else {
            read(first, count, flags == CdSector.USER_DATA ? 0 : flags);
        }
    }

    private void readCdMsf() {
        long first = CdReplies.fromMsf(packet8(3), packet8(4), packet8(5));
        long end = CdReplies.fromMsf(packet8(6), packet8(7), packet8(8));
        if (first < 0 || end < first) {
            invalidField();
        } else {
            readCd(first, end - first);
        }
    }

    private void read(long first, long count, int flags) {
        if (first + count > tray.blocks()) {
            check(ILLEGAL_REQUEST, LBA_OUT_OF_RANGE);
        } else if (count == 0) {
            good();
        } else {
            lba = first;
            remaining = (int) Math.min(count, Integer.MAX_VALUE);
            rawFlags = flags;
            phase = dma ? Phase.DMA_IN : Phase.PIO_IN;
            fetch();
        }
    }

    private void fetch() {
        int most = rawFlags == 0 ? CHUNK_BLOCKS : BUFFER_BYTES / CdSector.RAW_BYTES;
        chunk = Math.min(remaining, most);
        if (lba + chunk > tray.blocks()) {
            // The disc was taken out, or another is in the drive.
            check(NOT_READY, tray.noMedium());
            return;
        }
        long offset = lba * CdReplies.BLOCK;
        int length =
                (int) Math.min((long) chunk * CdReplies.BLOCK, tray.disc().sizeBytes() - offset);
        if (length < chunk * CdReplies.BLOCK) {
            Arrays.fill(bytes(), length, chunk * CdReplies.BLOCK, (byte) 0);
        }
        submit(HostTransfer.Job.READ, tray.disc(), offset, length);
    }

    @Override
    void jobDone(boolean failed) {
        if (failed) {
            check(MEDIUM_ERROR, UNRECOVERED_READ_ERROR);
            return;
        }
        filled =
                rawFlags == 0
                        ? chunk * CdReplies.BLOCK
                        : CdSector.expand(bytes(), chunk, lba, rawFlags, rawSector);
        lba += chunk;
        remaining -= chunk;
        position = 0;
        present();
    }

    // ---- state

    @Override
    CdState saveCd() {
        return new CdState(
                lba, remaining, chunk, rawFlags, dma, byteLimit, senseKey, sense, tray.save());
    }

    @Override
    void loadCd(CdState state) {
        lba = Math.clamp(state.lba, 0, 0xffff_ffffL);
        remaining = Math.max(state.remaining, 0);
        chunk = Math.clamp(state.chunk, 0, CHUNK_BLOCKS);
        rawFlags = CdSector.supported(state.rawFlags) ? state.rawFlags : 0;
        dma = state.dma;
        byteLimit = state.byteLimit & 0xffff;
        senseKey = state.senseKey & 0x0f;
        sense = state.sense & 0xffff;
        tray.load(state.tray);
    }
}
