package lodge.machine.boot;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.memory.GuestMemory;
import lodge.devices.platform.E820Entry;
import lodge.machine.config.KernelConfig;
import lodge.machine.config.KernelEntry;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Puts a kernel, its initial RAM disk, command line and boot parameters into memory and says in
 * which state a processor enters it. Sources: Linux kernel documentation "The Linux/x86 Boot
 * Protocol" (32-bit and 64-bit boot protocol) and "Zero Page"; Xen documentation "x86/HVM direct
 * boot ABI" and its {@code start_info.h}.
 *
 * <p>The kernel inside a bzImage is an ELF file linked for the physical address it prefers. There
 * its decompressor would leave it as it is (it relocates only what it moved) and jump to its entry
 * point with the boot parameters in ESI or RSI, in the state in which it was entered itself: 32-bit
 * code with paging off, or 64-bit code with the first 4 GiB mapped onto themselves. So unpacking it
 * here, in a fraction of the guest's time, needs nothing else.
 */
public final class LinuxLoader {
    private static final int MOST_E820 = 128;
    private final KernelConfig config;

    /**
     * A loader; it opens the files anew for every boot.
     *
     * @param config what to load
     */
    public LinuxLoader(KernelConfig config) {
        this.config = config;
    }

    /**
     * Loads.
     *
     * @param memory the guest's memory
     * @param map what lies where in it; at most 128 entries, by ascending address
     * @param rsdp guest physical address of the ACPI root pointer, or 0 when there are no tables
     * @return how to enter the kernel
     * @throws BadConfigException when a file cannot be read or does not fit into memory
     * @throws BadImageException when the kernel is none, or damaged
     */
    public BootPlan load(GuestMemory memory, List<E820Entry> map, long rsdp) {
        if (map.size() > MOST_E820) {
            throw new IllegalArgumentException("A zero page has room for 128 stretches of memory");
        }
        BootArea area = new BootArea(memory, map);
        if (!area.isRam(BootArea.GDT, BootArea.END - BootArea.GDT)) {
            throw new IllegalArgumentException("There must be RAM from 4 KiB to 192 KiB");
        }
        try (ImageFile file = ImageFile.open("Kernel", config.file())) {
            ByteBuffer start = file.bytes(0, (int) Math.min(file.size(), 4096));
            if (ElfKernel.recognises(start)) {
                ElfKernel kernel = ElfKernel.read(file);
                return elf(area, file, kernel, ZeroPage.of(kernel), rsdp);
            }
            if (!BzImage.recognises(start)) {
                throw new BadImageException(file.what() + notAKernel(start));
            }
            return bzImage(area, file, BzImage.read(file), rsdp);
        }
    }

    /** Unpacks a bzImage where that is asked for or of use, or lets it unpack itself. */
    private BootPlan bzImage(BootArea area, ImageFile file, BzImage image, long rsdp) {
        KernelEntry wish = config.entry();
        boolean auto = wish == KernelEntry.AUTO;
        if (wish == KernelEntry.LINUX64
                || wish == KernelEntry.LINUX32
                || (auto && !KernelUnpacker.knows(file, image))) {
            return packed(area, file, image, rsdp);
        }
        try (Arena arena = Arena.ofConfined()) {
            ImageFile unpacked = KernelUnpacker.unpack(file, image, arena);
            ElfKernel kernel = ElfKernel.read(unpacked);
            if (auto && !fits(area, kernel)) {
                return packed(area, file, image, rsdp); // which may be able to go elsewhere
            }
            return elf(area, unpacked, kernel, ZeroPage.of(file, image), rsdp);
        }
    }

    private static boolean fits(BootArea area, ElfKernel kernel) {
        return kernel.segments().stream()
                .allMatch(segment -> area.isRam(segment.address(), segment.memorySize()));
    }

    private static String notAKernel(ByteBuffer start) {
        if (start.limit() >= 64 && start.getInt(56) == 0x644d_5241) {
            return " is for ARM64; use one for x86";
        }
        if (start.limit() >= 2 && (start.getShort(0) & 0xffff) == 0x8b1f) {
            return " is packed with gzip; unpack it first (gzip -d)";
        }
        return " is not a kernel: neither a bzImage nor an ELF file; name a vmlinuz or vmlinux";
    }

    /** Enters a bzImage's own decompressor. */
    private BootPlan packed(BootArea area, ImageFile file, BzImage image, long rsdp) {
        boolean wide = config.entry() != KernelEntry.LINUX32 && image.has64BitEntry();
        if (config.entry() == KernelEntry.LINUX64 && !wide) {
            throw new BadConfigException(
                    file.what() + " has no 64-bit entry; choose entry linux32");
        }
        long address = place(area, file, image);
        long end =
                Math.max(address, image.loadAddress())
                        + Math.max(image.initSize(), image.kernelBytes());
        file.load(image.setupBytes(), area.memory(), address, image.kernelBytes());
        ZeroPage page = ZeroPage.of(file, image);
        Initrd initrd = initrd(area, address, end, page.initrdLast());
        area.commandLine(config.commandLine(), page.commandLineMax());
        page.write(area, address, initrd.start(), initrd.size(), rsdp);
        return wide
                ? linux64(area, address + BzImage.ENTRY64, address, end, initrd)
                : linux32(area, address, address, end, initrd);
    }

    /**
     * Finds the kernel's place: where it likes to be or, if it may be moved, the lowest place where
     * it fits.
     */
    private static long place(BootArea area, ImageFile file, BzImage image) {
        long size = Math.max(image.initSize(), image.kernelBytes());
        long preferred = image.loadAddress();
        if (area.isRam(preferred, size) || !image.relocatable()) {
            area.requireRam(file.what(), preferred, size);
            return preferred;
        }
        // It runs at the preferred address or above in any case, so only a higher place can help.
        for (E820Entry entry : area.map()) {
            long from = Math.max(entry.address(), preferred);
            long at = (from + image.alignment() - 1) / image.alignment() * image.alignment();
            if (entry.end() <= 1L << 32 && area.isRam(at, size)) {
                return at;
            }
        }
        area.requireRam(file.what(), preferred, size);
        return preferred;
    }

    /**
     * Chooses an ELF kernel's entry: PVH, which is made for this, or the one behind the
     * decompressor, which takes the state of the boot protocol of its width.
     */
    private KernelEntry door(ImageFile file, ElfKernel kernel) {
        boolean pvh = kernel.pvhEntry().isPresent();
        KernelEntry own = kernel.wide() ? KernelEntry.LINUX64 : KernelEntry.LINUX32;
        KernelEntry wish = config.entry();
        if (wish == KernelEntry.ELF || (wish == KernelEntry.AUTO && !pvh)) {
            return own;
        }
        if (wish == KernelEntry.PVH && !pvh) {
            throw new BadConfigException(
                    file.what()
                            + " has no PVH entry (no Xen note of type 18); choose entry elf, or set"
                            + " CONFIG_PVH");
        }
        if (wish == KernelEntry.PVH || wish == KernelEntry.AUTO) {
            return KernelEntry.PVH;
        }
        if (wish != own) {
            throw new BadConfigException(
                    file.what()
                            + (kernel.wide()
                                    ? " is 64-bit; choose entry linux64"
                                    : " is 32-bit; choose entry linux32"));
        }
        return own;
    }

    /** Loads an ELF kernel where it wants to be, so that it need not be relocated. */
    private BootPlan elf(
            BootArea area, ImageFile file, ElfKernel kernel, ZeroPage page, long rsdp) {
        KernelEntry door = door(file, kernel);
        for (ElfKernel.Segment segment : kernel.segments()) {
            area.requireRam(file.what(), segment.address(), segment.memorySize());
            file.load(segment.offset(), area.memory(), segment.address(), segment.fileSize());
            area.clear(
                    segment.address() + segment.fileSize(),
                    segment.memorySize() - segment.fileSize());
        }
        long start = kernel.start();
        long end = Math.max(kernel.end(), start + page.initSize());
        Initrd initrd = initrd(area, start, end, page.initrdLast());
        area.commandLine(config.commandLine(), page.commandLineMax());
        if (door == KernelEntry.PVH) {
            return pvh(area, kernel, end, initrd, rsdp);
        }
        page.write(area, start, initrd.start(), initrd.size(), rsdp);
        return door == KernelEntry.LINUX64
                ? linux64(area, kernel.entry(), start, end, initrd)
                : linux32(area, kernel.entry(), start, end, initrd);
    }

    private static BootPlan linux64(
            BootArea area, long entry, long start, long end, Initrd initrd) {
        return new BootPlan(
                "Linux 64-bit entry at 0x%x".formatted(entry),
                GeneralRegisters.entry(entry, 0, BootArea.BOOT_PARAMS),
                area.flat64(),
                area.longMode(),
                start,
                end,
                initrd.start(),
                initrd.size());
    }

    private static BootPlan linux32(
            BootArea area, long entry, long start, long end, Initrd initrd) {
        return new BootPlan(
                "Linux 32-bit entry at 0x%x".formatted(entry),
                GeneralRegisters.entry(entry, 0, BootArea.BOOT_PARAMS),
                area.flat32(),
                BootArea.protectedMode(),
                start,
                end,
                initrd.start(),
                initrd.size());
    }

    /** Writes hvm_start_info version 1, its memory map and module list. */
    private static BootPlan pvh(
            BootArea area, ElfKernel kernel, long end, Initrd initrd, long rsdp) {
        GuestMemory memory = area.memory();
        long info = BootArea.PVH_INFO;
        long modules = info + 56;
        long stretches = modules + 32;
        boolean module = initrd.size() > 0;
        area.clear(info, 4096);
        memory.writeInt(info, 0x336e_c578);
        memory.writeInt(info + 4, 1);
        memory.writeInt(info + 12, module ? 1 : 0);
        memory.writeLong(info + 16, module ? modules : 0);
        memory.writeLong(info + 24, BootArea.COMMAND_LINE);
        memory.writeLong(info + 32, rsdp);
        memory.writeLong(info + 40, stretches);
        memory.writeInt(info + 48, area.map().size());
        memory.writeLong(modules, initrd.start());
        memory.writeLong(modules + 8, initrd.size());
        write(memory, stretches, E820Entry.toPvhBytes(area.map()));
        long entry = kernel.pvhEntry().orElseThrow();
        return new BootPlan(
                "PVH entry at 0x%x".formatted(entry),
                GeneralRegisters.entry(entry, info, 0),
                area.flat32(),
                BootArea.protectedMode(),
                kernel.start(),
                end,
                initrd.start(),
                initrd.size());
    }

    private static void write(GuestMemory memory, long gpa, byte[] bytes) {
        memory.write(gpa, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    /** Where the initial RAM disk is; 0 and 0 when there is none. */
    private record Initrd(long start, long size) {}

    private Initrd initrd(BootArea area, long kernelStart, long kernelEnd, long lastAddress) {
        Optional<java.nio.file.Path> name = config.initrd();
        if (name.isEmpty()) {
            return new Initrd(0, 0);
        }
        try (ImageFile file = ImageFile.open("Initial RAM disk", name.get())) {
            if (file.size() == 0) {
                throw new BadImageException(
                        file.what() + " is empty; name another, or leave it out");
            }
            long at =
                    area.placeInitrd(file.what(), file.size(), kernelStart, kernelEnd, lastAddress);
            file.load(0, area.memory(), at, file.size());
            return new Initrd(at, file.size());
        }
    }
}
