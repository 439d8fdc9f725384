package lodge.devices.acpi;

import lodge.devices.platform.FwCfg;
import lodge.devices.platform.MemoryMap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ACPI tables of the board (ACPI specification 6.3, chapter 5.2): RSDP, RSDT, XSDT, FADT, FACS,
 * MADT and DSDT. There is no MCFG, because a 440FX has no memory-mapped configuration space.
 *
 * <p>They reach the guest in one of two ways: {@link #addTo} gives them to firmware, which places
 * them and then patches the addresses in them as the table loader's script says; {@link #image}
 * places them itself.
 */
public final class AcpiTables {
    /**
     * Port that the operating system writes to take the board over, the PIIX4's SMI command port.
     */
    public static final int SMI_COMMAND = 0xb2;

    /** What it writes to {@link #SMI_COMMAND} to switch to ACPI mode (SCI_EN becomes 1). */
    public static final int ACPI_ENABLE = 0xf1;

    /** What it writes to {@link #SMI_COMMAND} to switch back. */
    public static final int ACPI_DISABLE = 0xf0;

    /** The interrupt of ACPI events. */
    public static final int SCI = 9;

    private static final int HEADER = 36;
    private static final int CHECKSUM = 9;
    private static final int TABLE_ALIGNMENT = 64;
    private static final int RSDP_SIZE = 36;
    private static final int RSDP_ROOM = 64;
    private static final int RSDP_V1_SIZE = 20;
    private static final int RSDP_CHECKSUM = 8;
    private static final int RSDP_RSDT = 16;
    private static final int RSDP_XSDT = 24;
    private static final int RSDP_EXTENDED_CHECKSUM = 32;
    private static final String OEM_ID = "LODGE ";
    private static final String OEM_TABLE_ID = "LODGEPC ";
    private static final String CREATOR_ID = "LODG";

    private static final int FADT_SIZE = 244;
    private static final int FADT_FACS = 36;
    private static final int FADT_DSDT = 40;
    private static final int FADT_X_DSDT = 140;
    private static final int FLAG_WBINVD = 1;
    private static final int FLAG_PROC_C1 = 1 << 2;
    private static final int FLAG_NO_SLEEP_BUTTON = 1 << 5;
    private static final int FLAG_RESET_REGISTER = 1 << 10;
    private static final int BOOT_LEGACY_DEVICES = 1;
    private static final int BOOT_8042 = 2;
    private static final int RESET_PORT = 0xcf9;
    private static final int RESET_VALUE = 6;
    private static final int RTC_CENTURY = 0x32;
    private static final int NO_C2_C3 = 0xfff;
    private static final int FACS_SIZE = 64;

    private static final int MADT_PC_AT = 1;
    private static final int LEVEL_HIGH = 0x0d;
    private static final int[] LEVEL_INTERRUPTS = {5, SCI, 10, 11};

    private static final String RSDP_FILE = "etc/acpi/rsdp";
    private static final String TABLES_FILE = "etc/acpi/tables";
    private static final String LOADER_FILE = "etc/table-loader";

    private final byte[] rsdp = new byte[RSDP_SIZE];
    private final byte[] tables;
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private final List<Pointer> pointers = new ArrayList<>();
    private final List<Integer> checksummed = new ArrayList<>();

    /** A place in the tables that holds an offset from their start, to become an address. */
    private record Pointer(int at, int size) {}

    /**
     * Makes the tables of a board.
     *
     * @param board what is on it
     */
    public AcpiTables(AcpiBoard board) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int facs = append(out, "FACS", facs());
        int dsdt = append(out, "DSDT", table("DSDT", 2, Dsdt.body(board)));
        byte[] fadt = table("FACP", 3, fadt(board, facs, dsdt));
        int fadtAt = append(out, "FACP", fadt);
        int madt = append(out, "APIC", table("APIC", 3, madt(board.processors())));
        int[] roots = {fadtAt, madt};
        int rsdt = append(out, "RSDT", table("RSDT", 1, rootEntries(roots, 4)));
        int xsdt = append(out, "XSDT", table("XSDT", 1, rootEntries(roots, 8)));
        tables = out.toByteArray();
        pointers.add(new Pointer(fadtAt + FADT_FACS, 4));
        pointers.add(new Pointer(fadtAt + FADT_DSDT, 4));
        pointers.add(new Pointer(fadtAt + FADT_X_DSDT, 8));
        for (int i = 0; i < roots.length; i++) {
            pointers.add(new Pointer(rsdt + HEADER + 4 * i, 4));
            pointers.add(new Pointer(xsdt + HEADER + 8 * i, 8));
        }
        checksummed.addAll(List.of(dsdt, fadtAt, madt, rsdt, xsdt));
        fillRsdp(rsdt, xsdt);
    }

    private void fillRsdp(int rsdt, int xsdt) {
        ByteBuffer buffer = little(rsdp);
        buffer.put("RSD PTR ".getBytes(StandardCharsets.US_ASCII));
        buffer.put((byte) 0);
        buffer.put(OEM_ID.getBytes(StandardCharsets.US_ASCII));
        buffer.put((byte) 2);
        buffer.putInt(rsdt).putInt(RSDP_SIZE).putLong(xsdt);
    }

    private int append(ByteArrayOutputStream out, String name, byte[] table) {
        while (out.size() % TABLE_ALIGNMENT != 0) {
            out.write(0);
        }
        int at = out.size();
        offsets.put(name, at);
        out.writeBytes(table);
        return at;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] table(String signature, int revision, byte[] body) {
        byte[] table = new byte[HEADER + body.length];
        ByteBuffer buffer = little(table);
        buffer.put(signature.getBytes(StandardCharsets.US_ASCII));
        buffer.putInt(table.length);
        buffer.put((byte) revision).put((byte) 0);
        buffer.put(OEM_ID.getBytes(StandardCharsets.US_ASCII));
        buffer.put(OEM_TABLE_ID.getBytes(StandardCharsets.US_ASCII));
        buffer.putInt(1);
        buffer.put(CREATOR_ID.getBytes(StandardCharsets.US_ASCII));
        buffer.putInt(1);
        buffer.put(body);
        return table;
    }

    private static byte[] rootEntries(int[] offsets, int size) {
        byte[] entries = {};
        for (int offset : offsets) {
            entries = Aml.join(entries, Aml.littleEndian(offset, size));
        }
        return entries;
    }

    private static byte[] facs() {
        byte[] facs = new byte[FACS_SIZE];
        little(facs)
                .put("FACS".getBytes(StandardCharsets.US_ASCII))
                .putInt(FACS_SIZE)
                .put(32, (byte) 1);
        return facs;
    }

    /**
     * Revision 3; what follows the header. Offsets are the specification's, from the start of the
     * table.
     */
    private static byte[] fadt(AcpiBoard board, int facs, int dsdt) {
        byte[] whole = new byte[FADT_SIZE];
        ByteBuffer fadt = little(whole);
        int base = board.pmBase();
        fadt.putInt(FADT_FACS, facs);
        fadt.putInt(FADT_DSDT, dsdt);
        fadt.put(45, (byte) 1); // preferred profile: desktop
        fadt.putShort(46, (short) SCI);
        fadt.putInt(48, SMI_COMMAND);
        fadt.put(52, (byte) ACPI_ENABLE);
        fadt.put(53, (byte) ACPI_DISABLE);
        fadt.putInt(56, base); // PM1a event block: PMSTS, PMEN
        fadt.putInt(64, base + 4); // PM1a control block: PMCNTRL
        fadt.putInt(76, base + 8); // PMTMR
        fadt.put(88, (byte) 4);
        fadt.put(89, (byte) 2);
        fadt.put(91, (byte) 4);
        fadt.putShort(96, (short) NO_C2_C3);
        fadt.putShort(98, (short) NO_C2_C3);
        fadt.put(108, (byte) RTC_CENTURY);
        fadt.putShort(109, (short) (BOOT_LEGACY_DEVICES | BOOT_8042));
        fadt.putInt(112, FLAG_WBINVD | FLAG_PROC_C1 | FLAG_NO_SLEEP_BUTTON | FLAG_RESET_REGISTER);
        port(fadt, 116, RESET_PORT, 8);
        fadt.put(128, (byte) RESET_VALUE);
        fadt.putLong(FADT_X_DSDT, dsdt);
        port(fadt, 148, base, 32);
        port(fadt, 172, base + 4, 16);
        port(fadt, 208, base + 8, 32);
        byte[] body = new byte[FADT_SIZE - HEADER];
        System.arraycopy(whole, HEADER, body, 0, body.length);
        return body;
    }

    /**
     * A generic address structure (section 5.2.3.2) for a port; an event block is accessed by
     * halves.
     */
    private static void port(ByteBuffer table, int at, int port, int bits) {
        int access = bits == 8 ? 1 : bits == 16 || at == 148 ? 2 : 3;
        table.put(at, (byte) 1)
                .put(at + 1, (byte) bits)
                .put(at + 3, (byte) access)
                .putLong(at + 4, port);
    }

    private static byte[] madt(int processors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Aml.littleEndian(MemoryMap.LOCAL_APIC, 4));
        out.writeBytes(Aml.littleEndian(MADT_PC_AT, 4));
        for (int i = 0; i < processors; i++) {
            out.writeBytes(Aml.bytes(0, 8, i, i, 1, 0, 0, 0));
        }
        out.writeBytes(Aml.bytes(1, 12, 0, 0));
        out.writeBytes(Aml.littleEndian(MemoryMap.IO_APIC, 4));
        out.writeBytes(Aml.littleEndian(0, 4));
        override(out, 0, 2, 0); // the PIT is wired to input 2
        for (int irq : LEVEL_INTERRUPTS) {
            override(out, irq, irq, LEVEL_HIGH);
        }
        out.writeBytes(Aml.bytes(4, 6, 0xff, 0, 0, 1)); // LINT1 of every processor is NMI
        return out.toByteArray();
    }

    private static void override(ByteArrayOutputStream out, int irq, int input, int flags) {
        out.writeBytes(Aml.bytes(2, 10, 0, irq));
        out.writeBytes(Aml.littleEndian(input, 4));
        out.writeBytes(Aml.littleEndian(flags, 2));
    }

    /** Returns the bytes from the start of an {@link #image} on; the RSDP is its first. */
    public int imageSize() {
        return RSDP_ROOM + tables.length;
    }

    /**
     * Returns the tables for a fixed place, RSDP first, addresses and checksums filled in.
     *
     * @param gpa guest physical address where the image will lie: a multiple of 64 below 4 GiB;
     *     below 1 MiB, from 0xe0000 on, an operating system finds the RSDP by itself
     */
    public byte[] image(long gpa) {
        if (gpa < 0 || gpa % TABLE_ALIGNMENT != 0 || gpa + imageSize() > MemoryMap.FOUR_GIB) {
            throw new IllegalArgumentException("ACPI tables cannot lie at 0x%x".formatted(gpa));
        }
        long base = gpa + RSDP_ROOM;
        byte[] image = new byte[imageSize()];
        System.arraycopy(rsdp, 0, image, 0, RSDP_SIZE);
        System.arraycopy(tables, 0, image, RSDP_ROOM, tables.length);
        ByteBuffer buffer = little(image);
        buffer.putInt(RSDP_RSDT, (int) (buffer.getInt(RSDP_RSDT) + base));
        buffer.putLong(RSDP_XSDT, buffer.getLong(RSDP_XSDT) + base);
        for (Pointer pointer : pointers) {
            int at = RSDP_ROOM + pointer.at;
            if (pointer.size == 8) {
                buffer.putLong(at, buffer.getLong(at) + base);
            } else {
                buffer.putInt(at, (int) (buffer.getInt(at) + base));
            }
        }
        for (int table : checksummed) {
            int at = RSDP_ROOM + table;
            seal(image, at, buffer.getInt(at + 4), at + CHECKSUM);
        }
        seal(image, 0, RSDP_V1_SIZE, RSDP_CHECKSUM);
        seal(image, 0, RSDP_SIZE, RSDP_EXTENDED_CHECKSUM);
        return image;
    }

    private static void seal(byte[] bytes, int from, int length, int checksumAt) {
        bytes[checksumAt] = 0;
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[from + i];
        }
        bytes[checksumAt] = (byte) -sum;
    }

    /**
     * Returns one table of an image.
     *
     * @param signature its signature, for example {@code DSDT}
     * @param image what {@link #image} gave
     * @throws IllegalArgumentException when there is no such table
     */
    public byte[] table(String signature, byte[] image) {
        Integer at = offsets.get(signature);
        if (at == null) {
            throw new IllegalArgumentException("No ACPI table " + signature);
        }
        byte[] table = new byte[little(image).getInt(RSDP_ROOM + at + 4)];
        System.arraycopy(image, RSDP_ROOM + at, table, 0, table.length);
        return table;
    }

    /** Returns the tables' signatures. */
    public List<String> signatures() {
        return List.copyOf(offsets.keySet());
    }

    /**
     * Gives the tables to firmware: the files {@code etc/acpi/rsdp}, {@code etc/acpi/tables} and
     * the script {@code etc/table-loader} (commands ALLOCATE, ADD_POINTER and ADD_CHECKSUM of 128
     * bytes each, as SeaBIOS and OVMF know them).
     *
     * @param fwCfg the device
     */
    public void addTo(FwCfg fwCfg) {
        fwCfg.addFile(RSDP_FILE, rsdp);
        fwCfg.addFile(TABLES_FILE, tables);
        TableLoader loader = new TableLoader();
        loader.allocate(RSDP_FILE, 16, TableLoader.ZONE_BELOW_1_MIB);
        loader.allocate(TABLES_FILE, TABLE_ALIGNMENT, TableLoader.ZONE_HIGH);
        for (Pointer pointer : pointers) {
            loader.addPointer(TABLES_FILE, TABLES_FILE, pointer.at, pointer.size);
        }
        for (int table : checksummed) {
            loader.addChecksum(
                    TABLES_FILE, table + CHECKSUM, table, little(tables).getInt(table + 4));
        }
        loader.addPointer(RSDP_FILE, TABLES_FILE, RSDP_RSDT, 4);
        loader.addPointer(RSDP_FILE, TABLES_FILE, RSDP_XSDT, 8);
        loader.addChecksum(RSDP_FILE, RSDP_CHECKSUM, 0, RSDP_V1_SIZE);
        loader.addChecksum(RSDP_FILE, RSDP_EXTENDED_CHECKSUM, 0, RSDP_SIZE);
        fwCfg.addFile(LOADER_FILE, loader.script());
    }
}
