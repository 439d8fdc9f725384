package lodge.interpreter;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import lodge.core.backend.Exit;
import lodge.core.bus.IoSpace;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.tests.oracle.AreaImage;
import lodge.tests.oracle.CpuUnderTest;
import lodge.tests.oracle.Form;
import lodge.tests.oracle.OracleLayout;
import lodge.tests.oracle.StateAfter;
import lodge.tests.oracle.StateBefore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The interpreter in the place of a Linux process: CPL 3, 64-bit mode, four-level paging with the
 * areas of {@link OracleLayout}, and an IDT through which every exception is really delivered; what
 * the handler finds on its stack is the outcome.
 */
public final class InterpreterUnderTest implements CpuUnderTest, AutoCloseable {
    private static final int RAM = 1 << 20;
    private static final int DATA = 0x1_0000;
    private static final int STACK = 0x1_4000;
    private static final int CODE = 0x2_0000;
    private static final int TABLES = 0x4_0000;
    private static final int SYSTEM = 0x5_0000;

    /** Where supervisor code sees SYSTEM: descriptor tables, TSS, stack, handlers. */
    private static final long KERNEL = 0xffff_9000_0000_0000L;

    /** A store here ends a run. */
    private static final long STOP = KERNEL + 0x1_0000;

    private static final int STOP_GPA = 0x60_0000;

    private static final int GDT = 0;
    private static final int TSS = 0x200;
    private static final int IDT = 0x1000;
    private static final int HANDLERS = 0x2000;
    private static final int KERNEL_STACK_END = 0x4000;
    private static final int KERNEL_CS = 0x10;
    private static final int USER_CS32 = 0x23;
    private static final int TR = 0x40;

    private static final long PRESENT = 1;
    private static final long WRITABLE = 2;
    private static final long USER = 4;
    private static final long NO_EXECUTE = 1L << 63;

    private final PhysicalMemory physical = new PhysicalMemory();
    private final GuestMemory memory = new GuestMemory(physical);
    private final MemorySegment ram;
    private final Cpu cpu;
    private final AreaImage data;
    private final AreaImage stack;
    private int nextTable = TABLES + 4096;
    private long windowOffset;
    private long stackPointer;
    private boolean compatibility;
    private boolean run;
    private long start;
    private long end;
    private Exit exit;

    /**
     * Makes a processor with all features that there are.
     *
     * @param data what the data area holds
     * @param readOnly what the page behind it holds
     * @param stack what the stack holds
     */
    public InterpreterUnderTest(MemorySegment data, MemorySegment readOnly, MemorySegment stack) {
        MemoryBlock block = memory.allocate("ram", RAM);
        memory.window(block, 0, RAM, 0).place(0, true);
        ram = block.segment();
        cpu =
                new Cpu(
                        physical,
                        new IoSpace(),
                        new ProcessorModel(-1L, 0, 46, true, 0, List.of()),
                        new Stop());
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
        this.data =
                new AreaImage(OracleLayout.DATA, ram.asSlice(DATA, OracleLayout.DATA_SIZE), data);
        this.stack =
                new AreaImage(OracleLayout.STACK, ram.asSlice(STACK, OracleLayout.PAGE), stack);
        ram.asSlice(DATA + OracleLayout.DATA_SIZE, OracleLayout.PAGE).copyFrom(readOnly);
        code();
        paging();
        descriptors();
        registers();
    }

    /**
     * Returns the forms of all rows of the instruction table that a mode has.
     *
     * @param code32 compatibility mode rather than 64-bit mode
     */
    public static List<Form> forms(boolean code32) {
        List<Form> forms = new ArrayList<>();
        for (Row row : InstructionTable.INSTANCE.rows()) {
            if (!(code32 ? row.attributes().only64() : row.attributes().not64())) {
                forms.add(form(row));
            }
        }
        return forms;
    }

    private static Form form(Row row) {
        List<Form.Operand> operands = new ArrayList<>();
        StringBuilder name = new StringBuilder(row.mnemonic());
        for (Row.Operand operand : row.operands()) {
            operands.add(new Form.Operand(operand.kind(), operand.type()));
            name.append(operands.size() == 1 ? " " : ", ");
            name.append(operand.kind() == 'F' ? "" : String.valueOf(operand.kind()));
            name.append(operand.type());
        }
        name.append(" (").append(row.source()).append(')');
        return new Form(
                name.toString(),
                row.map(),
                row.opcode(),
                row.count(),
                row.prefix(),
                row.digit(),
                row.modrm(),
                row.exact(),
                row.form(),
                row.w(),
                row.l(),
                operands.toArray(Form.Operand[]::new),
                row.attributes().ends(),
                row.attributes().lock());
    }

    // ---- set-up ----

    private void code() {
        MemorySegment code = ram.asSlice(CODE, OracleLayout.CODE_SIZE);
        code.fill((byte) 0xcc);
        for (int i = 0; i < OracleLayout.slots(); i++) {
            code.set(JAVA_BYTE, OracleLayout.slot(i) - OracleLayout.CODE, (byte) 0xe9);
        }
        code.set(JAVA_BYTE, OracleLayout.COMPATIBILITY_SLOT - OracleLayout.CODE, (byte) 0xe9);
    }

    private void paging() {
        map(OracleLayout.DATA, DATA, OracleLayout.DATA_SIZE, USER | WRITABLE | NO_EXECUTE);
        map(
                OracleLayout.READ_ONLY,
                DATA + OracleLayout.DATA_SIZE,
                OracleLayout.PAGE,
                USER | NO_EXECUTE);
        map(OracleLayout.STACK, STACK, OracleLayout.PAGE, USER | WRITABLE | NO_EXECUTE);
        map(OracleLayout.CODE, CODE, OracleLayout.CODE_SIZE, USER);
        map(KERNEL, SYSTEM, 4 * OracleLayout.PAGE, WRITABLE);
        map(STOP, STOP_GPA, OracleLayout.PAGE, WRITABLE | NO_EXECUTE);
    }

    private void map(long linear, int at, int size, long rights) {
        for (int offset = 0; offset < size; offset += OracleLayout.PAGE) {
            int table = TABLES;
            for (int shift = 39; shift > 12; shift -= 9) {
                long entry = table + (linear + offset >>> shift & 511) * 8;
                long old = memory.readLong(entry);
                if (old == 0) {
                    old = nextTable | PRESENT | WRITABLE | USER;
                    memory.writeLong(entry, old);
                    nextTable += OracleLayout.PAGE;
                }
                table = (int) old & -OracleLayout.PAGE;
            }
            memory.writeLong(
                    table + (linear + offset >>> 12 & 511) * 8, at + offset | PRESENT | rights);
        }
    }

    private void descriptors() {
        long gdt = SYSTEM + GDT;
        memory.writeLong(gdt + KERNEL_CS, 0x00af_9b00_0000_ffffL);
        memory.writeLong(gdt + KERNEL_CS + 8, 0x00cf_9300_0000_ffffL);
        memory.writeLong(gdt + 0x20, 0x00cf_fb00_0000_ffffL);
        memory.writeLong(gdt + 0x28, 0x00cf_f300_0000_ffffL);
        memory.writeLong(gdt + 0x30, 0x00af_fb00_0000_ffffL);
        long tss = KERNEL + TSS;
        memory.writeLong(
                gdt + TR,
                0x0000_8b00_0000_0067L | (tss & 0xff_ffff) << 16 | (tss >> 24 & 0xff) << 56);
        memory.writeLong(gdt + TR + 8, tss >>> 32);
        memory.writeLong(SYSTEM + TSS + 4, KERNEL + KERNEL_STACK_END);
        memory.writeShort(SYSTEM + TSS + 102, 104); // no I/O permissions
        for (int vector = 0; vector < 256; vector++) {
            long handler = KERNEL + HANDLERS + vector * 16L;
            // As Linux has it: only INT3 and INTO may be executed by CPL 3. INT 80h is not sent.
            int type = vector == 3 || vector == 4 ? 0xee : 0x8e;
            long low = handler & 0xffff | KERNEL_CS << 16 | (long) type << 40;
            memory.writeLong(SYSTEM + IDT + vector * 16L, low | (handler >> 16 & 0xffff) << 48);
            memory.writeLong(SYSTEM + IDT + vector * 16L + 8, handler >>> 32);
            // MOV [STOP], AL; JMP $
            memory.writeByte(SYSTEM + HANDLERS + vector * 16L, 0xa2);
            memory.writeLong(SYSTEM + HANDLERS + vector * 16L + 1, STOP);
            memory.writeShort(SYSTEM + HANDLERS + vector * 16L + 9, 0xfeeb);
        }
    }

    private void registers() {
        cpu.cr0 =
                CpuSystem.CR0_PE
                        | CpuSystem.CR0_MP
                        | CpuSystem.CR0_ET
                        | CpuSystem.CR0_NE
                        | CpuSystem.CR0_WP
                        | CpuSystem.CR0_AM
                        | CpuSystem.CR0_PG;
        cpu.cr3 = TABLES;
        cpu.cr4 =
                CpuSystem.CR4_PAE
                        | CpuSystem.CR4_OSFXSR
                        | CpuSystem.CR4_OSXMMEXCPT
                        | CpuSystem.CR4_OSXSAVE;
        cpu.xcr0 = 7;
        cpu.efer =
                CpuSystem.EFER_SCE | CpuSystem.EFER_LME | CpuSystem.EFER_LMA | CpuSystem.EFER_NXE;
        cpu.gdtrBase = KERNEL + GDT;
        cpu.gdtrLimit = 0x7f;
        cpu.idtrBase = KERNEL + IDT;
        cpu.idtrLimit = 0xfff;
        segment(CpuRegisters.LDTR, 0, CpuSystem.ATTR_UNUSABLE, 0);
        segment(CpuRegisters.TR, TR, 0x8b, 0x67);
        cpu.setBase(CpuRegisters.TR, KERNEL + TSS);
        user();
        cpu.flush(true);
        cpu.mail.take();
    }

    private void segment(int n, int selector, int attributes, int limit) {
        cpu.selector[n] = selector;
        cpu.attributes[n] = attributes;
        cpu.limit[n] = limit;
        cpu.setBase(n, 0);
        cpu.refreshSegment(n);
    }

    /** The segments of a Linux process. */
    private void user() {
        cpu.cpl = 3;
        segment(
                CpuRegisters.CS,
                compatibility ? USER_CS32 : OracleLayout.CS,
                compatibility ? 0xc0fb : 0xa0fb,
                -1);
        segment(CpuRegisters.SS, OracleLayout.SS, 0xc0f3, -1);
        for (int n :
                new int[] {CpuRegisters.ES, CpuRegisters.DS, CpuRegisters.FS, CpuRegisters.GS}) {
            if (compatibility && n < CpuRegisters.FS) {
                segment(n, OracleLayout.SS, 0xc0f3, -1);
            } else {
                segment(n, 0, CpuSystem.ATTR_UNUSABLE, 0);
            }
        }
        cpu.setBase(CpuRegisters.FS, OracleLayout.FS_BASE);
        cpu.setBase(CpuRegisters.GS, OracleLayout.GS_BASE);
        cpu.modeChanged();
    }

    // ---- one record ----

    @Override
    public void load(StateBefore before) {
        windowOffset = before.windowOffset();
        run = before.run();
        start = before.rip();
        end = start + before.length();
        stackPointer = before.gpr(4);
        data.open(before);
        long from = RawMemory.addressOf(before.segment()) + before.base();
        for (int i = 0; i < 16; i++) {
            RawMemory.putLong(cpu.s + 8 * i, RawMemory.getLong(from + OracleLayout.GPR + 8 * i));
            long low = from + OracleLayout.XMM + 16 * i;
            long high = from + OracleLayout.YMM_HIGH + 16 * i;
            long vector = cpu.s + CpuRegisters.VECTOR + 32 * i;
            RawMemory.putLong(vector, RawMemory.getLong(low));
            RawMemory.putLong(vector + 8, RawMemory.getLong(low + 8));
            RawMemory.putLong(vector + 16, RawMemory.getLong(high));
            RawMemory.putLong(vector + 24, RawMemory.getLong(high + 8));
        }
        x87(before, from);
        if (cpu.cpl != 3 || compatibility != before.compatibilityMode()) {
            compatibility = before.compatibilityMode();
            user();
        }
        int flags = (int) before.rflags();
        cpu.setArithmetic(flags);
        if (((cpu.systemFlags ^ flags) & CpuRegisters.AC) != 0) {
            cpu.systemFlags = flags & ~(CpuRegisters.ARITHMETIC | 2);
            cpu.modeChanged();
        }
        cpu.systemFlags = flags & ~(CpuRegisters.ARITHMETIC | 2);
        cpu.debug.refresh();
        cpu.shadow = 0;
        cpu.halted = false;
        cpu.dr[6] = 0xffff_0ff0L;
        cpu.cr2 = 0;
        // Last: what was decoded is kept by mode.
        code(before);
        cpu.rip = before.rip();
    }

    /**
     * Puts the instruction where it belongs, INT3 before it, and forgets what was decoded there.
     */
    private void code(StateBefore before) {
        int length = before.length();
        int end = (int) (before.rip() + length - OracleLayout.CODE) + CODE;
        for (int i = 0; i < 16; i++) {
            int n = i - (16 - length);
            ram.set(JAVA_BYTE, end - 16L + i, (byte) (n < 0 ? 0xcc : before.code(n)));
        }
        int start = end - length;
        for (int at = start; at < (run ? end : start + 1); at++) {
            CodePage page = physical.find(at).codePage(at);
            if (page != null) {
                page.remove(cpu.mode, at & 4095);
            }
        }
    }

    private void x87(StateBefore before, long from) {
        X87State x87 = cpu.x87;
        x87.fcw = before.getInt(OracleLayout.X87) & 0xffff;
        x87.fsw = before.getInt(OracleLayout.X87) >>> 16;
        // XRSTOR derives the summary bits from the others.
        boolean pending = (x87.fsw & ~x87.fcw & 0x3f) != 0;
        x87.fsw = x87.fsw & ~0x8080 | (pending ? 0x8080 : 0);
        int valid = before.getInt(OracleLayout.X87 + 4) & 0xff;
        int top = x87.fsw >> 11 & 7;
        int tags = 0;
        for (int i = 0; i < 8; i++) {
            int number = top + i & 7;
            long at = from + OracleLayout.X87 + 32 + i * 16L;
            long significand = RawMemory.getLong(at);
            int exponent = RawMemory.getChar(at + 8);
            RawMemory.putLong(cpu.s + CpuRegisters.FPR + 16 * number, significand);
            RawMemory.putLong(cpu.s + CpuRegisters.FPR + 16 * number + 8, exponent);
            int tag = (valid >> number & 1) == 0 ? 3 : tag(significand, exponent);
            tags |= tag << 2 * number;
        }
        x87.ftw = tags;
        x87.fop = 0;
        x87.fip = 0;
        x87.fdp = 0;
        x87.fcs = 0;
        x87.fds = 0;
        x87.mxcsr = before.mxcsr();
    }

    /** SDM vol. 1, 8.1.7: 0 valid, 1 zero, 2 special. */
    private static int tag(long significand, int exponent) {
        int e = exponent & 0x7fff;
        if (e == 0 && significand == 0) {
            return 1;
        }
        return e != 0 && e != 0x7fff && significand < 0 ? 0 : 2;
    }

    @Override
    public void step() {
        if (!run) {
            exit = cpu.stepOnce();
            return;
        }
        exit = cpu.run();
        if (exit == Exit.Signal.KICKED) {
            exit = null;
        }
        cpu.mail.take(); // what would have to be looked at if the run went on
    }

    @Override
    public void store(StateAfter after, boolean everywhere) {
        int flags = cpu.flags();
        long rip = cpu.rip;
        long rsp = cpu.reg64(CpuRegisters.RSP);
        after.kind(StateAfter.COMPLETED);
        after.vector(0);
        after.error(0);
        after.address(0);
        if (exit != null) {
            after.kind(exit instanceof Exit.Fault f && f.code() < 32 ? StateAfter.EXCEPTION : -1);
            after.vector(exit instanceof Exit.Fault f ? (int) f.code() : -1);
        } else if (cpu.cpl == 0) {
            int vector = (int) (rip - KERNEL - HANDLERS) >> 4;
            after.kind(StateAfter.EXCEPTION);
            after.vector(vector);
            long frame = rsp - KERNEL + SYSTEM;
            if (pushesErrorCode(vector)) {
                after.error(memory.readLong(frame));
                frame += 8;
            }
            after.address(vector == 14 ? cpu.cr2 : 0);
            rip = memory.readLong(frame);
            flags = (int) memory.readLong(frame + 16);
            rsp = memory.readLong(frame + 24);
            if (run) {
                rip = passed(after, rip);
            }
        }
        after.rip(rip);
        after.rflags(flags);
        long to = RawMemory.addressOf(after.segment()) + after.base();
        for (int i = 0; i < 16; i++) {
            RawMemory.putLong(to + OracleLayout.GPR + 8 * i, RawMemory.getLong(cpu.s + 8 * i));
            long low = to + OracleLayout.XMM + 16 * i;
            long high = to + OracleLayout.YMM_HIGH + 16 * i;
            long vector = cpu.s + CpuRegisters.VECTOR + 32 * i;
            RawMemory.putLong(low, RawMemory.getLong(vector));
            RawMemory.putLong(low + 8, RawMemory.getLong(vector + 8));
            RawMemory.putLong(high, RawMemory.getLong(vector + 16));
            RawMemory.putLong(high + 8, RawMemory.getLong(vector + 24));
        }
        after.gpr(4, rsp);
        storeX87(after, to);
        after.clearChanges();
        collect(after, everywhere);
        data.close(windowOffset);
    }

    /** Turns the exception that ended a run back into what it means. Returns RIP. */
    private long passed(StateAfter after, long rip) {
        boolean jumped = after.vector() == 14 && rip == end - OracleLayout.BACK_DISTANCE;
        boolean breakpoint = after.vector() == 3 && (rip - 1 < start || rip - 1 >= end);
        if (!jumped && !breakpoint) {
            return rip;
        }
        after.kind(jumped ? StateAfter.COMPLETED : StateAfter.TRANSFERRED);
        after.vector(0);
        after.error(0);
        after.address(0);
        return jumped ? end : rip - 1;
    }

    private void collect(StateAfter after, boolean everywhere) {
        if (everywhere) {
            data.collect(after, 0, OracleLayout.DATA_SIZE);
            stack.collect(after, 0, OracleLayout.PAGE);
            return;
        }
        long window = windowOffset - NEAR;
        long windowEnd = windowOffset + OracleLayout.WINDOW_SIZE + NEAR;
        long inData = stackPointer - OracleLayout.DATA - NEAR;
        // Words are reported in ascending order, none twice.
        if (inData + 2 * NEAR <= window) {
            data.collect(after, inData, inData + 2 * NEAR);
            data.collect(after, window, windowEnd);
        } else if (inData >= windowEnd) {
            data.collect(after, window, windowEnd);
            data.collect(after, inData, inData + 2 * NEAR);
        } else {
            data.collect(after, Math.min(window, inData), Math.max(windowEnd, inData + 2 * NEAR));
        }
        long inStack = stackPointer - OracleLayout.STACK - NEAR;
        stack.collect(after, inStack, inStack + 2 * NEAR);
    }

    @Override
    public boolean tidy() {
        boolean tidy = data.clean() && stack.clean();
        if (!tidy) {
            data.restore();
            stack.restore();
        }
        return tidy;
    }

    private static boolean pushesErrorCode(int vector) {
        return vector == 8 || vector >= 10 && vector <= 14 || vector == 17;
    }

    private void storeX87(StateAfter after, long to) {
        X87State x87 = cpu.x87;
        int top = x87.fsw >> 11 & 7;
        int valid = 0;
        for (int i = 0; i < 8; i++) {
            int number = top + i & 7;
            long at = to + OracleLayout.X87 + 32 + i * 16L;
            long register = cpu.s + CpuRegisters.FPR + 16 * number;
            RawMemory.putLong(at, RawMemory.getLong(register));
            RawMemory.putLong(at + 8, RawMemory.getChar(register + 8));
            if ((x87.ftw >> 2 * i & 3) != 3) {
                valid |= 1 << i;
            }
        }
        after.putInt(OracleLayout.X87, x87.fcw | x87.fsw << 16);
        after.putInt(OracleLayout.X87 + 4, valid);
        after.putInt(OracleLayout.MXCSR, x87.mxcsr);
    }

    /** Returns memory for one outcome. */
    public static StateAfter newOutcome() {
        return new StateAfter().at(Arena.ofAuto().allocate(OracleLayout.AFTER_SIZE, 64), 0);
    }

    @Override
    public void close() {
        cpu.free();
        physical.close();
    }

    /** Tells a store to the page STOP; in the place of a local APIC, which only has one page. */
    private final class Stop implements LocalApicPort {
        @Override
        public boolean covers(long gpa) {
            return (gpa & -OracleLayout.PAGE) == STOP_GPA;
        }

        @Override
        public long read(int offset, int size) {
            return 0;
        }

        @Override
        public void write(int offset, int size, long value) {
            cpu.attention(Cpu.KICK);
        }

        @Override
        public int pending() {
            return -1;
        }

        @Override
        public void accept(int vector) {}

        @Override
        public boolean externalPending() {
            return false;
        }

        @Override
        public int acknowledgeExternal() {
            return -1;
        }

        @Override
        public int cr8() {
            return 0;
        }

        @Override
        public void cr8(int value) {}

        @Override
        public boolean ownsMsr(int index) {
            return false;
        }

        @Override
        public boolean readMsr(int index) {
            return false;
        }

        @Override
        public long msrValue() {
            return 0;
        }

        @Override
        public boolean writeMsr(int index, long value) {
            return false;
        }

        @Override
        public void init() {}

        @Override
        public void tscChanged() {}
    }
}
