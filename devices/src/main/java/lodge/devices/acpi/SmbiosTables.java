package lodge.devices.acpi;

import lodge.core.BadConfigException;
import lodge.devices.platform.FwCfg;
import lodge.devices.platform.MemoryMap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;

/**
 * The SMBIOS tables of the board (DMTF DSP0134, version 2.8): firmware, system, base board,
 * chassis, processors, memory and boot information - types 0, 1, 2, 3, 4, 16, 17, 19, 32 and 127.
 *
 * <p>Like the ACPI tables they reach the guest through firmware ({@link #addTo}) or at a fixed
 * place ({@link #image}).
 */
public final class SmbiosTables {
    private static final int MAJOR = 2;
    private static final int MINOR = 8;
    private static final int ANCHOR_SIZE = 0x1f;
    private static final int ANCHOR_ROOM = 0x20;
    private static final int CHECKSUM = 4;
    private static final int INTERMEDIATE = 0x10;
    private static final int INTERMEDIATE_CHECKSUM = 0x15;
    private static final int TABLE_ADDRESS = 0x18;

    private static final String VENDOR = "Lodge";
    private static final String PRODUCT = "Lodge PC";
    private static final int CHASSIS_HANDLE = 0x300;
    private static final int ARRAY_HANDLE = 0x1000;
    private static final int NO_HANDLE = 0xffff;
    private static final int NO_ERROR_INFORMATION = 0xfffe;
    private static final long LARGEST_MODULE = 16L << 30;
    private static final int SIZE_IS_EXTENDED = 0x7fff;
    private static final int ADDRESS_IS_EXTENDED = -1;
    private static final int OTHER = 1;
    private static final int UNKNOWN = 2;
    private static final int SAFE = 3;

    private final byte[] anchor;
    private final byte[] tables;
    private int count;
    private int largest;

    /**
     * Makes the tables of a machine.
     *
     * @param map its memory
     * @param processors number of processors, 1 to 255
     * @param uuid the machine's identity
     * @param version Lodge's version, shown as the firmware's and the system's
     * @param serial the system's serial number; empty for none
     * @throws BadConfigException when the number of processors is out of range, or a text is not
     *     printable ASCII
     */
    public SmbiosTables(MemoryMap map, int processors, UUID uuid, String version, String serial) {
        if (processors < 1 || processors > 255) {
            throw new BadConfigException(
                    "SMBIOS cannot describe %d processors; choose 1 to 255".formatted(processors));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        add(out, firmware(version));
        add(out, system(uuid, version, serial));
        add(out, baseBoard(version));
        add(out, chassis(version));
        for (int i = 0; i < processors; i++) {
            add(out, processor(i));
        }
        addMemory(out, map);
        add(out, new Structure(32, 0x2000, 0x0b));
        add(out, new Structure(127, 0x7f00, 4));
        tables = out.toByteArray();
        anchor = makeAnchor();
    }

    /** One structure: its formatted part, and the strings that it refers to by number. */
    private static final class Structure {
        private final byte[] formatted;
        private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
        private int stringCount;

        Structure(int type, int handle, int length) {
            formatted = new byte[length];
            u8(0, type).u8(1, length).u16(2, handle);
        }

        private Structure put(int at, long value, int size) {
            for (int i = 0; i < size; i++) {
                formatted[at + i] = (byte) (value >> 8 * i);
            }
            return this;
        }

        Structure u8(int at, int value) {
            return put(at, value, 1);
        }

        Structure u16(int at, int value) {
            return put(at, value, 2);
        }

        Structure u32(int at, int value) {
            return put(at, value, 4);
        }

        Structure u64(int at, long value) {
            return put(at, value, 8);
        }

        /** Puts the number of a string; an empty string has number 0 and is not stored. */
        Structure text(int at, String text) {
            if (!text.isEmpty()) {
                if (text.chars().anyMatch(c -> c < ' ' || c > '~')) {
                    throw new BadConfigException(
                            "SMBIOS text \"%s\" has a character that is not printable ASCII"
                                    .formatted(text));
                }
                strings.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
                strings.write(0);
                u8(at, ++stringCount);
            }
            return this;
        }

        byte[] bytes() {
            if (stringCount == 0) {
                strings.write(0);
            }
            strings.write(0);
            return Aml.join(formatted, strings.toByteArray());
        }
    }

    private void add(ByteArrayOutputStream out, Structure structure) {
        byte[] bytes = structure.bytes();
        out.writeBytes(bytes);
        count++;
        largest = Math.max(largest, bytes.length);
    }

    private static Structure firmware(String version) {
        long pciSupported = 1L << 7;
        long bootFromCd = 1L << 15;
        long selectableBoot = 1L << 16;
        long edd = 1L << 19;
        return new Structure(0, 0, 0x18)
                .text(0x04, VENDOR)
                .text(0x05, version)
                .u16(0x06, 0xe800)
                .text(0x08, "01/01/2026")
                .u8(0x09, 0) // ROM size: 64 KiB
                .u64(0x0a, pciSupported | bootFromCd | selectableBoot | edd)
                .u8(0x12, 0x01) // ACPI
                .u8(0x13, 0x14) // targeted content distribution, virtual machine
                .u8(0x14, 0xff)
                .u8(0x15, 0xff)
                .u8(0x16, 0xff)
                .u8(0x17, 0xff);
    }

    private static Structure system(UUID uuid, String version, String serial) {
        Objects.requireNonNull(uuid);
        long high = uuid.getMostSignificantBits();
        return new Structure(1, 0x100, 0x1b)
                .text(0x04, VENDOR)
                .text(0x05, PRODUCT)
                .text(0x06, version)
                .text(0x07, serial)
                // The first three fields of a UUID are little-endian here (section 7.2.1).
                .u32(0x08, (int) (high >>> 32))
                .u16(0x0c, (int) (high >>> 16))
                .u16(0x0e, (int) high)
                .u64(0x10, Long.reverseBytes(uuid.getLeastSignificantBits()))
                .u8(0x18, 6) // woken by the power switch
                .text(0x1a, "Virtual Machine");
    }

    private static Structure baseBoard(String version) {
        return new Structure(2, 0x200, 0x0f)
                .text(0x04, VENDOR)
                .text(0x05, "440FX")
                .text(0x06, version)
                .u8(0x09, 1) // hosting board
                .u16(0x0b, CHASSIS_HANDLE)
                .u8(0x0d, 0x0a); // motherboard
    }

    private static Structure chassis(String version) {
        return new Structure(3, CHASSIS_HANDLE, 0x16)
                .text(0x04, VENDOR)
                .u8(0x05, OTHER)
                .text(0x06, version)
                .u8(0x09, SAFE)
                .u8(0x0a, SAFE)
                .u8(0x0b, SAFE)
                .u8(0x0c, UNKNOWN);
    }

    private static Structure processor(int number) {
        return new Structure(4, 0x400 + number, 0x2a)
                .text(0x04, "CPU " + number)
                .u8(0x05, 3) // central processor
                .u8(0x06, OTHER)
                .text(0x07, VENDOR)
                .u8(0x18, 0x41) // populated, enabled
                .u8(0x19, OTHER)
                .u16(0x1a, NO_HANDLE)
                .u16(0x1c, NO_HANDLE)
                .u16(0x1e, NO_HANDLE)
                .u8(0x23, 1) // cores, enabled cores, threads
                .u8(0x24, 1)
                .u8(0x25, 1)
                .u16(0x26, 1 << 2) // 64-bit capable
                .u16(0x28, OTHER);
    }

    private void addMemory(ByteArrayOutputStream out, MemoryMap map) {
        long ram = map.ramBytes();
        int modules = (int) ((ram + LARGEST_MODULE - 1) / LARGEST_MODULE);
        add(
                out,
                new Structure(16, ARRAY_HANDLE, 0x17)
                        .u8(0x04, OTHER)
                        .u8(0x05, 3) // system memory
                        .u8(0x06, 3) // no error correction
                        .u32(0x07, (int) (ram >> 10))
                        .u16(0x0b, NO_ERROR_INFORMATION)
                        .u16(0x0d, modules));
        for (int i = 0; i < modules; i++) {
            add(out, module(i, (int) (Math.min(LARGEST_MODULE, ram - i * LARGEST_MODULE) >> 20)));
        }
        add(out, mapped(0, 0, map.lowRamEnd()));
        if (map.highRamBytes() > 0) {
            add(out, mapped(1, MemoryMap.FOUR_GIB, MemoryMap.FOUR_GIB + map.highRamBytes()));
        }
    }

    private static Structure module(int number, int mib) {
        boolean small = mib < SIZE_IS_EXTENDED;
        return new Structure(17, 0x1100 + number, 0x22)
                .u16(0x04, ARRAY_HANDLE)
                .u16(0x06, NO_ERROR_INFORMATION)
                .u16(0x08, NO_HANDLE)
                .u16(0x0a, NO_HANDLE)
                .u16(0x0c, small ? mib : SIZE_IS_EXTENDED)
                .u8(0x0e, 9) // DIMM
                .text(0x10, "DIMM " + number)
                .u8(0x12, 7) // RAM
                .u16(0x13, 2)
                .text(0x17, VENDOR)
                .u32(0x1c, small ? 0 : mib);
    }

    private static Structure mapped(int number, long from, long to) {
        Structure structure =
                new Structure(19, 0x1300 + number, 0x1f).u16(0x0c, ARRAY_HANDLE).u8(0x0e, 1);
        long lastKib = to - 1 >> 10;
        if (lastKib < 0xffff_ffffL) {
            return structure.u32(0x04, (int) (from >> 10)).u32(0x08, (int) lastKib);
        }
        return structure
                .u32(0x04, ADDRESS_IS_EXTENDED)
                .u32(0x08, ADDRESS_IS_EXTENDED)
                .u64(0x0f, from)
                .u64(0x17, to - 1);
    }

    private byte[] makeAnchor() {
        byte[] bytes = new byte[ANCHOR_SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put("_SM_".getBytes(StandardCharsets.US_ASCII));
        buffer.put(5, (byte) ANCHOR_SIZE).put(6, (byte) MAJOR).put(7, (byte) MINOR);
        buffer.putShort(8, (short) largest);
        buffer.put(INTERMEDIATE, "_DMI_".getBytes(StandardCharsets.US_ASCII));
        buffer.putShort(0x16, (short) tables.length);
        buffer.putShort(0x1c, (short) count);
        buffer.put(0x1e, (byte) (MAJOR << 4 | MINOR));
        seal(bytes);
        return bytes;
    }

    private static void seal(byte[] anchor) {
        anchor[INTERMEDIATE_CHECKSUM] = 0;
        anchor[INTERMEDIATE_CHECKSUM] = (byte) -sum(anchor, INTERMEDIATE, ANCHOR_SIZE);
        anchor[CHECKSUM] = 0;
        anchor[CHECKSUM] = (byte) -sum(anchor, 0, ANCHOR_SIZE);
    }

    private static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes[i];
        }
        return sum;
    }

    /** Returns the size of an {@link #image} in bytes. */
    public int imageSize() {
        return ANCHOR_ROOM + tables.length;
    }

    /**
     * Returns anchor and tables for a fixed place.
     *
     * @param gpa guest physical address where the image will lie: a multiple of 16; an operating
     *     system looks for it from {@link MemoryMap#DIRECT_SMBIOS} to 1 MiB
     */
    public byte[] image(long gpa) {
        if (gpa < 0 || gpa % 16 != 0 || gpa + imageSize() > MemoryMap.FOUR_GIB) {
            throw new IllegalArgumentException("SMBIOS tables cannot lie at 0x%x".formatted(gpa));
        }
        byte[] image = new byte[imageSize()];
        byte[] placed = anchor.clone();
        ByteBuffer.wrap(placed)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(TABLE_ADDRESS, (int) (gpa + ANCHOR_ROOM));
        seal(placed);
        System.arraycopy(placed, 0, image, 0, ANCHOR_SIZE);
        System.arraycopy(tables, 0, image, ANCHOR_ROOM, tables.length);
        return image;
    }

    /**
     * Gives the tables to firmware, which places them and completes the anchor: the files {@code
     * etc/smbios/smbios-anchor} and {@code etc/smbios/smbios-tables}.
     *
     * @param fwCfg the device
     */
    public void addTo(FwCfg fwCfg) {
        fwCfg.addFile("etc/smbios/smbios-anchor", anchor);
        fwCfg.addFile("etc/smbios/smbios-tables", tables);
    }
}
