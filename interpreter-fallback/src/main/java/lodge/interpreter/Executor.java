package lodge.interpreter;

import lodge.core.memory.GuestMemory;

/** Finds out which instruction it is and lets it happen. */
final class Executor {
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
        if (instruction.lock()) {
            throw new NotMine("LOCK");
        }
        cpu.rflags &= ~Processor.RF;
        switch (instruction.opcode()) {
            case 0xcf -> new InterruptReturn(cpu, segmentation).execute(instruction.operandSize());
            default -> throw new NotMine("opcode");
        }
        return singleStep;
    }
}
