package lodge.interpreter;

/** Control, debug and model-specific registers, CPUID: their rules and what follows from them. */
final class SystemRegisters {
    private final Cpu c;
    private final ProcessorModel model;

    SystemRegisters(Cpu c, ProcessorModel model) {
        this.c = c;
        this.model = model;
    }
}
