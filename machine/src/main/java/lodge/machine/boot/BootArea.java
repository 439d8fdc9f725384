package lodge.machine.boot;

import lodge.core.BadConfigException;
import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.core.memory.GuestMemory;
import lodge.devices.platform.E820Entry;
import lodge.devices.platform.MemoryMap;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Low memory as this loader fills it: descriptor table, boot parameters, page tables, command line.
 * Also what is common to all kernels: where there is RAM, and where the initial RAM disk goes.
 */
final class BootArea {
    static final long GDT = 0x1000;
    static final long BOOT_PARAMS = 0x2000;
    static final long PVH_INFO = 0x3000;
    static final long PML4 = 0x4000;
    static final long COMMAND_LINE = 0x2_0000;
    static final long END = 0x3_0000;

    private static final long PDPT = PML4 + 0x1000;
    private static final long PAGE_DIRECTORIES = PDPT + 0x1000;
    private static final int MAPPED_GIB = 4;
    private static final long MAPPED = (long) MAPPED_GIB << 30;
    private static final int PRESENT_WRITABLE = 3;
    private static final int LARGE_PAGE = 0x80;

    /** Selectors the Linux boot protocol asks for; the others take them too. */
    private static final int CODE_SELECTOR = 0x10;

    private static final int DATA_SELECTOR = 0x18;
    private static final int GDT_ENTRIES = 4;
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;
    private static final long CODE32 = 0x00cf_9b00_0000_ffffL;
    private static final long DATA = 0x00cf_9300_0000_ffffL;

    private static final int TYPE_CODE = 0xb;
    private static final int TYPE_DATA = 0x3;
    private static final long PAGE = 0x1000;
    private static final long MEBIBYTE = 1L << 20;

    private final GuestMemory memory;
    private final List<E820Entry> map;

    BootArea(GuestMemory memory, List<E820Entry> map) {
        this.memory = memory;
        this.map = map;
    }

    GuestMemory memory() {
        return memory;
    }

    List<E820Entry> map() {
        return map;
    }

    /** Writes the descriptor table and returns segments of 4 GiB for 32-bit code, paging off. */
    SegmentRegisters flat32() {
        return segments(CODE32, SegmentRegister.DEFAULT_BIG);
    }

    /** Writes the descriptor table and returns segments for 64-bit code. */
    SegmentRegisters flat64() {
        return segments(CODE64, SegmentRegister.LONG);
    }

    private SegmentRegisters segments(long code, int size) {
        memory.writeLong(GDT, 0);
        memory.writeLong(GDT + 8, 0);
        memory.writeLong(GDT + CODE_SELECTOR, code);
        memory.writeLong(GDT + DATA_SELECTOR, DATA);
        SegmentRegisters flat =
                SegmentRegisters.uniform(
                        SegmentRegister.flat(CODE_SELECTOR, TYPE_CODE, size),
                        SegmentRegister.flat(
                                DATA_SELECTOR, TYPE_DATA, SegmentRegister.DEFAULT_BIG));
        return new SegmentRegisters(
                flat.es(),
                flat.cs(),
                flat.ss(),
                flat.ds(),
                flat.fs(),
                flat.gs(),
                flat.ldtr(),
                flat.tr(),
                GDT,
                GDT_ENTRIES * 8 - 1,
                0,
                0);
    }

    /** Returns control registers for protected mode without paging. */
    static ControlRegisters protectedMode() {
        return new ControlRegisters(
                ControlRegisters.CR0_PE | ControlRegisters.CR0_ET, 0, 0, 0, 0, 0, 1);
    }

    /**
     * Writes page tables that map the first 4 GiB onto themselves, and returns control registers
     * for long mode.
     */
    ControlRegisters longMode() {
        for (int i = 0; i < 512; i++) {
            memory.writeLong(PML4 + 8L * i, i == 0 ? PDPT | PRESENT_WRITABLE : 0);
            memory.writeLong(
                    PDPT + 8L * i,
                    i < MAPPED_GIB ? PAGE_DIRECTORIES + i * PAGE | PRESENT_WRITABLE : 0);
        }
        for (int i = 0; i < 512 * MAPPED_GIB; i++) {
            memory.writeLong(
                    PAGE_DIRECTORIES + 8L * i, (long) i << 21 | LARGE_PAGE | PRESENT_WRITABLE);
        }
        return new ControlRegisters(
                ControlRegisters.CR0_PE | ControlRegisters.CR0_ET | ControlRegisters.CR0_PG,
                0,
                PML4,
                ControlRegisters.CR4_PAE,
                0,
                ControlRegisters.EFER_LME | ControlRegisters.EFER_LMA,
                1);
    }

    /** Fills a stretch with zeros. */
    void clear(long gpa, long length) {
        MemorySegment zeros = MemorySegment.ofArray(new byte[(int) Math.min(length, 64 << 10)]);
        for (long done = 0; done < length; done += zeros.byteSize()) {
            memory.write(gpa + done, zeros, 0, Math.min(zeros.byteSize(), length - done));
        }
    }

    /**
     * Writes the command line.
     *
     * @param text the command line
     * @param limit most bytes the kernel takes, without the closing zero
     */
    void commandLine(String text, long limit) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long most = Math.min(limit, END - COMMAND_LINE - 1);
        if (bytes.length > most) {
            throw new BadConfigException(
                    "The kernel's command line has %d bytes, this kernel takes %d; shorten it"
                            .formatted(bytes.length, most));
        }
        memory.write(COMMAND_LINE, MemorySegment.ofArray(bytes), 0, bytes.length);
        memory.writeByte(COMMAND_LINE + bytes.length, 0);
    }

    /**
     * Refuses a kernel that does not fit.
     *
     * @param what the kernel, for the message
     * @param start first address it needs
     * @param length how many bytes
     */
    void requireRam(String what, long start, long length) {
        long end = start + length;
        if (start < END && end > GDT) {
            throw new BadConfigException(
                    "%s wants memory at 0x%x, where its boot data goes; is it a kernel? They load at 1 MiB or above"
                            .formatted(what, start));
        }
        if (isRam(start, length)) {
            return;
        }
        long top = top();
        if (start >= 0 && length >= 0 && end > top && end <= MemoryMap.PCI_HOLE) {
            throw new BadConfigException(
                    "%s needs memory up to %d MiB, the machine has %d; give it more (--memory %dM)"
                            .formatted(what, toMiB(end), toMiB(top), (toMiB(end) + 127) / 64 * 64));
        }
        throw new BadConfigException(
                "%s wants memory at 0x%x, where the machine has none; is it a kernel for a PC?"
                        .formatted(what, start));
    }

    /**
     * Returns whether a stretch is RAM that anybody may use, and that the entry state's page tables
     * map.
     */
    boolean isRam(long start, long length) {
        if (length < 0 || length > MAPPED || start > MAPPED - length) {
            return false;
        }
        for (E820Entry entry : map) {
            if (entry.type() == E820Entry.Type.RAM
                    && start >= entry.address()
                    && length <= entry.length()
                    && start - entry.address() <= entry.length() - length) {
                return true;
            }
        }
        return false;
    }

    /**
     * Places the initial RAM disk: as high as the kernel lets it, because kernels unpack and grow
     * upwards.
     *
     * @param what the file, for the message
     * @param size in bytes
     * @param kernelStart lowest address of the kernel
     * @param kernelEnd first address behind the memory the kernel needs
     * @param lastAddress highest address its last byte may have
     * @return where it goes, a multiple of 4096
     */
    long placeInitrd(String what, long size, long kernelStart, long kernelEnd, long lastAddress) {
        long best = -1;
        for (E820Entry entry : map) {
            if (entry.type() != E820Entry.Type.RAM) {
                continue;
            }
            long top = Math.min(entry.end(), lastAddress + 1);
            long bottom = Math.max(entry.address(), MEBIBYTE);
            best = Math.max(best, highest(bottom, top, size, kernelStart, kernelEnd));
        }
        if (best < 0) {
            throw new BadConfigException(
                    "%s (%d MiB) does not fit beside the kernel; give the machine more memory (--memory %dM)"
                            .formatted(
                                    what, toMiB(size), (toMiB(kernelEnd + size) + 127) / 64 * 64));
        }
        return best;
    }

    /**
     * Returns the highest page in [bottom, top) from which size bytes do not meet the kernel; -1
     * for none.
     */
    private static long highest(
            long bottom, long top, long size, long kernelStart, long kernelEnd) {
        long at = top - size & -PAGE;
        if (at >= bottom && (at >= kernelEnd || at + size <= kernelStart)) {
            return at;
        }
        at = Math.min(top, kernelStart) - size & -PAGE;
        return at >= bottom ? at : -1;
    }

    private long top() {
        long top = 0;
        for (E820Entry entry : map) {
            if (entry.type() == E820Entry.Type.RAM) {
                top = Math.max(top, entry.end());
            }
        }
        return top;
    }

    private static long toMiB(long bytes) {
        return (bytes + MEBIBYTE - 1) / MEBIBYTE;
    }
}
