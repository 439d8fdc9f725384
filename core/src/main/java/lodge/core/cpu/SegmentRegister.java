package lodge.core.cpu;

/**
 * A segment register with its hidden part (SDM vol. 3A, 3.4.3).
 *
 * @param selector visible 16 bits
 * @param base base address
 * @param limit limit in bytes, granularity already applied (0xffffffff is 4 GiB)
 * @param attributes access rights as the VMCS stores them (SDM vol. 3C, 25.4.1): bits 3:0 type, 4
 *     S, 6:5 DPL, 7 P, 12 AVL, 13 L, 14 D/B, 15 G, 16 unusable
 */
public record SegmentRegister(int selector, long base, int limit, int attributes) {
    /** Attribute bit: not a system segment. */
    public static final int S = 1 << 4;

    /** Attribute bit: present. */
    public static final int PRESENT = 1 << 7;

    /** Attribute bit: 64-bit code. */
    public static final int LONG = 1 << 13;

    /** Attribute bit: 32-bit default size. */
    public static final int DEFAULT_BIG = 1 << 14;

    /** Attribute bit: limit counts 4 KiB pages. */
    public static final int GRANULARITY = 1 << 15;

    /** Attribute bit: holds a null selector. */
    public static final int UNUSABLE = 1 << 16;

    /**
     * A segment as real mode has it.
     *
     * @param selector selector; the base is 16 times it
     * @param type type bits: 0xb code, 0x3 data
     * @return the register
     */
    public static SegmentRegister real(int selector, int type) {
        return new SegmentRegister(selector, (long) selector << 4, 0xffff, type | S | PRESENT);
    }

    /**
     * A flat 4 GiB segment, ring 0.
     *
     * @param selector selector
     * @param type type bits: 0xb code, 0x3 data
     * @param size {@link #DEFAULT_BIG} for 32-bit, {@link #LONG} for 64-bit code
     * @return the register
     */
    public static SegmentRegister flat(int selector, int type, int size) {
        return new SegmentRegister(selector, 0, -1, type | S | PRESENT | GRANULARITY | size);
    }

    /**
     * The same with another selector and base.
     *
     * @param newSelector selector
     * @param newBase base
     * @return a copy
     */
    public SegmentRegister at(int newSelector, long newBase) {
        return new SegmentRegister(newSelector, newBase, limit, attributes);
    }
}
