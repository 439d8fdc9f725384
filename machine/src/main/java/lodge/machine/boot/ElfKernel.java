package lodge.machine.boot;

import lodge.core.BadImageException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * An ELF kernel's program (System V ABI, "Object Files").
 *
 * @param wide whether it is ELF64 for x86-64; otherwise ELF32 for i386
 * @param entry the entry point, a physical address in kernels
 * @param segments what is to be loaded
 * @param pvhEntry the physical address of the PVH entry, when a Xen note of type 18
 *     (XEN_ELFNOTE_PHYS32_ENTRY) names one
 */
record ElfKernel(boolean wide, long entry, List<Segment> segments, OptionalLong pvhEntry) {
    /** PT_LOAD: bytes of the file that belong at a physical address, followed by zeros. */
    record Segment(long offset, long fileSize, long address, long memorySize) {}

    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_32 = 52;
    private static final int HEADER_64 = 64;
    private static final int MACHINE_386 = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int EXECUTABLE = 2;
    private static final int SHARED = 3;
    private static final int MOST_SEGMENTS = 256;
    private static final int LARGEST_NOTES = 1 << 20;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int XEN_PHYS32_ENTRY = 18;

    /** "Xen" and a zero. */
    private static final int XEN = 0x006e_6558;

    /** Returns whether a file's first bytes are those of an ELF file. */
    static boolean recognises(ByteBuffer start) {
        return start.limit() >= HEADER_32 && start.getInt(0) == MAGIC;
    }

    /**
     * Reads the headers.
     *
     * @param file a file that {@link #recognises}
     * @return what they say
     * @throws BadImageException when it is no x86 program, or truncated
     */
    static ElfKernel read(ImageFile file) {
        ByteBuffer ident = file.bytes(0, HEADER_32);
        boolean wide = ident.get(4) == 2;
        int type = ident.getShort(16);
        int machine = ident.getShort(18) & 0xffff;
        if (ident.get(5) != 1 || machine != (wide ? MACHINE_X86_64 : MACHINE_386)) {
            throw new BadImageException(
                    file.what()
                            + " is an ELF file for another processor; use a kernel for x86-64 or"
                            + " i386");
        }
        if (type != EXECUTABLE && type != SHARED) {
            throw new BadImageException(
                    file.what()
                            + " is an ELF file but no program (an object or core file?); use a"
                            + " vmlinux");
        }
        ByteBuffer head = file.bytes(0, wide ? HEADER_64 : HEADER_32);
        long table = wide ? head.getLong(32) : head.getInt(28) & 0xffff_ffffL;
        int entrySize = head.getShort(wide ? 54 : 42) & 0xffff;
        int count = head.getShort(wide ? 56 : 44) & 0xffff;
        if (entrySize < (wide ? 56 : 32) || count == 0 || count > MOST_SEGMENTS) {
            throw new BadImageException(
                    file.what() + " has no usable program headers; use a vmlinux that was linked");
        }
        List<Segment> segments = new ArrayList<>();
        OptionalLong pvh = OptionalLong.empty();
        for (int i = 0; i < count; i++) {
            ByteBuffer p = file.bytes(table + (long) i * entrySize, wide ? 56 : 32);
            long offset = wide ? p.getLong(8) : unsigned(p, 4);
            long fileSize = wide ? p.getLong(32) : unsigned(p, 16);
            int kind = p.getInt(0);
            if (kind == PT_LOAD) {
                long address = wide ? p.getLong(24) : unsigned(p, 12);
                long memorySize = wide ? p.getLong(40) : unsigned(p, 20);
                if (memorySize != 0) {
                    add(segments, file, new Segment(offset, fileSize, address, memorySize));
                }
            } else if (kind == PT_NOTE
                    && pvh.isEmpty()
                    && fileSize > 0
                    && fileSize <= LARGEST_NOTES) {
                long alignment = wide ? p.getLong(48) : unsigned(p, 28);
                pvh = pvhEntry(file.bytes(offset, (int) fileSize), alignment == 8 ? 8 : 4);
            }
        }
        if (segments.isEmpty()) {
            throw new BadImageException(
                    file.what() + " has nothing to load; use a vmlinux that was linked");
        }
        return new ElfKernel(wide, wide ? head.getLong(24) : unsigned(head, 24), segments, pvh);
    }

    private static void add(List<Segment> segments, ImageFile file, Segment segment) {
        file.require(segment.offset, segment.fileSize);
        if (segment.memorySize < segment.fileSize) {
            throw new BadImageException(
                    file.what()
                            + " has a segment that is smaller in memory than in the file; fetch it"
                            + " again");
        }
        segments.add(segment);
    }

    /**
     * Walks the notes: name size, descriptor size and type in 4 bytes each, then both, each padded.
     */
    private static OptionalLong pvhEntry(ByteBuffer notes, int alignment) {
        int at = 0;
        while (at <= notes.limit() - 12) {
            int nameSize = notes.getInt(at);
            int size = notes.getInt(at + 4);
            if (nameSize < 0 || size < 0 || nameSize > notes.limit() || size > notes.limit()) {
                break;
            }
            int name = at + 12;
            int descriptor = padded(name + nameSize, alignment);
            if (descriptor > notes.limit() - size) {
                break;
            }
            if (notes.getInt(at + 8) == XEN_PHYS32_ENTRY
                    && isXen(notes, name, nameSize)
                    && size >= 4) {
                return OptionalLong.of(unsigned(notes, descriptor));
            }
            at = padded(descriptor + size, alignment);
        }
        return OptionalLong.empty();
    }

    private static boolean isXen(ByteBuffer notes, int at, int size) {
        return size == 4 && notes.getInt(at) == XEN;
    }

    private static int padded(int at, int alignment) {
        return (at + alignment - 1) / alignment * alignment;
    }

    private static long unsigned(ByteBuffer in, int at) {
        return in.getInt(at) & 0xffff_ffffL;
    }

    /** Returns the lowest address of the program. */
    long start() {
        return segments.stream().mapToLong(Segment::address).min().orElseThrow();
    }

    /** Returns the first address behind the program. */
    long end() {
        return segments.stream().mapToLong(s -> s.address + s.memorySize).max().orElseThrow();
    }
}
