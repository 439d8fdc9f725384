package lodge.devices.platform;

import lodge.core.BadConfigException;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The firmware configuration device that SeaBIOS, OVMF and Linux know from QEMU: a list of
 * read-only items, of which the firmware selects one and reads it byte by byte, or has it copied by
 * DMA. Twelve ports, 0x510 on a PC: selector (16 bits, write only) at offset 0, data (8 bits) at
 * offset 1, DMA address (64 bits, big-endian) at offset 4.
 *
 * <p>Source: "QEMU Firmware Configuration (fw_cfg) Device", docs/specs/fw_cfg in QEMU's
 * documentation.
 *
 * <p>Emulated: the traditional and the DMA interface, numbered items, the file directory. Not
 * emulated: items the guest may write (a DMA write reports an error, a write to the data port is
 * ignored).
 *
 * <p>Items are added before the machine starts; nothing may be added once the guest can run.
 */
public final class FwCfg implements Device<FwCfg.State>, PortDevice {
    /** Number of ports of the device. */
    public static final int PORTS = 12;

    /** Item: the four bytes "QEMU", by which the guest recognises the device. */
    public static final int SIGNATURE = 0x00;

    /** Item: features; bit 0 the traditional interface, bit 1 DMA. */
    public static final int ID = 0x01;

    /** Item: the machine's UUID, 16 bytes. */
    public static final int UUID = 0x02;

    /** Item: RAM size in bytes, 64 bits. */
    public static final int RAM_SIZE = 0x03;

    /** Item: 1 when there is no display, 16 bits. */
    public static final int NO_GRAPHIC = 0x04;

    /** Item: number of processors running at start, 16 bits. */
    public static final int NB_CPUS = 0x05;

    /** Item: guest physical address of the kernel, 32 bits. */
    public static final int KERNEL_ADDR = 0x07;

    /** Item: size of the kernel in bytes, 32 bits. */
    public static final int KERNEL_SIZE = 0x08;

    /** Item: guest physical address of the initial RAM disk, 32 bits. */
    public static final int INITRD_ADDR = 0x0a;

    /** Item: size of the initial RAM disk in bytes, 32 bits. */
    public static final int INITRD_SIZE = 0x0b;

    /** Item: 1 when the firmware shall offer its boot menu, 16 bits. */
    public static final int BOOT_MENU = 0x0e;

    /** Item: one more than the highest local APIC number there can be, 16 bits. */
    public static final int MAX_CPUS = 0x0f;

    /** Item: guest physical address of the kernel's first instruction, 32 bits. */
    public static final int KERNEL_ENTRY = 0x10;

    /** Item: the kernel itself. */
    public static final int KERNEL_DATA = 0x11;

    /** Item: the initial RAM disk itself. */
    public static final int INITRD_DATA = 0x12;

    /** Item: guest physical address of the kernel's command line, 32 bits. */
    public static final int CMDLINE_ADDR = 0x13;

    /** Item: size of the kernel's command line in bytes with its final NUL, 32 bits. */
    public static final int CMDLINE_SIZE = 0x14;

    /** Item: the kernel's command line with its final NUL. */
    public static final int CMDLINE_DATA = 0x15;

    /** Item: guest physical address of the kernel's real-mode part, 32 bits. */
    public static final int SETUP_ADDR = 0x16;

    /** Item: size of the kernel's real-mode part in bytes, 32 bits. */
    public static final int SETUP_SIZE = 0x17;

    /** Item: the kernel's real-mode part. */
    public static final int SETUP_DATA = 0x18;

    /** Item: the directory of files. */
    public static final int FILE_DIR = 0x19;

    /** Item of the first file; each further file has the next number. */
    public static final int FILE_FIRST = 0x20;

    /** Longest name of a file in bytes, without the final NUL. */
    public static final int MAX_NAME = 55;

    private static final int SELECTOR = 0;
    private static final int DATA = 1;
    private static final int DMA_HIGH = 4;
    private static final int DMA_LOW = 8;

    /** What a read of the DMA address register gives: "QEMU CFG" in the order of the ports. */
    private static final long DMA_SIGNATURE = 0x51454d5520434647L;

    private static final int DMA_ERROR = 1;
    private static final int DMA_READ = 1 << 1;
    private static final int DMA_SKIP = 1 << 2;
    private static final int DMA_SELECT = 1 << 3;
    private static final int DMA_WRITE = 1 << 4;

    private static final int INTERFACE_TRADITIONAL = 1;
    private static final int INTERFACE_DMA = 2;

    /** The selector's bit 15 chooses the architecture's own items; bit 14 asks for write access. */
    private static final int KEY_MASK = 0xbfff;

    private static final int ARCHITECTURE_LOCAL = 0x8000;
    private static final int KEYS = 0x4000;
    private static final int MAX_FILES = KEYS - FILE_FIRST;
    private static final int DIRECTORY_ENTRY = 64;
    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    private final Counters counters = new Counters();
    private final Counters.Counter dmaTransfers = counters.counter("dmaTransfers");
    private final Counters.Counter bytesRead = counters.counter("bytesRead");
    private final String name;
    private final GuestMemory memory;
    private final MemorySegment zeros = MemorySegment.ofArray(new byte[4096]);
    private final List<FileEntry> files = new ArrayList<>();
    private final Set<String> fileNames = new HashSet<>();
    private final MemorySegment[] generic = new MemorySegment[KEYS];
    private final MemorySegment[] local = new MemorySegment[KEYS];
    private boolean directoryStale = true;

    private int selector;
    private MemorySegment item;
    private long offset;
    private int dmaHigh;

    private record FileEntry(String name, Supplier<MemorySegment> contents) {}

    /**
     * The guest's position in the items; the items themselves belong to the machine's description.
     *
     * @param selector number of the selected item, 0 to 0xffff
     * @param offset bytes of it already read, 0 or more
     * @param dmaHigh upper half of the DMA address register
     */
    public record State(int selector, long offset, int dmaHigh) {}

    /**
     * A device with the items {@link #SIGNATURE} and {@link #ID} and no file.
     *
     * @param name stable name
     * @param memory where DMA goes
     */
    public FwCfg(String name, GuestMemory memory) {
        this.name = name;
        this.memory = memory;
        generic[SIGNATURE] = segment("QEMU".getBytes(StandardCharsets.US_ASCII));
        addInt(ID, INTERFACE_TRADITIONAL | INTERFACE_DMA);
        item = generic[SIGNATURE];
    }

    /**
     * Adds a numbered item, in place of one with the same number.
     *
     * @param key number: 0 to 0x3fff, or 0x8000 to 0xbfff for the architecture's own items
     * @param contents the bytes; copied
     * @throws BadConfigException when the number is out of range or belongs to the directory or a
     *     file
     */
    public synchronized void addItem(int key, byte[] contents) {
        addItem(key, segment(contents.clone()));
    }

    /**
     * Adds a numbered item that stays where it is, for a large one such as an initial RAM disk.
     *
     * @param key number: 0 to 0x3fff, or 0x8000 to 0xbfff for the architecture's own items
     * @param contents the bytes; must not change or go away while the machine lives
     * @throws BadConfigException when the number is out of range or belongs to the directory or a
     *     file
     */
    public synchronized void addItem(int key, MemorySegment contents) {
        boolean localKey = (key & ~(KEYS - 1)) == ARCHITECTURE_LOCAL;
        if (!localKey && (key < 0 || key >= FILE_DIR)) {
            throw new BadConfigException(
                    "Firmware item 0x%x cannot be added; numbers are 0 to 0x18 and 0x8000 to 0xbfff"
                            .formatted(key));
        }
        (localKey ? local : generic)[key & KEYS - 1] = contents.asReadOnly();
        item = lookup(selector);
    }

    /**
     * Adds a numbered item of 16 bits, little-endian.
     *
     * @param key as in {@link #addItem(int, byte[])}
     * @param value bits above 16 are ignored
     */
    public void addShort(int key, int value) {
        addItem(key, new byte[] {(byte) value, (byte) (value >> 8)});
    }

    /**
     * Adds a numbered item of 32 bits, little-endian.
     *
     * @param key as in {@link #addItem(int, byte[])}
     * @param value the value
     */
    public void addInt(int key, int value) {
        addItem(key, littleEndian(value, Integer.BYTES));
    }

    /**
     * Adds a numbered item of 64 bits, little-endian.
     *
     * @param key as in {@link #addItem(int, byte[])}
     * @param value the value
     */
    public void addLong(int key, long value) {
        addItem(key, littleEndian(value, Long.BYTES));
    }

    /**
     * Adds a file.
     *
     * @param file its name, for example {@code etc/e820}: 1 to {@value #MAX_NAME} ASCII characters
     * @param contents the bytes; copied
     * @throws BadConfigException when the name is taken, too long or not ASCII
     */
    public void addFile(String file, byte[] contents) {
        addFile(file, segment(contents.clone()));
    }

    /**
     * Adds a file that stays where it is.
     *
     * @param file its name: 1 to {@value #MAX_NAME} ASCII characters
     * @param contents the bytes; must not change or go away while the machine lives
     * @throws BadConfigException when the name is taken, too long or not ASCII
     */
    public synchronized void addFile(String file, MemorySegment contents) {
        MemorySegment readOnly = contents.asReadOnly();
        addEntry(file, () -> readOnly);
    }

    /**
     * Adds a file whose contents are asked for when the guest first looks at the directory, and
     * again after each reset; for tables that depend on what is added to the board later.
     *
     * @param file its name: 1 to {@value #MAX_NAME} ASCII characters
     * @param contents gives the bytes
     * @throws BadConfigException when the name is taken, too long or not ASCII
     */
    public synchronized void addFile(String file, Supplier<byte[]> contents) {
        addEntry(file, () -> segment(contents.get()));
    }

    /**
     * Adds a file that holds a number as SeaBIOS reads its options, for example {@code
     * etc/show-boot-menu}: 64 bits, little-endian.
     *
     * @param file its name: 1 to {@value #MAX_NAME} ASCII characters
     * @param value the number
     * @throws BadConfigException when the name is taken, too long or not ASCII
     */
    public void addNumberFile(String file, long value) {
        addFile(file, littleEndian(value, Long.BYTES));
    }

    private void addEntry(String file, Supplier<MemorySegment> contents) {
        if (file.isEmpty()
                || file.length() > MAX_NAME
                || file.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new BadConfigException(
                    "Firmware file \"%s\": a name has 1 to %d printable ASCII characters"
                            .formatted(file, MAX_NAME));
        }
        if (!fileNames.add(file)) {
            throw new BadConfigException(
                    "Firmware file %s is there already; give each its own name".formatted(file));
        }
        if (files.size() == MAX_FILES) {
            throw new BadConfigException(
                    "Firmware file %s is one too many; %d fit".formatted(file, MAX_FILES));
        }
        files.add(new FileEntry(file, contents));
        directoryStale = true;
    }

    private static MemorySegment segment(byte[] bytes) {
        return MemorySegment.ofArray(bytes).asReadOnly();
    }

    private static byte[] littleEndian(long value, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >> 8 * i);
        }
        return bytes;
    }

    /**
     * Fetches the files' contents and writes the directory; the guest reaches this at most once per
     * reset.
     */
    private void buildDirectory() {
        directoryStale = false;
        files.sort(Comparator.comparing(FileEntry::name));
        ByteBuffer directory = ByteBuffer.allocate(Integer.BYTES + files.size() * DIRECTORY_ENTRY);
        directory.putInt(files.size());
        for (int i = 0; i < files.size(); i++) {
            FileEntry file = files.get(i);
            MemorySegment contents = file.contents().get();
            generic[FILE_FIRST + i] = contents;
            directory.putInt((int) contents.byteSize());
            directory.putShort((short) (FILE_FIRST + i));
            directory.putShort((short) 0);
            byte[] fileName = file.name().getBytes(StandardCharsets.US_ASCII);
            directory.put(fileName);
            directory.position(directory.position() + MAX_NAME + 1 - fileName.length);
        }
        generic[FILE_DIR] = segment(directory.array());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** Returns 4: the selector is written as a word, the DMA address as two doublewords. */
    @Override
    public int width() {
        return 4;
    }

    @Override
    public int in(int port, int size) {
        return switch (port) {
            case SELECTOR -> 0;
            case DATA -> nextByte();
            default -> dmaSignature(port, size);
        };
    }

    private static int dmaSignature(int port, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            int byteOf = port + i - DMA_HIGH;
            if (byteOf >= 0) {
                value |= (int) (DMA_SIGNATURE >>> 56 - 8 * byteOf & 0xff) << 8 * i;
            }
        }
        return value;
    }

    @Override
    public void out(int port, int size, int value) {
        if (port == SELECTOR && size == 2) {
            select(value);
        } else if (port == DMA_HIGH && size == 4) {
            dmaHigh = Integer.reverseBytes(value);
        } else if (port == DMA_LOW && size == 4) {
            long control = (long) dmaHigh << 32 | Integer.reverseBytes(value) & 0xffff_ffffL;
            dmaHigh = 0;
            dma(control);
        }
    }

    @Override
    public void insBurst(int port, int size, int count, MemorySegment data, long at) {
        if (port != DATA || size != 1) {
            PortDevice.super.insBurst(port, size, count, data, at);
            return;
        }
        long real = Math.clamp(item.byteSize() - offset, 0, count);
        MemorySegment.copy(item, Math.min(offset, item.byteSize()), data, at, real);
        for (long i = real; i < count; i++) {
            data.set(ValueLayout.JAVA_BYTE, at + i, (byte) 0);
        }
        offset += real;
        bytesRead.add(real);
    }

    private int nextByte() {
        if (offset >= item.byteSize()) {
            return 0;
        }
        bytesRead.add(1);
        return item.get(ValueLayout.JAVA_BYTE, offset++) & 0xff;
    }

    private void select(int key) {
        selector = key & 0xffff;
        offset = 0;
        item = lookup(selector);
    }

    private MemorySegment lookup(int key) {
        int masked = key & KEY_MASK;
        if (directoryStale && masked >= FILE_DIR && masked < KEYS) {
            buildDirectory();
        }
        MemorySegment found = (masked >= ARCHITECTURE_LOCAL ? local : generic)[masked & KEYS - 1];
        return found == null ? EMPTY : found;
    }

    /**
     * One DMA command: a structure of control (32 bits), length (32 bits) and address (64 bits),
     * all big-endian.
     */
    private void dma(long at) {
        dmaTransfers.add(1);
        int control = Integer.reverseBytes(memory.readInt(at));
        long length = Integer.reverseBytes(memory.readInt(at + 4)) & 0xffff_ffffL;
        long address = Long.reverseBytes(memory.readLong(at + 8));
        if ((control & DMA_SELECT) != 0) {
            select(control >>> 16);
        }
        boolean ok = true;
        long real = Math.clamp(item.byteSize() - offset, 0, length);
        if ((control & DMA_READ) != 0) {
            ok = copyToGuest(address, real, length);
            bytesRead.add(real);
        } else if ((control & DMA_WRITE) != 0) {
            ok = false;
        }
        if ((control & (DMA_READ | DMA_WRITE | DMA_SKIP)) != 0) {
            offset += real;
        }
        memory.writeInt(at, Integer.reverseBytes(ok ? 0 : DMA_ERROR));
    }

    /**
     * Copies what the item has, then zeros; stops at the first byte that is not writable memory.
     */
    private boolean copyToGuest(long address, long real, long length) {
        if (real > 0 && memory.write(address, item, offset, real) != real) {
            return false;
        }
        for (long done = real; done < length; ) {
            long n = Math.min(length - done, zeros.byteSize());
            if (memory.write(address + done, zeros, 0, n) != n) {
                return false;
            }
            done += n;
        }
        return true;
    }

    @Override
    public synchronized void reset() {
        directoryStale = true;
        dmaHigh = 0;
        select(SIGNATURE);
    }

    @Override
    public synchronized State save() {
        return new State(selector, offset, dmaHigh);
    }

    @Override
    public synchronized void load(State state) {
        select(state.selector());
        offset = Math.max(0, state.offset());
        dmaHigh = state.dmaHigh();
    }
}
