package lodge.interpreter;

/**
 * Descriptors and segment registers (SDM vol. 3A, 3.4 and chapter 5): finding a descriptor by its
 * selector, its fields, and loading the hidden part of a segment register with the checks of MOV,
 * POP and LDS. A descriptor is handled as the long that lies in the table.
 */
final class Segments {
    /** Type bits of a segment descriptor. */
    static final int ACCESSED = 1;

    /** Of code: readable; of data: writable. */
    static final int READ_WRITE = 2;

    /** Of code: conforming; of data: expand-down. */
    static final int CONFORMING = 4;

    static final int CODE = 8;

    // Types of system descriptors (SDM vol. 3A, table 3-2).
    static final int TSS_16 = 1;
    static final int LDT = 2;
    static final int TSS_16_BUSY = 3;
    static final int CALL_GATE_16 = 4;
    static final int TASK_GATE = 5;
    static final int INTERRUPT_GATE_16 = 6;
    static final int TRAP_GATE_16 = 7;
    static final int TSS_32 = 9;
    static final int TSS_32_BUSY = 11;
    static final int CALL_GATE_32 = 12;
    static final int INTERRUPT_GATE_32 = 14;
    static final int TRAP_GATE_32 = 15;

    /** Hidden part of a data segment in real mode: present, writable, accessed. */
    static final int REAL_DATA = 0x93;

    static final int REAL_CODE = 0x9b;

    /** Hidden part of every segment in virtual-8086 mode (SDM vol. 3C, 27.3.1.2). */
    static final int VM86 = 0xf3;

    private Segments() {}

    // ---- fields of a descriptor ----

    static int type(long d) {
        return (int) (d >>> 40) & 15;
    }

    /** S: code or data, no system descriptor. */
    static boolean isSegment(long d) {
        return (d >>> 44 & 1) != 0;
    }

    static boolean isCode(long d) {
        return (d >>> 40 & 0x18) == 0x18;
    }

    static boolean isConforming(long d) {
        return (d >>> 40 & 0x1c) == 0x1c;
    }

    static boolean isWritableData(long d) {
        return (d >>> 40 & 0x1a) == 0x12;
    }

    static int dpl(long d) {
        return (int) (d >>> 45) & 3;
    }

    static boolean isPresent(long d) {
        return (d >>> 47 & 1) != 0;
    }

    static boolean isLong(long d) {
        return (d >>> 53 & 1) != 0;
    }

    static boolean isBig(long d) {
        return (d >>> 54 & 1) != 0;
    }

    static long base(long d) {
        return d >>> 16 & 0xff_ffff | d >>> 32 & 0xff00_0000L;
    }

    static int limit(long d) {
        int limit = (int) (d & 0xffff | d >>> 32 & 0xf_0000);
        return (d >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
    }

    /** The access rights as {@link CpuSystem#attributes} has them. */
    static int attributes(long d) {
        return (int) (d >>> 40) & 0xf0ff;
    }

    static int gateSelector(long d) {
        return (int) (d >>> 16) & 0xffff;
    }

    /** Offset of a 16-bit gate, and the lower half of a 32-bit one's. */
    static long gateOffset32(long d) {
        return d & 0xffff | d >>> 32 & 0xffff_0000L;
    }

    static boolean isNull(int selector) {
        return (selector & 0xfffc) == 0;
    }

    // ---- exceptions: the error code has the selector without RPL, and EXT while an event is
    // delivered ----

    static GuestFault fault(Cpu c, int vector, int selector) {
        return c.raise(vector, selector & 0xfffc | c.events.ext);
    }

    static GuestFault gp(Cpu c, int selector) {
        return fault(c, GuestFault.GP, selector);
    }

    // ---- tables ----

    /** A linear address of a table: 32 bits outside IA-32e mode. */
    static long tableAddress(Cpu c, long va) {
        return c.longMode() ? va : va & 0xffff_ffffL;
    }

    /**
     * Whether a selector leads into its table.
     *
     * @param bytes of the entry, 8 or 16
     */
    static boolean inTable(Cpu c, int selector, int bytes) {
        int last = (selector & 0xfff8) + bytes - 1;
        if ((selector & 4) == 0) {
            return last <= (c.gdtrLimit & 0xffff);
        }
        return (c.attributes[CpuRegisters.LDTR] & CpuSystem.ATTR_UNUSABLE) == 0
                && last <= (c.limit[CpuRegisters.LDTR] & 0xffff_ffffL);
    }

    /** The linear address of a selector's descriptor. */
    static long address(Cpu c, int selector) {
        long table = (selector & 4) == 0 ? c.gdtrBase : c.base(CpuRegisters.LDTR);
        return tableAddress(c, table + (selector & 0xfff8));
    }

    /**
     * Reads a descriptor.
     *
     * @param selector a selector that is not null
     * @param vector what to raise, with the selector as error code, when it is beyond the table
     */
    static long descriptor(Cpu c, int selector, int vector) {
        if (!inTable(c, selector, 8)) {
            throw fault(c, vector, selector);
        }
        return load(c, address(c, selector), 8);
    }

    /**
     * Reads the upper half of a 16-byte system descriptor of IA-32e mode.
     *
     * @param vector what to raise when it is beyond the table or no such half
     */
    static long upperHalf(Cpu c, int selector, int vector) {
        if (!inTable(c, selector, 16)) {
            throw fault(c, vector, selector);
        }
        long high = load(c, address(c, selector) + 8, 8);
        // The type in the upper half's second doubleword must be 0 (SDM vol. 3A, 5.8.3.1).
        if ((high >>> 40 & 0x1f) != 0) {
            throw fault(c, vector, selector);
        }
        return high;
    }

    /** Loads from a system table with supervisor privilege. */
    static long load(Cpu c, long va, int size) {
        c.implicit();
        long v = c.load(tableAddress(c, va), size);
        c.explicit();
        return v;
    }

    /** Stores to a system table with supervisor privilege. */
    static void store(Cpu c, long va, int size, long v) {
        c.implicit();
        c.store(tableAddress(c, va), size, v);
        c.explicit();
    }

    /**
     * Marks a segment's descriptor as accessed (SDM vol. 3A, 3.4.5.1), in one step for all
     * processors.
     *
     * @return the descriptor with the bit set
     */
    static long markAccessed(Cpu c, int selector, long d) {
        if ((d >>> 40 & ACCESSED) == 0) {
            setTypeBit(c, address(c, selector), d, ACCESSED);
        }
        return d | (long) ACCESSED << 40;
    }

    /** Sets a bit of the access byte of a descriptor in memory. */
    static void setTypeBit(Cpu c, long address, long d, int bit) {
        long at = tableAddress(c, address + 5);
        long old = d >>> 40 & 0xff;
        c.implicit();
        c.probeWrite(at, 1);
        while (!c.compareAndStore(at, 1, old, old | bit)) {
            old = c.load8(at);
        }
        c.explicit();
    }

    /** Clears a bit of the access byte of a descriptor in memory. */
    static void clearTypeBit(Cpu c, long address, int bit) {
        long at = tableAddress(c, address + 5);
        c.implicit();
        c.probeWrite(at, 1);
        long old = c.load8(at);
        while (!c.compareAndStore(at, 1, old, old & ~bit)) {
            old = c.load8(at);
        }
        c.explicit();
    }

    // ---- segment registers ----

    /** Writes a segment register with its hidden part; {@code modeChanged} is the caller's. */
    static void set(Cpu c, int segment, int selector, long base, int limit, int attributes) {
        c.selector[segment] = selector & 0xffff;
        c.setBase(segment, base);
        c.limit[segment] = limit;
        c.attributes[segment] = attributes;
        if (segment < CpuRegisters.LDTR) {
            c.refreshSegment(segment);
        }
    }

    /** Writes a segment register from a descriptor. */
    static void set(Cpu c, int segment, int selector, long d) {
        set(c, segment, selector, base(d), limit(d), attributes(d));
    }

    /** Writes a null selector; the DPL counts for SS. */
    static void setNull(Cpu c, int segment, int selector, int dpl) {
        set(c, segment, selector, 0, 0, CpuSystem.ATTR_UNUSABLE | dpl << 5);
    }

    /** Loads a segment register as real mode does: limit and size stay (SDM vol. 3A, 10.9.1). */
    static void setReal(Cpu c, int segment, int selector) {
        int old = c.attributes[segment];
        boolean usable = (old & CpuSystem.ATTR_UNUSABLE) == 0;
        int rights = segment == CpuRegisters.CS ? REAL_CODE : REAL_DATA;
        set(
                c,
                segment,
                selector,
                (selector & 0xffffL) << 4,
                usable ? c.limit[segment] : 0xffff,
                rights | (usable ? old & (CpuSystem.ATTR_DB | CpuSystem.ATTR_G) : 0));
    }

    /** Loads a segment register as virtual-8086 mode does. */
    static void setVm86(Cpu c, int segment, int selector) {
        set(c, segment, selector, (selector & 0xffffL) << 4, 0xffff, VM86);
    }

    /** Loads a segment register outside protected mode. */
    static void setParagraph(Cpu c, int segment, int selector) {
        if (c.vm86()) {
            setVm86(c, segment, selector);
        } else {
            setReal(c, segment, selector);
        }
    }

    /**
     * Loads ES, SS, DS, FS or GS with all checks (SDM vol. 2B, MOV), and derives the modes.
     *
     * @throws GuestFault #GP, #NP or #SS; nothing has changed
     */
    static void load(Cpu c, int segment, int selector) {
        if (c.realOrVm86()) {
            setParagraph(c, segment, selector);
        } else if (segment == CpuRegisters.SS) {
            loadStack(c, selector);
        } else {
            loadData(c, segment, selector);
        }
        if (!c.code64) {
            c.modeChanged();
        }
    }

    private static void loadStack(Cpu c, int selector) {
        int rpl = selector & 3;
        if (isNull(selector)) {
            if (!c.code64 || c.cpl == 3 || rpl != c.cpl) {
                throw gp(c, 0);
            }
            setNull(c, CpuRegisters.SS, selector, c.cpl);
            return;
        }
        long d = descriptor(c, selector, GuestFault.GP);
        if (rpl != c.cpl || !isWritableData(d) || dpl(d) != c.cpl) {
            throw gp(c, selector);
        }
        if (!isPresent(d)) {
            throw fault(c, GuestFault.SS, selector);
        }
        set(c, CpuRegisters.SS, selector, markAccessed(c, selector, d));
    }

    private static void loadData(Cpu c, int segment, int selector) {
        if (isNull(selector)) {
            setNull(c, segment, selector, 0);
            return;
        }
        long d = descriptor(c, selector, GuestFault.GP);
        if (!mayLoad(d, selector & 3, c.cpl)) {
            throw gp(c, selector);
        }
        if (!isPresent(d)) {
            throw fault(c, GuestFault.NP, selector);
        }
        set(c, segment, selector, markAccessed(c, selector, d));
    }

    /** Whether a descriptor may go into DS, ES, FS or GS. */
    static boolean mayLoad(long d, int rpl, int cpl) {
        if (!isSegment(d) || isCode(d) && (type(d) & READ_WRITE) == 0) {
            return false;
        }
        return isConforming(d) || rpl <= dpl(d) && cpl <= dpl(d);
    }

    /**
     * Checks the descriptor of a new stack segment (SDM vol. 2, CALL and INT n).
     *
     * @param selector the selector, not null
     * @param level the privilege level it is for
     * @param vector what to raise unless it is not present: #TS or #GP
     * @return the descriptor
     */
    static long stackDescriptor(Cpu c, int selector, int level, int vector) {
        long d = descriptor(c, selector, vector);
        if ((selector & 3) != level || dpl(d) != level || !isWritableData(d)) {
            throw fault(c, vector, selector);
        }
        if (!isPresent(d)) {
            throw fault(c, GuestFault.SS, selector);
        }
        return d;
    }

    /** Loads CS from a checked descriptor, and the privilege level. */
    static void setCode(Cpu c, int selector, long d, int level) {
        set(c, CpuRegisters.CS, selector & 0xfffc | level, d);
        c.cpl = level;
    }

    /** After a return to an outer level: segments that it may not use become null. */
    static void dropInner(Cpu c) {
        dropInner(c, CpuRegisters.ES);
        dropInner(c, CpuRegisters.DS);
        dropInner(c, CpuRegisters.FS);
        dropInner(c, CpuRegisters.GS);
    }

    private static void dropInner(Cpu c, int segment) {
        int a = c.attributes[segment];
        boolean conforming = (a & (CODE | CONFORMING)) == (CODE | CONFORMING);
        if ((a & CpuSystem.ATTR_UNUSABLE) == 0 && !conforming && c.dpl(segment) < c.cpl) {
            setNull(c, segment, 0, 0);
        }
    }

    /**
     * Checks that an offset lies in a code segment that is about to be entered.
     *
     * @param d its descriptor
     * @param error the error code: 0, or EXT
     */
    static void checkOffset(Cpu c, long d, long offset, int error) {
        boolean wide = c.longMode() && isLong(d);
        if (wide ? !c.canonical(offset) : offset > (limit(d) & 0xffff_ffffL)) {
            throw c.gp(error);
        }
    }

    /** In IA-32e mode a code segment must not have both L and D set. */
    static boolean badLong(Cpu c, long d) {
        return c.longMode() && isLong(d) && isBig(d);
    }
}
