package lodge.tests.lockstep;

import lodge.core.cpu.ControlRegisters;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;

/**
 * The modes that are compared: what their tables in memory are, and how a processor enters them.
 */
enum Mode {
    REAL(0, 0),
    PROTECTED16(0x18, 0x20),
    PROTECTED32(0x8, 0x10);

    static final int IDT = 0x400;
    static final int GDT = 0x800;
    static final int TSS = 0xa00;
    static final int LDT = 0xb00;
    static final int CODE = 0x1000;

    /** Handlers of two bytes that jump to themselves: the next step changes nothing. */
    static final int HANDLERS = 0x1800;

    static final int VECTORS = 32;
    static final int DATA = 0x2000;
    static final int STACK = 0x8000;
    static final int STACK_END = 0xf000;

    private static final int LDT_SELECTOR = 0x60;
    private static final int TSS_SELECTOR = 0x58;
    private static final int BUSY = 2;

    /** The GDT: a bit of everything that a selector may find. */
    private static final long[] DESCRIPTORS = {
        0,
        descriptor(0, 0xfffff, 0xc09b), // 08: code, 32 bits, 4 GiB
        descriptor(0, 0xfffff, 0xc093), // 10: data, 32 bits, 4 GiB
        descriptor(0, 0xffff, 0x009b), // 18: code, 16 bits
        descriptor(0, 0xffff, 0x0093), // 20: data, 16 bits
        descriptor(0, 0x0fff, 0x4097), // 28: expands down
        descriptor(0x4000, 0x1fff, 0x4092), // 30: data with a base, not yet accessed
        descriptor(0, 0xffff, 0x4013), // 38: not present
        descriptor(0, 0xfffff, 0xc0f3), // 40: data of ring 3
        descriptor(0, 0xffff, 0x409e), // 48: conforming code
        descriptor(0x2000, 0x2fff, 0x4090), // 50: read-only data
        descriptor(TSS, 0x67, 0x0089), // 58: available TSS
        descriptor(LDT, 0xf, 0x0082), // 60: LDT
        0x0000_8c00_0008_0000L | HANDLERS, // 68: call gate of 32 bits
        descriptor(0, 0xffff, 0x4098), // 70: code that cannot be read
        descriptor(0, 0xfffff, 0xc0fb), // 78: code of ring 3
    };

    private final int codeSelector;
    private final int dataSelector;

    /** Interrupt gates of 32 bits: for those of 16 bits KVM's emulator pushes 32, too. */
    private static final int GATE = 0x8e;

    Mode(int codeSelector, int dataSelector) {
        this.codeSelector = codeSelector;
        this.dataSelector = dataSelector;
    }

    private static long descriptor(long base, long limit, long attributes) {
        return limit & 0xffff
                | (base & 0xff_ffff) << 16
                | (attributes & 0xff) << 40
                | (limit >>> 16 & 0xf) << 48
                | (attributes >>> 12 & 0xf) << 52
                | (base >>> 24 & 0xff) << 56;
    }

    boolean real() {
        return this == REAL;
    }

    /** Whether operands and addresses have 32 bits without a prefix. */
    boolean wide() {
        return this == PROTECTED32;
    }

    static int selectors() {
        return DESCRIPTORS.length;
    }

    /** Writes the tables and the handlers. */
    void fill(byte[] memory) {
        for (int vector = 0; vector < (real() ? 256 : VECTORS); vector++) {
            int handler = HANDLERS + 2 * (vector % VECTORS);
            if (real()) {
                put(memory, 4 * vector, 4, handler);
            } else {
                long gate = handler | (long) codeSelector << 16 | (long) GATE << 40;
                put(memory, IDT + 8 * vector, 8, gate);
            }
        }
        for (int vector = 0; vector < VECTORS; vector++) {
            put(memory, HANDLERS + 2 * vector, 2, 0xfeeb); // jmp to itself
        }
        for (int i = 0; i < DESCRIPTORS.length; i++) {
            put(memory, GDT + 8 * i, 8, DESCRIPTORS[i]);
        }
        put(memory, TSS + 4, 4, STACK_END);
        put(memory, TSS + 8, 4, dataSelector);
        put(memory, LDT, 8, DESCRIPTORS[2]);
        put(memory, LDT + 8, 8, DESCRIPTORS[4]);
    }

    static void put(byte[] memory, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            memory[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** A segment register as loading it leaves it; in real mode from any paragraph. */
    SegmentRegister segment(int selector) {
        if (real()) {
            return SegmentRegister.real(selector, 3);
        }
        long d = DESCRIPTORS[selector >>> 3];
        int attributes = (int) (d >>> 40) & 0xf0ff;
        int limit = (int) (d & 0xffff | d >>> 32 & 0xf_0000);
        if ((attributes & SegmentRegister.GRANULARITY) != 0) {
            limit = limit << 12 | 0xfff;
        }
        long base = d >>> 16 & 0xff_ffff | d >>> 32 & 0xff00_0000L;
        return new SegmentRegister(selector, base, limit, attributes | 1);
    }

    int dataSelector() {
        return dataSelector;
    }

    /** The state in which code at {@link #CODE} begins. */
    CpuState enter(
            CpuState reset,
            GeneralRegisters general,
            SegmentRegister ds,
            SegmentRegister es,
            SegmentRegister fs,
            SegmentRegister gs) {
        SegmentRegisters now = reset.segments();
        SegmentRegister code = real() ? SegmentRegister.real(0, 0xb) : segment(codeSelector);
        SegmentRegister ldtr = now.ldtr();
        SegmentRegister tr = now.tr();
        if (!real()) {
            SegmentRegister table = segment(LDT_SELECTOR);
            ldtr = new SegmentRegister(LDT_SELECTOR, table.base(), table.limit(), 0x82);
            SegmentRegister task = segment(TSS_SELECTOR);
            tr = new SegmentRegister(TSS_SELECTOR, task.base(), task.limit(), 0x89 | BUSY);
        }
        SegmentRegisters segments =
                new SegmentRegisters(
                        es,
                        code,
                        segment(dataSelector),
                        ds,
                        fs,
                        gs,
                        ldtr,
                        tr,
                        GDT,
                        8 * DESCRIPTORS.length - 1,
                        real() ? 0 : IDT,
                        real() ? 0x3ff : 8 * VECTORS - 1);
        ControlRegisters control = reset.control();
        ControlRegisters changed =
                new ControlRegisters(
                        ControlRegisters.CR0_ET | (real() ? 0 : ControlRegisters.CR0_PE),
                        control.cr2(),
                        control.cr3(),
                        control.cr4(),
                        control.cr8(),
                        control.efer(),
                        control.xcr0());
        return reset.with(general, segments, changed);
    }
}
