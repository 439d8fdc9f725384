package lodge.interpreter;

/**
 * Locked accesses that are atomic for all processors: within an aligned 8-byte cell by the host's
 * compare-and-swap; across cells, and where there is no plain memory, under one lock of the
 * machine.
 */
final class Locks {
    private Locks() {}

    static boolean compareAndStore(CpuMemory c, long va, int size, long expected, long v) {
        long host = c.hostForWrite(va, size);
        PhysicalMemory.Region region = null;
        long gpa = 0;
        if (host == 0) {
            c.probeWrite(va, size);
            if ((va & 4095) + size <= 4096) {
                // Plain memory that the TLB does not lead to (first touch, decoded code, a view in
                // which every access is looked at) must be as atomic as the rest.
                gpa = c.translate(va, PageWalker.WRITE);
                region = c.apicPage(gpa) ? null : c.physical.find(gpa);
                if (region != null && region.writable) {
                    host = region.host + gpa - region.gpa;
                }
            }
        }
        int shift = (int) (va & 7) * 8;
        if (host != 0 && (va & 7) + size <= 8) {
            long cell = host & -8L;
            long mask = (size == 8 ? -1L : (1L << 8 * size) - 1) << shift;
            while (true) {
                long old = RawMemory.getLong(cell);
                if ((old & mask) != (expected << shift & mask)) {
                    return false;
                }
                if (RawMemory.casLong(cell, old, old & ~mask | v << shift & mask)) {
                    if (region != null) {
                        c.written(va, gpa, region, size);
                    }
                    return true;
                }
            }
        }
        synchronized (c.physical) {
            if (c.load(va, size) != CpuRegisters.unsigned(expected, size)) {
                return false;
            }
            c.store(va, size, v);
            return true;
        }
    }
}
