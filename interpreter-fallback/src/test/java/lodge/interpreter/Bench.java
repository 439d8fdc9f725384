package lodge.interpreter;

import lodge.core.backend.Exit;
import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;

/**
 * A processor with 1 MiB of memory at 0 for tests of a few instructions. {@link #long64}, {@link
 * #flat32} and {@link #real16} choose the mode; code lies at {@link #CODE}, data at {@link #DATA},
 * the stack ends at {@link #STACK}. In 64-bit mode everything is identity-mapped by 2 MiB pages
 * whose tables begin at 0x80000.
 */
final class Bench implements AutoCloseable {
    static final int CODE = 0x1000;
    static final int DATA = 0x4000;
    static final int STACK = 0x9000;
    private static final int TABLES = 0x80000;

    final PhysicalMemory physical;
    final GuestMemory memory;
    final MemoryBlock ram;
    final Cpu cpu;

    Bench() {
        this(-1L);
    }

    Bench(long features) {
        this(features, new FixedApic());
    }

    Bench(long features, LocalApicPort apic) {
        this(features, apic, new CodeBudget());
    }

    Bench(long features, CodeBudget budget) {
        this(features, new FixedApic(), budget);
    }

    private Bench(long features, LocalApicPort apic, CodeBudget budget) {
        physical = new PhysicalMemory(budget);
        memory = new GuestMemory(physical);
        ram = memory.allocate("ram", 1 << 20);
        memory.window(ram, 0, 1 << 20, 0).place(0, true);
        ProcessorModel model = new ProcessorModel(features, 0, 39, true, 0, List.of());
        cpu = new Cpu(physical, new IoSpace(), model, apic);
        physical.listener(
                new PhysicalMemory.Listener() {
                    @Override
                    public void mapChanged() {
                        cpu.attention(Cpu.FLUSH);
                    }

                    @Override
                    public void protect(long hostPage) {
                        cpu.protect(hostPage);
                    }
                });
    }

    /** Puts code given in hexadecimal at {@link #CODE}. */
    Bench code(String hex) {
        return put(CODE, hex);
    }

    Bench put(int address, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        MemorySegment.copy(bytes, 0, ram.segment(), ValueLayout.JAVA_BYTE, address, bytes.length);
        ram.markDirty(address, bytes.length);
        return this;
    }

    private void segments(int codeAttributes, int dataAttributes, int limit) {
        for (int k = 0; k < 6; k++) {
            cpu.selector[k] = k == CpuRegisters.CS ? 8 : 16;
            cpu.setBase(k, 0);
            cpu.limit[k] = limit;
            cpu.attributes[k] = k == CpuRegisters.CS ? codeAttributes : dataAttributes;
            cpu.refreshSegment(k);
        }
        cpu.rip = CODE;
        cpu.setReg64(CpuRegisters.RSP, STACK);
        cpu.setArithmetic(0);
        cpu.modeChanged();
        cpu.flush(true);
    }

    /** 64-bit mode, ring 0, paging on. */
    Bench long64() {
        memory.writeLong(TABLES, TABLES + 0x1000 | 7);
        memory.writeLong(TABLES + 0x1000, TABLES + 0x2000 | 7);
        for (int k = 0; k < 512; k++) {
            memory.writeLong(TABLES + 0x2000 + 8 * k, (long) k << 21 | 0x87);
        }
        cpu.cr0 = CpuSystem.CR0_PE | CpuSystem.CR0_PG | CpuSystem.CR0_ET | CpuSystem.CR0_NE;
        cpu.cr3 = TABLES;
        cpu.cr4 =
                CpuSystem.CR4_PAE
                        | CpuSystem.CR4_OSFXSR
                        | CpuSystem.CR4_OSXMMEXCPT
                        | CpuSystem.CR4_OSXSAVE;
        cpu.xcr0 = 7;
        cpu.efer = CpuSystem.EFER_LME | CpuSystem.EFER_LMA;
        segments(0xa09b, 0xc093, -1);
        return this;
    }

    /** 32-bit protected mode, flat, ring 0, no paging. */
    Bench flat32() {
        cpu.cr0 = CpuSystem.CR0_PE | CpuSystem.CR0_ET | CpuSystem.CR0_NE;
        cpu.cr4 = CpuSystem.CR4_OSFXSR | CpuSystem.CR4_OSXMMEXCPT;
        cpu.efer = 0;
        segments(0xc09b, 0xc093, -1);
        return this;
    }

    /** Real mode with all segments at 0. */
    Bench real16() {
        cpu.cr0 = CpuSystem.CR0_ET;
        cpu.cr4 = 0;
        cpu.efer = 0;
        segments(0x9b, 0x93, 0xffff);
        for (int k = 0; k < 6; k++) {
            cpu.selector[k] = 0;
        }
        return this;
    }

    /**
     * Executes a number of instructions one at a time.
     *
     * @return why it stopped early, or null
     */
    Exit steps(int count) {
        for (int k = 0; k < count; k++) {
            Exit exit = cpu.stepOnce();
            if (exit != null) {
                return exit;
            }
        }
        return null;
    }

    long reg(int r) {
        return cpu.reg64(r);
    }

    @Override
    public void close() {
        cpu.free();
        physical.close();
    }
}
