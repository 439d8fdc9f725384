package lodge.interpreter;

/** Masked and gathering access to memory (SDM vol. 2, VMASKMOV, VPMASKMOV, VPGATHERDD). */
final class AvxMemory {
    private AvxMemory() {}

    private static boolean chosen(long mask, int at, int size) {
        return RawMemory.getByte(mask + at + size - 1) < 0;
    }

    private static long element(Cpu c, Insn i, long ea, int size, boolean write) {
        return c.linear(i.segment, CpuRegisters.unsigned(ea, i.addrSize), size, write);
    }

    /** Loads an element; these instructions never raise #AC. */
    private static long load(Cpu c, long va, int size) {
        if (!c.alignmentChecked()) {
            return c.load(va, size);
        }
        c.probeRead(va, size);
        long v = 0;
        for (int k = 0; k < size; k++) {
            v |= (long) c.load8(Vectors.at(c, va, k)) << 8 * k;
        }
        return v;
    }

    private static void store(Cpu c, long va, int size, long v) {
        if (!c.alignmentChecked()) {
            c.store(va, size, v);
            return;
        }
        for (int k = 0; k < size; k++) {
            c.store8(Vectors.at(c, va, k), (int) (v >> 8 * k));
        }
    }

    /** Makes sure that an element can be stored. */
    private static void probe(Cpu c, long va, int size) {
        c.probeWrite(va, 1);
        if ((va & 4095) + size > 4096) {
            c.probeWrite(Vectors.at(c, va & -4096L, 4096), 1);
        }
    }

    /** Loads the elements whose mask has the sign bit set; the others become 0 and cannot fault. */
    static void load(Cpu c, Insn i, long d, long mask, int n, int size) {
        long ea = i.ea(c);
        long to = c.s + CpuRegisters.SCRATCH;
        for (int k = 0; k < n; k += size) {
            long v = 0;
            if (chosen(mask, k, size)) {
                v = load(c, element(c, i, ea + k, size, false), size);
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
                probe(c, element(c, i, ea + k, size, true), size);
            }
        }
        for (int k = 0; k < n; k += size) {
            if (chosen(mask, k, size)) {
                long va = element(c, i, ea + k, size, true);
                store(c, va, size, SimdElements.get(from + k, size));
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
        long base = i.disp + c.reg64(i.base);
        for (int k = 0; k < elements; k++) {
            int at = k * size;
            if (chosen(mask, at, size)) {
                long index =
                        indexSize == 4
                                ? RawMemory.getInt(indices + 4L * k)
                                : RawMemory.getLong(indices + 8L * k);
                long v = load(c, element(c, i, base + (index << i.scale), size, false), size);
                SimdElements.put(d + at, size, v);
            }
            // Progress is seen after a fault: what lies behind, chosen or not, is as it was.
            SimdElements.put(mask + at, size, 0);
        }
        clear(mask, elements * size);
        clear(d, elements * size);
    }

    private static void clear(long register, int from) {
        for (int k = from; k < 32; k += 8) {
            RawMemory.putLong(register + k, 0);
        }
    }
}
