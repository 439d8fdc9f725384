package lodge.interpreter.assist;

import lodge.core.memory.GuestMemory;

/** Finds out which instruction it is and lets it happen. */
final class Executor {
    private static final int TWO_BYTES = Instruction.MAP_0F;
    private static final int THREE_BYTES = Instruction.MAP_0F38;

    private final Processor cpu;
    private final LinearSpace space;
    private final GuestMemory memory;
    private final Segmentation segmentation;

    Executor(Processor cpu, LinearSpace space, GuestMemory memory) {
        this.cpu = cpu;
        this.space = space;
        this.memory = memory;
        segmentation = new Segmentation(cpu, space);
    }

    /**
     * Executes one instruction.
     *
     * @return whether a single-step trap follows
     */
    boolean execute() throws Abandon {
        boolean singleStep = cpu.flag(Processor.TF);
        Instruction instruction = Instruction.decode(cpu, segmentation, space);
        int opcode = instruction.opcode();
        if (instruction.lock() && opcode != (TWO_BYTES | 0xc7)) {
            throw new NotMine("LOCK");
        }
        cpu.rflags &= ~Processor.RF;
        switch (opcode) {
            case 0x9b -> new FloatingPointState(cpu, space).fwait();
            case 0xcc -> {
                return interrupt(instruction, 3);
            }
            case 0xcd -> {
                return interrupt(instruction, instruction.immediate8());
            }
            case 0xce -> {
                if (cpu.code64()) {
                    throw GuestFault.plain(GuestFault.INVALID_OPCODE);
                }
                if (cpu.flag(Processor.OF)) {
                    return interrupt(instruction, 4);
                }
            }
            case 0xcf -> {
                new InterruptReturn(cpu, segmentation).execute(instruction.operandSize());
                return singleStep;
            }
            case TWO_BYTES | 0x01 -> group7(instruction);
            case TWO_BYTES | 0xae -> group15(instruction);
            case TWO_BYTES | 0xb8, TWO_BYTES | 0xbc, TWO_BYTES | 0xbd -> count(instruction);
            case TWO_BYTES | 0xc7 -> group9(instruction);
            case THREE_BYTES | 0x82 -> invpcid(instruction);
            case THREE_BYTES | 0xf0, THREE_BYTES | 0xf1 -> movbeOrCrc32(instruction);
            default -> throw new NotMine("opcode");
        }
        cpu.rip = instruction.nextRip();
        return singleStep;
    }

    /** The trap gate's handler runs without TF, so no single-step trap follows. */
    private boolean interrupt(Instruction instruction, int vector) throws Abandon {
        new SoftwareInterrupt(cpu, segmentation, space).execute(vector, instruction.nextRip());
        return false;
    }

    /** CLAC and STAC (SDM vol. 2A and 2B), XGETBV. */
    private void group7(Instruction instruction) throws Abandon {
        instruction.operands();
        if (instruction.mandatoryPrefix() != 0) {
            throw new NotMine("prefix");
        }
        switch (instruction.modrm()) {
            case 0xca -> {
                checkSupervisor();
                cpu.rflags &= ~Processor.AC;
            }
            case 0xcb -> {
                checkSupervisor();
                cpu.rflags |= Processor.AC;
            }
            case 0xd0 -> new FloatingPointState(cpu, space).xgetbv();
            default -> throw new NotMine("group 7");
        }
    }

    private void checkSupervisor() throws GuestFault {
        if (cpu.cpl != 0) {
            throw GuestFault.plain(GuestFault.INVALID_OPCODE);
        }
    }

    private void group15(Instruction instruction) throws Abandon {
        instruction.operands();
        if (!instruction.memoryOperand()) {
            throw new NotMine("group 15 without memory");
        }
        FloatingPointState state = new FloatingPointState(cpu, space);
        int prefix = instruction.mandatoryPrefix();
        if (prefix == 0x66 && instruction.extension() >= 6) {
            cacheLine(instruction);
            return;
        }
        if (prefix != 0) {
            throw new NotMine("prefix");
        }
        switch (instruction.extension()) {
            case 0 -> state.fxsave(instruction);
            case 1 -> state.fxrstor(instruction);
            case 2 -> state.ldmxcsr(instruction);
            case 3 -> state.stmxcsr(instruction);
            case 4 -> state.xsave(instruction);
            case 5 -> state.xrstor(instruction);
            default -> throw new NotMine("group 15");
        }
    }

    /**
     * CLWB and CLFLUSHOPT (SDM vol. 2A): every load and store of guest memory is coherent, so only
     * the rights of a load are checked.
     */
    private void cacheLine(Instruction instruction) throws Abandon {
        space.load(instruction.operandAddress(1, false), 1, space.programs(0));
    }

    /** CMPXCHG8B and CMPXCHG16B. */
    private void group9(Instruction instruction) throws Abandon {
        instruction.operands();
        if (!instruction.memoryOperand()
                || instruction.extension() != 1
                || instruction.repeat() != 0 && !instruction.lock()) {
            throw new NotMine("group 9");
        }
        new CompareExchange(cpu, space, memory).execute(instruction);
    }

    /** With F3; without it these opcodes are others, which KVM knows. */
    private void count(Instruction instruction) throws Abandon {
        instruction.operands();
        if (instruction.repeat() != 0xf3) {
            throw new NotMine("BSF or BSR");
        }
        BitCount count = new BitCount(cpu, space);
        switch (instruction.opcode() & 0xff) {
            case 0xb8 -> count.populationCount(instruction);
            case 0xbc -> count.trailingZeros(instruction);
            default -> count.leadingZeros(instruction);
        }
    }

    /**
     * INVPCID (SDM vol. 2A). Whichever type is asked for, all translations are dropped, as the
     * processor may.
     */
    private void invpcid(Instruction instruction) throws Abandon {
        instruction.operands();
        if (instruction.mandatoryPrefix() != 0x66 || !instruction.memoryOperand()) {
            throw new NotMine("not INVPCID");
        }
        if (cpu.cpl != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        int width = cpu.code64() ? 8 : 4;
        long type = Processor.cut(cpu.registers[instruction.register()], width);
        long address = instruction.operandAddress(16, false);
        long id = space.load(address, 8, space.programs(0));
        long linear = space.load(address + 8, 8, space.programs(0));
        boolean named = type == 0 || type == 1;
        boolean wrong =
                (type & ~3) != 0
                        || id >>> 12 != 0
                        || named && id != 0 && !cpu.cr4(Processor.CR4_PCIDE)
                        || type == 0 && !Segmentation.canonical(linear);
        if (wrong) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        cpu.flush = true;
    }

    /** MOVBE (SDM vol. 2B); with F2, CRC32 (vol. 2A). */
    private void movbeOrCrc32(Instruction instruction) throws Abandon {
        instruction.operands();
        if (instruction.repeat() == 0xf2) {
            boolean one = instruction.opcode() == (THREE_BYTES | 0xf0);
            new BitCount(cpu, space).crc32(instruction, one ? 1 : instruction.operandSize());
            return;
        }
        if (instruction.repeat() != 0 || !instruction.memoryOperand()) {
            throw new NotMine("not MOVBE");
        }
        int size = instruction.operandSize();
        boolean write = instruction.opcode() == (THREE_BYTES | 0xf1);
        long address = instruction.operandAddress(size, write);
        int register = instruction.register();
        int unused = 64 - 8 * size;
        if (write) {
            long swapped = Long.reverseBytes(cpu.registers[register]) >>> unused;
            space.store(address, size, swapped, space.programs(0));
        } else {
            long value = space.load(address, size, space.programs(0));
            cpu.setRegister(register, size, Long.reverseBytes(value) >>> unused);
        }
    }
}
