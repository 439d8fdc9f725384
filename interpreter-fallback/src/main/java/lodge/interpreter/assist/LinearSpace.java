package lodge.interpreter.assist;

import lodge.core.memory.GuestMemory;

import java.util.ArrayList;
import java.util.List;

/**
 * Guest memory by linear address. Stores are held back until the instruction can no longer fault,
 * and a load does not see those held back: no instruction here reads what it wrote. Only memory
 * counts; an access to a device is {@link NotMine}.
 */
final class LinearSpace {
    private static final int PAGE = 4096;

    private record Store(long physical, int size, long value) {}

    private final Processor cpu;
    private final GuestMemory memory;
    private final Paging paging;
    private final List<Store> stores = new ArrayList<>();

    LinearSpace(Processor cpu, GuestMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        paging = new Paging(cpu, memory);
    }

    /** Returns the access bits of the program's own loads, or-ed with others. */
    int programs(int access) {
        return access | (cpu.cpl == 3 ? Paging.USER : 0);
    }

    /** Cuts an address to the width of linear addresses in this mode. */
    private long wrap(long linear) {
        return cpu.longMode() ? linear : linear & 0xffff_ffffL;
    }

    /**
     * Translates an address where memory must be.
     *
     * @param linear the address
     * @param size how many bytes, all on one page
     * @param access bits of {@link Paging}
     * @return the physical address
     */
    long physical(long linear, int size, int access) throws Abandon {
        long physical = paging.translate(wrap(linear), access);
        if (!memory.isMemory(physical, size, (access & Paging.WRITE) != 0)) {
            throw new NotMine("no memory there");
        }
        return physical;
    }

    static boolean onOnePage(long linear, int size) {
        return (linear & PAGE - 1) + size <= PAGE;
    }

    /**
     * Loads.
     *
     * @param linear the address
     * @param size 1, 2, 4 or 8
     * @param access bits of {@link Paging}
     * @return the value, zero-extended
     */
    long load(long linear, int size, int access) throws Abandon {
        if (onOnePage(linear, size)) {
            long physical = physical(linear, size, access);
            return switch (size) {
                case 1 -> memory.readByte(physical);
                case 2 -> memory.readShort(physical);
                case 4 -> memory.readInt(physical) & 0xffff_ffffL;
                default -> memory.readLong(physical);
            };
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) memory.readByte(physical(linear + i, 1, access)) << 8 * i;
        }
        return value;
    }

    /**
     * Stores, when the instruction completes.
     *
     * @param linear the address
     * @param size 1, 2, 4 or 8
     * @param value what, bits beyond the size ignored
     * @param access bits of {@link Paging}; {@link Paging#WRITE} is added
     */
    void store(long linear, int size, long value, int access) throws Abandon {
        int write = access | Paging.WRITE;
        if (onOnePage(linear, size)) {
            stores.add(new Store(physical(linear, size, write), size, value));
            return;
        }
        for (int i = 0; i < size; i++) {
            stores.add(new Store(physical(linear + i, 1, write), 1, value >>> 8 * i));
        }
    }

    /** Lets the stores happen. */
    void commit() {
        for (Store store : stores) {
            switch (store.size) {
                case 1 -> memory.writeByte(store.physical, (int) store.value);
                case 2 -> memory.writeShort(store.physical, (int) store.value);
                case 4 -> memory.writeInt(store.physical, (int) store.value);
                default -> memory.writeLong(store.physical, store.value);
            }
        }
        stores.clear();
    }
}
