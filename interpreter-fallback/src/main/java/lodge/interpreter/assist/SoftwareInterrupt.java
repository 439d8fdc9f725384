package lodge.interpreter.assist;

import static lodge.interpreter.assist.Processor.CS;
import static lodge.interpreter.assist.Processor.RSP;
import static lodge.interpreter.assist.Processor.SS;

import lodge.core.cpu.SegmentRegister;
import lodge.interpreter.assist.Segmentation.Descriptor;

/**
 * INT n, INT3 and INTO through interrupt and trap gates in protected, compatibility and 64-bit
 * mode, to the same or an inner privilege level (SDM vol. 2A, INT n/INTO/INT3/INT1; vol. 3A, 7.12
 * and 7.14 for 64-bit mode with its interrupt stack table). Task gates and virtual-8086 mode are
 * {@link NotMine}.
 */
final class SoftwareInterrupt {
    /** Bit of an error code: it is about a gate of the IDT. */
    private static final int IDT = 1 << 1;

    private static final int TASK_GATE = 5;
    private static final int INTERRUPT_GATE_16 = 6;
    private static final int TRAP_GATE_16 = 7;
    private static final int INTERRUPT_GATE = 14;
    private static final int TRAP_GATE = 15;

    /** Type of a TSS that the 286 would understand, busy. */
    private static final int TSS_16 = 3;

    private static final int TSS_32_OR_64 = 11;

    private final Processor cpu;
    private final Segmentation segmentation;
    private final LinearSpace space;

    SoftwareInterrupt(Processor cpu, Segmentation segmentation, LinearSpace space) {
        this.cpu = cpu;
        this.segmentation = segmentation;
        this.space = space;
    }

    /**
     * Executes it.
     *
     * @param vector 0 to 255
     * @param next offset of the next instruction, to be pushed
     */
    void execute(int vector, long next) throws Abandon {
        boolean wide = cpu.longMode();
        int gateError = vector << 3 | IDT;
        int gateSize = wide ? 16 : 8;
        if (vector * gateSize + gateSize - 1 > cpu.tables.idtrLimit()) {
            throw GuestFault.coded(GuestFault.PROTECTION, gateError);
        }
        long address = cpu.tables.idtrBase() + vector * gateSize;
        long gate = space.load(address, 8, Paging.IMPLICIT);
        long high = wide ? space.load(address + 8, 8, Paging.IMPLICIT) : 0;
        int type = (int) (gate >>> 40) & 0x1f;
        int size = size(type, wide, gateError);
        if ((gate >>> 45 & 3) < cpu.cpl) {
            throw GuestFault.coded(GuestFault.PROTECTION, gateError);
        }
        if ((gate >>> 47 & 1) == 0) {
            throw GuestFault.coded(GuestFault.NOT_PRESENT, gateError);
        }
        long target = gate & 0xffff;
        if (size >= 4) {
            target |= gate >>> 32 & 0xffff_0000L;
        }
        if (wide) {
            target |= high << 32;
        }
        Descriptor code = codeSegment((int) (gate >>> 16) & 0xffff);
        int level = code.conforming() ? cpu.cpl : code.dpl();
        SegmentRegister stack = cpu.segments[SS];
        long pointer = cpu.registers[RSP];
        int interruptStack = wide ? (int) (gate >>> 32) & 7 : 0;
        if (wide) {
            if (interruptStack != 0) {
                pointer = longStackPointer(0x24 + 8 * (interruptStack - 1));
            } else if (level < cpu.cpl) {
                pointer = longStackPointer(4 + 8 * level);
            }
            if (level < cpu.cpl) {
                stack = Segmentation.nullSegment(level, level);
            }
            pointer &= ~0xfL;
            if (!Segmentation.canonical(target)) {
                throw GuestFault.coded(GuestFault.PROTECTION, 0);
            }
        } else {
            if (level < cpu.cpl) {
                InnerStack inner = innerStack(level);
                stack = inner.segment;
                pointer = inner.pointer;
            }
            if (target > (code.limit() & 0xffff_ffffL)) {
                throw GuestFault.coded(GuestFault.PROTECTION, 0);
            }
        }
        segmentation.markAccessed(code);
        boolean stackToo = wide || level < cpu.cpl;
        enter(code, level, stack, pointer, target, next, size, stackToo);
        cpu.rflags &= ~(Processor.TF | Processor.NT | Processor.VM | Processor.RF);
        if ((type & 1) == 0) {
            cpu.rflags &= ~Processor.IF;
        }
    }

    private static int size(int type, boolean wide, int error) throws Abandon {
        return switch (type) {
            case INTERRUPT_GATE, TRAP_GATE -> wide ? 8 : 4;
            case INTERRUPT_GATE_16, TRAP_GATE_16 -> {
                if (wide) {
                    throw GuestFault.coded(GuestFault.PROTECTION, error);
                }
                yield 2;
            }
            case TASK_GATE -> {
                if (wide) {
                    throw GuestFault.coded(GuestFault.PROTECTION, error);
                }
                throw new NotMine("task gate");
            }
            default -> throw GuestFault.coded(GuestFault.PROTECTION, error);
        };
    }

    private Descriptor codeSegment(int selector) throws Abandon {
        if (Segmentation.isNull(selector)) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        Descriptor code = segmentation.descriptor(selector, GuestFault.PROTECTION);
        boolean wrongMode = cpu.longMode() && (!code.code64() || code.big());
        if (!code.code() || code.dpl() > cpu.cpl || wrongMode) {
            throw GuestFault.coded(GuestFault.PROTECTION, code.error());
        }
        if (!code.present()) {
            throw GuestFault.coded(GuestFault.NOT_PRESENT, code.error());
        }
        return code;
    }

    private int tssType() throws NotMine {
        SegmentRegister tr = cpu.tables.tr();
        int type = tr.attributes() & 0xf;
        boolean usable =
                (tr.attributes() & SegmentRegister.UNUSABLE) == 0
                        && (tr.attributes() & SegmentRegister.PRESENT) != 0;
        if (!usable || type != TSS_32_OR_64 && (type != TSS_16 || cpu.longMode())) {
            // A processor cannot get there; what KVM's reset state holds is a busy 32-bit TSS.
            throw new NotMine("no TSS");
        }
        return type;
    }

    private long tss(int offset, int size) throws Abandon {
        SegmentRegister tr = cpu.tables.tr();
        if (offset + size - 1 > (tr.limit() & 0xffff_ffffL)) {
            throw GuestFault.coded(
                    GuestFault.INVALID_TSS, tr.selector() & Segmentation.INDEX_AND_TABLE);
        }
        return space.load(tr.base() + offset, size, Paging.IMPLICIT);
    }

    /** SDM vol. 3A, figure 9-11. */
    private long longStackPointer(int offset) throws Abandon {
        tssType();
        long pointer = tss(offset, 8);
        if (!Segmentation.canonical(pointer)) {
            throw GuestFault.coded(GuestFault.STACK, 0);
        }
        return pointer;
    }

    private record InnerStack(SegmentRegister segment, long pointer) {}

    /** SDM vol. 3A, figures 9-2 and 9-10. */
    private InnerStack innerStack(int level) throws Abandon {
        long pointer;
        int selector;
        if (tssType() == TSS_16) {
            pointer = tss(2 + 4 * level, 2);
            selector = (int) tss(4 + 4 * level, 2);
        } else {
            pointer = tss(4 + 8 * level, 4);
            selector = (int) tss(8 + 8 * level, 2);
        }
        if (Segmentation.isNull(selector)) {
            throw GuestFault.coded(GuestFault.INVALID_TSS, 0);
        }
        Descriptor stack = segmentation.descriptor(selector, GuestFault.INVALID_TSS);
        if ((selector & 3) != level || stack.dpl() != level || !stack.writableData()) {
            throw GuestFault.coded(GuestFault.INVALID_TSS, stack.error());
        }
        if (!stack.present()) {
            throw GuestFault.coded(GuestFault.STACK, stack.error());
        }
        segmentation.markAccessed(stack);
        return new InnerStack(stack.register(level), pointer);
    }

    /** Pushes the return frame on the handler's stack, at the handler's level, and goes there. */
    private void enter(
            Descriptor code,
            int level,
            SegmentRegister stack,
            long top,
            long target,
            long next,
            int size,
            boolean stackToo)
            throws Abandon {
        long oldCs = cpu.segments[CS].selector();
        long oldSs = cpu.segments[SS].selector();
        long oldPointer = cpu.registers[RSP];
        long[] frame =
                stackToo
                        ? new long[] {oldSs, oldPointer, cpu.rflags, oldCs, next}
                        : new long[] {cpu.rflags, oldCs, next};
        boolean inner = level < cpu.cpl;
        cpu.segments[CS] = code.register(level);
        cpu.segments[SS] = stack;
        cpu.cpl = level;
        int width = cpu.stackSize();
        long pointer = top;
        for (long value : frame) {
            pointer = Processor.cut(pointer - size, width);
            space.store(slot(pointer, size, inner, stack), size, value, space.programs(0));
        }
        cpu.setStackPointer(pointer, width);
        cpu.rip = target;
    }

    /** A new stack that is too small is reported with its selector, the old one with 0. */
    private long slot(long pointer, int size, boolean inner, SegmentRegister stack)
            throws GuestFault {
        try {
            return segmentation.linear(SS, pointer, size, true);
        } catch (GuestFault fault) {
            throw inner
                    ? GuestFault.coded(
                            GuestFault.STACK, stack.selector() & Segmentation.INDEX_AND_TABLE)
                    : fault;
        }
    }
}
