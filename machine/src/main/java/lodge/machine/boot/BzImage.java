package lodge.machine.boot;

import lodge.core.BadImageException;

import java.nio.ByteBuffer;

/**
 * The setup header of a bzImage (Linux kernel documentation, "The Linux/x86 Boot Protocol", The
 * Real-Mode Kernel Header). Offsets count from the beginning of the file; fields the protocol
 * version does not have get the values it says to assume.
 *
 * @param headerLength bytes from {@link #HEADER} to the header's end
 * @param version protocol version, for example 0x20f
 * @param setupBytes size of the boot sector and the real-mode code: where the protected-mode kernel
 *     begins
 * @param kernelBytes size of the protected-mode kernel
 * @param loadAddress where it would like to be
 * @param relocatable whether it may be elsewhere
 * @param alignment what the address must be a multiple of then
 * @param initSize bytes it needs from its run-time start, before it knows about memory
 * @param initrdLast highest address the initial RAM disk's last byte may have
 * @param commandLineMax longest command line in bytes, without the closing zero
 * @param has64BitEntry whether there is a 64-bit entry 0x200 behind the load address
 * @param payloadOffset where in the file the packed ELF kernel begins; 0 when not known
 * @param payloadLength how long it is
 */
record BzImage(
        int headerLength,
        int version,
        int setupBytes,
        long kernelBytes,
        long loadAddress,
        boolean relocatable,
        long alignment,
        long initSize,
        long initrdLast,
        long commandLineMax,
        boolean has64BitEntry,
        long payloadOffset,
        long payloadLength) {
    /** Where the setup header begins, in the file and in boot_params. */
    static final int HEADER = 0x1f1;

    /** Where the 64-bit entry is, from the load address. */
    static final int ENTRY64 = 0x200;

    private static final int SYSSIZE = 0x1f4;
    private static final int BOOT_FLAG = 0x1fe;
    private static final int JUMP = 0x200;
    private static final int MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int LOADFLAGS = 0x211;
    private static final int INITRD_ADDR_MAX = 0x22c;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int XLOADFLAGS = 0x236;
    private static final int CMDLINE_SIZE = 0x238;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24c;
    private static final int PREF_ADDRESS = 0x258;
    private static final int INIT_SIZE = 0x260;
    private static final int LONGEST_HEADER = 0x290;

    /** What stands in front of a setup header's version. */
    static final int HDRS = 0x53726448;

    private static final int LOADED_HIGH = 1;
    private static final int XLF_KERNEL_64 = 1;
    private static final long MEBIBYTE = 1L << 20;

    /** Returns whether a file's first bytes are those of a kernel with a setup header. */
    static boolean recognises(ByteBuffer start) {
        return start.limit() >= LONGEST_HEADER
                && start.getShort(BOOT_FLAG) == (short) 0xaa55
                && start.getInt(MAGIC) == HDRS;
    }

    /**
     * Reads the header.
     *
     * @param file a file that {@link #recognises}
     * @return what it says
     * @throws BadImageException when the kernel is too old, or does not fit its own header
     */
    static BzImage read(ImageFile file) {
        ByteBuffer in = file.bytes(0, LONGEST_HEADER);
        int version = in.getShort(VERSION) & 0xffff;
        int end = Math.min(MAGIC + (in.get(JUMP + 1) & 0xff), LONGEST_HEADER);
        if (version < 0x200 || (in.get(LOADFLAGS) & LOADED_HIGH) == 0) {
            throw new BadImageException(
                    file.what()
                            + " is a zImage or older than boot protocol 2.0; use a bzImage of Linux"
                            + " 2.6 or later");
        }
        int sectors = in.get(HEADER) & 0xff;
        int setup = ((sectors == 0 ? 4 : sectors) + 1) * 512;
        long rest = file.size() - setup;
        long promised =
                version >= 0x204 ? (in.getInt(SYSSIZE) & 0xffff_ffffL) * 16 : Math.max(rest, 1);
        // Counted in paragraphs of 16 bytes, of which the last may be shorter (memtest86+).
        file.require(setup, Math.max(0, promised - 15));
        long kernel = Math.min(promised, Math.max(rest, 0));
        if (kernel == 0) {
            throw new BadImageException(
                    file.what() + " has a setup header but no kernel; fetch it again");
        }
        boolean relocatable = version >= 0x205 && in.get(RELOCATABLE) != 0;
        long alignment = version >= 0x205 ? in.getInt(KERNEL_ALIGNMENT) & 0xffff_ffffL : 0;
        long payload = version >= 0x208 ? in.getInt(PAYLOAD_OFFSET) & 0xffff_ffffL : 0;
        return new BzImage(
                end - HEADER,
                version,
                setup,
                kernel,
                version >= 0x20a ? in.getLong(PREF_ADDRESS) : MEBIBYTE,
                relocatable,
                Math.max(alignment, MEBIBYTE),
                // Older kernels do not say; the protocol's own example leaves room for unpacking
                // three times over.
                version >= 0x20a ? in.getInt(INIT_SIZE) & 0xffff_ffffL : promised * 4,
                version >= 0x203 ? in.getInt(INITRD_ADDR_MAX) & 0xffff_ffffL : 0x37ff_ffffL,
                version >= 0x206 ? in.getInt(CMDLINE_SIZE) & 0xffff_ffffL : 255,
                version >= 0x20c && (in.getShort(XLOADFLAGS) & XLF_KERNEL_64) != 0,
                payload == 0 ? 0 : setup + payload,
                version >= 0x208 ? in.getInt(PAYLOAD_LENGTH) & 0xffff_ffffL : 0);
    }
}
