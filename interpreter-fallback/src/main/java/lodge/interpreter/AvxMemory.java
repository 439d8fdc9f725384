package lodge.interpreter;

/** Masked and gathering access to memory (SDM vol. 2, VMASKMOV, VPMASKMOV, VPGATHERDD). */
final class AvxMemory {
    private AvxMemory() {}

    private static boolean chosen(long mask, int at, int size) {
        return RawMemory.getByte(mask + at + size - 1) < 0;
    }

    /** Loads the elements whose mask has the sign bit set; the others become 0 and cannot fault. */
    static void load(Cpu c, Insn i, long d, long mask, int n, int size) {
        long ea = i.ea(c);
        long to = c.s + CpuRegisters.SCRATCH;
        for (int k = 0; k < n; k += size) {
            long v = 0;
            if (chosen(mask, k, size)) {
                v = c.load(c.linear(i.segment, ea + k, size, false), size);
            }
            SimdElements.put(to + k, size, v);
        }
        for (int k = 0; k < 32; k += 8) {
            RawMemory.putLong(d + k, k < n ? RawMemory.getLong(to + k) : 0);
        }
    }

    /** Stores the elements whose mask has the sign bit set, none when one of them would fault. */
    static void store(Cpu c, Insn i, long from, long mask, int n, int size) {
        long ea = i.ea(c);
        for (int k = 0; k < n; k += size) {
            if (chosen(mask, k, size)) {
                c.probeWrite(c.linear(i.segment, ea + k, size, true), size);
            }
        }
        for (int k = 0; k < n; k += size) {
            if (chosen(mask, k, size)) {
                long va = c.linear(i.segment, ea + k, size, true);
                c.store(va, size, SimdElements.get(from + k, size));
            }
        }
    }

    /**
     * Loads elements from a base and a vector of indices. Unlike other instructions this one is
     * interrupted by a fault in the middle: an element that was loaded is in the destination and
     * has its mask cleared.
     *
     * @param n 16 or 32: bytes of the wider of the two vectors
     * @param indexSize bytes of an index
     * @param size bytes of an element
     */
    static void gather(Cpu c, Insn i, int n, int indexSize, int size) {
        // Without SIB byte, or with a register used twice (SDM vol. 2, table 2-27).
        if (i.addrSize == 2
                || (i.modrm & 7) != 4
                || i.reg == i.vvvv
                || i.reg == i.index
                || i.index == i.vvvv) {
            throw c.ud();
        }
        long d = Vectors.register(c, i.reg);
        long mask = Vectors.register(c, i.vvvv);
        long indices = Vectors.register(c, i.index);
        int elements = n / Math.max(indexSize, size);
        for (int k = 0; k < elements; k++) {
            long filled = chosen(mask, k * size, size) ? -1 : 0;
            SimdElements.put(mask + (long) k * size, size, filled);
        }
        clear(mask, elements * size);
        long base = i.disp + c.reg64(i.base);
        for (int k = 0; k < elements; k++) {
            int at = k * size;
            if (chosen(mask, at, size)) {
                long index =
                        indexSize == 4
                                ? RawMemory.getInt(indices + 4L * k)
                                : RawMemory.getLong(indices + 8L * k);
                long ea = CpuRegisters.unsigned(base + (index << i.scale), i.addrSize);
                long v = c.load(c.linear(i.segment, ea, size, false), size);
                SimdElements.put(d + at, size, v);
                SimdElements.put(mask + at, size, 0);
            }
        }
        clear(d, elements * size);
    }

    private static void clear(long register, int from) {
        for (int k = from; k < 32; k += 8) {
            RawMemory.putLong(register + k, 0);
        }
    }
}
