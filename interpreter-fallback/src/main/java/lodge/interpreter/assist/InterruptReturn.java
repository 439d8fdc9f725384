package lodge.interpreter.assist;

import static lodge.interpreter.assist.Processor.CS;
import static lodge.interpreter.assist.Processor.DS;
import static lodge.interpreter.assist.Processor.ES;
import static lodge.interpreter.assist.Processor.FS;
import static lodge.interpreter.assist.Processor.GS;
import static lodge.interpreter.assist.Processor.RSP;
import static lodge.interpreter.assist.Processor.SS;

import lodge.core.cpu.SegmentRegister;
import lodge.interpreter.assist.Segmentation.Descriptor;

/**
 * IRET, IRETD and IRETQ in protected, compatibility and 64-bit mode, to the same or an outer
 * privilege level (SDM vol. 2A, IRET/IRETD/IRETQ). Returns to virtual-8086 mode and to another task
 * are {@link NotMine}.
 */
final class InterruptReturn {
    private static final long ARITHMETIC =
            Processor.CF
                    | Processor.PF
                    | Processor.AF
                    | Processor.ZF
                    | Processor.SF
                    | Processor.TF
                    | Processor.DF
                    | Processor.OF
                    | Processor.NT;
    private static final long EXTENDED = Processor.RF | Processor.AC | Processor.ID;

    private final Processor cpu;
    private final Segmentation segmentation;

    InterruptReturn(Processor cpu, Segmentation segmentation) {
        this.cpu = cpu;
        this.segmentation = segmentation;
    }

    /**
     * Executes it.
     *
     * @param size operand size, 2, 4 or 8
     */
    void execute(int size) throws Abandon {
        // NMIs are let in again even if the instruction faults (SDM vol. 3A, 7.7.1).
        cpu.nmiMasked = false;
        if (cpu.flag(Processor.NT)) {
            if (cpu.longMode()) {
                throw GuestFault.coded(GuestFault.PROTECTION, 0);
            }
            throw new NotMine("task return");
        }
        boolean from64 = cpu.code64();
        long pointer = cpu.registers[RSP];
        long rip = segmentation.stackLoad(pointer, size);
        int selector = (int) segmentation.stackLoad(pointer + size, size) & 0xffff;
        long flags = segmentation.stackLoad(pointer + 2 * size, size);
        if (!cpu.longMode() && size == 4 && (flags & Processor.VM) != 0 && cpu.cpl == 0) {
            throw new NotMine("return to virtual-8086 mode");
        }
        Descriptor code = codeSegment(selector);
        int rpl = selector & 3;
        boolean outer = rpl > cpu.cpl;
        boolean to64 = cpu.longMode() && code.code64();
        boolean stackToo = outer || from64;
        long newPointer = pointer + 3 * size;
        SegmentRegister stack = cpu.segments[SS];
        if (stackToo) {
            newPointer = segmentation.stackLoad(pointer + 3 * size, size);
            int stackSelector = (int) segmentation.stackLoad(pointer + 4 * size, size) & 0xffff;
            stack = stackSegment(stackSelector, rpl, to64);
        }
        if (to64 ? !Segmentation.canonical(rip) : rip > (code.limit() & 0xffff_ffffL)) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        segmentation.markAccessed(code);
        long changed = flagMask(size);
        int oldStackSize = cpu.stackSize();
        cpu.segments[CS] = code.register(rpl);
        cpu.segments[SS] = stack;
        // A 16-bit stack segment gets only SP, even from 64-bit mode.
        cpu.setStackPointer(newPointer, stackToo ? cpu.stackSize() : oldStackSize);
        cpu.rip = rip;
        cpu.rflags = cpu.rflags & ~changed | flags & changed;
        if (outer) {
            cpu.cpl = rpl;
            for (int segment : new int[] {ES, DS, FS, GS}) {
                invalidate(segment);
            }
        }
    }

    private Descriptor codeSegment(int selector) throws Abandon {
        if (Segmentation.isNull(selector)) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        Descriptor code = segmentation.descriptor(selector, GuestFault.PROTECTION);
        int rpl = selector & 3;
        boolean wrongLevel = code.conforming() ? code.dpl() > rpl : code.dpl() != rpl;
        boolean ambiguous = cpu.longMode() && code.code64() && code.big();
        if (!code.code() || rpl < cpu.cpl || wrongLevel || ambiguous) {
            throw GuestFault.coded(GuestFault.PROTECTION, code.error());
        }
        if (!code.present()) {
            throw GuestFault.coded(GuestFault.NOT_PRESENT, code.error());
        }
        return code;
    }

    private SegmentRegister stackSegment(int selector, int rpl, boolean to64) throws Abandon {
        if (Segmentation.isNull(selector)) {
            if (!to64 || rpl == 3 || (selector & 3) != rpl) {
                throw GuestFault.coded(GuestFault.PROTECTION, 0);
            }
            return Segmentation.nullSegment(selector, rpl);
        }
        Descriptor stack = segmentation.descriptor(selector, GuestFault.PROTECTION);
        if ((selector & 3) != rpl || !stack.writableData() || stack.dpl() != rpl) {
            throw GuestFault.coded(GuestFault.PROTECTION, stack.error());
        }
        if (!stack.present()) {
            throw GuestFault.coded(GuestFault.STACK, stack.error());
        }
        segmentation.markAccessed(stack);
        return stack.register(rpl);
    }

    private long flagMask(int size) {
        long mask = ARITHMETIC | (size > 2 ? EXTENDED : 0);
        long iopl = (cpu.rflags & Processor.IOPL) >>> 12;
        if (cpu.cpl <= iopl) {
            mask |= Processor.IF;
        }
        if (cpu.cpl == 0) {
            mask |= Processor.IOPL;
            mask |= size > 2 ? Processor.VIF | Processor.VIP : 0;
        }
        return mask;
    }

    /** A data segment that the outer level may not use becomes null. */
    private void invalidate(int segment) {
        SegmentRegister register = cpu.segments[segment];
        int attributes = register.attributes();
        boolean conformingCode =
                (attributes & (Segmentation.CODE | Segmentation.CONFORMING))
                        == (Segmentation.CODE | Segmentation.CONFORMING);
        if (!Segmentation.isNull(register.selector())
                && !conformingCode
                && Processor.dpl(register) < cpu.cpl) {
            cpu.segments[segment] = Segmentation.nullSegment(0, 0);
        }
    }
}
