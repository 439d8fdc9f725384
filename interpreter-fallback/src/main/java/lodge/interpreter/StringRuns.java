package lodge.interpreter;

import java.lang.foreign.MemorySegment;

/**
 * Runs of elements of repeated string instructions, done in host memory at once. A run stays within
 * one page on either side, which bounds how long an interrupt waits; where the TLB does not lead to
 * memory (first touch, devices, decoded code, a segment's end) there is none, and the caller goes
 * on element by element.
 */
final class StringRuns {
    /** All memory: an offset is a host address. */
    private static final MemorySegment EVERYTHING = everything();

    private static final int PAGE = 4096;

    private StringRuns() {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        // SAFETY: only used with addresses that hostForRead and hostForWrite gave, within a page.
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /**
     * Does as many elements as can be done at once, and moves SI and DI.
     *
     * @param left how many there are; at least 1
     * @return how many were done; 0 when the next must be done alone
     */
    static long run(Cpu c, Insn i, StringUnit.Op op, long left) {
        return switch (op) {
            case MOVS -> move(c, i, left);
            case STOS -> fill(c, i, left);
            case CMPS -> compare(c, i, left);
            case SCAS -> scan(c, i, left);
            case INS -> in(c, i, left);
            case OUTS -> out(c, i, left);
            default -> 0;
        };
    }

    private static boolean down(Cpu c) {
        return (c.systemFlags & CpuRegisters.DF) != 0;
    }

    /**
     * Returns how many bytes from an element on, in the direction of DF, lie in its page and do not
     * wrap around the address size.
     */
    private static long room(Cpu c, Insn i, int segment, long index, int size) {
        long va = c.base(segment) * (c.code64 && segment < CpuRegisters.FS ? 0 : 1) + index;
        long inPage = va & PAGE - 1;
        if (down(c)) {
            return Math.min(inPage, Long.compareUnsigned(index, PAGE) < 0 ? index : PAGE) + size;
        }
        long top = CpuRegisters.unsigned(-1L, i.addrSize);
        long beforeWrap = top - index;
        return Math.min(
                PAGE - inPage, Long.compareUnsigned(beforeWrap, PAGE) < 0 ? beforeWrap + 1 : PAGE);
    }

    /** Number of elements for a run, by the room on one or both sides. */
    private static int elements(long left, long room, int size) {
        return (int)
                (Long.compareUnsigned(left, PAGE) < 0 ? Math.min(left, room / size) : room / size);
    }

    /**
     * Finds the host address of a run's lowest byte.
     *
     * @return 0 when it cannot be done at once
     */
    private static long host(
            Cpu c, Insn i, int segment, int register, int count, int size, boolean write) {
        long index = StringUnit.index(c, i, register);
        int bytes = count * size;
        long lowest = down(c) ? index - (bytes - size) : index;
        if (!inside(c, segment, lowest, bytes, write)) {
            return 0;
        }
        long va = c.linear(segment, lowest, bytes, write);
        return write ? c.hostForWrite(va, bytes) : c.hostForRead(va, bytes);
    }

    /** Whether {@link CpuMemory#linear} would not fault. */
    private static boolean inside(Cpu c, int segment, long offset, int bytes, boolean write) {
        if (c.code64) {
            long va = segment >= CpuRegisters.FS ? c.base(segment) + offset : offset;
            return c.canonical(va) && c.canonical(va + bytes - 1);
        }
        int may = c.access[segment];
        return (may & (write ? CpuSystem.WRITE : CpuSystem.READ)) != 0
                && (may & CpuSystem.EXPAND_DOWN) == 0
                && offset + bytes - 1 <= (c.limit[segment] & 0xffff_ffffL);
    }

    private static long move(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long si = StringUnit.index(c, i, CpuRegisters.RSI);
        long di = StringUnit.index(c, i, CpuRegisters.RDI);
        int count =
                elements(
                        left,
                        Math.min(
                                room(c, i, i.segment, si, size),
                                room(c, i, CpuRegisters.ES, di, size)),
                        size);
        if (count < 2) {
            return 0;
        }
        long from = host(c, i, i.segment, CpuRegisters.RSI, count, size, false);
        long to = host(c, i, CpuRegisters.ES, CpuRegisters.RDI, count, size, true);
        if (from == 0 || to == 0) {
            return 0;
        }
        int bytes = count * size;
        boolean down = down(c);
        // Elements that were written must not be read again in this run, unless one by one.
        boolean apart = to + bytes <= from || from + bytes <= to;
        if (apart || (down ? to >= from : to <= from)) {
            RawMemory.copy(from, to, bytes);
        } else if (down) {
            for (int at = bytes - size; at >= 0; at -= size) {
                put(to + at, size, get(from + at, size));
            }
        } else {
            for (int at = 0; at < bytes; at += size) {
                put(to + at, size, get(from + at, size));
            }
        }
        StringUnit.advance(c, i, CpuRegisters.RSI, bytes);
        StringUnit.advance(c, i, CpuRegisters.RDI, bytes);
        return count;
    }

    private static long fill(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long di = StringUnit.index(c, i, CpuRegisters.RDI);
        int count = elements(left, room(c, i, CpuRegisters.ES, di, size), size);
        if (count < 2) {
            return 0;
        }
        long to = host(c, i, CpuRegisters.ES, CpuRegisters.RDI, count, size, true);
        if (to == 0) {
            return 0;
        }
        int bytes = count * size;
        long v = c.reg(CpuRegisters.RAX, size);
        long repeated = (v & 0xff) * 0x0101_0101_0101_0101L;
        if (v == CpuRegisters.unsigned(repeated, size)) {
            RawMemory.fill(to, bytes, (byte) v);
        } else {
            for (int at = 0; at < bytes; at += size) {
                put(to + at, size, v);
            }
        }
        StringUnit.advance(c, i, CpuRegisters.RDI, bytes);
        return count;
    }

    private static long compare(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long si = StringUnit.index(c, i, CpuRegisters.RSI);
        long di = StringUnit.index(c, i, CpuRegisters.RDI);
        int count =
                elements(
                        left,
                        Math.min(
                                room(c, i, i.segment, si, size),
                                room(c, i, CpuRegisters.ES, di, size)),
                        size);
        if (count < 2) {
            return 0;
        }
        long first = host(c, i, i.segment, CpuRegisters.RSI, count, size, false);
        long second = host(c, i, CpuRegisters.ES, CpuRegisters.RDI, count, size, false);
        if (first == 0 || second == 0) {
            return 0;
        }
        boolean whileEqual = i.rep == 0xf3;
        int last = (count - 1) * size;
        int at = down(c) ? last : 0;
        int by = down(c) ? -size : size;
        int done = 0;
        long a;
        long b;
        do {
            a = get(first + at, size);
            b = get(second + at, size);
            at += by;
            done++;
        } while (done < count && a == b == whileEqual);
        StringUnit.compare(c, size, a, b);
        StringUnit.advance(c, i, CpuRegisters.RSI, (long) done * size);
        StringUnit.advance(c, i, CpuRegisters.RDI, (long) done * size);
        return done;
    }

    private static long scan(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long di = StringUnit.index(c, i, CpuRegisters.RDI);
        int count = elements(left, room(c, i, CpuRegisters.ES, di, size), size);
        if (count < 2) {
            return 0;
        }
        long in = host(c, i, CpuRegisters.ES, CpuRegisters.RDI, count, size, false);
        if (in == 0) {
            return 0;
        }
        boolean whileEqual = i.rep == 0xf3;
        long a = c.reg(CpuRegisters.RAX, size);
        int at = down(c) ? (count - 1) * size : 0;
        int by = down(c) ? -size : size;
        int done = 0;
        long b;
        do {
            b = get(in + at, size);
            at += by;
            done++;
        } while (done < count && a == b == whileEqual);
        StringUnit.compare(c, size, a, b);
        StringUnit.advance(c, i, CpuRegisters.RDI, (long) done * size);
        return done;
    }

    private static long in(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long di = StringUnit.index(c, i, CpuRegisters.RDI);
        int count = elements(left, room(c, i, CpuRegisters.ES, di, size), size);
        if (count < 2 || down(c)) {
            return 0;
        }
        int port = c.reg16(CpuRegisters.RDX);
        IoPermission.check(c, port, size);
        long to = host(c, i, CpuRegisters.ES, CpuRegisters.RDI, count, size, true);
        if (to == 0) {
            return 0;
        }
        c.io.ins(port, size, count, EVERYTHING, to);
        StringUnit.advance(c, i, CpuRegisters.RDI, (long) count * size);
        return count;
    }

    private static long out(Cpu c, Insn i, long left) {
        int size = StringUnit.elementSize(i);
        long si = StringUnit.index(c, i, CpuRegisters.RSI);
        int count = elements(left, room(c, i, i.segment, si, size), size);
        if (count < 2 || down(c)) {
            return 0;
        }
        int port = c.reg16(CpuRegisters.RDX);
        IoPermission.check(c, port, size);
        long from = host(c, i, i.segment, CpuRegisters.RSI, count, size, false);
        if (from == 0) {
            return 0;
        }
        c.io.outs(port, size, count, EVERYTHING, from);
        StringUnit.advance(c, i, CpuRegisters.RSI, (long) count * size);
        return count;
    }

    private static long get(long at, int size) {
        return switch (size) {
            case 1 -> RawMemory.getByte(at) & 0xff;
            case 2 -> RawMemory.getChar(at);
            case 4 -> RawMemory.getInt(at) & 0xffff_ffffL;
            default -> RawMemory.getLong(at);
        };
    }

    private static void put(long at, int size, long v) {
        switch (size) {
            case 1 -> RawMemory.putByte(at, (byte) v);
            case 2 -> RawMemory.putShort(at, (short) v);
            case 4 -> RawMemory.putInt(at, (int) v);
            default -> RawMemory.putLong(at, v);
        }
    }
}
