package lodge.interpreter;

import lodge.core.BadConfigException;
import lodge.core.memory.DirtyBitmap;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryRange;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Guest memory as the processors see it: which guest physical addresses are memory, where it lies
 * in the host, and what has been decoded from it. One per machine, shared by its processors; the
 * map is replaced as a whole, so finding a page takes no lock.
 */
final class PhysicalMemory implements GuestMemory.Backing {
    /** What must be told to the processors; called by whoever changes the map. */
    interface Listener {
        /** Translations of addresses may have changed: all TLBs are to be flushed. */
        void mapChanged();

        /** Stores to a host page must take the slow path from now on. */
        void protect(long hostPage);
    }

    /** A stretch of memory at a guest physical address. */
    static final class Region {
        final long gpa;
        final long end;
        final long host;
        final boolean writable;
        final MemoryRange range;
        final CodeBlock code;
        volatile boolean logged;
        final DirtyBitmap written;

        Region(MemoryRange range, CodeBlock code) {
            this.range = range;
            this.code = code;
            gpa = range.gpa();
            end = gpa + range.size();
            host = RawMemory.addressOf(range.block().segment()) + range.offset();
            writable = range.writable();
            written = new DirtyBitmap(range.size() + 4095 >>> 12);
        }

        /** The page of decoded code of an address, or null. */
        CodePage codePage(long at) {
            return code.pages[(int) (range.offset() + at - gpa >>> 12)];
        }
    }

    /** What has been decoded from a block of memory, by page of the block. */
    static final class CodeBlock {
        final CodePage[] pages;
        final long host;

        CodeBlock(MemoryBlock block) {
            pages = new CodePage[Math.toIntExact(block.size() >>> 12)];
            host = RawMemory.addressOf(block.segment());
        }
    }

    private final List<RawMemory.Block> blocks = new ArrayList<>();
    private final Map<MemoryBlock, CodeBlock> codeBlocks = new HashMap<>();
    private final CodeBudget budget;
    private int retirements;
    private volatile Region[] regions = new Region[0];
    private volatile Listener listener;

    PhysicalMemory() {
        this(new CodeBudget());
    }

    /**
     * Memory without a map.
     *
     * @param budget what decoded code may take
     */
    PhysicalMemory(CodeBudget budget) {
        this.budget = budget;
    }

    /** How often all decoded code was given up. */
    synchronized int retirements() {
        return retirements;
    }

    void listener(Listener to) {
        listener = to;
    }

    @Override
    @SuppressWarnings("restricted")
    public synchronized MemorySegment allocate(String name, long bytes) {
        RawMemory.Block block;
        try {
            block = RawMemory.allocate(bytes);
        } catch (OutOfMemoryError e) {
            throw new BadConfigException(
                    "The host cannot give %d MiB for %s; choose less memory or close other programs"
                            .formatted(bytes >> 20, name),
                    e);
        }
        blocks.add(block);
        // SAFETY: the block is freed only by close(), after the processors' threads have ended.
        return MemorySegment.ofAddress(block.address()).reinterpret(bytes);
    }

    @Override
    public synchronized void map(MemoryRange range) {
        CodeBlock code = codeBlocks.get(range.block());
        if (code == null) {
            code = new CodeBlock(range.block());
            codeBlocks.put(range.block(), code);
            CodeBlock watched = code;
            range.block().onWrite((offset, length) -> deviceWrote(watched, offset, length));
        }
        List<Region> next = new ArrayList<>(List.of(regions));
        next.add(new Region(range, code));
        next.sort(Comparator.comparingLong((Region region) -> region.gpa));
        regions = next.toArray(Region[]::new);
        changed();
    }

    @Override
    public synchronized void unmap(MemoryRange range) {
        List<Region> next = new ArrayList<>(List.of(regions));
        next.removeIf(region -> region.range == range);
        regions = next.toArray(Region[]::new);
        changed();
    }

    @Override
    public void logDirty(MemoryRange range, boolean on) {
        Region region = regionOf(range);
        if (region != null) {
            region.logged = on;
            changed();
        }
    }

    @Override
    public void collectDirty(MemoryRange range, DirtyBitmap bitmap) {
        Region region = regionOf(range);
        if (region != null) {
            long first = range.offset() >>> 12;
            region.written.moveTo(bitmap, first);
            changed();
        }
    }

    private Region regionOf(MemoryRange range) {
        for (Region region : regions) {
            if (region.range == range) {
                return region;
            }
        }
        return null;
    }

    private void changed() {
        Listener to = listener;
        if (to != null) {
            to.mapChanged();
        }
    }

    private static void deviceWrote(CodeBlock code, long offset, long length) {
        int last = (int) (offset + length - 1 >>> 12);
        for (int page = (int) (offset >>> 12); page <= last; page++) {
            CodePage decoded = code.pages[page];
            if (decoded != null) {
                long from = Math.max(offset, (long) page << 12);
                long to = Math.min(offset + length, page + 1L << 12);
                decoded.written((int) (from & 4095), (int) (to - from));
            }
        }
    }

    /** Returns the region of a guest physical address, or null where no memory is. */
    Region find(long gpa) {
        Region[] map = regions;
        int low = 0;
        int high = map.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            Region region = map[middle];
            if (gpa < region.gpa) {
                high = middle - 1;
            } else if (gpa >= region.end) {
                low = middle + 1;
            } else {
                return region;
            }
        }
        return null;
    }

    /**
     * Returns the page of decoded code of an address in a region, made where there is none; from
     * then on stores to it take the slow path on every processor.
     */
    CodePage decode(Region region, long gpa) {
        if (budget.exhausted()) {
            retireAll();
        }
        int index = (int) (region.range.offset() + gpa - region.gpa >>> 12);
        CodePage page = region.code.pages[index];
        if (page == null) {
            synchronized (region.code) {
                page = region.code.pages[index];
                if (page == null) {
                    long host = region.code.host + ((long) index << 12);
                    page = new CodePage(host, budget);
                    region.code.pages[index] = page;
                    // Whoever fills a write entry looks for a code page after writing the tag, and
                    // we look at the tags after making the page: one of the two sees the other.
                    RawMemory.fullFence();
                    listener.protect(host);
                }
            }
        }
        return page;
    }

    /** Forgets all decoded code; what still runs is decoded anew. */
    private synchronized void retireAll() {
        if (!budget.exhausted()) {
            return;
        }
        for (CodeBlock code : codeBlocks.values()) {
            for (int n = 0; n < code.pages.length; n++) {
                CodePage page = code.pages[n];
                if (page != null) {
                    // In this order: a store that comes between the two removes nodes of a page
                    // that nobody can run on in.
                    page.retire();
                    code.pages[n] = null;
                }
            }
        }
        retirements++;
        budget.clear();
        changed();
    }

    synchronized void close() {
        blocks.forEach(RawMemory.Block::free);
        blocks.clear();
    }
}
