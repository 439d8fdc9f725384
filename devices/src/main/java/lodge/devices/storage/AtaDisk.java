package lodge.devices.storage;

import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;

/**
 * An ATA hard disk with the mandatory commands of ATA/ATAPI-6 (T13/1410D), 48-bit addresses, bus
 * master DMA and READ NATIVE MAX ADDRESS. Its contents are a {@link BlockBackend}; up to 256
 * sectors are moved at once on a background, and the guest sees BSY meanwhile.
 *
 * <p>A host error is reported as UNC (reads) or a device fault (writes and flushes) with the
 * address of the first sector that was not moved for certain. With the write cache switched off
 * every write command ends with a flush.
 *
 * <p>Not emulated: SMART, security, host protected area (SET MAX), standby timer (the disk never
 * spins down by itself), power-up in standby; their commands are aborted and IDENTIFY DEVICE says
 * so.
 */
public final class AtaDisk extends AtaDrive {
    static final int SECTOR = 512;
    static final int MAX_MULTIPLE = 16;

    private static final int CHUNK_SECTORS = BUFFER_BYTES / SECTOR;
    private static final int DEFAULT_HEADS = 16;
    private static final int DEFAULT_SECTORS = 63;
    private static final long LBA28_LIMIT = 1L << 28;
    private static final long LBA48_LIMIT = 1L << 48;

    private static final int LBA = 0x40;
    private static final int IDNF = 0x10;
    private static final int UNC = 0x40;

    private static final int SET_MODE_SUBCOMMAND = 0x03;

    /** What a command with background transfers does. */
    public enum Operation {
        /** Sectors to the guest. */
        READ,
        /** Sectors from the guest. */
        WRITE,
        /** Sectors are read and dropped. */
        VERIFY,
        /** What was written becomes durable. */
        FLUSH
    }

    /**
     * What only a disk has.
     *
     * @param operation what the last transfer command does
     * @param lba next sector for the host
     * @param remaining sectors still to move from or to the host
     * @param chunk sectors in the buffer
     * @param blockSectors sectors in one PIO block
     * @param dma whether the command moves data by DMA
     * @param ext whether it has a 48-bit address
     * @param multiple block size of READ and WRITE MULTIPLE, 0 when switched off
     * @param heads heads of the current CHS translation
     * @param sectorsPerTrack sectors per track of the current CHS translation
     * @param writeCache whether writes are done before they are durable
     */
    public record DiskState(
            Operation operation,
            long lba,
            int remaining,
            int chunk,
            int blockSectors,
            boolean dma,
            boolean ext,
            int multiple,
            int heads,
            int sectorsPerTrack,
            boolean writeCache) {
        static DiskState zero() {
            return new DiskState(Operation.FLUSH, 0, 0, 0, 0, false, false, 0, 0, 0, false);
        }
    }

    private final BlockBackend image;
    private final String model;
    private final String serial;
    private final long sectors;

    private Operation operation = Operation.FLUSH;
    private long lba;
    private int remaining;
    private int chunk;
    private int blockSectors = 1;
    private boolean dma;
    private boolean ext;
    private int multiple;
    private int heads;
    private int sectorsPerTrack;
    private boolean writeCache;

    /**
     * A disk.
     *
     * @param image its contents
     * @param background where transfers with the host run
     * @param model shown to the guest, ASCII, up to 40 characters
     * @param serial shown to the guest, ASCII, up to 20 characters
     */
    public AtaDisk(BlockBackend image, Background background, String model, String serial) {
        super(background);
        this.image = image;
        this.model = model;
        this.serial = serial;
        sectors = Math.min(image.sizeBytes() / SECTOR, LBA48_LIMIT);
        heads = DEFAULT_HEADS;
        sectorsPerTrack = DEFAULT_SECTORS;
    }

    @Override
    int readyStatus() {
        return DRDY | DSC;
    }

    @Override
    void signature() {
        sectorCount = 1;
        lbaLow = 1;
        lbaMid = 0;
        lbaHigh = 0;
    }

    @Override
    void powerOnDetail() {
        heads = DEFAULT_HEADS;
        sectorsPerTrack = DEFAULT_SECTORS;
        multiple = 0;
        writeCache = true;
        softResetDetail();
    }

    @Override
    void softResetDetail() {
        operation = Operation.FLUSH;
        lba = 0;
        remaining = 0;
        chunk = 0;
        blockSectors = 1;
        dma = false;
        ext = false;
    }

    // ---- commands

    @Override
    void command(int code) {
        switch (code) {
            case 0x20, 0x21 -> transfer(Operation.READ, false, false, 1);
            case 0x24 -> transfer(Operation.READ, true, false, 1);
            case 0x25 -> transfer(Operation.READ, true, true, 1);
            case 0x29 -> transferMultiple(Operation.READ, true);
            case 0xc4 -> transferMultiple(Operation.READ, false);
            case 0xc8, 0xc9 -> transfer(Operation.READ, false, true, 1);
            case 0x30, 0x31 -> transfer(Operation.WRITE, false, false, 1);
            case 0x34 -> transfer(Operation.WRITE, true, false, 1);
            case 0x35 -> transfer(Operation.WRITE, true, true, 1);
            case 0x39 -> transferMultiple(Operation.WRITE, true);
            case 0xc5 -> transferMultiple(Operation.WRITE, false);
            case 0xca, 0xcb -> transfer(Operation.WRITE, false, true, 1);
            case 0x40, 0x41 -> transfer(Operation.VERIFY, false, false, 1);
            case 0x42 -> transfer(Operation.VERIFY, true, false, 1);
            case 0xe7, 0xea -> flush();
            case 0x27 -> nativeMax(true);
            case 0xf8 -> nativeMax(false);
            case 0x91 -> initializeDeviceParameters();
            case 0xc6 -> setMultiple();
            case 0xec -> identify();
            case 0xef -> setFeatures();
            case 0xe0, 0xe2, 0x94, 0x96 -> enterPower(POWER_STANDBY);
            case 0xe1, 0xe3, 0x95, 0x97 -> enterPower(POWER_IDLE);
            case 0xe6, 0x99 -> enterPower(POWER_SLEEP);
            case 0xe5, 0x98 -> {
                sectorCount = power & 0xff;
                succeed();
            }
            default -> {
                int group = code & 0xf0;
                if (group == 0x10) {
                    // RECALIBRATE: there are no heads to move.
                    succeed();
                } else if (group == 0x70) {
                    seek();
                } else {
                    // NOP (00h) too: "shall return command aborted".
                    abort();
                }
            }
        }
    }

    private void transferMultiple(Operation kind, boolean extended) {
        if (multiple == 0) {
            abort();
        } else {
            transfer(kind, extended, false, multiple);
        }
    }

    private void transfer(Operation kind, boolean extended, boolean byDma, int sectorsPerBlock) {
        power = POWER_ACTIVE;
        ext = extended;
        dma = byDma;
        blockSectors = sectorsPerBlock;
        operation = kind;
        if (extended) {
            remaining = sectorCount == 0 ? 0x1_0000 : sectorCount;
        } else {
            remaining = (sectorCount & 0xff) == 0 ? 0x100 : sectorCount & 0xff;
        }
        lba = address();
        if ((extended && (device & LBA) == 0) || (kind == Operation.WRITE && image.readOnly())) {
            softResetDetail();
            abort();
        } else if (lba < 0 || lba + remaining > sectors) {
            softResetDetail();
            finish(DRDY | DSC | ERR, IDNF);
        } else if (kind == Operation.WRITE) {
            phase = dma ? Phase.DMA_OUT : Phase.PIO_OUT;
            takeChunk();
        } else {
            phase = kind == Operation.VERIFY ? Phase.IDLE : dma ? Phase.DMA_IN : Phase.PIO_IN;
            fetch();
        }
    }

    /**
     * Returns the sector that the task file addresses, or -1 when its CHS address is impossible.
     */
    private long address() {
        if (ext) {
            long high = lbaLow >>> 8 | lbaMid & 0xff00 | (long) (lbaHigh & 0xff00) << 8;
            return high << 24
                    | lbaLow & 0xff
                    | (lbaMid & 0xff) << 8
                    | (long) (lbaHigh & 0xff) << 16;
        }
        int low = lbaLow & 0xff;
        int cylinder = lbaMid & 0xff | (lbaHigh & 0xff) << 8;
        int head = device & 0x0f;
        if ((device & LBA) != 0) {
            return low | cylinder << 8 | head << 24;
        }
        if (low == 0 || low > sectorsPerTrack || head >= heads) {
            return -1;
        }
        return ((long) cylinder * heads + head) * sectorsPerTrack + low - 1;
    }

    /** Writes an address into the task file, in the form in which the command gave its own. */
    private void showAddress(long sector) {
        if (ext) {
            lbaLow = (int) (sector & 0xff | sector >>> 16 & 0xff00);
            lbaMid = (int) (sector >>> 8 & 0xff | sector >>> 24 & 0xff00);
            lbaHigh = (int) (sector >>> 16 & 0xff | sector >>> 32 & 0xff00);
        } else if ((device & LBA) != 0) {
            lbaLow = (int) sector & 0xff;
            lbaMid = (int) (sector >>> 8) & 0xff;
            lbaHigh = (int) (sector >>> 16) & 0xff;
            device = device & 0xf0 | (int) (sector >>> 24) & 0x0f;
        } else {
            long track = sector / sectorsPerTrack;
            long cylinder = track / heads;
            lbaLow = (int) (sector % sectorsPerTrack) + 1;
            lbaMid = (int) cylinder & 0xff;
            lbaHigh = (int) (cylinder >>> 8) & 0xff;
            device = device & 0xf0 | (int) (track % heads);
        }
    }

    private void fetch() {
        chunk = Math.min(remaining, CHUNK_SECTORS);
        submit(HostTransfer.Job.READ, image, lba * SECTOR, chunk * SECTOR);
    }

    /** Opens the buffer for the next sectors to write. */
    private void takeChunk() {
        chunk = Math.min(remaining, CHUNK_SECTORS);
        filled = chunk * SECTOR;
        position = 0;
        presentBlock();
    }

    /** Asks for the next data block; the bus master takes the whole buffer as one. */
    private void presentBlock() {
        limit = dma ? filled : Math.min(position + blockSectors * SECTOR, filled);
        status = DRDY | DSC | DRQ;
        if (dma) {
            pump();
        }
    }

    @Override
    void blockDone() {
        boolean reading = phase == Phase.PIO_IN || phase == Phase.DMA_IN;
        if (position < filled) {
            presentBlock();
            raise();
        } else if (!reading) {
            submit(HostTransfer.Job.WRITE, image, lba * SECTOR, chunk * SECTOR);
        } else if (operation == Operation.READ && remaining > 0) {
            fetch();
        } else if (phase == Phase.DMA_IN) {
            succeed();
        } else {
            // The last block of a PIO read ends the command without another interrupt (section
            // 9.5).
            phase = Phase.IDLE;
            status = DRDY | DSC;
        }
    }

    @Override
    void jobDone(boolean failed) {
        if (failed) {
            fail();
            return;
        }
        if (operation == Operation.FLUSH) {
            succeed();
            return;
        }
        lba += chunk;
        remaining -= chunk;
        switch (operation) {
            case READ -> {
                filled = chunk * SECTOR;
                position = 0;
                presentBlock();
                if (!dma) {
                    raise();
                }
            }
            case VERIFY -> {
                if (remaining > 0) {
                    fetch();
                } else {
                    succeed();
                }
            }
            default -> {
                if (remaining > 0) {
                    takeChunk();
                    if (!dma) {
                        raise();
                    }
                    return;
                }
                chunk = 0;
                if (writeCache) {
                    succeed();
                } else {
                    flush();
                }
            }
        }
    }

    private void fail() {
        boolean reading = operation == Operation.READ || operation == Operation.VERIFY;
        if (operation != Operation.FLUSH) {
            showAddress(lba);
        }
        if (reading) {
            finish(DRDY | DSC | ERR, UNC);
        } else {
            finish(DRDY | DF | ERR, ABRT);
        }
    }

    private void flush() {
        phase = Phase.IDLE;
        operation = Operation.FLUSH;
        submit(HostTransfer.Job.FLUSH, image, 0, 0);
    }

    private void seek() {
        ext = false;
        long sector = address();
        if (sector < 0 || sector >= sectors) {
            finish(DRDY | DSC | ERR, IDNF);
        } else {
            succeed();
        }
    }

    private void nativeMax(boolean extended) {
        if ((device & LBA) == 0) {
            abort();
            return;
        }
        ext = extended;
        showAddress(extended ? sectors - 1 : Math.min(sectors, LBA28_LIMIT) - 1);
        succeed();
    }

    private void initializeDeviceParameters() {
        int newSectors = sectorCount & 0xff;
        if (newSectors == 0) {
            abort();
            return;
        }
        heads = (device & 0x0f) + 1;
        sectorsPerTrack = newSectors;
        succeed();
    }

    private void setMultiple() {
        int count = sectorCount & 0xff;
        if (count > MAX_MULTIPLE || Integer.bitCount(count) > 1) {
            multiple = 0;
            abort();
        } else {
            multiple = count;
            succeed();
        }
    }

    private void setFeatures() {
        switch (feature()) {
            case 0x02 -> writeCache = true;
            case 0x82 -> writeCache = false;
            // Look-ahead, and keeping settings over a software reset: nothing depends on them.
            case 0x55, 0xaa, 0x66, 0xcc -> {}
            case SET_MODE_SUBCOMMAND -> {
                if (!validMode(sectorCount & 0xff)) {
                    abort();
                    return;
                }
                transferMode = sectorCount & 0xff;
            }
            default -> {
                abort();
                return;
            }
        }
        succeed();
    }

    /**
     * Returns whether a mode is one of PIO default, PIO 0-4, multiword DMA 0-2 or Ultra DMA 0-5.
     */
    static boolean validMode(int mode) {
        return switch (mode >>> 3) {
            case 0 -> (mode & 7) <= 1;
            case 1 -> (mode & 7) <= 4;
            case 4 -> (mode & 7) <= 2;
            case 8 -> (mode & 7) <= 5;
            default -> false;
        };
    }

    private void identify() {
        operation = Operation.READ;
        remaining = 0;
        dma = false;
        blockSectors = 1;
        phase = Phase.PIO_IN;
        byte[] b = bytes();
        AtaIdentify.clear(b);
        describe(b);
        AtaIdentify.seal(b);
        filled = SECTOR;
        position = 0;
        presentBlock();
        raise();
    }

    private void describe(byte[] b) {
        int cylinders = cylinders(DEFAULT_HEADS, DEFAULT_SECTORS);
        int currentCylinders = cylinders(heads, sectorsPerTrack);
        int currentCapacity = currentCylinders * heads * sectorsPerTrack;
        AtaIdentify.put(b, 0, 0x0040);
        AtaIdentify.put(b, 1, cylinders);
        AtaIdentify.put(b, 3, DEFAULT_HEADS);
        AtaIdentify.put(b, 6, DEFAULT_SECTORS);
        AtaIdentify.text(b, 10, 10, serial);
        AtaIdentify.text(b, 23, 4, "1");
        AtaIdentify.text(b, 27, 20, model);
        AtaIdentify.put(b, 47, 0x8000 | MAX_MULTIPLE);
        AtaIdentify.put(b, 49, 0x0f00);
        AtaIdentify.put(b, 50, 0x4000);
        AtaIdentify.put(b, 53, 0x0007);
        AtaIdentify.put(b, 54, currentCylinders);
        AtaIdentify.put(b, 55, heads);
        AtaIdentify.put(b, 56, sectorsPerTrack);
        AtaIdentify.put32(b, 57, currentCapacity);
        AtaIdentify.put(b, 59, multiple == 0 ? 0 : 0x100 | multiple);
        AtaIdentify.put32(b, 60, (int) Math.min(sectors, LBA28_LIMIT - 1));
        AtaIdentify.transferModes(b, transferMode);
        AtaIdentify.put(b, 80, 0x0078);
        // Power management, write cache, look-ahead, NOP / LBA48, both FLUSH CACHE.
        AtaIdentify.put(b, 82, 0x4068);
        AtaIdentify.put(b, 83, 0x7400);
        AtaIdentify.put(b, 84, 0x4000);
        AtaIdentify.put(b, 85, 0x4048 | (writeCache ? 0x20 : 0));
        AtaIdentify.put(b, 86, 0x3400);
        AtaIdentify.put(b, 87, 0x4000);
        AtaIdentify.put(b, 93, number == 0 ? 0x600b : 0x6b00);
        AtaIdentify.put32(b, 100, (int) sectors);
        AtaIdentify.put32(b, 102, (int) (sectors >>> 32));
    }

    private int cylinders(int headCount, int trackSectors) {
        return Math.clamp(sectors / ((long) headCount * trackSectors), 1, 16383);
    }

    // ---- state

    @Override
    DiskState saveDisk() {
        return new DiskState(
                operation,
                lba,
                remaining,
                chunk,
                blockSectors,
                dma,
                ext,
                multiple,
                heads,
                sectorsPerTrack,
                writeCache);
    }

    @Override
    void loadDisk(DiskState state) {
        operation = state.operation;
        lba = Math.clamp(state.lba, 0, sectors);
        remaining = (int) Math.clamp(state.remaining, 0, Math.min(sectors - lba, 0x1_0000));
        chunk = Math.clamp(state.chunk, 0, CHUNK_SECTORS);
        blockSectors = Math.clamp(state.blockSectors, 1, MAX_MULTIPLE);
        dma = state.dma;
        ext = state.ext;
        multiple = Math.clamp(state.multiple, 0, MAX_MULTIPLE);
        heads = Math.clamp(state.heads, 1, DEFAULT_HEADS);
        sectorsPerTrack = Math.clamp(state.sectorsPerTrack, 1, 255);
        writeCache = state.writeCache;
        if (operation == Operation.WRITE) {
            chunk = Math.min(chunk, remaining);
        }
    }
}
