package lodge.machine.boot;

import lodge.core.memory.GuestMemory;
import lodge.devices.platform.E820Entry;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The boot parameters of a kernel (Linux kernel documentation, "Zero Page"): its own setup header,
 * and what a loader has to say. A flag that the header of every bzImage leaves clear and that
 * nothing here sets is KASLR_FLAG: a kernel that is entered behind its decompressor was not moved.
 *
 * @param header the setup header, as the page holds it from {@link BzImage#HEADER} on
 * @param commandLineMax longest command line in bytes, without the closing zero
 * @param initrdLast highest address the initial RAM disk's last byte may have
 * @param initSize bytes the kernel needs from its start on; 0 when only its segments tell
 */
record ZeroPage(byte[] header, long commandLineMax, long initrdLast, long initSize) {
    private static final int LOADER_TYPE_UNDEFINED = 0xff;
    private static final int VIDEO_MODE_NORMAL = 0xffff;
    private static final int LOADED_HIGH = 1;
    private static final int PROTOCOL_OF_ELF = 0x20c;

    /** What Linux takes on x86 (COMMAND_LINE_SIZE) without the closing zero. */
    private static final int ELF_COMMAND_LINE = 2047;

    /** Lowmem of a 32-bit kernel ends here. */
    private static final long INITRD_LAST_32 = 0x37ff_ffffL;

    private static final long INITRD_LAST_64 = 0xffff_ffffL;

    private static final int ACPI_RSDP = 0x070;
    private static final int E820_ENTRIES = 0x1e8;
    private static final int BOOT_FLAG = 0x1fe;
    private static final int MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int VIDEO_MODE = 0x1fa;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int LOADFLAGS = 0x211;
    private static final int CODE32_START = 0x214;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21c;
    private static final int CMD_LINE_PTR = 0x228;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int CMDLINE_SIZE = 0x238;
    private static final int E820_TABLE = 0x2d0;

    /** Takes the header of a bzImage. */
    static ZeroPage of(ImageFile file, BzImage image) {
        return new ZeroPage(
                file.bytes(BzImage.HEADER, image.headerLength()).array(),
                image.commandLineMax(),
                image.initrdLast(),
                image.initSize());
    }

    /** Makes up what the kernel itself reads of a header: an ELF kernel has none to copy. */
    static ZeroPage of(ElfKernel kernel) {
        byte[] header = new byte[CMDLINE_SIZE + 4 - BzImage.HEADER];
        ByteBuffer page = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        page.putShort(BOOT_FLAG - BzImage.HEADER, (short) 0xaa55);
        page.putInt(MAGIC - BzImage.HEADER, BzImage.HDRS);
        page.putShort(VERSION - BzImage.HEADER, (short) PROTOCOL_OF_ELF);
        page.putInt(KERNEL_ALIGNMENT - BzImage.HEADER, 0x0100_0000);
        page.putInt(CMDLINE_SIZE - BzImage.HEADER, ELF_COMMAND_LINE);
        return new ZeroPage(
                header, ELF_COMMAND_LINE, kernel.wide() ? INITRD_LAST_64 : INITRD_LAST_32, 0);
    }

    /**
     * Writes the page.
     *
     * @param area where it goes
     * @param kernel where the kernel is
     * @param initrdStart where the initial RAM disk is, or 0
     * @param initrdSize its size, or 0
     * @param rsdp where the ACPI root pointer is, or 0
     */
    void write(BootArea area, long kernel, long initrdStart, long initrdSize, long rsdp) {
        GuestMemory memory = area.memory();
        long page = BootArea.BOOT_PARAMS;
        area.clear(page, 4096);
        write(memory, page + BzImage.HEADER, header);
        memory.writeLong(page + ACPI_RSDP, rsdp);
        memory.writeByte(page + E820_ENTRIES, area.map().size());
        memory.writeShort(page + VIDEO_MODE, VIDEO_MODE_NORMAL);
        memory.writeByte(page + TYPE_OF_LOADER, LOADER_TYPE_UNDEFINED);
        memory.writeByte(page + LOADFLAGS, memory.readByte(page + LOADFLAGS) | LOADED_HIGH);
        // For a kernel that reads where its loader put it.
        memory.writeInt(page + CODE32_START, (int) kernel);
        memory.writeInt(page + RAMDISK_IMAGE, (int) initrdStart);
        memory.writeInt(page + RAMDISK_SIZE, (int) initrdSize);
        memory.writeInt(page + CMD_LINE_PTR, (int) BootArea.COMMAND_LINE);
        write(memory, page + E820_TABLE, E820Entry.toBytes(area.map()));
    }

    private static void write(GuestMemory memory, long gpa, byte[] bytes) {
        memory.write(gpa, MemorySegment.ofArray(bytes), 0, bytes.length);
    }
}
