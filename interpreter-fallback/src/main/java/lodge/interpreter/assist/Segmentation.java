package lodge.interpreter.assist;

import static lodge.interpreter.assist.Processor.CS;
import static lodge.interpreter.assist.Processor.FS;
import static lodge.interpreter.assist.Processor.SS;

import lodge.core.cpu.SegmentRegister;

/**
 * Segments of protected and 64-bit mode: limits and rights of accesses (SDM vol. 3A, 6.3 to 6.5),
 * and descriptors (3.4.5, and 5.2.1 for 64-bit mode).
 */
final class Segmentation {
    /** Type bit of a segment: code. */
    static final int CODE = 1 << 3;

    /** Type bit of a code segment: conforming; of a data segment: expands down. */
    static final int CONFORMING = 1 << 2;

    /** Type bit of a code segment: readable; of a data segment: writable. */
    static final int READ_WRITE = 1 << 1;

    private static final int ACCESSED = 1;
    private static final int EXPAND_DOWN = 1 << 2;

    /** The part of a selector that an error code tells. */
    static final int INDEX_AND_TABLE = 0xfffc;

    private static final int LOCAL = 1 << 2;

    private final Processor cpu;
    private final LinearSpace space;

    Segmentation(Processor cpu, LinearSpace space) {
        this.cpu = cpu;
        this.space = space;
    }

    /**
     * A segment descriptor as it stands in a table.
     *
     * @param selector the selector that led to it
     * @param address its linear address
     * @param raw its 8 bytes
     */
    record Descriptor(int selector, long address, long raw) {
        int type() {
            return (int) (raw >>> 40) & 0xf;
        }

        boolean segment() {
            return (raw >>> 44 & 1) != 0;
        }

        boolean code() {
            return segment() && (type() & CODE) != 0;
        }

        boolean conforming() {
            return (type() & CONFORMING) != 0;
        }

        boolean writableData() {
            return segment() && (type() & (CODE | READ_WRITE)) == READ_WRITE;
        }

        int dpl() {
            return (int) (raw >>> 45) & 3;
        }

        boolean present() {
            return (raw >>> 47 & 1) != 0;
        }

        boolean code64() {
            return (raw >>> 53 & 1) != 0;
        }

        boolean big() {
            return (raw >>> 54 & 1) != 0;
        }

        /** Returns the last byte's offset, granularity applied. */
        int limit() {
            int limit = (int) (raw & 0xffff | raw >>> 32 & 0xf_0000);
            return (raw >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
        }

        /** Returns the selector as error codes tell it. */
        int error() {
            return selector & INDEX_AND_TABLE;
        }

        /**
         * Returns the segment register that holds it.
         *
         * @param rpl the privilege level to show in the selector
         */
        SegmentRegister register(int rpl) {
            long base = raw >>> 16 & 0xff_ffff | raw >>> 32 & 0xff00_0000L;
            int attributes = (int) (raw >>> 40) & 0xf0ff | ACCESSED;
            return new SegmentRegister(error() | rpl, base, limit(), attributes);
        }
    }

    static boolean isNull(int selector) {
        return (selector & INDEX_AND_TABLE) == 0;
    }

    static boolean canonical(long address) {
        return address << 16 >> 16 == address;
    }

    private static GuestFault violation(int segment) {
        return GuestFault.coded(segment == SS ? GuestFault.STACK : GuestFault.PROTECTION, 0);
    }

    /**
     * The linear address of an operand.
     *
     * @param segment its segment register
     * @param offset its offset, of the width of an address
     * @param size its size in bytes
     * @param write whether it is stored to
     * @throws GuestFault #SS(0) or #GP(0) when the segment does not allow it
     */
    long linear(int segment, long offset, int size, boolean write) throws GuestFault {
        SegmentRegister register = cpu.segments[segment];
        if (cpu.code64()) {
            long linear = segment >= FS ? register.base() + offset : offset;
            if (!canonical(linear) || !canonical(linear + size - 1)) {
                throw violation(segment);
            }
            return linear;
        }
        int attributes = register.attributes();
        if ((attributes & SegmentRegister.UNUSABLE) != 0
                || (attributes & SegmentRegister.PRESENT) == 0) {
            throw violation(segment);
        }
        boolean code = (attributes & CODE) != 0;
        boolean readWrite = (attributes & READ_WRITE) != 0;
        if (write ? code || !readWrite : code && !readWrite) {
            throw violation(segment);
        }
        long first = offset & 0xffff_ffffL;
        if (!within(register, first, first + size - 1)) {
            throw violation(segment);
        }
        return register.base() + first & 0xffff_ffffL;
    }

    private static boolean within(SegmentRegister register, long first, long last) {
        long limit = register.limit() & 0xffff_ffffL;
        if ((register.attributes() & (CODE | EXPAND_DOWN)) != EXPAND_DOWN) {
            return last <= limit;
        }
        boolean big = (register.attributes() & SegmentRegister.DEFAULT_BIG) != 0;
        return first > limit && last <= (big ? 0xffff_ffffL : 0xffff);
    }

    /**
     * The linear address of an instruction byte.
     *
     * @param rip its offset in CS
     */
    long fetchAddress(long rip) throws GuestFault {
        SegmentRegister code = cpu.segments[CS];
        if (cpu.code64()) {
            if (!canonical(rip)) {
                throw violation(CS);
            }
            return rip;
        }
        long offset = rip & 0xffff_ffffL;
        if (offset > (code.limit() & 0xffff_ffffL)) {
            throw violation(CS);
        }
        return code.base() + offset & 0xffff_ffffL;
    }

    /**
     * Reads a stack slot.
     *
     * @param pointer the stack pointer's value
     * @param size 2, 4 or 8
     */
    long stackLoad(long pointer, int size) throws Abandon {
        long offset = Processor.cut(pointer, cpu.stackSize());
        return space.load(linear(SS, offset, size, false), size, space.programs(0));
    }

    /**
     * Reads a descriptor from the GDT or LDT.
     *
     * @param selector a selector that is not null
     * @param vector the exception to raise when the table has no such entry
     * @return the descriptor
     */
    Descriptor descriptor(int selector, int vector) throws Abandon {
        boolean local = (selector & LOCAL) != 0;
        SegmentRegister ldtr = cpu.tables.ldtr();
        if (local
                && (isNull(ldtr.selector())
                        || (ldtr.attributes() & SegmentRegister.UNUSABLE) != 0)) {
            throw GuestFault.coded(vector, selector & INDEX_AND_TABLE);
        }
        long base = local ? ldtr.base() : cpu.tables.gdtrBase();
        long limit = (local ? ldtr.limit() : cpu.tables.gdtrLimit()) & 0xffff_ffffL;
        int offset = selector & 0xfff8;
        if (offset + 7 > limit) {
            throw GuestFault.coded(vector, selector & INDEX_AND_TABLE);
        }
        long address = base + offset;
        return new Descriptor(selector, address, space.load(address, 8, Paging.IMPLICIT));
    }

    /**
     * Marks a descriptor that goes into a segment register as accessed (SDM vol. 3A, 3.4.5.1).
     *
     * @param descriptor the descriptor
     */
    void markAccessed(Descriptor descriptor) throws Abandon {
        if ((descriptor.type() & ACCESSED) == 0) {
            int access = (int) (descriptor.raw >>> 40) & 0xff | ACCESSED;
            space.store(descriptor.address + 5, 1, access, Paging.IMPLICIT);
        }
    }

    /**
     * Returns a segment register with a null selector.
     *
     * @param selector 0 to 3
     * @param dpl the privilege level that its hidden part has; counts for SS
     */
    static SegmentRegister nullSegment(int selector, int dpl) {
        return new SegmentRegister(selector, 0, 0, SegmentRegister.UNUSABLE | dpl << 5);
    }
}
