package lodge.devices.pci;

import java.util.Objects;

/**
 * A base address register of a PCI function, or its expansion ROM register: where the guest puts a
 * range of ports or addresses (PCI Local Bus Specification 2.1, section 6.2.5). Made by {@link
 * PciFunction}'s {@code ...Bar} methods.
 */
public final class Bar {
    /** What a register asks for. */
    public enum Kind {
        /** Ports. */
        PORTS,
        /** Addresses below 4 GiB. */
        MEMORY,
        /** Addresses anywhere; takes two registers. */
        MEMORY_64,
        /** An expansion ROM below 4 GiB with its own enable bit. */
        ROM
    }

    /**
     * What makes a range appear where the guest wants it. Runs with the function's monitor held.
     */
    @FunctionalInterface
    public interface Mapping {
        /**
         * Moves the range.
         *
         * @param base the first port or address, or -1 to take it off the bus
         */
        void place(long base);
    }

    static final int ROM_INDEX = 6;
    private static final int ROM_REGISTER = 0x30;
    private static final int FIRST_REGISTER = 0x10;

    final int index;
    final Kind kind;
    final long size;
    final boolean prefetchable;
    private final Mapping mapping;
    private long placed = -1;

    Bar(int index, Kind kind, long size, boolean prefetchable, Mapping mapping) {
        int last = kind == Kind.MEMORY_64 ? 4 : 5;
        boolean indexFits = kind == Kind.ROM ? index == ROM_INDEX : index >= 0 && index <= last;
        long least =
                switch (kind) {
                    case PORTS -> 4;
                    case MEMORY, MEMORY_64 -> 16;
                    case ROM -> 2048;
                };
        if (!indexFits || Long.bitCount(size) != 1 || size < least) {
            throw new IllegalArgumentException(
                    "BAR %d of kind %s cannot have size 0x%x".formatted(index, kind, size));
        }
        this.index = index;
        this.kind = kind;
        this.size = size;
        this.prefetchable = prefetchable;
        this.mapping = Objects.requireNonNull(mapping);
    }

    /** Returns the offset of the register in configuration space. */
    public int register() {
        return kind == Kind.ROM ? ROM_REGISTER : FIRST_REGISTER + 4 * index;
    }

    /** Returns the size of the range, a power of two of ports or bytes. */
    public long size() {
        return size;
    }

    /** Returns what the register asks for. */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns the first port or address where the range is now, or -1 when the guest has not
     * enabled it.
     */
    public long base() {
        return placed;
    }

    /** Returns the read-only type bits in the low bits of the register. */
    int typeBits() {
        int prefetch = prefetchable ? 8 : 0;
        return switch (kind) {
            case PORTS -> 1;
            case MEMORY -> prefetch;
            case MEMORY_64 -> 4 | prefetch;
            case ROM -> 0;
        };
    }

    void moveTo(long base) {
        if (base != placed) {
            placed = base;
            mapping.place(base);
        }
    }
}
