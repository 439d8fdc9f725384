package lodge.interpreter;

/**
 * Instructions that load segments and tables, transfer control between segments, or change what
 * interrupts may do.
 */
final class SegmentUnit extends Unit {
    enum Op {
        MOV_FROM_SREG,
        MOV_TO_SREG,
        PUSH_SREG,
        POP_SREG,
        LOAD_POINTER,
        JMP_FAR,
        JMP_POINTER,
        CALL_FAR,
        CALL_POINTER,
        RET_FAR,
        IRET,
        INT,
        INT3,
        INTO,
        INT1,
        CLI,
        STI,
        HLT,
        LGDT,
        LIDT,
        SGDT,
        SIDT,
        LLDT,
        SLDT,
        LTR,
        STR,
        LMSW,
        SMSW,
        LAR,
        LSL,
        VERR,
        VERW,
        ARPL,
        SWAPGS,
        SYSCALL,
        SYSRET,
        SYSENTER,
        SYSEXIT,
        RDFSBASE,
        RDGSBASE,
        WRFSBASE,
        WRGSBASE
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch ((Op) i.op) {
            case MOV_FROM_SREG -> moveFrom(c, i);
            case MOV_TO_SREG -> moveTo(c, i);
            case PUSH_SREG -> pushSegment(c, i);
            case POP_SREG -> popSegment(c, i);
            case LOAD_POINTER -> loadPointer(c, i);
            case JMP_FAR -> Transfers.jump(c, i.imm2 & 0xffff, i.imm);
            case JMP_POINTER -> {
                long at = pointer(c, i);
                long offset = c.load(at, i.opSize);
                Transfers.jump(c, (int) second(c, at, i.opSize), offset);
            }
            case CALL_FAR -> Transfers.call(c, i.imm2 & 0xffff, i.imm, i.opSize);
            case CALL_POINTER -> {
                long at = pointer(c, i);
                long offset = c.load(at, i.opSize);
                Transfers.call(c, (int) second(c, at, i.opSize), offset, i.opSize);
            }
            case RET_FAR -> Transfers.ret(c, i.opSize, (int) i.imm & 0xffff);
            case IRET -> InterruptReturn.execute(c, i.opSize);
            case INT -> c.events.software((int) i.imm & 0xff, true);
            case INT3 -> c.events.software(GuestFault.BP, false);
            case INTO -> {
                if (c.overflow()) {
                    c.events.software(GuestFault.OF, false);
                }
            }
            case INT1 -> c.events.icebp();
            case CLI -> InterruptFlag.clear(c);
            case STI -> InterruptFlag.set(c);
            case HLT -> {
                SystemUnit.privileged(c);
                c.halted = true;
            }
            case LGDT, LIDT, SGDT, SIDT -> DescriptorTables.global(c, i, (Op) i.op);
            case LLDT, SLDT, LTR, STR -> DescriptorTables.local(c, i, (Op) i.op);
            case LMSW -> {
                SystemUnit.privileged(c);
                c.system.writeMachineStatus((int) c.readE(i, 2));
            }
            case SMSW -> DescriptorTables.storeWord(c, i, c.cr0);
            case LAR, LSL, VERR, VERW -> SegmentQueries.execute(c, i, (Op) i.op);
            case ARPL -> SegmentQueries.adjust(c, i);
            case SWAPGS, SYSCALL, SYSRET, SYSENTER, SYSEXIT ->
                    SystemCalls.execute(c, (Op) i.op, i.w);
            case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE -> base(c, i, (Op) i.op);
        }
    }

    // ---- segment registers ----

    private static void moveFrom(Cpu c, Insn i) {
        int segment = i.reg & 7;
        if (segment > CpuRegisters.GS) {
            throw c.ud();
        }
        // Memory gets 16 bits whatever the operand size is.
        c.writeE(i, i.mem ? 2 : i.opSize, c.selector[segment]);
    }

    private static void moveTo(Cpu c, Insn i) {
        int segment = i.reg & 7;
        if (segment == CpuRegisters.CS || segment > CpuRegisters.GS) {
            throw c.ud();
        }
        int selector = (int) (i.mem ? c.loadOperand(i, 2) : c.reg16(8 * i.rm));
        Segments.load(c, segment, selector);
        if (segment == CpuRegisters.SS) {
            c.debug.stackLoaded();
        }
    }

    /** The register that PUSH and POP name in their opcode. */
    private static int named(Insn i) {
        return i.opcode >= 0xa8
                ? CpuRegisters.GS
                : i.opcode >= 0xa0 ? CpuRegisters.FS : i.opcode >> 3 & 3;
    }

    private static void pushSegment(Cpu c, Insn i) {
        int selector = c.selector[named(i)];
        if (i.opSize != 4) {
            c.push(i.opSize, selector);
            return;
        }
        // Of 32 bits only 16 are written, of 64 all (SDM vol. 2B, PUSH).
        long sp = CpuRegisters.unsigned(c.stackPointer() - i.opSize, c.stackSize);
        c.store16(c.stackAddress(sp, 2, true), selector);
        c.setStackPointer(sp);
    }

    private static void popSegment(Cpu c, Insn i) {
        int segment = named(i);
        int selector = (int) c.peekStack(0, 2);
        long sp = CpuRegisters.unsigned(c.stackPointer() + i.opSize, c.stackSize);
        int width = c.stackSize;
        Segments.load(c, segment, selector);
        c.setReg(CpuRegisters.RSP, width, sp);
        if (segment == CpuRegisters.SS) {
            c.debug.stackLoaded();
        }
    }

    /** The linear address of a far pointer in memory. */
    private static long pointer(Cpu c, Insn i) {
        return c.linear(i.segment, i.ea(c), i.opSize + 2, false);
    }

    /** The selector behind a far pointer's offset. */
    private static long second(Cpu c, long at, int size) {
        return c.load16(c.code64 ? at + size : at + size & 0xffff_ffffL);
    }

    private static void loadPointer(Cpu c, Insn i) {
        long at = pointer(c, i);
        long offset = c.load(at, i.opSize);
        int selector = (int) second(c, at, i.opSize);
        int segment =
                switch (i.opcode) {
                    case 0xb2 -> CpuRegisters.SS;
                    case 0xb4 -> CpuRegisters.FS;
                    case 0xb5 -> CpuRegisters.GS;
                    case 0xc4 -> CpuRegisters.ES;
                    default -> CpuRegisters.DS;
                };
        Segments.load(c, segment, selector);
        c.setReg(i.regOff, i.opSize, offset);
    }

    private static void base(Cpu c, Insn i, Op op) {
        if ((c.cr4 & CpuSystem.CR4_FSGSBASE) == 0) {
            throw c.ud();
        }
        int segment = op == Op.RDFSBASE || op == Op.WRFSBASE ? CpuRegisters.FS : CpuRegisters.GS;
        if (op == Op.RDFSBASE || op == Op.RDGSBASE) {
            c.setReg(8 * i.rm, i.size, c.base(segment));
            return;
        }
        long value = c.reg(8 * i.rm, i.size);
        if (!c.canonical(value)) {
            throw c.gp(0);
        }
        c.setBase(segment, value);
    }
}
