package lodge.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory without a processor: blocks come from the collector, nobody needs to know the map. */
final class DetachedBacking implements GuestMemory.Backing {
    @Override
    public MemorySegment allocate(String name, long bytes) {
        return Arena.ofAuto().allocate(bytes, 4096);
    }

    @Override
    public void map(MemoryRange range) {}

    @Override
    public void unmap(MemoryRange range) {}

    @Override
    public void logDirty(MemoryRange range, boolean on) {}

    @Override
    public void collectDirty(MemoryRange range, DirtyBitmap bitmap) {}
}
