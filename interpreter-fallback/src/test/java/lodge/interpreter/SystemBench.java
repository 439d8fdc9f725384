package lodge.interpreter;

import lodge.core.backend.Exit;

/**
 * A {@link Bench} with descriptor tables: GDT at {@link #GDT}, LDT at {@link #LDT}, IDT at {@link
 * #IDT}, TSS at {@link #TSS}, handlers at {@link #HANDLER}, the inner stack ends at {@link
 * #INNER_STACK}.
 */
final class SystemBench implements AutoCloseable {
    static final int GDT = 0x10000;
    static final int LDT = 0x11000;
    static final int IDT = 0x12000;
    static final int TSS = 0x13000;
    static final int HANDLER = 0x3000;
    static final int INNER_STACK = 0x8000;

    // Selectors that are the same everywhere.
    static final int CODE0 = 0x08;
    static final int DATA0 = 0x10;
    static final int CODE3 = 0x1b;
    static final int DATA3 = 0x23;
    static final int TSS_SELECTOR = 0x28;

    final Bench bench;
    final Cpu cpu;
    private boolean wide;

    SystemBench() {
        this(new FixedApic());
    }

    SystemBench(LocalApicPort apic) {
        bench = new Bench(-1L, apic);
        cpu = bench.cpu;
    }

    /** A descriptor with a base, a limit in its own units and attributes as CpuSystem has them. */
    static long descriptor(long base, int limit, int attributes) {
        return limit & 0xffffL
                | (base & 0xff_ffff) << 16
                | (long) (attributes & 0xff) << 40
                | (long) (limit >> 16 & 0xf) << 48
                | (long) (attributes >> 12 & 0xf) << 52
                | (base >>> 24 & 0xff) << 56;
    }

    /** A gate with a 32-bit offset; the count is parameters or IST. */
    static long gate(int selector, long offset, int access, int count) {
        return offset & 0xffff
                | (long) selector << 16
                | (long) count << 32
                | (long) access << 40
                | (offset >>> 16 & 0xffff) << 48;
    }

    SystemBench gdt(int selector, long descriptor) {
        bench.memory.writeLong(GDT + (selector & 0xfff8), descriptor);
        return this;
    }

    SystemBench idt(int vector, long gate) {
        bench.memory.writeLong(IDT + (wide ? 16L : 8L) * vector, gate);
        if (wide) {
            bench.memory.writeLong(IDT + 16L * vector + 8, 0);
        }
        return this;
    }

    /** Gates for the exceptions 0 to 31: vector n enters {@link #HANDLER} + 16 n at level 0. */
    private void handlers() {
        for (int vector = 0; vector < 32; vector++) {
            idt(vector, gate(CODE0, HANDLER + 16 * vector, 0x8e, 0));
        }
    }

    private void common(int code0, int code3) {
        cpu.gdtrBase = GDT;
        cpu.gdtrLimit = 0x3ff;
        cpu.idtrBase = IDT;
        cpu.idtrLimit = wide ? 0xfff : 0x7ff;
        gdt(CODE0, descriptor(0, 0xf_ffff, code0));
        gdt(DATA0, descriptor(0, 0xf_ffff, 0xc093));
        gdt(CODE3, descriptor(0, 0xf_ffff, code3));
        gdt(DATA3, descriptor(0, 0xf_ffff, 0xc0f3));
        gdt(TSS_SELECTOR, descriptor(TSS, 0xff, 0x8b));
        handlers();
        Segments.set(cpu, CpuRegisters.TR, TSS_SELECTOR, TSS, 0xff, 0x8b);
        Segments.setNull(cpu, CpuRegisters.LDTR, 0, 0);
        cpu.systemFlags = 0;
    }

    SystemBench flat32() {
        bench.flat32();
        common(0xc09b, 0xc0fb);
        bench.memory.writeInt(TSS + 4, INNER_STACK);
        bench.memory.writeInt(TSS + 8, DATA0);
        return this;
    }

    SystemBench long64() {
        wide = true;
        bench.long64();
        common(0xa09b, 0xa0fb);
        bench.memory.writeLong(TSS + 4, INNER_STACK);
        return this;
    }

    SystemBench real16() {
        bench.real16();
        cpu.idtrBase = 0;
        cpu.idtrLimit = 0x3ff;
        cpu.systemFlags = 0;
        return this;
    }

    /** Goes to level 3 with flat segments. */
    SystemBench user() {
        int code = wide ? 0xa0fb : 0xc0fb;
        Segments.set(cpu, CpuRegisters.CS, CODE3, 0, -1, code);
        for (int segment : new int[] {0, 2, 3, 4, 5}) {
            Segments.set(cpu, segment, DATA3, 0, -1, 0xc0f3);
        }
        cpu.cpl = 3;
        cpu.modeChanged();
        return this;
    }

    SystemBench code(String hex) {
        bench.code(hex);
        return this;
    }

    SystemBench step() {
        Exit exit = bench.steps(1);
        if (exit != null) {
            throw new AssertionError("stopped with " + exit);
        }
        return this;
    }

    long reg(int r) {
        return cpu.reg64(r);
    }

    long stack(int index, int size) {
        long at = cpu.base(CpuRegisters.SS) + cpu.stackPointer() + (long) index * size;
        return switch (size) {
            case 2 -> bench.memory.readShort(at) & 0xffff;
            case 4 -> bench.memory.readInt(at) & 0xffff_ffffL;
            default -> bench.memory.readLong(at);
        };
    }

    @Override
    public void close() {
        bench.close();
    }
}
