package lodge.interpreter;

/**
 * A stack that something is pushed to before it becomes the processor's own: the frames of events
 * and of calls to an inner level. Pushing checks and stores; nothing of the processor changes until
 * the caller commits, so that a fault in the middle leaves everything as it was.
 */
final class StackFrame {
    private final Cpu c;

    /** The stack pointer, cut to its width. */
    long pointer;

    /** The upper part of RSP that a narrower stack leaves alone. */
    private long full;

    private int width;
    private long base;
    private long limit;
    private int attributes;
    private boolean supervisor;

    /** What a limit violation has as error code, without EXT. */
    private int error;

    StackFrame(Cpu c) {
        this.c = c;
    }

    /** Begins on the current stack. */
    void current() {
        begin(
                c.stackSize,
                c.reg64(CpuRegisters.RSP),
                c.base(CpuRegisters.SS),
                c.limit[CpuRegisters.SS],
                c.attributes[CpuRegisters.SS],
                c.cpl < 3,
                0);
    }

    /** Begins on a 64-bit stack. */
    void wide(long rsp, boolean inner) {
        begin(8, rsp, 0, -1, 0, inner, 0);
    }

    /**
     * Begins on the stack of an inner level.
     *
     * @param d the stack segment's descriptor
     */
    void inner(int selector, long d, long esp) {
        begin(
                Segments.isBig(d) ? 4 : 2,
                esp,
                Segments.base(d),
                Segments.limit(d),
                Segments.attributes(d),
                true,
                selector & 0xfffc);
    }

    private void begin(
            int width, long sp, long base, int limit, int attributes, boolean inner, int error) {
        this.width = width;
        full = sp;
        pointer = CpuRegisters.unsigned(sp, width);
        this.base = base;
        this.limit = limit & 0xffff_ffffL;
        this.attributes = attributes;
        supervisor = inner;
        this.error = error;
    }

    /** RSP as it is to be after the pushes. */
    long stackPointer() {
        return width == 2 ? full & ~0xffffL | pointer : pointer;
    }

    private GuestFault violation() {
        return c.raise(GuestFault.SS, error | c.events.ext);
    }

    private long address(long offset, int size) {
        if (width == 8) {
            if (!c.canonical(offset) || !c.canonical(offset + size - 1)) {
                throw violation();
            }
            return offset;
        }
        long last = offset + size - 1;
        boolean expandDown = (attributes & (Segments.CODE | Segments.CONFORMING)) == 4;
        boolean inside =
                expandDown
                        ? offset > limit
                                && last
                                        <= ((attributes & CpuSystem.ATTR_DB) != 0
                                                ? 0xffff_ffffL
                                                : 0xffff)
                        : last <= limit;
        int usable = CpuSystem.ATTR_P | CpuSystem.ATTR_UNUSABLE | Segments.CODE;
        boolean writable =
                (attributes & (usable | Segments.READ_WRITE))
                        == (CpuSystem.ATTR_P | Segments.READ_WRITE);
        if (!writable || !inside) {
            throw violation();
        }
        return base + offset & 0xffff_ffffL;
    }

    /** Pushes a value; #SS or #PF when there is no room. */
    void push(int size, long v) {
        long to = CpuRegisters.unsigned(pointer - size, width);
        long va = address(to, size);
        if (supervisor && c.cpl == 3) {
            c.implicit();
            c.store(va, size, v);
            c.explicit();
        } else {
            c.store(va, size, v);
        }
        pointer = to;
    }
}
