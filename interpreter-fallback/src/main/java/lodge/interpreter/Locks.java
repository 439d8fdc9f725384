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
        if (host == 0) {
            c.probeWrite(va, size);
            host = c.hostForWrite(va, size);
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
